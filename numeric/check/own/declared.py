"""Which arrays a function takes: names, shapes, and which of them have no gradient.

A list of shapes has one entry per array: a shape, or an example array. An example of whole
numbers or booleans is a label or a mask: it has no gradient, and what is drawn for it stays
within its range. An example of floats is looked at as it is, too.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from derive.errors import CallRefused, OptionRefused
from numeric.check.point import Array

Shape = tuple[int, ...]
# More elements than this take hours at 80 digits and show nothing that fewer do not.
LARGEST_ARRAY = 20_000
SHAPES_REMEDY = "give one shape per array, as [(3, 4), (5, 4), (5,)], or several such lists"


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of one array.

    Attributes:
        shape: its shape.
        example: an array that was given for it, if one was.
    """

    shape: Shape
    example: Array | None = None

    @property
    def constant(self) -> bool:
        """Whether it has no gradient."""
        return self.example is not None and self.example.dtype.kind in "iub"

    def __str__(self) -> str:
        kind = f" of {self.example.dtype}" if self.example is not None and self.constant else ""
        return f"{self.shape}{kind}"


def given_lists(shapes: Any) -> list[list[Given]]:
    """The lists of shapes, however many were given.

    Raises:
        CallRefused: if something is not a shape.
    """
    if isinstance(shapes, str):
        return parse_shapes(shapes)
    if not isinstance(shapes, (list, tuple)):
        problem = f"shapes is {type(shapes).__name__}"
        raise CallRefused(problem, remedy=SHAPES_REMEDY)
    entries = list(shapes)
    nested = entries and all(
        isinstance(e, (list, tuple)) and e and not _is_shape(e) for e in entries
    )
    lists = [list(e) for e in entries] if nested else [entries]
    found = [[_given(entry) for entry in entries] for entries in lists if entries]
    counts = sorted({len(entries) for entries in found})
    if len(counts) > 1:
        problem = f"one list of shapes has {counts[0]} entries, another {counts[-1]}"
        raise CallRefused(problem, remedy=SHAPES_REMEDY)
    for column in zip(*found, strict=True):
        if len({g.constant for g in column}) > 1:
            raise CallRefused(
                "an array is whole numbers in one list of shapes and not in another",
                remedy="give an example array for it in every list",
            )
    return found


def _is_shape(entry: Any) -> bool:
    return isinstance(entry, (tuple, list)) and all(
        isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in entry
    )


def _given(entry: Any) -> Given:
    if isinstance(entry, np.ndarray):
        if entry.dtype.kind not in "fiub":
            problem = f"an example array has dtype {entry.dtype}"
            raise CallRefused(problem, remedy="give floats, whole numbers or booleans")
        if entry.dtype.kind == "f" and not np.all(np.isfinite(entry)):
            raise CallRefused("an example array holds infinities or NaN", remedy="give finite data")
        return _within(Given(entry.shape, entry))
    if isinstance(entry, (int, np.integer)) and not isinstance(entry, bool):
        entry = (entry,)
    if not _is_shape(entry):
        raise CallRefused(f"{entry!r:.60} is not a shape", remedy=SHAPES_REMEDY)
    if any(n < 0 for n in entry):
        raise CallRefused(f"{tuple(entry)} has a negative extent", remedy=SHAPES_REMEDY)
    return _within(Given(tuple(int(n) for n in entry)))


def _within(given: Given) -> Given:
    if prod(given.shape) > LARGEST_ARRAY:
        raise CallRefused(
            f"an array of shape {given.shape} has {prod(given.shape)} elements",
            remedy=f"give shapes of at most {LARGEST_ARRAY}; a few per axis show every bug",
        )
    return given


def parse_shapes(text: str) -> list[list[Given]]:
    """Shapes as written on a command line: ``3,4;5,4;5``, several lists with ``|`` between.

    A scalar is ``()``. ``int:3<5`` is an array of shape (3,) of whole numbers from 0 to 4.

    Raises:
        OptionRefused: if the text is not shapes.
    """
    lists = [[_entry(part) for part in one.split(";")] for one in text.split("|")]
    return given_lists(lists[0] if len(lists) == 1 else lists)


_ENTRY = re.compile(r"(?:int:(?P<ints>[\d,\s]*|\(\))<(?P<high>\d{1,6})|(?P<shape>[\d,\s]+|\(\)))")


def _entry(part: str) -> Any:
    text = part.strip()
    found = _ENTRY.fullmatch(text)
    numbers = re.findall(r"\d+", (found["ints"] or found["shape"] or "") if found else "")
    if found is None or (not numbers and "()" not in text) or any(len(n) > 6 for n in numbers):
        raise OptionRefused(
            f"{text!r} is not a shape",
            remedy="write extents with commas and a semicolon between arrays, as 3,4;5,4;5; "
            "() is a scalar, int:3<5 is three whole numbers below 5",
        )
    shape = tuple(int(n) for n in numbers)
    if found["high"] is None:
        return shape
    high = int(found["high"])
    if not high:
        raise OptionRefused(f"{text!r} allows no number", remedy="write a bound above 0")
    _within(Given(shape))
    labels = np.arange(prod(shape)) % high
    if labels.size:
        labels.flat[-1] = high - 1
    return labels.reshape(shape)


def parameter_names(function: Callable[..., Any], count: int | None) -> tuple[str, ...] | None:
    """The names of the arrays that a function takes; None if it takes any number.

    Parameters with a default are arrays only as far as ``count`` asks for them.

    Raises:
        CallRefused: if it does not take ``count`` arrays.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    named = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    least = sum(p.default is p.empty for p in named)
    if count is None:
        return tuple(p.name for p in named[:least])
    if not least <= count <= len(named):
        takes = ", ".join(p.name for p in named)
        raise CallRefused(
            f"{count} shapes are given, but forward takes {takes or 'nothing'}",
            remedy=SHAPES_REMEDY,
        )
    return tuple(p.name for p in named[:count])


def told(names: Sequence[str], arrays: Mapping[str, Any]) -> str:
    """Names and shapes for a message."""
    return ", ".join(f"{name} {np.shape(arrays[name])}" for name in names)
