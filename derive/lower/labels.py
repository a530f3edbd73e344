"""Sums over everything that carries a label, added up label by label.

    dE[v,d] = sum[b where id[b] == v](dy[b,d])      np.add.at(dE, id, dy)

A label that another condition may exclude need not be one of the axis: it is sent to one extra
element at the end, which is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.expr import Compare, Condition, Expr, IndexValue, Logic, Reduce, free_indices
from derive.index import Index, IndexExpr, Label, Size, as_expr
from derive.lower.align import expanded, in_order, natural, union
from derive.lower.arithmetic import real
from derive.lower.context import Builder, Order
from derive.lower.gather import places_of
from derive.lower.mask import doubts
from derive.lower.plan import (
    WHOLE,
    Accumulate,
    Arange,
    Assign,
    Filled,
    Literal,
    Part,
    Slice,
    Span,
    Stored,
    Value,
)
from derive.scope import in_expr


def accumulated(node: Reduce, order: Order, builder: Builder) -> Value | None:
    """A sum ``where label == index`` as one pass over the labels, or None if it is none."""
    if node.op != "sum" or node.where is None:
        return None
    where = node.where
    parts = where.args if isinstance(where, Logic) and where.op == "and" else (where,)
    labels: dict[Index, IndexExpr] = {}
    rest: list[Condition] = []
    for part in parts:
        found = _labelled(part, node.indices, order, builder)
        if found is None or found[0] in labels:
            rest.append(part)
        else:
            labels[found[0]] = found[1]
    return _added(node, labels, rest, order, builder) if labels else None


def _labelled(
    node: Condition, bound: Sequence[Index], order: Order, builder: Builder
) -> tuple[Index, IndexExpr] | None:
    """The free index and the label that it equals under ``node``, or None."""
    if not isinstance(node, Compare) or node.op != "==":
        return None
    for left, right in ((node.left, node.right), (node.right, node.left)):
        if not isinstance(left, IndexValue) or not isinstance(right, IndexValue):
            continue
        index, label = right.expr.index, left.expr
        if index is None or index in bound or index not in order or index in builder.scalars:
            continue
        if isinstance(label.atom, Label) and index not in label.indices():
            return index, label
    return None


def _added(
    node: Reduce,
    labels: dict[Index, IndexExpr],
    rest: Sequence[Condition],
    order: Order,
    builder: Builder,
) -> Value:
    axes = tuple(
        i for i in order if i in {*free_indices(node), *labels} and i not in builder.scalars
    )
    used = {i for label in labels.values() for i in label.indices()}
    inner = _with(tuple(i for i in node.indices if i in used), order, labels)
    body: Expr = in_expr(node.body, labels)
    where = None if not rest else rest[0] if len(rest) == 1 else Logic("and", tuple(rest))
    summed = tuple(i for i in node.indices if i not in used)
    if summed or where is not None:
        body = Reduce("sum", summed, body, where)
    value = in_order(real(builder.lower(body, natural(body, inner))), inner)
    name = builder.claim(f"{builder.owner}_sum")
    doubted = builder.doubted | (doubts(where) if where is not None else frozenset())
    extra = {i for i, label in labels.items() if _array(label) in doubted}
    shape = tuple(as_expr(Size(i.name)) + (1 if i in extra else 0) for i in axes)
    zeros = Filled(shape, Literal(Fraction(0)), axes)
    builder.statements.append(Assign(name, zeros, temporary=True))
    target = Stored(name, axes, temporary=True)
    builder.statements.append(_statement(target, labels, extra, value, inner, builder))
    if not extra:
        return target
    cuts = (Span(None, as_expr(Size(i.name)), None) if i in extra else WHOLE for i in axes)
    return Slice(target, tuple(cuts), axes)


def _array(label: IndexExpr) -> str:
    assert isinstance(label.atom, Label), "only bare labels are added up"
    return label.atom.array


def _with(used: Order, order: Order, labels: dict[Index, IndexExpr]) -> Order:
    """``order`` with the indices that labels depend on in place of the first that is a label."""
    first = next(k for k, i in enumerate(order) if i in labels)
    before, after = order[:first], order[first:]
    return (*before, *used, *(i for i in after if i not in labels))


def _statement(  # noqa: PLR0913, PLR0917  what to add where
    target: Stored,
    labels: dict[Index, IndexExpr],
    extra: set[Index],
    value: Value,
    order: Order,
    builder: Builder,
) -> Accumulate:
    """Add ``value`` at the labels: slices for the axes that they do not depend on."""
    axes = [a for a in target.axes if a is not None]
    beside = {i for label in labels.values() for i in label.indices()}
    places: list[Value | None] = []
    for axis in axes:
        if axis in labels:
            extent = as_expr(Size(axis.name))
            places.append(places_of(labels[axis], extent, axis in extra, order, builder))
        else:
            places.append(Arange(axis) if axis in beside else None)
    computed = [p for p in places if p is not None]
    together = union(computed, order)
    parts: tuple[Part | Value, ...] = tuple(
        WHOLE if p is None else expanded(p, together) for p in places
    )
    where = [k for k, p in enumerate(places) if p is not None]
    front = where[0] if where == list(range(where[0], where[-1] + 1)) else 0
    free = [a for a in axes if a not in labels and a not in beside]
    wanted = (*free[:front], *together, *free[front:])
    return Accumulate(target, parts, expanded(in_order(value, wanted), wanted))
