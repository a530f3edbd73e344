"""A network as a table of a file.

    shape = [1, 8, 8]                 of one sample
    loss = "softmax_cross_entropy"    a built-in loss, or "mine.eqn"
    seed = 0                          where the parameters are drawn from
    dtype = "float32"                 or "float64"
    style = "readable"                or "fast"
    [[steps]]                         one table for each step
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.errors import DeriveError
from numeric.step import Step
from numeric.written.source import Source
from numeric.written.steps import steps_of
from numeric.written.table import Table

NETWORK_KEYS: Mapping[str, Any] = {
    "shape": tuple[int, ...],
    "loss": str,
    "seed": int,
    "dtype": str,
    "style": str,
}
# What else may stand in the file of a recipe.
BESIDE = ("title", "target", "data", "train")
KNOWN = (*NETWORK_KEYS, "steps", *BESIDE)
_NEEDED = ("shape", "loss")


def located_in(source: Source, error: DeriveError) -> DeriveError:
    """``error`` with the line of the step that it came from."""
    kind, _, path = error.origin.partition(" ")
    if kind != "step":
        return source.placed(error, ())
    error.problem = f"{error.origin}: {error.problem}"
    return source.placed(error, ("steps", int(path.split(".")[0])))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a network is made of.

    Attributes:
        steps: in order.
        given: the other arguments of ``Network``, by name.
    """

    steps: tuple[Step, ...]
    given: Mapping[str, Any]


def network_settings(table: Table) -> Settings:
    """The network that ``table`` describes; other keys of it are not looked at.

    Raises:
        DeriveError: if a value is of another kind, or a step is none.
    """
    given = {
        key: table.need(key, kind)
        for key, kind in NETWORK_KEYS.items()
        if key in table.values or key in _NEEDED
    }
    if given.get("seed", 0) < 0:
        table.refuse("seed", f"seed = {given['seed']} is negative", "give a seed from 0 up")
    if given["loss"].endswith(".eqn"):
        given["loss"] = str(table.source.path.parent / given["loss"])
    return Settings(tuple(steps_of(table.tables("steps"), {})), given)
