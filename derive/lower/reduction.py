"""Reductions: which of the ways to compute one fits."""

from __future__ import annotations

from fractions import Fraction

from derive.expr import (
    MINUS_ONE,
    Add,
    Div,
    Expr,
    Iverson,
    Mul,
    Number,
    Read,
    Reduce,
    free_indices,
)
from derive.index import Index, Size, as_expr, number
from derive.lower.align import expanded, in_order, named, natural, untransposed
from derive.lower.arithmetic import combined, negated, real, total
from derive.lower.change import pulled
from derive.lower.context import Builder, Order
from derive.lower.contraction import contracted
from derive.lower.factors import Product, factored, joined
from derive.lower.labels import accumulated
from derive.lower.mask import always_finite, condition, doubts, masked, needed
from derive.lower.plan import (
    Axes,
    Broadcast,
    Fold,
    Integer,
    Literal,
    Reshape,
    Value,
)
from derive.lower.scatter import scattered
from derive.lower.window import NEUTRAL, free_offsets, joint, looped, looped_outside, offsets

ZERO = Literal(Fraction(0))


def reduced(node: Reduce, order: Order, builder: Builder) -> Value:
    """The value of a reduction."""
    if node.op == "sum":
        return _sum(node, order, builder)
    if node.op == "mean":
        return _mean(node, order, builder)
    over = offsets(node.body, node.indices, builder)
    if over and node.op != "logsumexp":
        everything = set(over) == set(node.indices)
        if everything or node.op not in ("argmax", "argmin"):
            return looped(node, over, order, builder)
    return _folded(node, order, builder)


def _mean(node: Reduce, order: Order, builder: Builder) -> Value:
    above = _sum(Reduce("sum", node.indices, node.body, node.where), order, builder)
    if node.where is None:
        count = number(1)
        for index in node.indices:
            count = count * as_expr(Size(index.name))
        return combined("/", (above, Integer(count)), order)
    inner = (*order, *node.indices)
    members = contracted(
        [real(condition(node.where, inner, builder))], node.indices, inner, builder
    )
    return combined("/", (above, members), order)


def _folded(node: Reduce, order: Order, builder: Builder) -> Value:
    """One NumPy reduction over the axes of the bound indices."""
    inner = (*order, *node.indices)
    if node.op not in ("argmax", "argmin"):
        inner = natural(node.body, inner)
    if node.where is None:
        value = builder.lower(node.body, inner)
    else:
        value = masked(node.body, node.where, NEUTRAL[node.op], inner, builder)
    value = real(value)
    bound = set(node.indices)
    counted = node.op in ("prod", "logsumexp", "argmax", "argmin")
    if (counted and not bound <= set(value.axes)) or not bound & set(value.axes):
        value = _full(value, node, inner)
    if node.op in ("argmax", "argmin"):
        return _argument(node, value)
    source = untransposed(value)
    gone = tuple(k for k, axis in enumerate(source.axes) if axis in bound)
    left: Axes = tuple(axis for axis in source.axes if axis not in bound)
    # where nothing is left, nothing may be reduced either, and NumPy would refuse that
    empty = node.op in ("max", "min") and bool(left)
    return in_order(Fold(node.op, source, gone, left, empty=empty), order)


def _full(value: Value, node: Reduce, inner: Order) -> Value:
    """``value`` with an axis for every bound index."""
    axes = tuple(i for i in inner if i in value.axes or i in node.indices)
    shape = tuple(as_expr(Size(i.name)) for i in axes)
    return Broadcast(expanded(value, axes), shape, axes)


def _argument(node: Reduce, value: Value) -> Value:
    """The row-major position of the first extreme member; bound indices come last in ``value``."""
    if len(node.indices) > 1:
        left = named(value.axes)[: -len(node.indices)]
        count = number(1)
        for index in node.indices:
            count = count * as_expr(Size(index.name))
        merged = Index("*".join(i.name for i in node.indices))
        shape = (*(as_expr(Size(i.name)) for i in left), count)
        value = Reshape(value, shape, (*left, merged))
    last = len(value.axes) - 1
    return Fold(node.op, value, (last,), value.axes[:-1], empty=last > 0)


# ---- sums -------------------------------------------------------------------------------------


def _sum(node: Reduce, order: Order, builder: Builder) -> Value:
    """A sum: the first of the ways that fits."""
    body = factored(node.body)
    if body.negative:
        positive = Reduce("sum", node.indices, body.expr() or Number(Fraction(1)), node.where)
        return negated(_sum(positive, order, builder), order)
    nested = _flattened(node, body)
    if nested is not None:
        return _sum(nested, order, builder)
    found = accumulated(node, order, builder) or _scattered(node, body, order, builder)
    if found is not None:
        return found
    if isinstance(node.body, Add):
        found = _split(node, node.body, order, builder)
    return _sum_of_product(node, body, order, builder) if found is None else found


def _scattered(node: Reduce, body: Product, order: Order, builder: Builder) -> Value | None:
    """A sum that reads backwards, written or read forwards."""
    where = needed(node.where, builder)
    masks = () if where is None else (Iverson(where),)
    wide = Product(body.above, body.below, (*body.masks, *masks))
    with builder.excused(frozenset() if where is None else doubts(where), where is not None):
        found = scattered(node.indices, wide, order, builder)
    if found is not None:
        return found
    other = pulled(node, body, builder)
    if other is None:
        return None
    with builder.excused(when=other[1]):
        return _sum(other[0], order, builder)


def _flattened(node: Reduce, body: Product) -> Reduce | None:
    """A sum of a product with a sum in it as one sum over all indices."""
    for factor in body.above:
        if isinstance(factor, Reduce) and factor.op == "sum" and factor.where is None:
            bound = set(factor.indices)
            rest = [f for f in body.everything() if f is not factor]
            if bound & (set(node.indices) | {i for f in rest for i in free_indices(f)}):
                return None
            above = tuple(factor.body if f is factor else f for f in body.above)
            merged = Product(above, body.below, body.masks).expr()
            if merged is None or isinstance(factor.body, Add):
                return None
            return Reduce("sum", (*node.indices, *factor.indices), merged, node.where)
    return None


def _split(node: Reduce, body: Add, order: Order, builder: Builder) -> Value | None:
    """The sum of each term that is a contraction, and of all the others together."""
    apart = [t for t in body.terms if _is_contraction(t, node.indices, builder)]
    if not apart:
        return None
    together = tuple(t for t in body.terms if t not in apart)
    terms = list(apart)
    if together:
        terms.append(together[0] if len(together) == 1 else Add(together))
    parts: list[tuple[bool, Value]] = []
    for term in terms:
        minus = isinstance(term, Mul) and term.factors[0] == MINUS_ONE
        rest: Expr = term
        if isinstance(term, Mul) and minus:
            rest = joined(term.factors[1:]) or Number(Fraction(1))
        inner = Reduce("sum", node.indices, rest, node.where)
        parts.append((minus, _sum(inner, order, builder)))
    return total(parts, order)


def _is_contraction(term: Expr, bound: tuple[Index, ...], builder: Builder) -> bool:
    """Whether no factor of ``term`` has all the indices of the others: a matrix product."""
    body = factored(term)
    spans = [
        {i for i in free_indices(f) if i not in builder.scalars} for f in body.everything()
    ]
    spans = [s for s in spans if s & set(bound)]
    whole = set().union(*spans) if spans else set()
    return len(spans) > 1 and all(s != whole for s in spans)


def _sum_of_product(node: Reduce, body: Product, order: Order, builder: Builder) -> Value:
    over = offsets(node.body, node.indices, builder)
    if over and not _is_product_of_views(node, body, builder):
        return looped(node, over, order, builder)
    outside = free_offsets(node, order, builder)
    if outside and not _is_product_of_views(node, body, builder):
        return looped_outside(node, outside, order, builder)
    below = tuple(f for f in body.below if _may_stand_outside(f, node, builder))
    above = _factors(body, tuple(f for f in body.below if f not in below))
    inner = (*order, *node.indices)
    values = _values(node, above, body.masks, inner, builder)
    found = contracted(values, node.indices, inner, builder)
    if not below:
        return found
    divisor = builder.lower(joined(below) or Number(Fraction(1)), order)
    return combined("/", (found, real(divisor)), order)


def _may_stand_outside(divisor: Expr, node: Reduce, builder: Builder) -> bool:
    """Whether to divide the sum, not its members; what a condition excludes divides nothing."""
    if set(node.indices) & set(free_indices(divisor)):
        return False
    one = Number(Fraction(1))
    return needed(node.where, builder) is None or always_finite(Div(one, divisor), builder)


def _factors(body: Product, below: tuple[Expr, ...]) -> list[Expr]:
    """The factors above the line, each divisor joined to one that has its indices."""
    above = list(body.above)
    for divisor in below:
        span = set(free_indices(divisor))
        home = next((k for k, f in enumerate(above) if span <= set(free_indices(f))), None)
        if home is None:
            above.append(Div(Number(Fraction(1)), divisor))
        else:
            above[home] = Div(above[home], divisor)
    return above


def _values(
    node: Reduce,
    above: list[Expr],
    masks: tuple[Iverson, ...],
    inner: Order,
    builder: Builder,
) -> list[Value]:
    """The factors; under a condition, a mask among them or in those that may be infinite."""
    where = needed(node.where, builder)
    if where is None:
        return [_natural(f, inner, builder) for f in (*above, *masks)]
    wild = [f for f in above if not always_finite(f, builder)]
    if not wild:
        with builder.excused(doubts(where)):
            values = [_natural(f, inner, builder) for f in (*above, *masks)]
        return [*values, condition(where, inner, builder)]
    first, *rest = (joined(tuple(wild)), *(f for f in (*above, *masks) if f not in wild))
    assert first is not None, "there is a factor that may be infinite"
    layout = natural(first, inner)
    values = [in_order(masked(first, where, ZERO, layout, builder), inner)]
    with builder.excused(doubts(where)):
        values += [_natural(f, inner, builder) for f in rest if f is not None]
    return values


def _natural(factor: Expr, inner: Order, builder: Builder) -> Value:
    return in_order(builder.lower(factor, natural(factor, inner)), inner)


def _is_product_of_views(node: Reduce, body: Product, builder: Builder) -> bool:
    """Whether one matrix product on a window view computes the sum."""
    if body.masks or body.below or node.where is not None:
        return False
    bound = set(node.indices)
    windows = [f for f in body.above if joint(f, builder)]
    others = [f for f in body.above if f not in windows]
    if any(not isinstance(f, Read) for f in windows) or len(windows) != 1:
        return False
    mine = set(free_indices(windows[0]))
    return any(
        set(free_indices(f)) & bound & mine and set(free_indices(f)) - mine - builder.scalars
        for f in others
    )

