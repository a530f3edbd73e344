"""Differences ``z - logsumexp(z)``, and their exponentials, without losing digits.

``z_lse[n] = logsumexp[k](z[n,k])`` is about as large as the largest z; in float32 a logit of
1000 leaves it an error of 6e-5, which ``exp(z - z_lse)`` would show in full. Shifted by the
largest z of its row, the difference is small and exact.
"""

from __future__ import annotations

from derive.expr import MINUS_ONE, Add, Call, Expr, Mul, Node, Read, Reduce, free_indices
from derive.extent import same_extent
from derive.index import Index, as_expr
from derive.lower.align import named
from derive.lower.context import Builder, Order
from derive.lower.plan import Fold, Value
from derive.scope import in_expr


def exponential(expr: Call, order: Order, builder: Builder) -> Value | None:
    """``exp(z - logsumexp[k](z))`` as a softmax, if ``expr`` is that."""
    if expr.name != "exp":
        return None
    return _shifted("softmax", expr.args[0], order, builder)


def difference(expr: Add, order: Order, builder: Builder) -> Value | None:
    """``z - logsumexp[k](z)`` as the logarithm of a softmax, if ``expr`` is that."""
    return _shifted("log_softmax", expr, order, builder)


def _shifted(op: str, expr: Expr, order: Order, builder: Builder) -> Value | None:
    found = _axis(expr, builder)
    if found is None:
        return None
    body, index = found
    value = builder.lower(body, order)
    if index not in value.axes:
        return None
    return Fold(op, value, (named(value.axes).index(index),), value.axes)


def _axis(expr: Expr, builder: Builder) -> tuple[Expr, Index] | None:
    """``z`` and the index that is summed over, if ``expr`` is ``z - logsumexp(z)``."""
    if not isinstance(expr, Add) or len(expr.terms) != 2:
        return None
    body, minus = expr.terms
    if not (isinstance(minus, Mul) and len(minus.factors) == 2 and minus.factors[0] == MINUS_ONE):
        body, minus = minus, body
    if not (isinstance(minus, Mul) and len(minus.factors) == 2 and minus.factors[0] == MINUS_ONE):
        return None
    total = _definition(minus.factors[1], builder)
    if total is None or len(total.indices) != 1 or total.where is not None:
        return None
    bound = total.indices[0]
    for index in free_indices(body):
        same = in_expr(total.body, {bound: as_expr(index)}) == body
        if same and index not in builder.scalars and _alike(bound, index, builder):
            return body, index
    return None


def _definition(node: Node, builder: Builder) -> Reduce | None:
    """The logsumexp that ``node`` is, or that the array it reads is defined as."""
    if isinstance(node, Read) and node.array not in builder.context.stored:
        equation = builder.program.definition(node.array)
        if equation is None or not isinstance(equation.expr, Reduce):
            return None
        if any(i in e.indices() for e in node.indices for i in equation.expr.indices):
            return None
        values = dict(zip(equation.free, node.indices, strict=True))
        node = in_expr(equation.expr, values)
    return node if isinstance(node, Reduce) and node.op == "logsumexp" else None


def _alike(bound: Index, index: Index, builder: Builder) -> bool:
    return same_extent(builder.program, bound.name, index.name)

