"""``sum[i, j](a[i, j]*[i == j]) ⇒ sum[i](a[i, i])``: a delta that fixes a summed index."""

from __future__ import annotations

from typing import cast

from derive.algebra import both, conjuncts, factors_of, product, total
from derive.expr import (
    Compare,
    Condition,
    Expr,
    IndexValue,
    Iverson,
    Node,
    Reduce,
    transform,
)
from derive.extent import same_extent
from derive.index import Index, IndexExpr, as_expr
from derive.program import Program
from derive.scope import in_expr, substitute
from derive.simplify.rewrite import each_derived


def collapse_deltas(program: Program, derived: frozenset[str]) -> Program:
    """Use every ``[i == j]`` under a sum over i, where i and j run over the same numbers."""

    def rule(node: Node) -> Node:
        while isinstance(node, Reduce) and node.op == "sum":
            changed = _collapsed(program, node)
            if changed is None:
                return node
            node = changed
        return node

    return each_derived(program, derived, lambda e: cast(Expr, transform(e.expr, rule)))


def _collapsed(program: Program, node: Reduce) -> Node | None:
    coefficient, factors = factors_of(node.body)
    brackets = [(b, b.condition) for b in factors if isinstance(b, Iverson)]
    for bracket, condition in brackets:
        for part in conjuncts(condition):
            found = _fixed(program, part, node.indices)
            if found is None:
                continue
            index, value = found
            rest = both(*(p for p in conjuncts(condition) if p != part))
            kept = {b: e for b, e in factors.items() if b != bracket}
            if rest is not None:
                kept[Iverson(rest)] = 1
            values = {index: as_expr(value)}
            body = in_expr(product(coefficient, kept), values)
            where = None if node.where is None else substitute(node.where, values)
            indices = tuple(i for i in node.indices if i != index)
            return total(indices, cast("Condition | None", where), body)
    return None


def _fixed(
    program: Program, condition: Condition, bound: tuple[Index, ...]
) -> tuple[Index, Index] | None:
    if not isinstance(condition, Compare) or condition.op != "==":
        return None
    left, right = _plain(condition.left), _plain(condition.right)
    if left is None or right is None or not same_extent(program, left.name, right.name):
        return None
    return (left, right) if left in bound else (right, left) if right in bound else None


def _plain(expr: Expr) -> Index | None:
    value: IndexExpr | None = expr.expr if isinstance(expr, IndexValue) else None
    return None if value is None else value.index
