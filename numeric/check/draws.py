"""Random exact data: every draw is a fraction.

kind        elements                                         for
normal      N(0, 1)                                          anything
positive    |N(0, 1)| + 1/4                                  log, sqrt, divisors
negative    -(|N(0, 1)| + 1/4)                               log(-x), sqrt(-x)
unit        uniform in (1/16, 15/16)                         probabilities
simplex a   positive, the sum along axis a is exactly 1      ``assume sum[k](t) = 1``
onehot a    0 and one 1 along axis a                         ``assume t^2 = t``
binary      0 and 1                                          the same
signs       -1 and 1                                         ``assume t^2 = 1``
integers    -2 to 2                                          zeros and exact ties
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
# Primes: no float holds such fractions, so a value that was rounded on the way shows.
GRID = 1_000_003
# A simplex is cut into so many parts, or into more where there are as many members.
SIMPLEX_PARTS, MORE_PARTS = 61, 1_000_003


@dataclass(frozen=True, slots=True)
class Kind:
    """How an array is drawn: the name of a row of the table above and, for some, an axis."""

    name: str
    axis: int = 0

    @property
    def scalable(self) -> bool:
        """Whether any multiple is a point as good."""
        return self.name in ("normal", "positive", "negative")

    def __str__(self) -> str:
        return f"{self.name} along axis {self.axis}" if self.name in _ALONG else self.name


@dataclass(frozen=True, slots=True)
class Spread:
    """How data are spread: multiplied and, where any number will do, moved.

    Attributes:
        scale: the factor; kinds with a fixed range are left alone.
        shift: what is added to ``normal`` data.
    """

    scale: Fraction = Fraction(1)
    shift: Fraction = Fraction(0)


PLAIN = Spread()


def draw(kind: Kind, shape: Shape, rng: np.random.Generator, spread: Spread = PLAIN) -> Array:
    """An array of fractions of this kind."""
    numerators = _TABLE[kind.name](rng, shape, kind.axis)
    unit = _units(kind, shape)
    factor = (spread.scale if kind.scalable else 1) / Fraction(unit)
    shift = spread.shift if kind.name == "normal" else Fraction(0)
    top, bottom = factor.numerator, factor.denominator
    drawn = [Fraction(n * top, bottom) for n in np.asarray(numerators).ravel().tolist()]
    found = np.empty(len(drawn), dtype=object)
    found[:] = [number + shift for number in drawn] if shift else drawn
    return found.reshape(shape)


def _units(kind: Kind, shape: Shape) -> int:
    """What the whole is, in numerators."""
    if kind.name == "simplex":
        return _parts(shape[kind.axis] if shape else 0)
    return GRID if kind.name in _FINE else 1


def _parts(size: int) -> int:
    return SIMPLEX_PARTS if size <= SIMPLEX_PARTS // 2 else MORE_PARTS


def integers(shape: Shape, low: int, high: int, rng: np.random.Generator) -> Array:
    """Integers from ``low`` to ``high - 1``."""
    return rng.integers(low, max(high, low + 1), size=shape)


def _steps(values: Array) -> Array:
    found: Array = np.rint(np.asarray(values) * GRID).astype(np.int64)
    return found


def _normal(rng: np.random.Generator, shape: Shape, _: int) -> Array:
    # never exactly 0: a zero is drawn by ``integers``, where it is meant
    found = _steps(np.minimum(np.maximum(rng.normal(size=shape), -7), 7))
    return np.where(found == 0, 1, found)


def _positive(rng: np.random.Generator, shape: Shape, axis: int) -> Array:
    return np.abs(_normal(rng, shape, axis)) + GRID // 4


def _unit(rng: np.random.Generator, shape: Shape, _: int) -> Array:
    return _steps(rng.uniform(1 / 16, 15 / 16, size=shape))


def _simplex(rng: np.random.Generator, shape: Shape, axis: int) -> Array:
    size = shape[axis] if shape else 0
    if 0 in shape or not size:
        return np.zeros(shape, dtype=np.int64)
    others = tuple(np.delete(shape, axis))
    parts = 1 + rng.multinomial(_parts(size) - size, np.full(size, 1 / size), size=others)
    return np.moveaxis(parts, -1, axis)


def _onehot(rng: np.random.Generator, shape: Shape, axis: int) -> Array:
    found = np.zeros(shape, dtype=np.int64)
    if 0 in shape or not shape:
        return found
    hot = rng.integers(0, shape[axis], size=np.delete(shape, axis))
    np.put_along_axis(found, np.expand_dims(hot, axis), 1, axis)
    return found


_ALONG = ("simplex", "onehot")
_FINE = ("normal", "positive", "negative", "unit")
_TABLE: Mapping[str, Callable[[np.random.Generator, Shape, int], Array]] = {
    "normal": _normal,
    "positive": _positive,
    "negative": lambda rng, shape, axis: -_positive(rng, shape, axis),
    "unit": _unit,
    "simplex": _simplex,
    "onehot": _onehot,
    "binary": lambda rng, shape, _: rng.integers(0, 2, size=shape),
    "signs": lambda rng, shape, _: 2 * rng.integers(0, 2, size=shape) - 1,
    "integers": lambda rng, shape, _: rng.integers(-2, 3, size=shape),
}
