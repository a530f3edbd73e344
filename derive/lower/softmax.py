"""Differences ``z - logsumexp(z)``, and their exponentials, without losing digits.

``z_lse[n] = logsumexp[k](z[n,k])`` is about as large as the largest z; in float32 a logit of
1000 leaves it an error of 6e-5, which ``exp(z - z_lse)`` would show in full. Shifted by the
largest z of its row, the difference is small and exact.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import cast

from derive.expr import MINUS_ONE, Add, Call, Expr, Mul, Node, Read, Reduce, free_indices, transform
from derive.extent import same_extent
from derive.index import Index, as_expr
from derive.lower.align import named
from derive.lower.context import Builder, Order
from derive.lower.liveness import Split
from derive.lower.plan import Fold, Value
from derive.program import Program
from derive.scope import in_expr

MOST = 3  # indices of a logsumexp that are looked for among those of its terms
INLINE = -1  # the tag of an index bound by a logsumexp that was taken in


def with_totals_inline(program: Program) -> Program:
    """``program`` with the logsumexp in place wherever it is subtracted from its own terms.

    Lowering turns the whole into a softmax, so that the logsumexp is not computed for its sake.
    """

    def inline(node: Node) -> Node:
        if not isinstance(node, Add) or (found := _parts(node)) is None:
            return node
        body, minus = found
        total = _definition(minus, program)
        if total is None or not isinstance(minus, Read) or _axes(body, total, program) is None:
            return node
        names = {i: as_expr(Index(i.name, INLINE)) for i in total.indices}
        taken = Reduce(
            total.op,
            tuple(Index(i.name, INLINE) for i in total.indices),
            in_expr(total.body, names),
        )
        return Add((body, Mul((MINUS_ONE, taken))))

    return program.with_equations(
        tuple(replace(e, expr=cast(Expr, transform(e.expr, inline))) for e in program.equations)
    )


def exponentials(program: Program, parts: Split) -> dict[str, str]:
    """For logarithms of a softmax that forward computes the softmax that backward computes."""
    found: dict[str, str] = {}
    for equation in program.equations:
        expr = equation.expr
        if not isinstance(expr, Call) or expr.name != "exp" or not isinstance(expr.args[0], Read):
            continue
        name, same = expr.args[0].array, expr.args[0].indices == equation.indices
        whole = program.definition(name)
        shifted = _parts(whole.expr) if whole and isinstance(whole.expr, Add) else None
        total = shifted and isinstance(shifted[1], Reduce) and shifted[1].op == "logsumexp"
        if same and total and name in parts.forward and equation.name in parts.backward:
            found[name] = equation.name
    return found


def exponential(expr: Call, order: Order, builder: Builder) -> Value | None:
    """``exp(z - logsumexp[k](z))`` as a softmax, if ``expr`` is that."""
    if expr.name != "exp" or not isinstance(expr.args[0], Add):
        return None
    return _shifted("softmax", expr.args[0], order, builder)


def difference(expr: Add, order: Order, builder: Builder) -> Value | None:
    """``z - logsumexp[k](z)`` as the logarithm of a softmax, if ``expr`` is that."""
    return _shifted("log_softmax", expr, order, builder)


def _shifted(op: str, expr: Add, order: Order, builder: Builder) -> Value | None:
    found = _parts(expr)
    if found is None:
        return None
    body, minus = found
    if isinstance(minus, Read) and builder.context.moved(minus.array):
        return None
    total = _definition(minus, builder.program)
    summed = None if total is None else _axes(body, total, builder.program)
    if summed is None or any(index in builder.scalars for index in summed):
        return None
    value = builder.lower(body, order)
    if not set(summed) <= set(value.axes):
        return None
    positions = tuple(sorted(named(value.axes).index(index) for index in summed))
    return Fold(op, value, positions, value.axes)


def _parts(expr: Add) -> tuple[Expr, Expr] | None:
    """``a`` and ``b`` of a difference ``a - b``."""
    if len(expr.terms) == 2:
        for body, minus in (expr.terms, expr.terms[::-1]):
            if isinstance(minus, Mul) and len(minus.factors) == 2 and minus.factors[0] == MINUS_ONE:
                return body, minus.factors[1]
    return None


def _axes(body: Expr, total: Reduce, program: Program) -> tuple[Index, ...] | None:
    """The indices of ``body`` that ``total`` sums over, if these are the terms that it sums."""
    if total.where is not None or len(total.indices) > MOST:
        return None
    if not set(total.indices) <= set(free_indices(total.body)):
        return None  # a term that is added up over and over is no row of a softmax
    for chosen in permutations(free_indices(body), len(total.indices)):
        pairs = tuple(zip(total.indices, chosen, strict=True))
        if in_expr(total.body, {bound: as_expr(index) for bound, index in pairs}) == body:
            alike = all(same_extent(program, b.name, i.name) for b, i in pairs)
            # of a diagonal the total is another for every term
            return chosen if alike and not set(chosen) & set(free_indices(total)) else None
    return None


def _definition(node: Expr, program: Program) -> Reduce | None:
    """The logsumexp that ``node`` is, or that the array it reads is defined as."""
    if isinstance(node, Read):
        equation = program.definition(node.array)
        if equation is None or not isinstance(equation.expr, Reduce):
            return None
        if any(i in e.indices() for e in node.indices for i in equation.expr.indices):
            return None
        node = in_expr(equation.expr, dict(zip(equation.free, node.indices, strict=True)))
    return node if isinstance(node, Reduce) and node.op == "logsumexp" else None
