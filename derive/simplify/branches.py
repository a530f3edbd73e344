"""``a*[c] + b*[not c] ⇒ (a if c else b)``."""

from __future__ import annotations

from typing import cast

from derive.algebra import add, factors_of, negated, product, select
from derive.expr import ZERO, Add, Condition, Expr, Iverson, Node, Select, transform
from derive.program import Program
from derive.simplify.rewrite import each_derived


def join_branches(program: Program, derived: frozenset[str]) -> Program:
    """Put the two terms that a condition has split back together."""
    return each_derived(program, derived, lambda e: cast(Expr, transform(e.expr, _joined)))


def _joined(node: Node) -> Node:
    if not isinstance(node, Add):
        return node
    terms = list(node.terms)
    for first in terms:
        for condition, then in _split(first):
            for second in terms:
                other = dict(_split(second)).get(negated(condition))
                if second is not first and other is not None:
                    rest = [t for t in terms if t is not first and t is not second]
                    return _joined(add(select(condition, then, other), *rest))
    return node


def _split(term: Expr) -> list[tuple[Condition, Expr]]:
    """Each way to say ``term`` as something under a condition and zero otherwise."""
    if isinstance(term, Select) and term.other == ZERO:
        return [(term.condition, term.then)]
    coefficient, factors = factors_of(term)
    return [
        (base.condition, product(coefficient, {b: e for b, e in factors.items() if b != base}))
        for base in factors
        if isinstance(base, Iverson)
    ]
