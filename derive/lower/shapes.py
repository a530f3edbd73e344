"""The shape of every value of a plan, as expressions over sizes.

An axis as it stands has the extent of its array; one that is cut runs over all of its index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.index import IndexExpr, Size, as_expr, number
from derive.lower.plan import (
    WHOLE,
    Arange,
    At,
    Axes,
    Broadcast,
    Cast,
    Copy,
    Filled,
    Fold,
    Gather,
    Map,
    Matmul,
    New,
    Pad,
    Reshape,
    Slice,
    Span,
    Stored,
    Tensordot,
    Transpose,
    Value,
    Windows,
)

Shape = tuple[IndexExpr, ...]
ONE = number(1)
# Reductions that keep every axis: they divide by a sum, or subtract it.
SHARES = ("softmax", "log_softmax")


def shape_of(value: Value, known: Mapping[str, Shape]) -> Shape | None:  # noqa: PLR0911
    """The extent of every axis of ``value``; None if that of an array in it is not known."""
    match value:
        case Stored(name):
            return () if not value.axes else known.get(name)
        case Filled(shape) | Broadcast(_, shape) | Reshape(_, shape):
            return shape
        case Arange() | Gather():
            return by_axes(value.axes)
        case Cast(source) | Copy(source):
            return shape_of(source, known)
        case Matmul(left, right):
            if by_rows(value):
                return by_axes(value.axes)
            return _product(shape_of(left, known), shape_of(right, known), value.axes)
        case Map(_, args):
            return _widest(value.axes, [(a.axes, shape_of(a, known)) for a in args])
        case Tensordot():
            return _rest(value, known)
        case Slice() | Transpose() | Windows() | Fold() | Pad():
            inner = shape_of(value.source, known)
            return None if inner is None else _of_source(value, inner)
    return ()


def by_axes(axes: Axes) -> Shape:
    """The shape where every axis runs over all of its index."""
    return tuple(ONE if axis is None else as_expr(Size(axis.name)) for axis in axes)


def _of_source(value: Slice | Transpose | Windows | Fold | Pad, source: Shape) -> Shape:
    match value:
        case Slice():
            return _cut(value, source)
        case Transpose(_, order):
            return tuple(source[k] for k in order)
        case Windows(_, position, _, terms):
            inner = tuple(as_expr(Size(index.name)) for index, _ in terms)
            return (*source[:position], *inner, *source[position + 1 :])
        case Fold(op, _, positions):
            if op in SHARES:
                return source
            kept = [(k, ONE if k in positions else e) for k, e in enumerate(source)]
            return tuple(e for k, e in kept if value.keep or k not in positions)
    widths = zip(source, value.widths, strict=True)
    return tuple(extent + before + after for extent, (before, after) in widths)


def _cut(value: Slice, source: Shape) -> Shape:
    found: list[IndexExpr] = []
    rest, axes = list(source), list(value.axes)
    for part in value.parts:
        if isinstance(part, New):
            found.append(ONE)
            axes.pop(0)
            continue
        extent = rest.pop(0)
        if isinstance(part, At):
            continue
        axis = axes.pop(0)
        whole = part == WHOLE or axis is None or _keeps(part)
        found.append(extent if whole or axis is None else as_expr(Size(axis.name)))
    return (*found, *rest)


def _keeps(part: Span) -> bool:
    """Whether it is the whole axis, in one direction or the other."""
    return part.start is None and part.stop is None


def by_rows(value: Matmul) -> bool:
    """Whether ``value`` is the product of each row of an array with the same row of another."""
    return len(value.left.axes) > 1 and value.left.axes == value.right.axes


def _product(left: Shape | None, right: Shape | None, axes: Axes) -> Shape | None:
    if left is None or right is None:
        return None
    if len(left) == 1:
        return (*right[:-2], *right[-1:]) if len(right) > 1 else ()
    if len(right) == 1:
        return left[:-1]
    stack = _widest(axes[:-2], [(axes[len(axes) - len(s) : -2], s[:-2]) for s in (left, right)])
    return None if stack is None else (*stack, left[-2], right[-1])


def _widest(axes: Axes, args: Sequence[tuple[Axes, Shape | None]]) -> Shape | None:
    """The shape that aligned operands broadcast to."""
    found: list[IndexExpr] = []
    for place, axis in enumerate(reversed(axes), 1):
        here = [
            (a[-place], None if shape is None or len(shape) < place else shape[-place])
            for a, shape in args
            if len(a) >= place
        ]
        extents = [extent for a, extent in here if a is not None or axis is None]
        if not extents or extents[0] is None:
            return None
        found.append(extents[0])
    return tuple(reversed(found))


def _rest(value: Tensordot, known: Mapping[str, Shape]) -> Shape | None:
    left, right = shape_of(value.left, known), shape_of(value.right, known)
    if left is None or right is None:
        return None
    return (
        *(e for k, e in enumerate(left) if k not in value.left_positions),
        *(e for k, e in enumerate(right) if k not in value.right_positions),
    )
