"""A kernel in many digits: the numbers, the step to take in them, and the emitted text.

The emitted text runs in mpmath numbers, so that there is neither truncation nor rounding to be
lenient about: right kernels stay dozens of decades below the thresholds, wrong ones above.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from numeric.check.point import Array, Point, converted, mapped
from numeric.check.shim import Module, Text, execute
from numeric.interpret.arithmetic import Arithmetic, Number, reals


@dataclass(frozen=True, slots=True)
class Precision:
    """A number type, the step to take in it, and the kernel running in it."""

    arithmetic: Arithmetic
    step: Number
    module: Module

    def arrays(self, point: Point) -> dict[str, Array]:
        """The data of a point in these numbers."""
        return converted(point.arrays, self.arithmetic.lift)

    def cotangents(self, point: Point) -> dict[str, Array]:
        """The cotangents of a point in these numbers."""
        return {n: mapped(g, self.arithmetic.exact) for n, g in point.cotangents.items()}


def precision(source: str | Text, digits: int) -> Precision:
    """Numbers of so many digits, with a step of 3/8 as many."""
    arithmetic = reals(digits)
    step = arithmetic.exact(Fraction(1, 10 ** (3 * digits // 8)))
    return Precision(arithmetic, step, execute(source, arithmetic))
