"""``k + 1 >= 1 ⇒ true``, ``0 <= k and k < size(k) ⇒ true``: what ranges already say."""

from __future__ import annotations

from typing import cast

from derive.algebra import both, tidy
from derive.expr import (
    ZERO,
    Compare,
    Condition,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Node,
    Number,
    Reduce,
    Select,
    transform,
)
from derive.extent import expanded, extent_of
from derive.index import Index, IndexExpr, Size, number
from derive.program import Equation, Program
from derive.simplify.rewrite import each_derived

# left OP right  ⇔  gap >= 0, with the gap given by (sign, offset): sign*(left - right) + offset
_GAPS = {">=": (1, 0), ">": (1, -1), "<=": (-1, 0), "<": (-1, -1)}
TRUE, FALSE = Compare("==", ZERO, ZERO), Compare("!=", ZERO, ZERO)


def settle_conditions(program: Program, derived: frozenset[str]) -> Program:
    """Decide the conditions on indices that hold, or fail, over the whole range."""

    def rule(equation: Equation) -> Expr:
        return cast(Expr, tidy(transform(equation.expr, lambda n: _simpler(program, n))))

    return each_derived(program, derived, rule)


def _simpler(program: Program, node: Node) -> Node:
    if isinstance(node, Iverson):
        return Iverson(_settled(program, node.condition))
    if isinstance(node, Select):
        return Select(_settled(program, node.condition), node.then, node.other)
    if isinstance(node, Reduce) and node.where is not None:
        where = both(_settled(program, node.where))
        return Reduce(node.op, node.indices, node.body, where)
    return node


def _settled(program: Program, condition: Condition) -> Condition:
    if isinstance(condition, Logic):
        parts = [_settled(program, part) for part in condition.args]
        if condition.op == "and":
            kept = [part for part in parts if part != TRUE]
            together = both(*kept)
            return FALSE if FALSE in parts else TRUE if together is None else together
        return Logic(condition.op, tuple(parts))
    known = holds(program, condition)
    return condition if known is None else TRUE if known else FALSE


def holds(program: Program, condition: Compare) -> bool | None:
    """Whether a comparison of index expressions holds for all indices, for none, or neither."""
    left, right = _index_expr(condition.left), _index_expr(condition.right)
    if left is None or right is None:
        return None
    if condition.op not in _GAPS:
        apart = any(_holds_above(program, a, b) for a, b in ((left, right), (right, left)))
        return condition.op == "!=" if apart else None
    sign, offset = _GAPS[condition.op]
    gap = expanded(program, (left - right) * sign + offset)
    if _never_negative(_extreme(program, gap, lowest=True)):
        return True
    if _never_negative(-_extreme(program, gap, lowest=False) - 1):
        return False
    return None


def _holds_above(program: Program, above: IndexExpr, below: IndexExpr) -> bool:
    """Whether ``above`` is greater than ``below`` for all indices."""
    gap = expanded(program, above - below - 1)
    return _never_negative(_extreme(program, gap, lowest=True))


def _index_expr(expr: Expr) -> IndexExpr | None:
    if isinstance(expr, IndexValue):
        return expr.expr
    whole = isinstance(expr, Number) and expr.value.denominator == 1
    return number(int(expr.value)) if whole and isinstance(expr, Number) else None


def _extreme(program: Program, expr: IndexExpr, *, lowest: bool) -> IndexExpr:
    """The least (greatest) value over all indices that stand alone with a number before them."""
    result = number(0)
    for coefficient, monomial in expr.terms:
        alone = len(monomial) == 1 and isinstance(monomial[0], Index)
        index = monomial[0] if alone else None
        if not isinstance(index, Index):
            result = result + IndexExpr(((coefficient, monomial),))
        elif (coefficient > 0) != lowest:
            last = extent_of(program, index.name) - 1
            result = result + last * coefficient
    return result


def _never_negative(expr: IndexExpr) -> bool:
    """True only where every term is a number or a size with a positive factor."""
    return all(
        coefficient > 0 and all(isinstance(atom, Size) for atom in monomial)
        for coefficient, monomial in expr.terms
    )

