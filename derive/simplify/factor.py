"""``p*a - p*b ⇒ p*(a - b)``, and a sum that starts with a minus starts with a plus instead."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import cast

from derive.algebra import Factors, factors_of, product
from derive.expr import Add, Expr, Mul, Node, transform
from derive.program import Program
from derive.simplify.rewrite import each_derived


def factor_terms(program: Program, derived: frozenset[str]) -> Program:
    """Pull the factors that all terms of a sum share out of it."""
    return each_derived(program, derived, lambda e: cast(Expr, transform(e.expr, _factored)))


def _factored(node: Node) -> Node:
    if isinstance(node, Mul):
        return product(*factors_of(node))
    if not isinstance(node, Add):
        return node
    parts = [factors_of(term) for term in node.terms]
    common = _common([factors for _, factors in parts])
    scale = _common_scale([coefficient for coefficient, _ in parts])
    if not common and scale in (1, -1):
        return _positive_first(node)
    rest = [
        product(c / scale, {b: e - common.get(b, 0) for b, e in f.items() if e != common.get(b, 0)})
        for c, f in parts
    ]
    return product(scale, {**common, _positive_first(Add(tuple(rest))): 1})


def _common(parts: list[Factors]) -> Factors:
    shared: Factors = {}
    for base in parts[0]:
        powers = [p.get(base, 0) for p in parts]
        if all(power > 0 for power in powers):
            shared[base] = min(powers)
        elif all(power < 0 for power in powers):
            shared[base] = max(powers)
    return shared


def _common_scale(coefficients: list[Fraction]) -> Fraction:
    """The greatest common divisor; negative only where every coefficient is."""
    top = gcd(*(abs(c.numerator) for c in coefficients))
    same = {c.denominator for c in coefficients}
    scale = Fraction(top, same.pop()) if len(same) == 1 else Fraction(1)
    return -scale if all(c < 0 for c in coefficients) else scale


def _positive_first(node: Add) -> Add:
    for position, term in enumerate(node.terms):
        if factors_of(term)[0] > 0:
            others = node.terms[:position] + node.terms[position + 1 :]
            return Add((term, *others))
    return node
