"""Two primes that see each other: q = 2^61 - 1 and p = 136*q + 1.

Values live in the field of p elements. Since q divides p - 1, that field has elements of order
q, so exponents live in the field of q elements and ``omega^x`` turns sums into products. Roots
of non-squares live in the quadratic extension, as ``a + b*sqrt(3)``: an ``Extended`` mixes with
integers in every sum and product, and most numbers never become one.
"""

from __future__ import annotations

from typing import Any

Q = 2**61 - 1
COFACTOR = 136
P = COFACTOR * Q + 1
# The smallest number that is no square.
NONSQUARE = 3
# p - 1 = 2^3 * odd
_TWOS, _ODD = 3, (P - 1) // 8
_ORDER_8 = pow(NONSQUARE, _ODD, P)
_HALF = (P + 1) // 2

# An integer below p, an ``Extended``, or the float NaN for what is no number.
Residue = Any


class Extended:
    """``a + b*sqrt(3)`` with b not 0, an element of the field of p^2 elements."""

    __slots__ = ("a", "b")

    def __init__(self, a: Residue, b: Residue) -> None:
        self.a, self.b = a, b

    def __add__(self, other: Residue) -> Residue:
        if type(other) is Extended:
            return extended(self.a + other.a, self.b + other.b)
        return extended(self.a + other, self.b)

    __radd__ = __add__

    def __neg__(self) -> Residue:
        return extended(-self.a, -self.b)

    def __sub__(self, other: Residue) -> Residue:
        return self + -other

    def __rsub__(self, other: Residue) -> Residue:
        return -self + other

    def __mul__(self, other: Residue) -> Residue:
        if type(other) is Extended:
            a = self.a * other.a + NONSQUARE * self.b * other.b
            return extended(a, self.a * other.b + self.b * other.a)
        return extended(self.a * other, self.b * other)

    __rmul__ = __mul__

    def __mod__(self, _: int) -> Residue:
        return self

    def __eq__(self, other: object) -> bool:
        return type(other) is Extended and (self.a, self.b) == (other.a, other.b)

    def __hash__(self) -> int:
        return hash((self.a, self.b))

    def __repr__(self) -> str:
        return f"{self.a}+{self.b}r"

    @property
    def norm(self) -> int:
        """The product with the conjugate."""
        return int((self.a * self.a - NONSQUARE * self.b * self.b) % P)


def extended(a: Residue, b: Residue) -> Residue:
    """``a + b*sqrt(3)``; an integer where b is 0."""
    a, b = a % P, b % P
    return Extended(a, b) if b else a


def inverse(v: Residue) -> Residue:
    """``1/v``.

    Raises:
        ZeroDivisionError: if v is 0.
    """
    if type(v) is int:
        if not v:
            raise ZeroDivisionError
        return pow(v, -1, P)
    if type(v) is Extended:
        below = pow(v.norm, -1, P)
        return extended(v.a * below, -v.b * below)
    return v  # not a number


def power(v: Residue, exponent: int) -> Residue:
    """``v^exponent`` for a whole exponent of any sign."""
    if exponent < 0:
        return power(inverse(v), -exponent)
    if type(v) is int:
        return pow(v, exponent, P)
    found: Residue = 1
    while exponent:
        if exponent & 1:
            found = found * v % P
        v = v * v % P
        exponent >>= 1
    return found


def root(v: Residue) -> Residue | None:
    """A square root, always the same of the two; None where even the extension has none."""
    if type(v) is int:
        return _canonical(_root_of_integer(v))
    if type(v) is Extended:
        found = _root_of_extended(v)
        return None if found is None else _canonical(found)
    return v


def _canonical(found: Residue) -> Residue:
    other = -found % P
    return min(found, other, key=lambda r: (r.b, r.a) if type(r) is Extended else (0, r))


def is_square(v: int) -> bool:
    """Whether an integer is a square modulo p."""
    return v == 0 or pow(v, (P - 1) // 2, P) == 1


def _root_of_integer(v: int) -> Residue:
    if is_square(v):
        return _root_of_square(v)
    return Extended(0, _root_of_square(v * pow(NONSQUARE, -1, P) % P))


def _root_of_square(v: int) -> int:
    """Tonelli and Shanks, for p - 1 = 8*odd."""
    found, rest = pow(v, (_ODD + 1) // 2, P), pow(v, _ODD, P)
    step, left = _ORDER_8, _TWOS
    while rest not in (0, 1):
        order, square = 1, rest * rest % P
        while square != 1:
            order, square = order + 1, square * square % P
        factor = pow(step, 1 << (left - order - 1), P)
        step, left = factor * factor % P, order
        found, rest = found * factor % P, rest * step % P
    return found


def _root_of_extended(v: Extended) -> Residue | None:
    if not is_square(v.norm):
        return None
    length = _root_of_square(v.norm)
    for sign in (length, -length):
        square = (v.a + sign) * _HALF % P
        if square and is_square(square):
            a = _root_of_square(square)
            return extended(a, v.b * pow(2 * a, -1, P))
    return None
