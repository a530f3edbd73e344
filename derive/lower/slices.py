"""Slices: how each axis of an array is cut where its places are affine in one index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.extent import expanded
from derive.index import Index, IndexExpr, Size, as_expr, number
from derive.lower.context import Builder
from derive.lower.grid import is_whole_axis, variables
from derive.lower.plan import REVERSED, WHOLE, At, Axes, Part, Slice, Span, Stored, Value, Windows


@dataclass(frozen=True, slots=True)
class Cut:
    """One axis of the sliced array: how it is cut, and the indices it becomes."""

    part: Part
    axes: tuple[Index, ...]
    backwards: bool = False


def has_numeric_steps(expr: IndexExpr, builder: Builder) -> bool:
    """Whether ``expr`` is affine in its indices, each with a number before it."""
    found = variables(expr, builder)
    steps = [split[0].constant for i in found if (split := expr.linear(i)) is not None]
    return len(steps) == len(found) and None not in steps


def sliced(
    source: Stored, places: Sequence[IndexExpr], extents: Sequence[IndexExpr], builder: Builder
) -> Value:
    """The elements of ``source`` at ``places``; an axis of several indices as windows."""
    cuts = [cut_of(p, e, builder) for p, e in zip(places, extents, strict=True)]
    value: Value = source
    for position in reversed(range(len(places))):
        if len(cuts[position].axes) > 1:
            value = _windows(value, position, places[position], builder)
    if isinstance(value, Windows):
        value = builder.temporary(f"{source.name.removesuffix('_pad')}_win", value)
    return cut(value, cuts)


def cut(value: Value, cuts: Sequence[Cut]) -> Value:
    """``value`` cut; an axis that is several windows already is left as it is."""
    parts: list[Part] = []
    for each in cuts:
        parts += [each.part] if len(each.axes) < 2 else [WHOLE] * len(each.axes)
    axes: Axes = tuple(i for each in cuts for i in each.axes)
    if any(part != WHOLE for part in parts) or value.axes != axes:
        value = _cut(value, tuple(parts), axes)
    if any(each.backwards for each in cuts):
        flips = tuple(REVERSED if each.backwards else WHOLE for each in cuts for _ in each.axes)
        value = Slice(value, flips, axes)
    return value


def _cut(value: Value, parts: tuple[Part, ...], axes: Axes) -> Value:
    if all(part == WHOLE for part in parts) and isinstance(value, Stored):
        return replace(value, axes=axes)
    return Slice(value, parts, axes)


def cut_of(place: IndexExpr, extent: IndexExpr, builder: Builder) -> Cut:
    """How an axis of that extent is cut at ``place``, affine in its indices."""
    found = variables(place, builder)
    if not found:
        return Cut(At(place), ())
    if len(found) > 1:
        return Cut(WHOLE, found)
    index = found[0]
    split = place.linear(index)
    assert split is not None, "the read is affine"
    step = split[0].constant
    assert step is not None, "the steps are numbers"
    if place == as_expr(index) and is_whole_axis(index, extent, builder):
        return Cut(WHOLE, (index,))
    return Cut(*_span(index, step, split[1], extent, builder))


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

