"""Two primes that see each other: q = 2^61 - 1 and p = k*q + 1.

Values live in the field of p elements. Since q divides p - 1, that field has elements of order
q, so exponents live in the field of q elements and ``omega^x`` turns sums into products.

k is chosen so that -1 is no square and every small prime is one. Then the root that is itself
a square is the one to take: the root of a product is the product of the roots, and the root of
4 is 2, as for positive real numbers. Numbers that are no squares have their root in the
quadratic extension, as ``a + b*i``: an ``Extended`` mixes with integers in every sum and
product, and most numbers never become one.
"""

from __future__ import annotations

from typing import Any

Q = 2**61 - 1
COFACTOR = 3250
P = COFACTOR * Q + 1
_HALF = (P + 1) // 2

# An integer below p, an ``Extended``, or the float NaN for what is no number.
Residue = Any


class Extended:
    """``a + b*i`` with b not 0, an element of the field of p^2 elements."""

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
            return extended(
                self.a * other.a - self.b * other.b, self.a * other.b + self.b * other.a
            )
        return extended(self.a * other, self.b * other)

    __rmul__ = __mul__

    def __mod__(self, _: int) -> Residue:
        return self

    def __eq__(self, other: object) -> bool:
        return type(other) is Extended and (self.a, self.b) == (other.a, other.b)

    def __hash__(self) -> int:
        return hash((self.a, self.b))

    def __repr__(self) -> str:
        return f"{self.a}+{self.b}i"

    @property
    def norm(self) -> int:
        """The product with the conjugate."""
        return int((self.a * self.a + self.b * self.b) % P)


def extended(a: Residue, b: Residue) -> Residue:
    """``a + b*i``; an integer where b is 0."""
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
        found = square_root(v, P)
        return Extended(0, square_root(-v % P, P)) if found is None else found
    return _root_of_extended(v) if type(v) is Extended else v


def square_root(v: int, modulus: int) -> int | None:
    """The root that is a square itself, modulo p or q; both are 3 modulo 4."""
    found = pow(v, (modulus + 1) // 4, modulus)
    return found if found * found % modulus == v else None


def _root_of_extended(v: Extended) -> Residue | None:
    length = square_root(v.norm, P)
    if length is None:
        return None
    for sign in (length, -length):
        a = square_root((v.a + sign) * _HALF % P, P)
        if a:
            return extended(a, v.b * pow(2 * a, -1, P))
    return None
