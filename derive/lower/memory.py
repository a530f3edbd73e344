"""Arrays as they are kept: their kind, and copies with room for what is read off the grid."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.index import Index
from derive.lower.context import Builder
from derive.lower.grid import Overhang
from derive.lower.plan import INT, REAL, Literal, Named, Pad, Stored


def stored(array: str, builder: Builder) -> Stored:
    """The array itself, all of its axes."""
    axes = tuple(Index(f"{array}.{k}") for k in range(len(builder.context.extents(array))))
    return Stored(array, axes, INT if builder.program.holds_integers(array) else REAL)


def pad_value(array: str, builder: Builder) -> Literal | Named:
    """What ``array`` gives off its grid."""
    pad = builder.program.pad(array)
    if pad is None:
        return Literal(Fraction(0))  # read only where a condition excludes it
    return Named("-inf") if pad.value is None else Literal(pad.value)


def padded(source: Stored, hangs: Sequence[Overhang], builder: Builder) -> Stored:
    """``source`` with what its reads need off the grid around it."""
    if not any(hangs):
        return source
    widths = tuple((h.before, h.after) for h in hangs)
    value = Pad(source, widths, pad_value(source.name, builder), source.axes)
    return builder.temporary(f"{source.name}_pad", value)
