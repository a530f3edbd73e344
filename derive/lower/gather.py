"""Reads at computed places: index arrays, whatever the index expressions are.

A place that may be off the grid is sent to one extra element at the end of its axis, which
holds the pad value; so no negative place ever wraps around.
"""

from __future__ import annotations

from fractions import Fraction

from derive.expr import Read
from derive.index import Exact, IndexExpr, Label, Mod, as_expr, number
from derive.lower.align import expanded, in_order, mapped, union
from derive.lower.context import Builder, Order
from derive.lower.grid import Overhang, grid, inside, is_scalar, is_whole_axis
from derive.lower.memory import padded
from derive.lower.plan import (
    WHOLE,
    At,
    Axes,
    Gather,
    Integer,
    Literal,
    Part,
    Slice,
    Stored,
    Value,
)


def gathered(source: Stored, node: Read, order: Order, builder: Builder) -> Value:
    """The elements that ``node`` reads, by index arrays."""
    extents = builder.context.extents(node.array)
    doubtful = [_doubtful(node, axis, builder) for axis in range(len(extents))]
    hangs = [Overhang(number(0), number(1 if d else 0)) for d in doubtful]
    array: Value = padded(source, hangs, builder)
    parts: list[Part | Value] = []
    for axis, expr in enumerate(node.indices):
        if not doubtful[axis] and is_scalar(expr, builder):
            parts.append(At(expr))
        elif _is_whole(node, axis, builder):
            parts.append(WHOLE)
        else:
            parts.append(_places(expr, extents[axis], doubtful[axis], order, builder))
    return in_order(_indexed(array, parts, node, order), order)


def _doubtful(node: Read, axis: int, builder: Builder) -> bool:
    """Whether the read may be off this axis, and something stands there then."""
    expr, extent = node.indices[axis], builder.context.extents(node.array)[axis]
    exact = any(isinstance(a, Exact) for a in expr.atoms())
    if builder.program.pad(node.array) is None and not builder.guarded and not exact:
        return False
    if isinstance(expr.atom, Label):
        return expr.atom.array in builder.doubted  # the others were checked at the call
    return not inside(expr, extent, builder)


def _is_whole(node: Read, axis: int, builder: Builder) -> bool:
    """Whether this axis is read from end to end by an index that no other axis uses."""
    index = node.indices[axis].index
    extent = builder.context.extents(node.array)[axis]
    if index is None or index in builder.scalars or not is_whole_axis(index, extent, builder):
        return False
    others = (*node.indices[:axis], *node.indices[axis + 1 :])
    return all(index not in e.indices() for e in others)


def _places(
    expr: IndexExpr, extent: IndexExpr, doubtful: bool, order: Order, builder: Builder
) -> Value:
    """The positions; those off the grid become ``extent``."""
    places = grid(expr, order, builder)
    if not doubtful:
        return places
    valid: Value | None = None
    for atom in (a for a in expr.atoms() if isinstance(a, Exact)):
        rest = grid(as_expr(Mod(atom.numerator, atom.denominator)), order, builder)
        valid = _both(valid, mapped("==", (rest, _ZERO), order), order)
    valid = _both(valid, mapped(">=", (places, _ZERO), order), order)
    valid = _both(valid, mapped("<", (places, Integer(extent)), order), order)
    return mapped("where", (valid, places, Integer(extent)), order)


_ZERO = Literal(Fraction(0))


def _both(left: Value | None, right: Value, order: Order) -> Value:
    return right if left is None else mapped("and", (left, right), order)


def _indexed(array: Value, parts: list[Part | Value], node: Read, order: Order) -> Value:
    """Index ``array``; scalar places are cut off first, so that they do not count as arrays."""
    scalar = [isinstance(p, At) for p in parts]
    if any(scalar):
        cut = tuple(p if isinstance(p, At) else WHOLE for p in parts)
        left: Axes = tuple(a for a, s in zip(array.axes, scalar, strict=True) if not s)
        array = Slice(array, cut, left)
    rest = [(p, e) for p, e, s in zip(parts, node.indices, scalar, strict=True) if not s]
    computed = [p for p, _ in rest if p != WHOLE and not isinstance(p, At)]
    values: list[Value] = [p for p in computed if not _is_part(p)]  # type: ignore[misc]
    together = union(values, order)
    aligned = tuple(p if p == WHOLE else expanded(p, together) for p, _ in rest)  # type: ignore[arg-type]
    if not values:
        return array
    where = [k for k, (p, _) in enumerate(rest) if p != WHOLE]
    adjacent = where == list(range(where[0], where[-1] + 1))
    axes: list[object] = [e.index for p, e in rest if p == WHOLE]
    front = where[0] if adjacent else 0
    found = (*axes[:front], *together, *axes[front:])
    return Gather(array, aligned, found)  # type: ignore[arg-type]


def _is_part(value: object) -> bool:
    return value == WHOLE or isinstance(value, At)

