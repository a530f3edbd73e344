"""Reads as views: slices, strides, reversals and windows of the array, padded where need be.

    x[n, i + 1]                  x[:, 1:]
    x[size(t) - 1 - t]           x[::-1]
    x[n, s*u + p - P]            a window view of x padded by P on both sides
    x[t - 1], t a loop variable  x[t - 1]

Whatever is not affine, or uses an index for two axes, is gathered (``gather``).
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.expr import Read
from derive.index import IndexExpr
from derive.lower.align import in_order
from derive.lower.context import Builder, Order
from derive.lower.gather import gathered
from derive.lower.grid import Overhang, is_affine, overhang, variables
from derive.lower.memory import padded, stored
from derive.lower.plan import Stored, Value
from derive.lower.slices import has_numeric_steps, sliced

NONE = Overhang()


def read(node: Read, order: Order, builder: Builder) -> Value:
    """The elements that ``node`` reads, over the axes of ``order`` that it uses."""
    if not node.indices:
        return Stored(node.array, (), stored(node.array, builder).kind)
    used = [i for e in node.indices for i in variables(e, builder)]
    plain = len(used) == len(set(used)) and all(is_affine(e, builder) for e in node.indices)
    if not plain or not all(has_numeric_steps(e, builder) for e in node.indices):
        return gathered(stored(node.array, builder), node, order, builder)
    known = [_overhang(node, axis, builder) for axis in range(len(node.indices))]
    hangs = [hang for hang in known if hang is not None]
    if len(hangs) < len(known):
        return gathered(stored(node.array, builder), node, order, builder)
    source = padded(stored(node.array, builder), hangs, builder)
    places = [e + h.before for e, h in zip(node.indices, hangs, strict=True)]
    extents = [
        e + h.before + h.after
        for e, h in zip(builder.context.extents(node.array), hangs, strict=True)
    ]
    return in_order(sliced(source, places, extents, builder), order)


def _overhang(node: Read, axis: int, builder: Builder) -> Overhang | None:
    """What the read needs beyond the grid, where it may be off it; None if that is not known."""
    if builder.program.pad(node.array) is None and not builder.guarded:
        return NONE  # off the grid it is an error, found before anything is computed
    expr = node.indices[axis]
    return overhang(expr, builder.context.extents(node.array)[axis], builder)


def part_of(array: Stored, places: Sequence[IndexExpr], builder: Builder) -> Value:
    """The part of ``array`` at ``places``; the array itself if that is all of it."""
    extents = builder.context.extents(array.name)
    return sliced(array, list(places), list(extents), builder)
