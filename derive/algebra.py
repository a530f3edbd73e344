"""Constructors that keep expressions tidy: they fold numbers, flatten, cancel and drop zeros.

They never expand a product over a sum and never reorder: factors and terms stand where they
were first written.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.expr import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Compare,
    Condition,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Power,
    Reduce,
    Select,
    free_indices,
    transform,
)
from derive.index import Index, IndexExpr, Size, as_expr
from derive.magnitude import MAX_BITS, MAX_EXPONENT, length, writable
from derive.total import is_total

# Beyond this denominator a terminating decimal reads better than a fraction: 0.044715, 1e-05.
LARGEST_WRITTEN_DENOMINATOR = 16

Factors = dict[Expr, int]


def num(value: int | Fraction) -> Number:
    """The literal ``value``."""
    return Number(Fraction(value))


def index_value(expr: IndexExpr) -> Expr:
    """An index expression as a number; a constant becomes a literal."""
    constant = expr.constant
    return IndexValue(expr) if constant is None else num(constant)


def size(index: Index) -> Expr:
    """The number of values that ``index`` takes."""
    return IndexValue(as_expr(Size(index.name)))


def factors_of(expr: Expr) -> tuple[Fraction, Factors]:
    """``expr`` as a coefficient and its factors with their integer exponents, in order.

    Numbers whose product could not be written stay factors.
    """
    coefficient, found = Fraction(1), Factors()
    for base, exponent in _flat(expr, 1):
        joined = _times(coefficient, base, exponent)
        if joined is not None:
            coefficient = joined
        else:
            found[base] = found.get(base, 0) + exponent
    return coefficient, {b: _exponent(b, e) for b, e in found.items() if e}


def _times(coefficient: Fraction, base: Expr, exponent: int) -> Fraction | None:
    """``coefficient*base^exponent`` where that is a number that can be written."""
    if not isinstance(base, Number) or not (base.value or exponent > 0):
        return None
    if length(base.value) * abs(exponent) > MAX_BITS:
        return None
    joined = coefficient * base.value**exponent
    alone = coefficient == 1 and exponent == 1
    return joined if alone or writable(joined) else None


def _exponent(base: Expr, exponent: int) -> int:
    return 1 if isinstance(base, Iverson) and exponent > 1 else exponent


def _flat(expr: Expr, exponent: int) -> Iterable[tuple[Expr, int]]:
    match expr:
        case Mul(factors):
            for factor in factors:
                yield from _flat(factor, exponent)
        case Div(numerator, denominator):
            yield from _flat(numerator, exponent)
            yield from _flat(denominator, -exponent)
        case Power(base, Number(value)) if value.denominator == 1:
            yield from _flat(base, exponent * int(value))
        case _:
            yield expr, exponent


def product(coefficient: Fraction, factors: Factors) -> Expr:
    """The expression with that coefficient and those factors, numbers first, one quotient."""
    if coefficient == 0:
        return ZERO
    top, bottom = _written(abs(coefficient))
    above = [p for b, e in factors.items() if e > 0 for p in _powers(b, e)]
    below = [p for b, e in factors.items() if e < 0 for p in _powers(b, -e)]
    if top != 1 or not above:
        above.insert(0, num(top))
    if bottom != 1:
        below.insert(0, num(bottom))
    body = _joined(above) if not below else Div(_joined(above), _joined(below))
    return body if coefficient > 0 else _negative(body)


def _written(value: Fraction) -> tuple[Fraction, Fraction]:
    denominator = value.denominator
    rest = denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if denominator > LARGEST_WRITTEN_DENOMINATOR and rest == 1:
        return value, Fraction(1)
    return Fraction(value.numerator), Fraction(denominator)


def _power(base: Expr, exponent: int) -> Expr:
    return base if exponent == 1 else Power(base, num(exponent))


def _powers(base: Expr, exponent: int) -> list[Expr]:
    """``base^exponent`` as factors whose exponents may be written: ``x^64*x^63``."""
    if exponent <= MAX_EXPONENT:
        return [_power(base, exponent)]
    whole, rest = divmod(exponent, MAX_EXPONENT)
    large = _powers(Power(base, num(MAX_EXPONENT)), whole)
    return [*large, _power(base, rest)] if rest else large


def _joined(factors: list[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def _negative(body: Expr) -> Expr:
    if isinstance(body, Number):
        return Number(-body.value)
    return Mul((MINUS_ONE, *body.factors)) if isinstance(body, Mul) else Mul((MINUS_ONE, body))


def mul(*factors: Expr) -> Expr:
    """The product, with numbers folded and powers of one base merged."""
    return product(*factors_of(Mul(tuple(factors))))


def div(numerator: Expr, denominator: Expr) -> Expr:
    """The quotient, with common factors cancelled."""
    return product(*factors_of(Div(numerator, denominator)))


def neg(expr: Expr) -> Expr:
    """``-expr``; a sum changes the sign of each term."""
    return add(*(mul(MINUS_ONE, t) for t in expr.terms)) if isinstance(expr, Add) else mul(
        MINUS_ONE, expr
    )


def add(*terms: Expr) -> Expr:
    """The sum, with like terms collected."""
    collected: dict[frozenset[tuple[Expr, int]], tuple[Fraction, Factors]] = {}
    apart: list[tuple[Fraction, Factors]] = []  # like terms whose sum could not be written
    for term in _addends(terms):
        coefficient, factors = factors_of(term)
        key = frozenset(factors.items())
        before, written = collected.get(key, (Fraction(0), factors))
        if before and not writable(before + coefficient):
            apart.append((before, written))
            before = Fraction(0)
        collected[key] = (before + coefficient, written)
    kept = [product(c, f) for c, f in (*apart, *collected.values()) if c]
    return ZERO if not kept else kept[0] if len(kept) == 1 else Add(tuple(kept))


def _addends(terms: Iterable[Expr]) -> Iterable[Expr]:
    for term in terms:
        if isinstance(term, Add):
            yield from _addends(term.terms)
        elif isinstance(term, Mul) and term.factors[0] == MINUS_ONE and len(term.factors) == 2:
            inner = term.factors[1]
            parts = _addends(inner.terms) if isinstance(inner, Add) else (inner,)
            yield from (mul(MINUS_ONE, part) for part in parts)
        else:
            yield term


def power(base: Expr, exponent: Expr) -> Expr:
    """``base^exponent``, folded for exponents 0 and 1 and for integer powers of products."""
    if isinstance(exponent, Number):
        if exponent.value == 0:
            return ONE
        if exponent.value.denominator == 1:
            return product(*factors_of(Power(base, exponent)))
    return Power(base, exponent)


# ---- conditions -------------------------------------------------------------------------------


def decided(condition: Condition) -> bool | None:
    """Whether a condition holds, if that can be said without any values."""
    if isinstance(condition, Compare):
        return _decided_compare(condition)
    answers = [decided(arg) for arg in condition.args]
    if condition.op == "not":
        return None if answers[0] is None else not answers[0]
    absorbing = condition.op == "or"
    if absorbing in answers:
        return absorbing
    return None if None in answers else not absorbing


_COMPARISONS = {
    "==": lambda d: d == 0, "!=": lambda d: d != 0, "<": lambda d: d < 0,
    "<=": lambda d: d <= 0, ">": lambda d: d > 0, ">=": lambda d: d >= 0,
}  # fmt: skip


def _decided_compare(condition: Compare) -> bool | None:
    left, right = _as_index(condition.left), _as_index(condition.right)
    if left is None or right is None:
        return None
    gap = (left - right).constant
    return None if gap is None else _COMPARISONS[condition.op](gap)


def _as_index(expr: Expr) -> IndexExpr | None:
    if isinstance(expr, IndexValue):
        return expr.expr
    if isinstance(expr, Number) and expr.value.denominator == 1:
        return as_expr(int(expr.value))
    return None


def both(*conditions: Condition | None) -> Condition | None:
    """All of the conditions; None stands for one that always holds."""
    kept: dict[Condition, None] = {}
    for condition in conditions:
        if condition is None or decided(condition) is True:
            continue
        kept.update((part, None) for part in conjuncts(condition))
    args = tuple(kept)
    return None if not args else args[0] if len(args) == 1 else Logic("and", args)


def conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    """The conditions that ``both`` would put together again."""
    if condition is None:
        return ()
    joined = isinstance(condition, Logic) and condition.op == "and"
    return condition.args if isinstance(condition, Logic) and joined else (condition,)


def negated(condition: Condition) -> Condition:
    """The opposite condition."""
    if isinstance(condition, Logic) and condition.op == "not":
        return condition.args[0]
    return Logic("not", (condition,))


def iverson(condition: Condition | None) -> Expr:
    """``[condition]``, folded where it is decided."""
    known = True if condition is None else decided(condition)
    if known is None and condition is not None:
        return Iverson(condition)
    return ONE if known else ZERO


def select(condition: Condition | None, then: Expr, other: Expr) -> Expr:
    """``then if condition else other``, folded where it is decided or makes no difference."""
    known = True if condition is None else decided(condition)
    if known is not None or condition is None:
        return then if known else other
    then = _where(condition, then)
    return then if then == other else Select(condition, then, other)


def _where(condition: Condition, expr: Expr) -> Expr:
    """``expr`` where a condition holds: brackets of it that are factors are 1."""
    coefficient, factors = factors_of(expr)
    known = [Iverson(part) for part in (condition, *conjuncts(condition))]
    kept = {b: e for b, e in factors.items() if b not in known}
    return expr if len(kept) == len(factors) else product(coefficient, kept)


def equal(left: IndexExpr, right: IndexExpr) -> Condition:
    """``left == right`` for index expressions."""
    return Compare("==", index_value(left), index_value(right))


def within(expr: IndexExpr, extent: IndexExpr) -> Condition:
    """``0 <= expr and expr < extent``; half of it where the other half needs no saying."""
    halves = (
        Compare("<=", num(0), index_value(expr)),
        Compare("<", index_value(expr), index_value(extent)),
    )
    return Logic("and", halves)


# ---- sums -------------------------------------------------------------------------------------


def total(indices: tuple[Index, ...], where: Condition | None, body: Expr) -> Expr:
    """``sum[indices where condition](body)``: free factors outside, unused indices counted."""
    if body == ZERO or (where is not None and decided(where) is False):
        return ZERO
    where = both(where)
    coefficient, factors = factors_of(body)
    bound = set(indices)
    guarded = set(free_indices(where)) if where is not None else set()
    # Outside of a guarded sum a factor is looked at even where the sum has no members.
    inner = {
        b: e
        for b, e in factors.items()
        if bound & set(free_indices(b)) or (where is not None and not is_total(_power(b, e)))
    }
    used = {i for b in inner for i in free_indices(b)} | guarded
    outer: Factors = {b: e for b, e in factors.items() if b not in inner}
    counted = tuple(i for i in indices if i not in used)
    kept = tuple(i for i in indices if i in used)
    for index in counted:
        outer[size(index)] = outer.get(size(index), 0) + 1
    if kept:
        reduced = Reduce("sum", kept, product(Fraction(1), inner), where)
        outer[reduced] = outer.get(reduced, 0) + 1
    elif where is not None:
        return select(where, product(coefficient, outer), ZERO)
    return product(coefficient, {b: e for b, e in outer.items() if e})


def tidy(node: Node) -> Node:
    """Rebuild every node through the constructors of this file."""
    return transform(node, _tidied)


def _tidied(node: Node) -> Node:  # noqa: PLR0911  one line per node
    match node:
        case Add(terms):
            return add(*terms)
        case Mul() | Div():
            return product(*factors_of(node))
        case Power(base, exponent):
            return power(base, exponent)
        case Iverson(condition):
            return iverson(condition)
        case Select(condition, then, other):
            return select(condition, then, other)
        case Reduce("sum", indices, body, where):
            return total(indices, where, body)
        case IndexValue(expr):
            return index_value(expr)
        case Call(name, (Number(value),)) if value == 0 and name in _ZERO_AT_ZERO:
            return ZERO
    return node


_ZERO_AT_ZERO = frozenset({"sin", "tan", "sinh", "tanh", "relu", "abs", "sqrt", "sign", "step"})
