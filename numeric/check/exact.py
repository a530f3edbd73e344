"""A kernel in many digits: the numbers, the step to take in them, and the emitted text.

The emitted text runs in mpmath numbers, so that there is neither truncation nor rounding to be
lenient about: right kernels stay dozens of decades below the thresholds, wrong ones above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from numeric.check.point import Array, Point, converted, mapped
from numeric.check.shim import Module, Text, execute
from numeric.check.subject import Subject
from numeric.interpret.arithmetic import Arithmetic, Number, reals


@dataclass(slots=True)
class Values:
    """What a kernel gives at a point in many digits, for every proof that asks.

    Attributes:
        subject: the kernel.
        module: the kernel, running in these numbers.
        arrays: the data.
        cotangents: the cotangents.
        outputs: the outputs by name.
        saved: what its forward keeps.
    """

    subject: Subject
    module: Module
    arrays: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    outputs: Mapping[str, Any]
    saved: Any
    _gradients: Mapping[str, Any] | None = None

    @property
    def gradients(self) -> Mapping[str, Any]:
        """The gradients by name, computed when they are first asked for.

        Raises:
            KernelFailed: if backward raises, or returns other than one array per gradient.
        """
        if self._gradients is None:
            self._gradients = self.subject.backward(self.module, self.saved, self.cotangents)
        return self._gradients


@dataclass(frozen=True, slots=True)
class Precision:
    """A number type, the step to take in it, and the kernel running in it."""

    arithmetic: Arithmetic
    step: Number
    module: Module
    _seen: dict[int, tuple[Point, Values]] = field(default_factory=dict, repr=False)

    def arrays(self, point: Point) -> dict[str, Array]:
        """The data of a point in these numbers."""
        return converted(point.arrays, self.arithmetic.lift)

    def cotangents(self, point: Point) -> dict[str, Array]:
        """The cotangents of a point in these numbers."""
        return {n: mapped(g, self.arithmetic.exact) for n, g in point.cotangents.items()}

    def values(self, subject: Subject, point: Point) -> Values:
        """What the kernel gives at a point: asked once, since S1 knows that it does not vary.

        Raises:
            KernelFailed: if forward raises, or returns other than one array per output.
        """
        # with the point, or another might come to have its identity
        found = self._seen.get(id(point))
        if found is None:
            arrays, g = self.arrays(point), self.cotangents(point)
            outputs, saved = subject.forward(self.module, arrays)
            values = Values(subject, self.module, arrays, g, outputs, saved)
            found = self._seen[id(point)] = point, values
        return found[1]


def precision(source: str | Text, digits: int) -> Precision:
    """Numbers of so many digits, with a step of 3/8 as many."""
    arithmetic = reals(digits)
    step = arithmetic.exact(Fraction(1, 10 ** (3 * digits // 8)))
    return Precision(arithmetic, step, execute(source, arithmetic))
