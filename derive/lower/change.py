"""Changes of variable: a sum over what is read backwards as one over the elements that are read.

    dy[(h - p)/s] over h        ⇒  dy[u] at h = s*u + p
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from derive.expr import Condition, Read, Reduce, free_indices
from derive.index import Exact, Index, IndexExpr, Size, as_expr
from derive.lower.context import Builder, Order
from derive.lower.factors import Product
from derive.lower.grid import inside, is_whole_axis, variables
from derive.lower.mask import always_finite
from derive.lower.window import offsets
from derive.scope import in_expr, substitute


@dataclass(frozen=True, slots=True)
class Change:
    """``old`` is ``place``: ``step`` times ``new``, and what depends on offsets."""

    old: Index
    new: Index
    place: IndexExpr
    step: int


def pulled(node: Reduce, body: Product, builder: Builder) -> tuple[Reduce, bool] | None:
    """A sum over positions that are read backwards, as one over the elements that are read.

        sum[u](dy[u]*x[(u - p)/s])      with x zero off its grid
            ⇒   sum[h](dy[s*h + p]*x[h])

    Where ``s*h + p`` may be off the grid, the other factor has to be taken for zero: true.
    """
    for factor in body.above:
        if not isinstance(factor, Read) or not _is_zero_outside(factor, builder):
            continue
        for axis, expr in enumerate(factor.indices):
            if not isinstance(expr.atom, Exact) and len(variables(expr, builder)) < 2:
                continue
            for old in (i for i in variables(expr, builder) if i in node.indices):
                change = _change(factor, axis, old, builder)
                if change is not None:
                    found = _replaced(node, body, change, builder)
                    if found is not None:
                        return found
    return None


def _replaced(
    node: Reduce, body: Product, change: Change, builder: Builder
) -> tuple[Reduce, bool] | None:
    """``node`` with the change made, and whether reads off the grid count as zero."""
    sure = inside(change.place, as_expr(Size(change.old.name)), builder)
    excluded = any(
        isinstance(f, Read)
        and _is_whole(f, change.old, builder)
        and ((pad := builder.program.pad(f.array)) is None or pad.value == 0)
        for f in body.above
    )
    if not sure:
        # what is zero there is so whatever it is multiplied with, as long as that is a number
        moved = [f for f in body.multiplied() if change.old in free_indices(f)]
        excluded = excluded and all(always_finite(f, builder) for f in moved)
    expr = body.expr()
    if expr is None or not (sure or excluded):
        return None
    places = {change.old: change.place}
    indices = tuple(change.new if i == change.old else i for i in node.indices)
    where = None if node.where is None else cast(Condition, substitute(node.where, places))
    return Reduce(node.op, indices, in_expr(expr, places), where), not sure


def _is_whole(read: Read, index: Index, builder: Builder) -> bool:
    """Whether an axis is read from end to end by ``index``."""
    extents = builder.context.extents(read.array)
    return any(
        e.index == index and is_whole_axis(index, extent, builder)
        for e, extent in zip(read.indices, extents, strict=True)
    )


def _is_zero_outside(read: Read, builder: Builder) -> bool:
    pad = builder.program.pad(read.array)
    return pad is not None and pad.value == 0 and not builder.context.moved(read.array)


def changes_of(
    read: Read, bound: tuple[Index, ...], order: Order, builder: Builder
) -> tuple[Change, ...]:
    """The changes of variable that make every axis of ``read`` plain; none if some cannot be."""
    if not _is_zero_outside(read, builder):
        return ()
    found: list[Change] = []
    for axis, expr in enumerate(read.indices):
        backwards = isinstance(expr.atom, Exact) or len(variables(expr, builder)) > 1
        if backwards:
            free = [i for i in variables(expr, builder) if i not in bound]
            loops = offsets(read, bound, builder)
            beside = [i for i in variables(expr, builder) if i in bound]
            if len(free) != 1 or any(i not in loops for i in beside):
                return ()
            change = _change(read, axis, free[0], builder)
            if change is not None:
                found.append(change)
            elif isinstance(expr.atom, Exact):
                return ()
    old = [c.old for c in found]
    apart = len(set(old)) == len(old) and not any(
        i in old for c in found for i in c.place.indices()
    )
    return tuple(found) if apart and all(i in order for i in old) else ()


def _change(read: Read, axis: int, old: Index, builder: Builder) -> Change | None:
    """The change of variable from ``old`` to the element of ``axis`` that is read."""
    expr = read.indices[axis]
    step = 1
    if isinstance(expr.atom, Exact):
        divisor = expr.atom.denominator.constant
        if divisor is None or divisor <= 0:
            return None
        expr, step = expr.atom.numerator, divisor
    split = expr.linear(old)
    if split is None or split[0].constant != 1 or not _reads_backwards(split[1], builder, step):
        return None
    new = Index(builder.program.axes(read.array)[axis], builder.tag())
    return Change(old, new, as_expr(new) * step - split[1], step)


def _reads_backwards(rest: IndexExpr, builder: Builder, step: int) -> bool:
    """Whether offsets are subtracted: where they are added, a window is read instead."""
    if step > 1:
        return True
    slopes = [split[0].constant for i in variables(rest, builder) if (split := rest.linear(i))]
    return all(s is not None and s < 0 for s in slopes)
