"""Somebody's functions as modules: as they are, and in many digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numeric.check.bench import Precisions
from numeric.check.exact import Precision
from numeric.check.own.digits import Lost
from numeric.check.own.transplant import Transplant
from numeric.check.shim import Module, read

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Functions:
    """What is under check.

    Attributes:
        forward: somebody's forward.
        backward: somebody's backward.
        foreign: the library that they compute in, if it is not NumPy.
    """

    forward: Function
    backward: Function
    foreign: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the functions stand in."""
        codes = (getattr(f, "__code__", None) for f in (self.forward, self.backward))
        return tuple(code.co_filename for code in codes if code is not None)

    @property
    def name(self) -> str:
        """What a report calls them."""
        name = getattr(self.forward, "__qualname__", "") or type(self.forward).__name__
        return str(name).replace("<locals>.", "").replace("<lambda>", "function")

    @property
    def module(self) -> Module:
        """The functions as they are."""
        return Module(self.forward, self.backward)


class OwnPrecisions(Precisions):
    """Functions carried over to 80 digits and, when something fails there, to 160."""

    def __init__(self, functions: Functions) -> None:
        super().__init__(read(""))
        self._functions = functions
        self.transplants: dict[int, Transplant] = {}
        self._precise: dict[int, Precision] = {}

    def _at(self, digits: int) -> Precision:
        if digits not in self._precise:
            transplant = self.transplants[digits] = Transplant(digits)
            arithmetic = transplant.digits.arithmetic
            step = arithmetic.exact(Fraction(1, 10 ** (3 * digits // 8)))
            module = carried(transplant, self._functions)
            self._precise[digits] = Precision(arithmetic, step, module)
        return self._precise[digits]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the functions and what they call stand in."""
        return tuple(sorted({f for t in self.transplants.values() for f in t.files}))

    def happened(self, what: str) -> list[str]:
        """What the numbers tell: ``lost``, ``rounded`` or ``cast``."""
        found = (getattr(t.digits, what) for t in self.transplants.values())
        return list(dict.fromkeys(line for lines in found for line in lines))


def carried(transplant: Transplant, functions: Functions) -> Module:
    """The two functions in the numbers of a transplant.

    What they call raises ``Lost`` as soon as a number becomes a float, even if they catch it.
    """
    digits = transplant.digits

    def run(function: Function) -> Function:
        def call(*args: Any) -> Any:
            digits.lost.clear()
            digits.running = True
            try:
                found = function(*map(transplant.arrays_in, args))
            finally:
                digits.running = False
            if digits.lost:
                raise Lost(digits.lost[0])
            return found

        return call

    made = [transplant.value(f) for f in (functions.forward, functions.backward)]
    return Module(run(made[0]), run(made[1]))
