"""``(a if c else 0) + (b if c else 0) ⇒ (a + b if c else 0)``: what stops at the same pole."""

from __future__ import annotations

from typing import cast

from derive.algebra import add, conjuncts, select
from derive.expr import (
    ZERO,
    Add,
    Compare,
    Condition,
    Expr,
    Logic,
    Node,
    Select,
    transform,
)
from derive.match import Matcher
from derive.program import Program
from derive.simplify.rewrite import each_derived


def join_stops(program: Program, derived: frozenset[str]) -> Program:
    """Put terms that stop under the same condition together."""

    def rule(node: Node) -> Node:
        return _joined(program, node) if isinstance(node, Add) else node

    return each_derived(program, derived, lambda e: cast(Expr, transform(e.expr, rule)))


def stops(node: Node) -> bool:
    """Whether ``node`` is zero where it says so of two values: at a pole nothing arrives at."""
    return isinstance(node, Select) and node.other == ZERO and any(
        map(_asks, conjuncts(node.condition))
    )


def _asks(condition: Condition) -> bool:
    return isinstance(condition, Logic) and condition.op == "or" and all(
        isinstance(part, Compare) and part.op == "!=" and part.right == ZERO
        for part in condition.args
    )


def _joined(program: Program, node: Add) -> Expr:
    kept: list[Expr] = []
    for term in node.terms:
        at = next((k for k, other in enumerate(kept) if _alike(program, other, term)), None)
        if at is None:
            kept.append(term)
        else:
            first, second = cast(Select, kept[at]), cast(Select, term)
            kept[at] = select(first.condition, add(first.then, second.then), ZERO)
    return node if len(kept) == len(node.terms) else add(*kept)


def _alike(program: Program, first: Expr, second: Expr) -> bool:
    if not (isinstance(first, Select) and isinstance(second, Select)):
        return False
    same = stops(first) and stops(second)
    return same and Matcher(program, ()).match(first.condition, second.condition) is not None
