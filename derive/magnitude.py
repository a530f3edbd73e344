"""How large and how long a number may be that a text can say, and a double can hold."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from derive.text import number_text

# Exact constants longer than this say nothing that a double could hold.
MAX_BITS: Final = 2048
MAX_EXPONENT: Final = 64
# Enough digits for any double in full; a longer literal says nothing more.
MAX_LITERAL: Final = 100
# So long a number is short in any spelling: it has no more decimals than bits.
_SHORT_BITS = 53


def length(value: Fraction) -> int:
    """The bits of the longer part of ``value``."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def is_double(value: Fraction) -> bool:
    """Whether the nearest double is finite, and not zero in place of something."""
    try:
        near = float(value)
    except OverflowError:
        return False
    return math.isfinite(near) and (near != 0) == (value != 0)


def writable(value: Fraction) -> bool:
    """Whether ``value`` can be written in a text, and read again."""
    bits = length(value)
    if bits <= _SHORT_BITS:
        return True
    if bits > MAX_BITS or not is_double(value):
        return False
    text = number_text(abs(value))
    if "/" in text:  # a quotient of two, each written on its own
        return writable(Fraction(value.numerator)) and writable(Fraction(value.denominator))
    return len(text) <= MAX_LITERAL
