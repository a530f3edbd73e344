"""Numbers of many digits that stand in for ``float64``, and tell when they are made floats.

A number answers as a NumPy scalar does: it has ``dtype``, ``sum``, ``item`` and the methods
that NumPy calls for functions of objects. What would turn it into a float behind the caller's
back (a float64 buffer, ``float`` in a library) raises ``Lost`` with the line, so that a result
which has lost its digits is never mistaken for a wrong one.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Collection
from fractions import Fraction
from types import FrameType
from typing import Any

import numpy as np

from numeric.check.own.elementwise import PREDICATES, table
from numeric.interpret.arithmetic import Arithmetic, Number, reals

Array = np.ndarray[Any, Any]
# A float that is written with so many digits at most is the decimal that somebody wrote.
WRITTEN_DIGITS = 15
# NumPy calls these methods of objects that an array holds.
_ANSWERS = ("exp", "log", "log1p", "log2", "log10", "exp2", "expm1", "sqrt", "cbrt", "sin", "cos",
            "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh",
            "arctanh", "fabs", "rint", "deg2rad", "rad2deg", "radians", "degrees")  # fmt: skip
_OPERATORS = ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow",
              "mod", "rmod")  # fmt: skip


class Lost(Exception):
    """A number of many digits was to become a float.

    Attributes:
        problem: what happened, and in which line.
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class Digits:
    """A number type for one run of somebody's functions, and what happened to its numbers.

    Attributes:
        arithmetic: the numbers.
        kind: their class.
        lost: where numbers were to become floats.
        rounded: the floats, already rounded by others, that came in.
        cast: where numbers were cast to fewer digits than float64 has.
        running: whether functions under check run; the checker itself may make floats.
        files: the files of the functions that run, to tell the line of.
    """

    def __init__(self, digits: int, files: Collection[str]) -> None:
        self.arithmetic: Arithmetic = reals(digits)
        self.kind: type = type(self.arithmetic.pi)
        self.lost: list[str] = []
        self.rounded: list[str] = []
        self.cast: list[str] = []
        self.running = False
        self.files = files
        self.table = table(self.arithmetic)
        self._as_float: Callable[[Number], float] = self.arithmetic.pi.__class__.__float__
        self.lift_all = np.frompyfunc(self.lift, 1, 1)
        self.ufuncs = {
            name: _lifting(self.lift, function, arity)
            for name, (arity, function) in self.table.items()
        }
        self.ufuncs["true_divide"] = self.ufuncs["divide"]
        self.ufuncs["mod"] = self.ufuncs["remainder"]
        self.ufuncs["abs"] = self.ufuncs["absolute"]
        _answer(self)

    def lift(self, value: Any) -> Number:
        """The number that a number of any type stands for.

        Raises:
            TypeError: if it stands for none.
        """
        if isinstance(value, self.kind):
            return value
        if isinstance(value, (float, np.floating)):
            return self.written(float(value))
        if isinstance(value, (complex, np.complexfloating)):
            raise Lost(self.told("complex numbers are used"))
        return self.arithmetic.lift(value)

    def written(self, value: float) -> Number:
        """The decimal that a float was written as; a longer one is itself, and is noted."""
        if math.isfinite(value) and not value.is_integer():
            text = repr(value)
            if len(text.split("e")[0].replace(".", "").strip("-0")) <= WRITTEN_DIGITS:
                return self.arithmetic.exact(Fraction(text))
            if not math.ldexp(value, 30).is_integer():
                self.rounded.append(self.told(f"the rounded constant {text} is used"))
        return self.arithmetic.lift(value)

    def apply(self, name: str, *args: Any, **options: Any) -> Any:
        """A pointwise function of arrays or numbers; predicates give booleans."""
        found = self.ufuncs[name](*args, **options)
        return np.asarray(found, dtype=bool)[()] if name in PREDICATES else found

    def approximate(self, number: Number) -> float:
        """The nearest float, on purpose."""
        return self._as_float(number)

    def rounds(self, number: Number, kind: np.dtype[Any]) -> Number:
        """What is left of a number in a smaller float."""
        return self.arithmetic.lift(float(kind.type(self._as_float(self.lift(number)))))

    def told(self, what: str) -> str:
        """What happened, and in which line of the functions that run."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename not in self.files:
            frame = frame.f_back
        return what if frame is None else f"{what} in line {frame.f_lineno}"

    def lose(self, number: Any = None) -> Any:
        """Refuse to become a float, while functions under check run.

        Raises:
            Lost: if they do.
        """
        if not self.running and number is not None:
            return self._as_float(number)
        self.lost.append(self.told("a float64 is made"))
        raise Lost(self.lost[-1])


def _lifting(lift: Callable[[Any], Number], function: Callable[..., Any], arity: int) -> Any:
    return np.frompyfunc(lambda *args: function(*map(lift, args)), arity, 1)


def _answer(digits: Digits) -> None:
    """Let numbers answer as ``float64`` scalars do, and refuse to become floats."""
    kind, table = digits.kind, digits.table

    def itself(number: Number, *_: object, **__: object) -> Number:
        return number

    def cast(number: Number, dtype: Any, **__: object) -> Any:
        return number if dtype is object else _cast(digits, number, dtype)

    for name in ("item", "tolist", "squeeze", "conj", "conjugate", "transpose"):
        setattr(kind, name, itself)
    for name in _ANSWERS:
        setattr(kind, name, table[name][1])

    def lose(number: Number) -> Any:
        return digits.lose(number)

    answers: dict[str, Any] = {
        "astype": cast,
        "dtype": np.dtype(np.float64),
        "flatten": lambda number: np.array([number], dtype=object),
        "__format__": lambda number, how: format(digits.approximate(number), how),
        "__float__": lose,
        "__complex__": lose,
    }
    for name, answer in answers.items():
        setattr(kind, name, answer)
    for name in _OPERATORS:
        setattr(kind, f"__{name}__", _operator(digits, name))


def _cast(digits: Digits, number: Number, dtype: Any) -> Any:
    kind = np.dtype(dtype)
    if kind.kind == "f":
        if kind.itemsize >= np.dtype(np.float64).itemsize:
            return number
        digits.cast.append(digits.told(f"cast to {kind}"))
        return digits.rounds(number, kind)
    if kind.kind in "iu":
        return kind.type(int(number))
    return bool(number) if kind.kind == "b" else digits.lose()


def _operator(digits: Digits, name: str) -> Callable[[Any, Any], Any]:
    """An operator that takes floats as what they were written as, and divides by zero."""
    kind, nan = digits.kind, digits.arithmetic.pi.context.nan
    operate = getattr(kind, f"__{name}__")
    at_zero = digits.table[{"truediv": "divide", "pow": "power"}.get(name.lstrip("r"), "remainder")]

    def apply(number: Number, other: Any) -> Any:
        if type(other) is not kind and isinstance(other, (float, np.floating)):
            other = digits.written(float(other))
        try:
            found = operate(number, other)
        except ZeroDivisionError:
            pair = (other, number) if name.startswith("r") else (number, other)
            return at_zero[1](*map(digits.lift, pair))
        return found if type(found) is kind or found is NotImplemented else nan

    return apply
