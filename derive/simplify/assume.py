"""``sum[k](t[n, k]) ⇒ 1`` where the program says ``assume sum[k](t[n, k]) = 1``.

One fact needs no assumption: ``sum[i](x[n, i] - mu[n]) ⇒ 0`` where ``mu[n] = mean[i](x[n, i])``.
"""

from __future__ import annotations

from typing import cast

from derive.algebra import neg, tidy
from derive.expr import ZERO, Add, Expr, Node, Read, Reduce, free_indices, transform
from derive.index import as_expr
from derive.match import Matcher
from derive.program import Equation, Program
from derive.scope import Fresh, in_expr, rename_left
from derive.simplify.rewrite import each_derived

Side = tuple[Expr, Expr]


def use_assumptions(program: Program, derived: frozenset[str]) -> Program:
    """Replace the left side of every assumption, at any indices, by its right side."""
    return _replaced(program, derived, [(a.left, a.right) for a in program.assumptions])


def use_means(program: Program, derived: frozenset[str]) -> Program:
    """Drop the sums of deviations from a mean."""
    sides: list[Side] = []
    for equation in program.equations:
        mean = equation.expr
        if isinstance(mean, Reduce) and mean.op == "mean" and mean.where is None:
            deviation = Add((mean.body, neg(Read(equation.name, equation.indices))))
            sides.append((Reduce("sum", mean.indices, deviation), ZERO))
    return _replaced(program, derived, sides)


def _replaced(program: Program, derived: frozenset[str], sides: list[Side]) -> Program:
    """Replace each left side in the derived equations, at any indices, by its right side."""
    facts = _facts(sides)
    if not facts:
        return program

    def rule(node: Node) -> Node:
        if isinstance(node, Read):
            return node
        for left, right in facts:
            bindings = Matcher(program, left.free).match(left.expr, node)
            if bindings is not None:
                return in_expr(right, bindings)
        return node

    def changed(equation: Equation) -> Expr:
        expr = cast(Expr, transform(equation.expr, rule))
        return equation.expr if expr == equation.expr else cast(Expr, tidy(expr))

    return each_derived(program, derived, changed)


def _facts(sides: list[Side]) -> list[tuple[Equation, Expr]]:
    """What may be replaced, with fresh free indices on its left side, and by what."""
    fresh = Fresh()
    facts = []
    for left, right in sides:
        free = tuple(as_expr(i) for i in free_indices(left))
        renamed, values = rename_left(Equation("", free, left), fresh)
        facts.append((renamed, in_expr(right, values)))
    return facts
