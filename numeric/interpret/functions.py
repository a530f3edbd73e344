"""The pointwise functions of the language, over any number type, from a few base functions.

Each is the mathematical definition, arranged so that no branch loses digits that the number
type has: ``log1p`` and ``erfc`` where ``log(1 + e)`` and ``1 + erf`` would cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Number = Any  # see numeric.interpret.arithmetic
Function = Callable[..., Number]

# What a number type has to bring; the rest follows.
BASE = ("exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc")

def is_nan(number: Number) -> bool:
    """Whether a number of any type is not one."""
    return bool(number != number)  # noqa: PLR0124  the only test that all types have


def table(base: Mapping[str, Function], one: Number, infinity: Number) -> dict[str, Function]:
    """Every function of the language, and the base functions, for numbers with this ``one``."""
    return {**base, **_piecewise(base, one), **_smooth(base, one, infinity)}


def _piecewise(base: Mapping[str, Function], one: Number) -> dict[str, Function]:
    zero, exp = one - one, base["exp"]

    def sign(z: Number) -> Number:
        return one if z > 0 else (-one if z < 0 else z - z)

    return {
        "abs": abs,
        "sign": sign,
        "step": lambda z: one if z > 0 else (zero if z <= 0 else z),  # NaN stays NaN here too
        "relu": lambda z: zero if z <= 0 else z,
        "max": lambda a, b: b if b > a or is_nan(b) else a,
        "min": lambda a, b: b if b < a or is_nan(b) else a,
        "leaky_relu": lambda z, a: z if z > 0 else a * z,
        "elu": lambda z, a: z if z > 0 else a * (exp(z) - one),
    }


def _smooth(base: Mapping[str, Function], one: Number, infinity: Number) -> dict[str, Function]:
    zero, two = one - one, one + one
    exp, log1p, erfc, sqrt = base["exp"], base["log1p"], base["erfc"], base["sqrt"]

    def sigmoid(z: Number) -> Number:
        e = exp(-abs(z))
        return one / (one + e) if z >= 0 else e / (one + e)

    def softplus(z: Number) -> Number:
        return (zero if z <= 0 else z) + log1p(exp(-abs(z)))

    def silu(z: Number) -> Number:
        return zero if z == -infinity else z * sigmoid(z)

    def gelu(z: Number) -> Number:
        return zero if z == -infinity else z * erfc(-z / sqrt(two)) / two

    return {"sigmoid": sigmoid, "softplus": softplus, "silu": silu, "gelu": gelu}
