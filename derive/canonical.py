"""The shape in which expressions are read, so that what is printed reads back as an equal tree.

    products    factors in one row; a minus sign is one factor -1 in front, also of a quotient
    sums        terms in one row; a difference adds a negative term
    integers    a sum or product of indices, sizes and integer hyperparameters is one IndexValue

Numbers are never folded and nothing is reordered.
"""

from __future__ import annotations

from typing import cast

from derive.expr import (
    MINUS_ONE,
    ONE,
    Add,
    Call,
    Div,
    Expr,
    IndexValue,
    Mul,
    Node,
    Number,
    transform,
)
from derive.index import Exact, IndexExpr, greatest, least, number


def value(expr: IndexExpr) -> Expr:
    """An index expression as a number, with a lone minus sign as a factor."""
    constant = expr.constant
    if constant is not None:
        return Number(ONE.value * constant)
    if isinstance(expr.atom, Exact):
        return over(value(expr.atom.numerator), value(expr.atom.denominator))
    if len(expr.terms) == 1 and expr.terms[0][0] < 0:
        return negative(IndexValue(-expr))
    return IndexValue(expr)


def integral(expr: Expr) -> IndexExpr | None:
    """The index expression that a number is, or None if it is not one."""
    if isinstance(expr, IndexValue):
        return expr.expr
    if isinstance(expr, Number) and expr.value.denominator == 1:
        return number(int(expr.value))
    if isinstance(expr, Mul) and len(expr.factors) == 2 and expr.factors[0] == MINUS_ONE:
        inner = expr.factors[1]
        return -inner.expr if isinstance(inner, IndexValue) else None
    return None


def _integers(left: Expr, right: Expr) -> tuple[IndexExpr, IndexExpr] | None:
    if isinstance(left, Number) and isinstance(right, Number):
        return None
    first, second = integral(left), integral(right)
    return None if first is None or second is None else (first, second)


def negative(expr: Expr) -> Expr:
    """``-expr``."""
    if isinstance(expr, Number) and expr.value:
        return Number(-expr.value)
    if isinstance(expr, Mul):
        return Mul((MINUS_ONE, *expr.factors))
    return Mul((MINUS_ONE, expr))


def positive(expr: Expr) -> Expr | None:
    """What ``expr`` is the negative of, or None if no minus sign stands in front of it."""
    if isinstance(expr, Number) and expr.value < 0:
        return Number(-expr.value)
    if isinstance(expr, Mul) and expr.factors[0] == MINUS_ONE:
        rest = expr.factors[1:]
        return rest[0] if len(rest) == 1 else Mul(rest)
    return None


def plus(left: Expr, right: Expr) -> Expr:
    """``left + right``."""
    integers = _integers(left, right)
    if integers is not None:
        return value(integers[0] + integers[1])
    return Add((*left.terms, right) if isinstance(left, Add) else (left, right))


def minus(left: Expr, right: Expr) -> Expr:
    """``left - right``."""
    integers = _integers(left, right)
    if integers is not None:
        return value(integers[0] - integers[1])
    return plus(left, negative(right))


def times(left: Expr, right: Expr) -> Expr:
    """``left * right``."""
    integers = _integers(left, right)
    if integers is not None:
        return value(integers[0] * integers[1])
    unsigned = positive(left)
    if unsigned is not None:
        return negative(times(unsigned, right))
    return Mul((*left.factors, right) if isinstance(left, Mul) else (left, right))


def over(left: Expr, right: Expr) -> Expr:
    """``left / right``, the real quotient."""
    unsigned = positive(left)
    return Div(left, right) if unsigned is None else negative(over(unsigned, right))


def call(name: str, args: tuple[Expr, ...]) -> Expr:
    """``name(args)``; the larger or smaller of two integers is an integer."""
    if name in ("max", "min") and len(args) == 2:
        integers = _integers(*args)
        if integers is not None:
            return value((greatest if name == "max" else least)(*integers))
    return Call(name, args)


def canonical(node: Node) -> Node:
    """``node`` as it would be read from its own text."""
    return transform(node, _reread)


def _reread(node: Node) -> Node:  # noqa: PLR0911  one line per node
    match node:
        case Add(terms):
            return _folded_sum(terms)
        case Mul(factors):
            return _folded_product(factors)
        case Div(left, right):
            return over(left, right)
        case Call(name, args):
            return call(name, args)
        case IndexValue(expr):
            return value(expr)
        case Number(fraction) if not terminating(fraction.denominator):
            bottom = ONE.value * fraction.denominator
            return over(Number(fraction * bottom), Number(bottom))
    return node


def _folded_sum(terms: tuple[Expr, ...]) -> Expr:
    total = terms[0]
    for term in terms[1:]:
        unsigned = positive(term)
        total = plus(total, term) if unsigned is None else minus(total, unsigned)
    return total


def _folded_product(factors: tuple[Expr, ...]) -> Expr:
    if factors[0] == MINUS_ONE and len(factors) > 1:
        return negative(_folded_product(factors[1:]))
    product = factors[0]
    for factor in factors[1:]:
        product = times(product, factor)
    return product


def terminating(denominator: int) -> bool:
    """Whether a fraction over ``denominator`` has a finite decimal."""
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def canonical_expr(expr: Expr) -> Expr:
    """``canonical`` for an expression."""
    return cast(Expr, canonical(expr))
