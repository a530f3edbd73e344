"""Sums of products as matrix products.

    sum[j](W[i,j]*x[n,j])                    x @ W.T
    sum[n,t](da[t,n,i]*x[t,n,j])             tensordot over two pairs of axes
    sum[j](Q[b,i,j]*K[b,k,j])                Q @ K.swapaxes(1, 2), a stack of products
    sum[i,j](W[k,i,j]*x[n,i]*y[n,j])         two at a time, the cheapest pair first

Factors without a summed index are taken out; an index of one factor alone is summed there; a
factor whose axes another has is multiplied into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, permutations

from derive.extent import extent_of
from derive.index import Index, IndexExpr, Size, as_expr, number
from derive.lower.align import in_order, named, transposed, untransposed
from derive.lower.arithmetic import product, real
from derive.lower.context import Builder, Order
from derive.lower.plan import (
    BOOL,
    INT,
    REAL,
    WHOLE,
    At,
    Axes,
    Cast,
    Fold,
    Integer,
    Literal,
    Map,
    Matmul,
    Reshape,
    Slice,
    Stored,
    Tensordot,
    Value,
    kind,
)
from derive.lower.stack import is_stack
from derive.program import Program

Indices = frozenset[Index]
TYPICAL = 32  # what an extent that is not known is taken for


def contracted(
    factors: Sequence[Value], summed: Sequence[Index], order: Order, builder: Builder
) -> Value:
    """The sum over ``summed`` of the product of ``factors``; ``order`` has these indices too."""
    over = frozenset(summed)
    outside = [f for f in factors if not over & set(f.axes)]
    inside = [f for f in factors if over & set(f.axes)]
    counted = [i for i in summed if not any(i in f.axes for f in factors)]
    found: list[Value] = [Integer(as_expr(Size(i.name))) for i in counted]
    found += outside
    inside = [
        f if _is_weighed(k, inside, over) else _squared(f, over, builder)
        for k, f in enumerate(inside)
    ]
    found += [f for f in inside if not over & set(f.axes)]
    inside = [f for f in inside if over & set(f.axes)]
    for group in _connected(inside, over):
        found.append(_sum_of_product(group, over, order, builder.program))
    return product(found, order)


def _is_weighed(place: int, factors: Sequence[Value], over: Indices) -> bool:
    """Whether another factor varies along an index that this one is summed over."""
    mine = over & set(factors[place].axes)
    return any(mine & set(f.axes) for k, f in enumerate(factors) if k != place)


def _connected(factors: Sequence[Value], over: Indices) -> list[list[Value]]:
    """Factors in groups that share no summed index."""
    groups: list[list[Value]] = []
    for factor in factors:
        mine = over & set(factor.axes)
        joined = [g for g in groups if any(mine & set(f.axes) for f in g)]
        groups = [g for g in groups if g not in joined]
        groups.append([*(f for g in joined for f in g), factor])
    return groups


def _sum_of_product(
    factors: list[Value], over: Indices, order: Order, program: Program
) -> Value:
    factors = _absorbed(factors, over, order)
    while len(factors) > 1:
        factors = [_alone(f, factors, over, order) for f in factors]
        first, second = _cheapest(factors, over, program)
        rest = [f for f in factors if f is not first and f is not second]
        needed = {i for f in rest for i in f.axes}
        gone = (over & set(first.axes) & set(second.axes)) - needed
        merged = pair(first, second, gone, order)
        factors = _absorbed([merged, *rest], over, order)
    return _folded(factors[0], over, order)


def multiplied(factors: Sequence[Value], order: Order) -> Value:
    """The product, in the layout of its widest factor."""
    widest = max(factors, key=lambda f: len(f.axes))
    own = iter(named(untransposed(widest).axes))
    layout = tuple(next(own) if i in widest.axes else i for i in order)
    return in_order(product([in_order(f, layout) for f in factors], layout), order)


def _absorbed(factors: list[Value], over: Indices, order: Order) -> list[Value]:
    """Factors multiplied into one that has all of their axes, where that is no contraction."""
    if len(factors) < 3:
        return factors
    for small, large in permutations(range(len(factors)), 2):
        mine = set(factors[small].axes)
        others = [f for k, f in enumerate(factors) if k not in (small, large)]
        shared = {i for f in others for i in f.axes}
        if mine <= set(factors[large].axes) and mine & over <= shared:
            merged = multiplied((factors[large], factors[small]), order)
            kept = [
                merged if k == large else f for k, f in enumerate(factors) if k != small
            ]
            return _absorbed(kept, over, order)
    return factors


def _alone(factor: Value, factors: Sequence[Value], over: Indices, order: Order) -> Value:
    """``factor`` summed over the indices that no other factor has."""
    others = {i for f in factors if f is not factor for i in f.axes}
    return _folded(factor, over - others, order)


def _folded(value: Value, over: Indices, order: Order) -> Value:
    source = untransposed(value)
    gone = tuple(k for k, axis in enumerate(source.axes) if axis in over)
    if not gone:
        return value
    left: Axes = tuple(a for a in source.axes if a not in over)
    return in_order(Fold("sum", real(source), gone, left), order)


def _cheapest(factors: Sequence[Value], over: Indices, program: Program) -> tuple[Value, Value]:
    def cost(two: tuple[Value, Value]) -> tuple[float, float]:
        first, second = two
        needed = {i for f in factors if f is not first and f is not second for i in f.axes}
        both = set(first.axes) | set(second.axes)
        left = {i for i in both if i not in over or i in needed}
        return _volume(both, program), _volume(left, program)

    return min(combinations(factors, 2), key=cost)


def _volume(axes: Iterable[object], program: Program) -> float:
    volume = 1.0
    for axis in axes:
        assert isinstance(axis, Index), "factors are not aligned yet"
        extent = extent_of(program, axis.name).constant
        volume *= TYPICAL if extent is None else extent
    return volume


# ---- two factors ------------------------------------------------------------------------------


def pair(left: Value, right: Value, over: Indices, order: Order) -> Value:
    """The sum over ``over``, axes of both, of ``left * right``, in ``order``."""
    a, b = set(named(left.axes)), set(named(right.axes))
    batch = (a & b) - over
    if len(over) == 1 and a == b == over:
        return Matmul(*_typed(left, right), ())
    if not over or a == b:
        rows = _row_by_row(left, right, over, order)
        return _folded(multiplied((left, right), order), over, order) if rows is None else rows
    left, right = _typed(left, right)
    if a <= b or b <= a:
        large, small = (left, right) if b <= a else (right, left)
        if batch:
            return _weighted(large, small, over, order)
    if batch:
        return _stacked(left, right, over, batch, order)
    if len(over) == 1:
        found = _matrix(left, right, over, order) or _fanned(left, right, over, order)
        if found is not None:
            return found
    return _tensordot(left, right, over, order)


def _row_by_row(left: Value, right: Value, over: Indices, order: Order) -> Value | None:
    """The sums along rows of both, if these lie in memory as they are.

    One pass by BLAS, no product of the whole in memory: 2.7 times as fast in float32 (1.0 ms
    to 0.4 for 4096 rows of 512), 2.1 times in float64.
    """
    first, second = untransposed(left), untransposed(right)
    axes = first.axes
    if len(axes) < 2 or len(over) != 1 or axes != second.axes or axes[-1] not in over:
        return None
    if not kind(first) == kind(second) == REAL:
        return None
    return in_order(Matmul(first, second, axes[:-1]), order)


def _squared(value: Value, over: Indices, builder: Builder) -> Value:
    """A sum of squares along rows as a product of the rows with themselves."""
    if not isinstance(value, Map) or value.op != "**" or value.args[1] != Literal(Fraction(2)):
        return value
    base, axes = value.args[0], value.axes
    if base.axes != axes or len(axes) < 2 or over & set(axes) != {axes[-1]}:
        return value
    if not isinstance(base, Stored):
        base = builder.temporary(f"{builder.owner}_base", base)
    return Matmul(base, base, axes[:-1])


def _typed(left: Value, right: Value) -> tuple[Value, Value]:
    """Both as matrix products take them: one of them real."""
    if REAL not in (kind(left), kind(right)):
        return real(left), real(right)
    left, right = (Cast(v) if kind(v) in (INT, BOOL) else v for v in (left, right))
    return left, right


def _weighted(large: Value, small: Value, over: Indices, order: Order) -> Value:
    """All axes of ``small`` are axes of ``large``: multiply and sum."""
    return _folded(multiplied((large, small), order), over, order)


def _in(order: Order, indices: Iterable[Index]) -> tuple[Index, ...]:
    chosen = set(indices)
    return tuple(i for i in order if i in chosen)


def _matrix(left: Value, right: Value, over: Indices, order: Order) -> Value | None:
    """``left @ right`` or ``right @ left`` if that gives the wanted order without copies."""
    (s,) = over
    wanted = _in(order, {*named(left.axes), *named(right.axes)} - over)
    for a, b in ((left, right), (right, left)):
        rows, columns = _in(order, set(named(a.axes)) - over), set(named(b.axes)) - over
        if len(columns) > 1 or (*rows, *columns) != wanted:
            continue
        inner = untransposed(a).axes
        if len(rows) > 1 and inner != (*rows, s):
            continue
        return Matmul(
            transposed(a, (*rows, s)),
            transposed(b, (s, *columns)),
            wanted,
        )
    return None


def _fanned(left: Value, right: Value, over: Indices, order: Order) -> Value | None:
    """One matrix times each of several kept in one array, these first in the result.

    ``(g,t,n,i)`` of ``x[t,n,j]`` and ``U[g,i,j]``: the product of all at once would have to be
    transposed, which is 1.4 to 1.7 times the time of the whole for the gates of a recurrence.
    """
    (s,) = over
    wanted = _in(order, {*named(left.axes), *named(right.axes)} - over)
    for a, b in ((left, right), (right, left)):
        rows, columns = _in(order, set(named(a.axes)) - over), _in(order, set(named(b.axes)) - over)
        if len(columns) != 2 or not rows or not is_stack(columns[0]):
            continue
        if wanted != (columns[0], *rows, columns[1]) or untransposed(a).axes != (*rows, s):
            continue
        many = transposed(b, (columns[0], s, columns[1]))
        first = _grouped(a, (rows, (s,)))
        product = Matmul(first, many, (columns[0], first.axes[0], columns[1]))
        if len(rows) == 1:
            return product
        return Reshape(product, tuple(as_expr(Size(i.name)) for i in wanted), wanted)
    return None


def _tensordot(left: Value, right: Value, over: Indices, order: Order) -> Value:
    wanted = _in(order, {*named(left.axes), *named(right.axes)} - over)
    first, second = untransposed(left), untransposed(right)
    both = ((first, second), (second, first))
    made: list[Tensordot] = [_tensordot_of(a, b, over) for a, b in both]
    best = max(made, key=lambda m: (_copies_rows(m), *_agreement(m.axes, wanted)))
    return in_order(best, order)


def _copies_rows(value: Tensordot) -> bool:
    """Whether the matrices that windows are copied into have rows along a position.

    The left factor is copied with its summed axes last, the right one with its free axes last.
    """
    left, right = value.left, value.right
    summed = [left.axes[k] for k in value.left_positions]
    free = [a for k, a in enumerate(right.axes) if k not in value.right_positions]
    return all(
        not isinstance(factor, Stored) or not factor.offsets or (last[-1:] == [_row(factor)])
        for factor, last in ((left, summed), (right, free))
    )


def _row(windows: Stored) -> object:
    """The last axis that is no offset: neighbours along it are neighbours in memory."""
    return [a for a in windows.axes if a not in windows.offsets][-1]


def _agreement(axes: Axes, wanted: Axes) -> tuple[int, int]:
    """How many axes at the end, then at the front, need not move."""
    same = [a == b for a, b in zip(axes, wanted, strict=True)]
    last = next((k for k, s in enumerate(reversed(same)) if not s), len(same))
    first = next((k for k, s in enumerate(same) if not s), len(same))
    return last, first


def _tensordot_of(left: Value, right: Value, over: Indices) -> Tensordot:
    pairs = [
        (k, right.axes.index(axis)) for k, axis in enumerate(left.axes) if axis in over
    ]
    axes = (
        *(a for a in left.axes if a not in over),
        *(a for a in right.axes if a not in over),
    )
    return Tensordot(left, right, tuple(k for k, _ in pairs), tuple(k for _, k in pairs), axes)


def _stacked(
    left: Value, right: Value, over: Indices, batch: Iterable[Index], order: Order
) -> Value:
    """A stack of matrix products, one for each value of the ``batch`` indices."""
    stack, summed = _in(order, batch), _in(order, over)
    rows = _in(order, set(named(left.axes)) - over - set(batch))
    columns = _in(order, set(named(right.axes)) - over - set(batch))
    wanted = _in(order, (*stack, *rows, *columns))
    if (*stack, *columns, *rows) == wanted and (*stack, *rows, *columns) != wanted:
        left, right, rows, columns = right, left, columns, rows
    a = _grouped(left, (*((i,) for i in stack), rows, summed))
    b = _grouped(right, (*((i,) for i in stack), summed, columns))
    merged = Matmul(a, b, (*stack, a.axes[-2], b.axes[-1]))
    return in_order(_ungrouped(merged, stack, rows, columns), order)


def _merged(group: Sequence[Index]) -> Index:
    return group[0] if len(group) == 1 else Index("*".join(i.name for i in group))


def _extent(group: Sequence[Index]) -> IndexExpr:
    extent = number(1)
    for index in group:
        extent = extent * as_expr(Size(index.name))
    return extent


def _grouped(value: Value, groups: Sequence[tuple[Index, ...]]) -> Value:
    """``value`` with one axis for each group of its axes."""
    flat = transposed(value, [i for group in groups for i in group])
    if all(len(group) == 1 for group in groups):
        return flat
    axes: Axes = tuple(_merged(group) for group in groups)
    return Reshape(flat, tuple(map(_extent, groups)), axes)


def _ungrouped(
    value: Matmul, stack: tuple[Index, ...], rows: tuple[Index, ...], columns: tuple[Index, ...]
) -> Value:
    axes = (*stack, *rows, *columns)
    if len(rows) == len(columns) == 1:
        return Matmul(value.left, value.right, axes)
    if len(rows) <= 1 and len(columns) <= 1:
        parts = [WHOLE] * len(stack)
        tail = [WHOLE if group else At(number(0)) for group in (rows, columns)]
        return Slice(value, (*parts, *tail), axes)
    return Reshape(value, tuple(as_expr(Size(i.name)) for i in axes), axes)

