"""What a recipe has to show, as numbers and words; who draws them stands elsewhere.

exhibit    shows
Curves     lines over one axis: losses, errors, capacities
Heat       a table of numbers as shades: confusion, gradient flow, a transition matrix
Pictures   rows of small images: filters, reconstructions
Points     points of the plane, some joined: samples, paths of optimisers
Passage    text that a network wrote
Rows       a table
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from numeric.step import Array


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over one axis; ``lines`` holds the pair (x, y) of each name.

    Attributes:
        title: what it shows.
        across: what the horizontal axis counts.
        up: what the vertical axis measures.
        lines: the two arrays of each line, by its name.
        logarithmic: the axes with a logarithmic scale: "", "x", "y" or "xy".
        levels: heights to compare with, by name.
        dots: the names of lines that are drawn as points.
    """

    title: str
    across: str
    up: str
    lines: Mapping[str, tuple[Array, Array]]
    logarithmic: str = ""
    levels: Mapping[str, float] = field(default_factory=dict)
    dots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of numbers as shades.

    Attributes:
        title: what it shows.
        across: what the columns are.
        up: what the rows are.
        values: shape (rows, columns).
        columns: the label of each column; empty for their numbers.
        rows: the label of each row; empty for their numbers.
        logarithmic: whether shades follow the logarithm.
        counted: whether each number is written into its field.
        unit: what the shades measure.
    """

    title: str
    across: str
    up: str
    values: Array
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    logarithmic: bool = False
    counted: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Rows of small images under one title.

    Attributes:
        title: what they show.
        rows: images of shape (count, height, width), by what stands beside the row.
        alike: whether all share one scale of grey; else each has its own.
        signed: whether zero is the middle of the scale.
    """

    title: str
    rows: Mapping[str, Array]
    alike: bool = True
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Points of the plane.

    Attributes:
        title: what they show.
        across: the horizontal axis.
        up: the vertical axis.
        clouds: arrays of shape (count, 2), by name.
        joined: the names of those that are paths.
    """

    title: str
    across: str
    up: str
    clouds: Mapping[str, Array]
    joined: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Passage:
    """Text as it came out."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: its head, and rows of words and numbers as text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Exhibit = Union[Curves, Heat, Pictures, Points, Passage, Rows]
