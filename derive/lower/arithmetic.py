"""Sums, products, quotients and powers of values, in the dtype of the module.

Python's own numbers do not decide a dtype; arrays of bools and integers would, so they are cast
unless a real array stands beside them (bools) or always (integers).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.lower.align import mapped
from derive.lower.context import Builder, Order
from derive.lower.plan import (
    BOOL,
    INT,
    NUMBER,
    REAL,
    Cast,
    Integer,
    Literal,
    Map,
    Slice,
    Stored,
    Value,
    kind,
)


def real(value: Value) -> Value:
    """``value``, its numbers in the dtype of the module."""
    return Cast(value) if kind(value) in (BOOL, INT) else value


def combined(op: str, args: Sequence[Value], order: Order) -> Value:
    """An arithmetic operation, its result real."""
    kinds = [kind(arg) for arg in args]
    if REAL in kinds:
        # a real array takes bools as they are; integers would widen it
        surely = any(k == REAL and not _may_be_number(a) for a, k in zip(args, kinds, strict=True))
        narrow = (INT,) if surely else (INT, BOOL)
        args = [Cast(a) if k in narrow else a for a, k in zip(args, kinds, strict=True)]
    elif any(k != NUMBER for k in kinds):
        args = [real(a) for a in args]
    return mapped(op, args, order)


def _may_be_number(value: Value) -> bool:
    """Whether a branch of Python's own, taken as a whole, can leave a number without a dtype."""
    return isinstance(value, Map) and value.op == "if" and NUMBER in map(kind, value.args[1:])


def total(terms: Sequence[tuple[bool, Value]], order: Order) -> Value:
    """The sum of ``terms``, each with whether it is subtracted."""
    negative, found = terms[0]
    if negative:
        found = negated(found, order)
    for minus, value in terms[1:]:
        found = combined("-" if minus else "+", (found, value), order)
    return found


def negated(value: Value, order: Order) -> Value:
    """``-value``."""
    if isinstance(value, Literal):
        return Literal(-value.value)
    if isinstance(value, Integer):
        return Integer(-value.expr)
    if isinstance(value, Map) and value.op in ("*", "/"):
        return Map(value.op, (negated(value.args[0], order), *value.args[1:]), value.axes)
    return Map("neg", (real(value),), value.axes)


def product(factors: Sequence[Value], order: Order) -> Value:
    """The product: numbers first, masks last, the rest as it stands."""
    numbers = [f for f in factors if kind(f) == NUMBER and f != _ONE]
    masks = [f for f in factors if kind(f) == BOOL]
    rest = [f for f in factors if kind(f) not in (NUMBER, BOOL)]
    ordered = [*numbers, *rest, *masks]
    if not ordered:
        return _ONE
    found = ordered[0]
    for factor in ordered[1:]:
        if kind(found) == BOOL and kind(factor) == BOOL:
            found = mapped("and", (found, factor), order)
        else:
            found = combined("*", (found, factor), order)
    return found


_ONE = Literal(Fraction(1))
_HALF = Fraction(1, 2)


def raised(base: Value, exponent: Fraction, order: Order, builder: Builder) -> Value:
    """``base`` to a power that is a number: products and square roots where those do."""
    if kind(base) == NUMBER:
        return mapped("**", (base, Literal(exponent)), order)
    base = real(base)
    if exponent < 0:
        return combined("/", (_ONE, raised(base, -exponent, order, builder)), order)
    if exponent == _HALF:
        return mapped("sqrt", (base,), order)
    if exponent.denominator != 1:
        return mapped("**", (base, Literal(exponent)), order)
    if exponent > 2 and not isinstance(base, (Stored, Slice)):
        base = builder.temporary(f"{builder.owner}_base", base)
    return _repeated(base, int(exponent), order)


def _repeated(base: Value, exponent: int, order: Order) -> Value:
    if exponent <= 1:
        return base if exponent else _ONE
    if exponent == 3:
        return mapped("*", (mapped("*", (base, base), order), base), order)
    if exponent % 2:
        return mapped("*", (_repeated(base, exponent - 1, order), base), order)
    half = _repeated(base, exponent // 2, order)
    return mapped("**", (half, Literal(Fraction(2))), order)
