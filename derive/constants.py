"""Numbers made of numbers, in programs: refuse what no text could say and no double hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from derive.errors import LimitError
from derive.expr import Add, Div, Mul, Node, Number, Power, children
from derive.magnitude import MAX_BITS, MAX_EXPONENT, is_double, length
from derive.program import Program

_Fold = Callable[[Fraction, Fraction], Fraction]


def check_constants(program: Program, given: str = "") -> None:
    """Refuse constants of ``program`` that are too large; ``given`` says what made them so.

    Raises:
        LimitError: an exponent above the limit, or a value that no double holds.
    """
    where = f"with {given} " if given else ""
    for equation in program.equations:
        try:
            _fold(equation.expr)
        except _TooLargeError as found:
            raise LimitError(
                where + str(found), remedy="use smaller numbers", equation=str(equation)[:200]
            ) from None


class _TooLargeError(Exception):
    pass


def _fold(node: Node) -> Fraction | None:
    """The value of ``node`` if it is made of numbers only."""
    match node:
        case Number(value):
            return value
        case Add(terms):
            return _joined(map(_fold, terms), Fraction(0), lambda a, b: a + b)
        case Mul(factors):
            return _joined(map(_fold, factors), Fraction(1), lambda a, b: a * b)
        case Div(numerator, denominator):
            above, below = _fold(numerator), _fold(denominator)
            return None if above is None or not below else _checked(above / below)
        case Power(base, exponent):
            return _power(_fold(base), _fold(exponent))
    for part in children(node):
        _fold(part)
    return None


def _joined(parts: Iterable[Fraction | None], neutral: Fraction, join: _Fold) -> Fraction | None:
    """Join the numbers; those between other operands are joined together all the same."""
    found = list(parts)
    total = neutral
    for value in found:
        if value is not None:
            total = _checked(join(total, value))
    return None if None in found else total


def _power(base: Fraction | None, exponent: Fraction | None) -> Fraction | None:
    if exponent is None:
        return None
    if abs(exponent) > MAX_EXPONENT:
        raise _TooLargeError(
            f"the exponent {_shown(exponent)} is above the limit of {MAX_EXPONENT}"
        )
    if not base or exponent.denominator != 1:
        return None
    if length(base) * abs(exponent) > MAX_BITS:
        raise _TooLargeError(_TOO_LARGE)
    return _checked(base ** int(exponent))


_TOO_LARGE = "the numbers fold to one that is too large, or too long, to keep"


def _checked(value: Fraction) -> Fraction:
    if length(value) > MAX_BITS or not is_double(value):
        raise _TooLargeError(_TOO_LARGE)
    return value


def _shown(value: Fraction) -> str:
    return f"{float(value):g}" if is_double(value) else "here"
