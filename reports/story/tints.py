"""The colours of one derivation: a delta and the index that it becomes share one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from derive.cotangent.deltas import axes_of, axis_of, deltas_in
from derive.expr import Expr, IndexValue, reads
from derive.index import IndexExpr
from derive.program import Step
from reports.mathematics.names import NO_TINTS, Tints

COLOURS = 3


def tints(steps: Sequence[Step]) -> tuple[Tints, ...]:
    """Give the colours of each line."""
    colours = _colours(steps)
    found: list[Tints] = []
    before: Expr | None = None
    for step in steps:
        after = step.result.expr
        if not colours:
            found.append(NO_TINTS)
        else:
            entries = () if before is None else tuple(_entries(before, after, colours))
            unmoved = frozenset(() if before is None else reads(before))
            found.append(Tints(colours, entries, unmoved))
        before = after
    return tuple(found)


def _colours(steps: Sequence[Step]) -> Mapping[int, int]:
    """A colour for each axis where there are enough; else one for all that go in one step."""
    axes = [axes_of(step.result.expr) for step in steps]
    every = sorted(frozenset().union(*axes))
    if len(every) <= COLOURS:
        return {axis: colour for colour, axis in enumerate(every, 1)}
    last = {axis: max(n for n, held in enumerate(axes) if axis in held) for axis in every}
    turns = sorted(set(last.values()))
    return {axis: turns.index(last[axis]) % COLOURS + 1 for axis in every}


def _entries(
    before: Expr, after: Expr, colours: Mapping[int, int]
) -> Iterator[tuple[IndexExpr, int]]:
    """What the indices fixed between two lines have become."""
    left = axes_of(after)
    for delta in deltas_in(before):
        axis = axis_of(delta)
        if axis not in left:
            read, wanted, _, index = delta.args
            new = _becomes(read, wanted, index)
            if new is not None:
                yield new, colours[axis]


def _becomes(read: Expr, wanted: Expr, fixed: Expr) -> IndexExpr | None:
    """The element's own index, wherever it is mentioned; or the number that takes its place."""
    sides = [side.expr if isinstance(side, IndexValue) else None for side in (read, wanted, fixed)]
    held, own, index = sides[0], sides[1], None if sides[2] is None else sides[2].index
    if held is None or own is None or index is None or own.index is not None:
        return own
    split = held.linear(index)
    if split is None or split[0].constant != 1:
        return None
    return own - split[1]
