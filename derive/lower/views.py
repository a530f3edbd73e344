"""Reads as views: slices, strides, reversals and windows of the array, padded where need be.

    x[n, i + 1]                  x[:, 1:]
    x[size(t) - 1 - t]           x[::-1]
    x[n, s*u + p - P]            a window view of x padded by P on both sides
    x[t - 1], t a loop variable  x[t - 1]

Whatever is not affine, or uses an index for two axes, is gathered (``gather``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.expr import Read
from derive.extent import expanded
from derive.index import Index, IndexExpr, Size, as_expr, number
from derive.lower.align import in_order
from derive.lower.context import Builder, Order
from derive.lower.gather import gathered
from derive.lower.grid import Overhang, is_affine, is_whole_axis, overhang, variables
from derive.lower.memory import padded, stored
from derive.lower.plan import (
    REVERSED,
    WHOLE,
    At,
    Axes,
    Part,
    Slice,
    Span,
    Stored,
    Value,
    Windows,
)

NONE = Overhang()


def read(node: Read, order: Order, builder: Builder) -> Value:
    """The elements that ``node`` reads, over the axes of ``order`` that it uses."""
    if not node.indices:
        return Stored(node.array, (), stored(node.array, builder).kind)
    used = [i for e in node.indices for i in variables(e, builder)]
    plain = len(used) == len(set(used)) and all(is_affine(e, builder) for e in node.indices)
    if not plain or not all(_has_numeric_steps(e, builder) for e in node.indices):
        return gathered(stored(node.array, builder), node, order, builder)
    hangs = [_overhang(node, axis, builder) for axis in range(len(node.indices))]
    source = padded(stored(node.array, builder), hangs, builder)
    places = [e + h.before for e, h in zip(node.indices, hangs, strict=True)]
    extents = [
        e + h.before + h.after
        for e, h in zip(builder.context.extents(node.array), hangs, strict=True)
    ]
    return in_order(_sliced(source, places, extents, builder), order)


def _has_numeric_steps(expr: IndexExpr, builder: Builder) -> bool:
    found = variables(expr, builder)
    steps = [split[0].constant for i in found if (split := expr.linear(i)) is not None]
    return len(steps) == len(found) and None not in steps


def _overhang(node: Read, axis: int, builder: Builder) -> Overhang:
    """What the read needs beyond the grid, as far as it may be given that at all."""
    if builder.program.pad(node.array) is None and not builder.guarded:
        return NONE  # off the grid it is an error, found before anything is computed
    expr = node.indices[axis]
    found = overhang(expr, builder.context.extents(node.array)[axis], builder)
    return NONE if found is None else found


def part_of(array: Stored, places: Sequence[IndexExpr], builder: Builder) -> Value:
    """The part of ``array`` at ``places``; the array itself if that is all of it."""
    extents = builder.context.extents(array.name)
    return _sliced(array, list(places), list(extents), builder)


# ---- slices -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis of the sliced array: how it is cut, and the indices it becomes."""

    part: Part
    axes: tuple[Index, ...]
    backwards: bool = False


def _sliced(
    source: Stored, places: list[IndexExpr], extents: list[IndexExpr], builder: Builder
) -> Value:
    found = [_axis(p, e, builder) for p, e in zip(places, extents, strict=True)]
    value: Value = source
    for position in reversed(range(len(places))):
        if len(found[position].axes) > 1:
            value = _windows(value, position, places[position], builder)
    if isinstance(value, Windows):
        value = builder.temporary(f"{source.name.removesuffix('_pad')}_win", value)
    parts: list[Part] = []
    for axis in found:
        parts += [axis.part] if len(axis.axes) < 2 else [WHOLE] * len(axis.axes)
    axes: Axes = tuple(i for axis in found for i in axis.axes)
    if any(part != WHOLE for part in parts) or value.axes != axes:
        value = _cut(value, tuple(parts), axes)
    if any(axis.backwards for axis in found):
        flips = tuple(REVERSED if axis.backwards else WHOLE for axis in found for _ in axis.axes)
        value = Slice(value, flips, axes)
    return value


def _cut(value: Value, parts: tuple[Part, ...], axes: Axes) -> Value:
    if all(part == WHOLE for part in parts) and isinstance(value, Stored):
        return Stored(value.name, axes, value.kind, value.temporary)
    return Slice(value, parts, axes)


def _axis(place: IndexExpr, extent: IndexExpr, builder: Builder) -> _Axis:
    found = variables(place, builder)
    if not found:
        return _Axis(At(place), ())
    if len(found) > 1:
        return _Axis(WHOLE, found)
    index = found[0]
    split = place.linear(index)
    assert split is not None, "the read is affine"
    step = split[0].constant
    assert step is not None, "the steps are numbers"
    if place == as_expr(index) and is_whole_axis(index, extent, builder):
        return _Axis(WHOLE, (index,))
    return _Axis(*_span(index, step, split[1], extent, builder))


def _span(
    index: Index, step: int, start: IndexExpr, extent: IndexExpr, builder: Builder
) -> tuple[Part, tuple[Index, ...], bool]:
    """The slice ``start, start + step, ...``; backwards ones are cut forwards, then reversed."""
    size = as_expr(Size(index.name))
    if step < 0 and start == extent - 1 and step == -1 and is_whole_axis(index, extent, builder):
        return REVERSED, (index,), False
    low = start if step > 0 else start + (size - 1) * step
    stop: IndexExpr | None = low + size * abs(step)
    if abs(step) == 1 and stop is not None and _same(stop, extent, builder):
        stop = None
    begin = None if low.constant == 0 else low
    return Span(begin, stop, None if abs(step) == 1 else number(abs(step))), (index,), step < 0


def _same(left: IndexExpr, right: IndexExpr, builder: Builder) -> bool:
    return expanded(builder.program, left - right).constant == 0


def _windows(value: Value, position: int, place: IndexExpr, builder: Builder) -> Value:
    """Axis ``position`` of ``value`` as one axis for each index of ``place``."""
    terms: list[tuple[Index, IndexExpr]] = []
    start = place
    for index in variables(place, builder):
        split = start.linear(index)
        assert split is not None, "the read is affine"
        terms.append((index, split[0]))
        start = split[1]
    axes = (*value.axes[:position], *(i for i, _ in terms), *value.axes[position + 1 :])
    return Windows(value, position, start, tuple(terms), axes)

