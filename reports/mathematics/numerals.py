"""Exact rationals as people write them: 3, 0.5, one third as a fraction, 10⁻⁵."""

from __future__ import annotations

from fractions import Fraction as Rational

from reports.mathematics.layout import TIMES, Digits, Fraction, Layout, Mark, Scripts, row

_LONGEST_DECIMAL = 12
_MOST_LEADING_ZEROS = 2
_MOST_TRAILING_ZEROS = 6
_TWO_FIVE = (2, 5)


def numeral(value: Rational) -> Layout:
    """Show a number that is not negative."""
    if value.denominator == 1:
        return _whole(value.numerator)
    if not _is_decimal(value.denominator):
        return Fraction(Digits(str(value.numerator)), Digits(str(value.denominator)))
    digits, exponent = _decimal(value)
    if len(digits) <= _LONGEST_DECIMAL and -exponent - len(digits) <= _MOST_LEADING_ZEROS:
        padded = digits.rjust(-exponent + 1, "0")
        return Digits(f"{padded[:exponent]}.{padded[exponent:]}")
    return _scientific(digits, exponent)


def _whole(value: int) -> Layout:
    text = str(value)
    stripped = text.rstrip("0")
    if len(text) - len(stripped) <= _MOST_TRAILING_ZEROS:
        return Digits(text)
    return _scientific(stripped, len(text) - len(stripped))


def _scientific(digits: str, exponent: int) -> Layout:
    power = exponent + len(digits) - 1
    sign = (Mark("−", "prefix"),) if power < 0 else ()
    ten = Scripts(Digits("10"), None, row(*sign, Digits(str(abs(power)))))
    if digits == "1":
        return ten
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return row(Digits(mantissa), TIMES, ten)


def _is_decimal(denominator: int) -> bool:
    for prime in _TWO_FIVE:
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _decimal(value: Rational) -> tuple[str, int]:
    """``(digits, e)`` with value = digits * 10^e and no trailing zero, for a finite decimal."""
    exponent = 0
    while value.denominator != 1:
        value, exponent = value * 10, exponent - 1
    return str(value.numerator), exponent
