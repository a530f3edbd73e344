"""Numbers of the field: exact in their algebra, real in their comparisons, with a derivative.

A ``Number`` stands for a real number at a generic point. Sums, products and quotients are exact
modulo p, and so is the derivative along one direction that it carries; which branch is taken
is decided by the real value, kept in floats, except that numbers are equal only where their
residues are. Its exponential is known too, as ``omega^w * m``: w is the same number modulo q,
and m the factor that logarithms bring.
"""

from __future__ import annotations

import math
from fractions import Fraction
from hashlib import blake2b
from typing import Any

import numpy as np

from numeric.interpret.answers import answer_like_scalars
from numeric.interpret.field.formal import raised
from numeric.interpret.field.prime import P, Q, Residue, inverse, power

NAN = math.nan
# A logarithm times a fraction of numbers below this is the logarithm of a power.
LARGEST_POWER = 1000
MINUS = Fraction(-1)


class Number:
    """A real number as a residue, with its derivative and its shadow.

    Attributes:
        v: the value modulo p.
        d: the derivative modulo p; 0 where nothing moves.
        f: the real value, rounded.
        w: the value modulo q.
        m: the factor of its exponential beside ``omega^w``.
        r: the positive number that it is the square of, if it was made as one.
        i: its reciprocal, once that was asked for.
    """

    __slots__ = ("d", "f", "i", "m", "r", "v", "w")

    def __init__(  # noqa: PLR0913, PLR0917  six residues, for speed in one call
        self,
        v: Residue,
        d: Residue,
        f: float,
        w: Any,
        m: Residue = 1,
        r: Number | None = None,
    ) -> None:
        self.v, self.d, self.f, self.w, self.m, self.r = v, d, f, w, m, r
        self.i: Number | None = None

    def __add__(self, other: Any) -> Any:
        if type(other) is not Number:
            other = lifted(other)
            if other is None:
                return NotImplemented
        d, e = self.d, other.d
        m, n = self.m, other.m
        return Number(
            (self.v + other.v) % P,
            (d + e) % P if d and e else d or e,
            self.f + other.f,
            (self.w + other.w) % Q,
            m * n % P if m != 1 and n != 1 else (n if m == 1 else m),
        )

    __radd__ = __add__

    def __neg__(self) -> Number:
        m = self.m
        return Number(
            -self.v % P, -self.d % P, -self.f, -self.w % Q, 1 if m == 1 else raised(m, MINUS)
        )  # fmt: skip

    def __sub__(self, other: Any) -> Any:
        if type(other) is not Number:
            other = lifted(other)
            if other is None:
                return NotImplemented
        d, e = self.d, other.d
        m, n = self.m, other.m
        return Number(
            (self.v - other.v) % P,
            (d - e) % P if e else d,
            self.f - other.f,
            (self.w - other.w) % Q,
            m if n == 1 else m * raised(n, MINUS) % P,
        )

    def __rsub__(self, other: Any) -> Any:
        found = lifted(other)
        return NotImplemented if found is None else found - self

    def __mul__(self, other: Any) -> Any:
        if type(other) is not Number:
            other = lifted(other)
            if other is None:
                return NotImplemented
        if self.m != 1 or other.m != 1:
            return _times_logarithm(self, other)
        v, u = self.v, other.v
        d, e = self.d, other.d
        return Number(
            v * u % P,
            (v * e + d * u) % P if d and e else (v * e % P if e else d and d * u % P),
            self.f * other.f,
            self.w * other.w % Q,
            1,
            abs(self) if v == u else None,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if type(other) is not Number:
            other = lifted(other)
            if other is None:
                return NotImplemented
        return self * reciprocal(other)

    def __rtruediv__(self, other: Any) -> Any:
        found = lifted(other)
        return NotImplemented if found is None else found * reciprocal(self)

    def __pow__(self, exponent: Any) -> Any:
        if not isinstance(exponent, (int, np.integer)):
            return NotImplemented
        return whole_power(self, int(exponent))

    def __abs__(self) -> Number:
        return -self if self.f < 0 else self

    def __pos__(self) -> Number:
        return self

    # ---- comparing: by the real value, but equal only if the residues are ------------------------

    def __eq__(self, other: object) -> bool:
        if type(other) is not Number:
            other = lifted(other)
            if other is None:
                return NotImplemented
        return bool(self.v == other.v or (self.f == other.f and math.isinf(self.f)))

    def __lt__(self, other: Any) -> bool:
        if type(other) is not Number:
            other = lifted(other)
        return bool(self.f < other.f and self.v != other.v)

    def __gt__(self, other: Any) -> bool:
        if type(other) is not Number:
            other = lifted(other)
        return bool(self.f > other.f and self.v != other.v)

    def __le__(self, other: Any) -> bool:
        if type(other) is not Number:
            other = lifted(other)
        return bool(self.f <= other.f or self.v == other.v)

    def __ge__(self, other: Any) -> bool:
        if type(other) is not Number:
            other = lifted(other)
        return bool(self.f >= other.f or self.v == other.v)

    __hash__ = None  # type: ignore[assignment]  # equal to integers and fractions too

    def __bool__(self) -> bool:
        return bool(self.v != 0)

    def __float__(self) -> float:
        # who rounds has left the field; the residues of the rounded number tell
        return self.f

    def __repr__(self) -> str:
        return f"{self.f:.6g} (residue {self.v})"


answer_like_scalars(Number)


def lifted(value: Any) -> Number | None:
    """The number that an ordinary number stands for; None for anything else."""
    kind = type(value)
    if kind is Number:
        same: Number = value
        return same
    if kind is int or kind is bool:
        return Number(value % P, 0, _rounded(value), value % Q)
    if isinstance(value, Fraction):
        return of_fraction(value)
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return Number(int(value) % P, 0, _rounded(int(value)), int(value) % Q)
    if isinstance(value, (float, np.floating)):
        real = float(value)
        return of_fraction(Fraction(real)) if math.isfinite(real) else Number(NAN, 0, real, NAN)
    return None


def of_fraction(value: Fraction) -> Number:
    """The number that a fraction stands for."""
    above, below = value.numerator, value.denominator
    if below == 1:
        return Number(above % P, 0, _rounded(above), above % Q)
    return Number(
        above * pow(below, -1, P) % P, 0, _rounded(value), above * pow(below, -1, Q) % Q
    )  # fmt: skip


def _rounded(value: int | Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def reciprocal(number: Number) -> Number:
    """``1/number``.

    Raises:
        ZeroDivisionError: if it is 0.
    """
    if math.isinf(number.f):
        return Number(0, 0, 0.0, 0)
    if number.i is not None and not number.d:
        return number.i
    v = inverse(number.v)
    f = 1 / number.f if number.f else NAN
    d = -v * v * number.d % P if number.d else 0
    found = Number(v, d, f, inverse_exponent(exponent(number)))
    # many numbers are divided by one; that which moves may be stopped, and is not kept
    number.i = None if number.d else found
    return found


def inverse_exponent(w: Any) -> Any:
    """``1/w`` modulo q; NaN, which spoils the exponential alone, where there is none."""
    return pow(w, -1, Q) if type(w) is int and w else NAN


def whole_power(number: Number, n: int) -> Number:
    """A power with a whole exponent."""
    if n < 0:
        return whole_power(reciprocal(number), -n)
    if n == 0:
        return Number(1, 0, 1.0, 1)
    below = power(number.v, n - 1)
    try:
        f = number.f**n
    except OverflowError:
        f = math.inf
    w = exponent(number)
    w = pow(w, n, Q) if type(w) is int else NAN
    half = abs(whole_power(number, n // 2)) if n % 2 == 0 else None
    return Number(below * number.v % P, n * below * number.d % P, f, w, 1, half)


def exponent(number: Number) -> Any:
    """The value modulo q, a logarithm in it included: drawn, once for each."""
    if number.m == 1:
        return number.w
    return (number.w + drawn("exponent of", number.m, Q)) % Q


def _times_logarithm(a: Number, b: Number) -> Number:
    """A product with a number that has a logarithm in it: a power, where the other is rational."""
    for one, other in ((a, b), (b, a)):
        factor = _small_fraction(other)
        if factor is not None:
            found = _product(Number(one.v, one.d, one.f, one.w), other)
            found.m = raised(one.m, factor)
            return found
    return _product(
        Number(a.v, a.d, a.f, exponent(a)), Number(b.v, b.d, b.f, exponent(b))
    )  # fmt: skip


def _small_fraction(number: Number) -> Fraction | None:
    """The fraction of small whole numbers that a number is; None if it is none."""
    if number.m != 1 or number.d or not abs(number.f) < LARGEST_POWER:
        return None
    near = Fraction(number.f).limit_denominator(LARGEST_POWER)
    return near if number.v * near.denominator % P == near.numerator % P else None


def _product(a: Number, b: Number) -> Number:
    found: Number = a * b
    return found


def drawn(what: str, v: Residue, modulus: int) -> int:
    """A residue that looks drawn, the same whenever it is asked for."""
    digest = blake2b(f"{what} {v!r}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big") % modulus
