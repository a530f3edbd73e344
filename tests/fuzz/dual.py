"""Exact derivatives in a direction: fractions with a tangent, through the plain interpreter.

It knows nothing of cotangents, sums or their solving: the rules are those of one variable, and
the conventions at kinks are the language's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.interpret import rationals
from numeric.interpret.arithmetic import Arithmetic

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Dual:
    """``value + tangent*e`` with ``e^2 = 0``; compared by value."""

    value: Fraction
    tangent: Fraction = Fraction(0)

    def __add__(self, other: Any) -> Dual:
        other = dual(other)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.tangent)

    def __sub__(self, other: Any) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Any) -> Dual:
        return dual(other) - self

    def __mul__(self, other: Any) -> Dual:
        other = dual(other)
        tangent = self.tangent * other.value + self.value * other.tangent
        return Dual(self.value * other.value, tangent)

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other: Any) -> bool:
        return self.value < dual(other).value

    def __gt__(self, other: Any) -> bool:
        return self.value > dual(other).value

    def __le__(self, other: Any) -> bool:
        return self.value <= dual(other).value

    def __ge__(self, other: Any) -> bool:
        return self.value >= dual(other).value

    def __eq__(self, other: object) -> bool:
        return self.value == dual(other).value

    def __hash__(self) -> int:
        return hash(self.value)


def dual(value: Any) -> Dual:
    """A number as one without a tangent."""
    if isinstance(value, Dual):
        return value
    plain = value.item() if isinstance(value, np.generic) else value
    # what is read off the grid may be infinite, which no fraction is
    return Dual(plain if isinstance(plain, float) and math.isinf(plain) else Fraction(plain))


def duals() -> Arithmetic:
    """The interpreter's numbers: fractions with tangents."""
    plain = rationals()

    def divide(a: Dual, b: Dual) -> Dual:
        value = plain.divide(a.value, b.value)
        return Dual(value, (a.tangent - value * b.tangent) / b.value)

    def power(a: Dual, b: Dual) -> Dual:
        value = plain.power(a.value, b.value)
        assert not b.tangent, "an exponent that varies is not rational"
        if not a.tangent or not b.value:
            return Dual(value)
        return Dual(value, b.value * plain.power(a.value, b.value - 1) * a.tangent)

    return replace(
        plain,
        name="dual fraction",
        exact=Dual,
        lift=dual,
        divide=divide,
        power=power,
        functions={**plain.functions, **_kinked()},
        plain=lambda number: dual(number).value,
    )


def _kinked() -> dict[str, Any]:
    def scaled(z: Dual, slope: Fraction | int) -> Dual:
        return Dual(z.value * slope, z.tangent * slope)

    def sign(z: Dual) -> int:
        return (z.value > 0) - (z.value < 0)

    def extreme(a: Dual, b: Dual, first: bool) -> Dual:
        if a.value == b.value:
            return Dual(a.value, (a.tangent + b.tangent) * HALF)
        return a if first else b

    return {
        "abs": lambda z: scaled(z, sign(z)),
        "sign": lambda z: Dual(Fraction(sign(z))),
        "step": lambda z: Dual(Fraction(z.value > 0)),
        "relu": lambda z: scaled(z, z.value > 0),
        "max": lambda a, b: extreme(a, b, a.value > b.value),
        "min": lambda a, b: extreme(a, b, a.value < b.value),
        "leaky_relu": lambda z, a: z if z.value > 0 else z * a,
    }
