"""Why an equation has no matrix form."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """What stands in the way of a matrix form; of several reasons the first is told."""

    NUMBERS = "only numbers: the equation as it is"
    WINDOW = "an index that moves over a window"
    GATHER = "rows that an array of positions picks"
    PICKED = "a single row, column or entry"
    DIAGONAL = "a diagonal"
    RANK = "an array with more than two axes"
    EXTREME = "a maximum, a minimum or a product over a range"
    CHOICE = "a choice of cases"
    CONDITION = "a condition on indices"
    POSITION = "an index as a number"
    PRODUCT = "a sum over the indices of three at once, which is no matrix product"
    NAME = "names that bold letters do not tell apart"
    VALUE = "no value at the data drawn"


class NoForm(Exception):
    """The expression has no matrix form that is known here.

    Attributes:
        reason: what stands in the way.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
