"""The transcendental functions in the field: drawn values that keep the laws they must.

    exp       omega^w * m: sums become products, exactly
    log       a drawn value, and exp(log(u)) = u; the logarithm of an exponential is its argument
    sin, cos  from rho^w with a root of its own: the laws of angles hold
    tanh, ..  from exp
    erf       a drawn value, odd; its derivative is 2/sqrt(pi)*exp(-x^2)
    sqrt      the root of a product is the product of the roots; that of a square seen before
              is the number squared, made positive
    a^b       whole and half exponents exactly; of others only the fraction is drawn

What is drawn depends on the argument's residue only, so equal arguments give equal values.
Every derivative is exact.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.interpret import functions
from numeric.interpret.arithmetic import Arithmetic
from numeric.interpret.field.formal import raised, split
from numeric.interpret.field.number import (
    NAN,
    Number,
    drawn,
    exponent,
    lifted,
    of_fraction,
    reciprocal,
    whole_power,
)
from numeric.interpret.field.prime import (
    COFACTOR,
    Extended,
    P,
    Q,
    Residue,
    inverse,
    power,
    root,
    square_root,
)

HALF = (P + 1) // 2
HALF_I = Extended(0, HALF)


class NoRoot(ArithmeticError):
    """A number whose root the field does not have: another point may have one."""


class Field:
    """One draw of everything that the field leaves open.

    Attributes:
        omega: an element of order q: what exponentials are powers of.
        rho: another, for the circular functions.
        pi: the circle's number: a drawn square.
        logarithms: for each exponential computed, the residues of its argument.
    """

    def __init__(self, rng: np.random.Generator, extends: bool = True) -> None:
        self._extends = extends
        self._salt = int(rng.integers(2**62))
        self.omega = self._of_order_q(rng)
        self.rho = self._of_order_q(rng)
        side, other = _below(rng, P), _below(rng, Q)
        self.pi = Number(pow(side, 4, P), 0, math.pi, pow(other, 4, Q))
        self.logarithms: dict[Residue, tuple[Residue, Any, Residue]] = {}

    @staticmethod
    def _of_order_q(rng: np.random.Generator) -> int:
        while (found := pow(_below(rng, P), COFACTOR, P)) == 1:
            pass
        return found

    def drawn(self, what: str, v: Residue | str, modulus: int = P) -> Any:
        """A residue for ``what`` of ``v``; not a number for what is none."""
        return NAN if type(v) is float else drawn(f"{self._salt} {what}", v, modulus)

    # ---- exponentials ---------------------------------------------------------------------------

    def exp(self, x: Number) -> Number:
        """``omega^w * m``."""
        if x.f == -math.inf:
            return Number(0, 0, 0.0, 0)
        v = self._exponential(x)
        self.logarithms[v] = (x.v, x.w, x.m)
        return Number(v, v * x.d % P, _real(math.exp, x.f, math.inf), self.drawn("exp", v, Q))

    def _exponential(self, x: Number, factor: int = 1) -> Residue:
        if type(x.w) is not int:
            return NAN
        whole, rest = split(raised(x.m, Fraction(factor)))
        drawn_rest = self.drawn("power", rest) if rest else 1
        return pow(self.omega, factor * x.w, P) * whole * drawn_rest % P

    def log(self, x: Number) -> Number:
        """What was put into ``exp``, or a drawn value."""
        if not x.v:
            return Number(NAN, 0, -math.inf, NAN)
        f = _real(math.log, x.f)
        d = inverse(x.v) * x.d % P if x.d else 0
        if x.v == 1:
            return Number(0, d, f, 0)
        known = self.logarithms.get(x.v)
        if known is not None:
            v, w, m = known
            return Number(v, d, f, w, m)
        return Number(self.drawn("log", x.v), d, f, 0, x.v)

    def sinh(self, x: Number) -> Number:
        """``(e - 1/e)/2``."""
        above, below = self._both(x)
        slope = (above + below) * HALF % P
        v = (above - below) * HALF % P
        return self._made(v, slope * x.d, _real(math.sinh, x.f, math.inf * x.f))

    def cosh(self, x: Number) -> Number:
        """``(e + 1/e)/2``."""
        above, below = self._both(x)
        slope = (above - below) * HALF % P
        v = (above + below) * HALF % P
        return self._made(v, slope * x.d, _real(math.cosh, x.f, math.inf))

    def tanh(self, x: Number) -> Number:
        """``(e^2 - 1)/(e^2 + 1)``."""
        if math.isinf(x.f):
            return lifted(int(math.copysign(1, x.f))) or x
        square = self._exponential(x, 2)
        v = (square - 1) * inverse((square + 1) % P) % P
        return self._made(v, (1 - v * v) * x.d, math.tanh(x.f))

    def _both(self, x: Number) -> tuple[Residue, Residue]:
        found = self._exponential(x)
        return found, inverse(found)

    # ---- angles ---------------------------------------------------------------------------------

    def _circular(self, x: Number) -> tuple[Residue, Residue]:
        """The cosine and the sine."""
        w = exponent(x)
        if type(w) is not int:
            return NAN, NAN
        above = pow(self.rho, w, P)
        below = pow(above, -1, P)
        return (above + below) * HALF % P, (below - above) * HALF_I % P

    def sin(self, x: Number) -> Number:
        """``(e^ix - e^-ix)/2i``."""
        cos, sin = self._circular(x)
        return self._made(sin, cos * x.d, _real(math.sin, x.f))

    def cos(self, x: Number) -> Number:
        """``(e^ix + e^-ix)/2``."""
        cos, sin = self._circular(x)
        return self._made(cos, -sin * x.d, _real(math.cos, x.f))

    def tan(self, x: Number) -> Number:
        """``sin/cos``."""
        cos, sin = self._circular(x)
        v = sin * inverse(cos) % P
        return self._made(v, (1 + v * v) * x.d, _real(math.tan, x.f))

    # ---- the error function ----------------------------------------------------------------------

    def erf(self, x: Number) -> Number:
        """A drawn value, odd."""
        return self._made(self._odd(x.v), self._bell(x) * x.d, math.erf(x.f))

    def erfc(self, x: Number) -> Number:
        """``1 - erf``."""
        return self._made(1 - self._odd(x.v), -self._bell(x) * x.d, math.erfc(x.f))

    def _odd(self, v: Residue) -> Residue:
        other = -v % P
        if repr(v) > repr(other):
            return -self.drawn("erf", other) % P
        return self.drawn("erf", v) if v else 0

    def _bell(self, x: Number) -> Residue:
        """The derivative of ``erf``."""
        if not x.d:
            return 0
        exponential = self._exponential(-(x * x))
        return 2 * exponential * inverse(self.sqrt(self.pi).v) % P

    # ---- powers ---------------------------------------------------------------------------------

    def sqrt(self, x: Number) -> Number:
        """The root; positive, where the square was seen.

        Raises:
            NoRoot: if the residue has none.
        """
        if x.f < 0 or math.isnan(x.f):
            return Number(NAN, NAN, NAN, NAN)
        if not x.v or math.isinf(x.f):
            return Number(x.v, NAN if x.d else 0, math.sqrt(x.f), x.w)
        v = root(x.v) if x.r is None else x.r.v
        if v is None or (type(v) is Extended and not self._extends):
            raise NoRoot("a root that the field does not have")
        found = self._made(v, inverse(2 * v % P) * x.d if x.d else 0, math.sqrt(x.f))
        w = square_root(x.w, Q) if type(x.w) is int and x.m == 1 else None
        if w is not None:
            found.w = w if x.r is None else exponent(x.r)
        return found

    def power(self, a: Number, b: Number) -> Number:
        """``a^b``."""
        n = _whole(b)
        if n is not None and not b.d:
            return _whole_power(a, n)
        if not a.v:
            positive = b.f > 0
            return Number(0, 0, 0.0, 0) if positive else Number(NAN, NAN, math.inf, NAN)
        twice = _whole(b + b)
        if twice is not None and not b.d:
            return _whole_power(self.sqrt(a), twice)
        return self._drawn_power(a, b)

    def _drawn_power(self, a: Number, b: Number) -> Number:
        """Of the exponent only the fraction is drawn, so that ``a^(b-1)*a = a^b``."""
        below = math.floor(b.f) if math.isfinite(b.f) else 0
        rest = (b.v - below) % P
        v = self.drawn(f"power {a.v!r}", rest) * power(a.v, below) % P
        slope = b.v * v * inverse(a.v) % P * a.d if a.d else 0
        if b.d:
            slope += v * self.log(a).v % P * b.d
        return self._made(v, slope, _power(a.f, b.f))

    def _made(self, v: Residue, d: Residue, f: float) -> Number:
        return Number(v % P, d % P, f, self.drawn("value", v % P, Q))


def _whole_power(a: Number, n: int) -> Number:
    return whole_power(a, n) if a.v or n >= 0 else Number(NAN, NAN, math.inf, NAN)


def _below(rng: np.random.Generator, modulus: int) -> int:
    """A residue other than 0."""
    return int.from_bytes(rng.bytes(16), "big") % (modulus - 1) + 1


def _real(function: Callable[[float], float], x: float, overflow: float = NAN) -> float:
    try:
        return function(x)
    except OverflowError:
        return overflow
    except ValueError:
        return NAN


def _power(a: float, b: float) -> float:
    try:
        found = a**b
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return NAN if isinstance(found, complex) else found


def _whole(number: Number) -> int | None:
    """The whole number that a number is, if it is one and small."""
    if not abs(number.f) < 1000 or number.f != int(number.f):
        return None
    return int(number.f) if number.v == int(number.f) % P else None


def prime_field(rng: np.random.Generator, extends: bool = True) -> Arithmetic:
    """Numbers of the field, with one draw of what it leaves open.

    Without ``extends`` a root that only the extension has is refused: then the roots of all
    products are the products of the roots.
    """
    field = Field(rng, extends)
    one, infinity = of_fraction(Fraction(1)), Number(NAN, 0, math.inf, NAN)

    def log1p(x: Number) -> Number:
        found = field.log(one + x)
        found.f = _real(math.log1p, x.f, -math.inf)
        return found

    own = ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc")
    base = {name: getattr(field, name) for name in own} | {"log1p": log1p}
    return Arithmetic(
        name="prime field",
        exact=of_fraction,
        lift=_lift,
        divide=_divide,
        power=field.power,
        infinity=infinity,
        pi=field.pi,
        functions=functions.table(base, one=one, infinity=infinity),
        finite=lambda number: bool(abs(number) < infinity),
    )


def _lift(value: object) -> Number:
    found = lifted(value)
    if found is None:
        raise TypeError(f"{type(value).__name__} is no number")
    return found


def _divide(a: Number, b: Number) -> Number:
    try:
        found: Number = a * reciprocal(b)
    except ZeroDivisionError:
        f = math.copysign(math.inf, a.f) if a.v else NAN
        return Number(NAN, NAN if a.d or b.d else 0, f, NAN)
    return found


def generic(rng: random.Random, real: float) -> Number:
    """A number with drawn residues that is ``real`` where it is compared."""
    return Number(rng.randrange(1, P), 0, real, rng.randrange(1, Q))
