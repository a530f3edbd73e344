"""``sum[k](t[n, k]) ⇒ 1`` where the program says ``assume sum[k](t[n, k]) = 1``."""

from __future__ import annotations

from typing import cast

from derive.algebra import tidy
from derive.expr import Expr, Node, Read, free_indices, transform
from derive.index import as_expr
from derive.match import Matcher
from derive.program import Equation, Program
from derive.scope import Fresh, in_expr, rename_left
from derive.simplify.rewrite import each_derived


def use_assumptions(program: Program, derived: frozenset[str]) -> Program:
    """Replace the left side of every assumption, at any indices, by its right side."""
    if not program.assumptions:
        return program
    fresh = Fresh()
    facts = []
    for assumption in program.assumptions:
        free = tuple(as_expr(i) for i in free_indices(assumption.left))
        pair = Equation("", free, assumption.left)
        renamed, values = rename_left(pair, fresh)
        facts.append((renamed, in_expr(assumption.right, values)))

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
