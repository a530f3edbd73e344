"""The number types that equations can be interpreted over.

    floats()        Python floats, with the infinities and NaN of IEEE 754 and no exceptions
    reals(digits)   mpmath numbers of so many decimal digits; a decimal literal is exact
    rationals()     fractions, for equations without transcendental functions

An ``Arithmetic`` says what ``+ - * <`` of Python do not say: how a literal becomes a number,
how to divide and raise to a power, and what the functions of the language are. Another number
type (a prime field, dual numbers, traced values) is another table, not another interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath.ctx_mp import MPContext

from derive.errors import ProgramRefused
from numeric.interpret import functions
from numeric.interpret.answers import answer_like_scalars

# The number types have no common base: floats, mpmath numbers, fractions and traced values
# meet only in the operators that they all have.
Number = Any
Function = Callable[..., Number]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What the interpreter needs to know about a number type.

    Attributes:
        name: for messages.
        exact: the number that an exact rational stands for.
        lift: the number that an element of an array given by the caller stands for.
        divide: the quotient; division by zero gives an infinity or not-a-number.
        power: the power.
        infinity: plus infinity.
        pi: the circle's number.
        functions: the pointwise functions of the language by name.
        finite: whether a number is neither infinite nor not a number.
        plain: the ordinary number inside a number, for comparing and reporting.
    """

    name: str
    exact: Callable[[Fraction], Number]
    lift: Callable[[object], Number]
    divide: Callable[[Number, Number], Number]
    power: Callable[[Number, Number], Number]
    infinity: Number
    pi: Number
    functions: Mapping[str, Function]
    finite: Callable[[Number], bool]
    plain: Callable[[Number], Number] = lambda number: number


def floats() -> Arithmetic:
    """Python floats: double precision, overflow to infinity, domain errors to NaN."""
    base = {
        "exp": _total(math.exp, overflow=math.inf),
        "log": _logarithm,
        "log1p": _total(math.log1p),
        "sqrt": _total(math.sqrt),
        "sin": _total(math.sin),
        "cos": _total(math.cos),
        "tan": _total(math.tan),
        "sinh": lambda z: math.copysign(_total(math.sinh, overflow=math.inf)(abs(z)), z),
        "cosh": _total(math.cosh, overflow=math.inf),
        "tanh": math.tanh,
        "erf": math.erf,
        "erfc": math.erfc,
    }
    return Arithmetic(
        name="float",
        exact=float,
        lift=float,  # type: ignore[arg-type]  # array elements are numbers; else TypeError
        divide=_divide_floats,
        power=_power_floats,
        infinity=math.inf,
        pi=math.pi,
        functions=functions.table(base, one=1.0, infinity=math.inf),
        finite=math.isfinite,
    )


def reals(digits: int) -> Arithmetic:
    """Real numbers of ``digits`` decimal digits, in a context of their own."""
    mp = _Context()
    mp.dps = digits
    answer_like_scalars(mp.mpf)
    base = {name: _real(getattr(mp, name), mp) for name in functions.BASE}
    base["log"] = lambda z: -mp.inf if z == 0 else _real(mp.log, mp)(z)

    def exact(value: Fraction) -> Number:
        return mp.mpf(value.numerator) / value.denominator

    def lift(value: object) -> Number:
        if isinstance(value, Fraction):
            return exact(value)
        return mp.mpf(value.item() if isinstance(value, np.generic) else value)

    def divide(a: Number, b: Number) -> Number:
        return a / b if b != 0 else (mp.nan if a == 0 or mp.isnan(a) else mp.inf * mp.sign(a))

    def power(a: Number, b: Number) -> Number:
        if a == 0:
            return mp.mpf(1) if b == 0 else (mp.mpf(0) if b > 0 else mp.inf)
        # an integer exponent is exact repeated multiplication, at any sign of the base
        return a ** int(b) if mp.isint(b) else _real(mp.power, mp)(a, b)

    return Arithmetic(
        name=f"{digits} digits",
        exact=exact,
        lift=lift,
        divide=divide,
        power=power,
        infinity=mp.inf,
        pi=+mp.pi,
        functions=functions.table(base, one=mp.mpf(1), infinity=mp.inf),
        finite=_finite,
    )


def rationals() -> Arithmetic:
    """Exact fractions; a function that leaves the rationals is refused."""
    base = {name: _irrational(name) for name in functions.BASE}
    return Arithmetic(
        name="fraction",
        exact=lambda value: value,
        lift=_fraction,
        divide=_divide_fractions,
        power=_power_fractions,
        infinity=math.inf,
        pi=math.pi,
        functions=functions.table(base, one=Fraction(1), infinity=math.inf),
        finite=lambda number: bool(abs(number) < math.inf),
    )


# ---- floats -------------------------------------------------------------------------------


def _total(function: Function, overflow: float = math.nan) -> Function:
    """``function`` with a value in place of each exception of ``math``."""

    def total(z: float) -> float:
        try:
            return float(function(z))
        except OverflowError:
            return overflow
        except ValueError:
            return math.nan

    return total


def _logarithm(z: float) -> float:
    return -math.inf if z == 0 else _total(math.log)(z)


def _divide_floats(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _power_floats(a: float, b: float) -> float:
    if a == 0 and b < 0:
        return math.inf
    try:
        found = a**b
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    return math.nan if isinstance(found, complex) else float(found)


# ---- mpmath -------------------------------------------------------------------------------


class _Context(MPContext):  # type: ignore[misc]  # mpmath publishes no types
    """A context whose numbers leave arrays to NumPy at once, not after printing them."""

    def convert(self, x: object, strings: bool = True) -> Number:
        """The number that ``x`` stands for."""
        if isinstance(x, np.ndarray):
            raise TypeError("an array is not a number")
        return super().convert(x, strings)


def _finite(number: Number) -> bool:
    """Whether a number of mpmath is neither infinite nor not a number, without asking twice."""
    _, whole, exponent, _ = number._mpf_
    # what is no number has the mantissa 0, and an exponent that zero has not
    return bool(whole) or not exponent


def _real(function: Function, mp: MPContext) -> Function:
    """``function`` with NaN where its value is not real."""

    def real(*args: Number) -> Number:
        found = function(*args)
        return found if isinstance(found, mp.mpf) else mp.nan

    return real


# ---- fractions ----------------------------------------------------------------------------


def _fraction(value: Any) -> Fraction:
    # a fraction would keep a number of NumPy as it is, and that overflows
    return Fraction(value.item() if isinstance(value, np.generic) else value)


def _divide_fractions(a: Number, b: Number) -> Number:
    if b == 0:
        raise ProgramRefused(
            "division by zero in exact arithmetic", remedy="choose a point where it is defined"
        )
    return a / b


def _power_fractions(a: Number, b: Number) -> Number:
    if b != int(b):
        _irrational("a power with a fractional exponent")()
    return a ** int(b) if a or b >= 0 else _divide_fractions(Fraction(1), a)


def _irrational(name: str) -> Function:
    def refuse(*_: Number) -> Number:
        raise ProgramRefused(
            f"{name} has no exact rational value",
            remedy="interpret this program over floats or reals",
        )

    return refuse
