"""The functions that a kernel defines for itself, each against what it says it is.

A function that approximates in floats is replaced by the true one wherever the text runs in other
numbers, and a formula that saves the last digits of a tail shows its worth on few data. So each
is called alone, in both precisions, on a grid over [-800, 800], where its relative error must stay
below the bound of ``numeric.prelude``; and on arrays as long as its own text tells apart.

A function is known by its name where it is one of those that are replaced, and otherwise by its
name and what it says of itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from numeric.check.bench import Bench, Proof, everywhere
from numeric.check.literals import telling
from numeric.check.point import Array, Point
from numeric.check.result import PRECISION
from numeric.check.subject import KERNEL_ERRORS
from numeric.check.tally import Failure, Tally
from numeric.inplace import INTO, SUFFIX
from numeric.interpret.arithmetic import reals
from numeric.prelude import LEAVES, TABLE, Prelude

SLOPE = 0.25
# The pointwise ones, with their other arguments.
POINTWISE: Mapping[str, tuple[float, ...]] = {
    **dict.fromkeys(("sigmoid", "softplus", "erf", "gelu", "silu", "step"), ()),
    "leaky_relu": (SLOPE,),
    "elu": (SLOPE,),
}
GRID = np.unique(
    np.concatenate([
        np.linspace(-800, 800, 33), np.linspace(-40, 40, 65), np.linspace(-6, 6, 97),
        *(sign * 10.0 ** np.arange(-12, 0) for sign in (1, -1)),
    ]).astype(np.float32).astype(np.float64)
)  # fmt: skip
DTYPES: tuple[Any, ...] = (np.float64, np.float32)
DIGITS = 60
# The rounding of the reference to a float, and another system's exp, which may be one off.
ALLOWANCE = 2
# Below this multiple of the smallest normal number digits are lost to gradual underflow.
SUBNORMAL = 1e6
# Elements that are not where they belong are off by more than any loss of digits.
MISPLACED = 1e-3


@dataclass(frozen=True, slots=True)
class Stated:
    """A function of a kernel that is known.

    Attributes:
        name: of the function of the language.
        entry: its row in the table of those that emitted modules define.
        call: the function itself, of arrays.
    """

    name: str
    entry: Prelude
    call: Callable[[Array], Array]


def stated(namespace: Mapping[str, Any]) -> Iterator[Stated]:
    """The functions in the namespace of a kernel whose values are known."""
    for entry in (*TABLE, *INTO):
        function, name = namespace.get(entry.name), entry.name.removesuffix(SUFFIX)
        if not inspect.isfunction(function) or name not in POINTWISE:
            continue
        if name in LEAVES or inspect.getdoc(function) == _says(entry):
            yield Stated(name, entry, _called(function, POINTWISE[name]))


def _says(entry: Prelude) -> str:
    return entry.text.split('"""')[1]


def _called(function: Callable[..., Any], others: tuple[float, ...]) -> Callable[[Array], Array]:
    names = inspect.signature(function).parameters

    def call(z: Array) -> Array:
        if "out" not in names:
            found: Array = np.asarray(function(z, *others))
            return found
        out = np.empty_like(z)
        rooms = {name: np.empty_like(z) for name in names if name.startswith("spare")}
        function(z.copy(), *others, **rooms, out=out)
        return out

    return call


@lru_cache
def _expected(name: str) -> Array:
    """The true values on the grid, rounded to doubles; not to be changed."""
    numbers = reals(DIGITS)
    function, others = numbers.functions[name], [numbers.lift(a) for a in POINTWISE[name]]
    values = np.array([float(function(numbers.exact(Fraction(z)), *others)) for z in GRID.tolist()])
    values.setflags(write=False)
    return values


def _off(found: Array, expected: Array, dtype: Any) -> Array:
    """The relative errors; 0 where both are next to nothing, infinite where one is not a number."""
    tiny = float(np.finfo(dtype).tiny) * SUBNORMAL
    given = found.astype(np.float64)
    small = (np.abs(expected) < tiny) & (np.abs(given) <= 2 * tiny)
    with np.errstate(all="ignore"):
        errors = np.abs(given - expected) / np.maximum(np.abs(expected), tiny)
    off: Array = np.where(small, 0.0, np.where(np.isnan(errors), np.inf, errors))
    return off


def _holds(tally: Tally, point: Point, one: Stated, dtype: Any, length: int, limit: float) -> bool:  # noqa: PLR0913, PLR0917  a function, where, and how near
    """Whether a function has its values on an array of so many elements of the grid."""
    z, expected = np.resize(GRID.astype(dtype), length), np.resize(_expected(one.name), length)
    label = np.dtype(dtype)
    try:
        with np.errstate(all="ignore"):
            found = one.call(z)
    except KERNEL_ERRORS as error:
        told = f"{type(error).__name__}: {error}"
        return tally.equal(point, f"{one.entry.name} in {label}", told, "a result")
    if found.shape != z.shape or found.dtype != dtype:
        shown, wanted = (f"{a.dtype} of shape {a.shape}" for a in (found, z))
        return tally.equal(point, f"{one.entry.name} in {label}", shown, wanted)
    errors = _off(found, expected, dtype)
    at = int(errors.argmax())
    tally.passed(errors.size, float(errors[at] / limit) if limit else 0.0)
    if errors[at] <= limit:
        return True
    entry = f"{one.entry.name}({z[at]}) in {label}"
    tally.failures.append(Failure(point, entry, float(found[at]), float(expected[at])))
    return False


def _known(bench: Bench) -> tuple[Stated, ...]:
    return tuple(stated(getattr(bench.ordinary.forward, "__globals__", {})))


def _limit(entry: Prelude, dtype: Any) -> float:
    roundings = entry.worst if dtype is np.float64 else entry.worst_single
    return (roundings + ALLOWANCE) * float(np.finfo(dtype).eps) / 2


def _accurate(bench: Bench, tally: Tally) -> bool:
    point = bench.cheapest(bench.points.smooth)
    return everywhere(
        _holds(tally, point, one, dtype, GRID.size, _limit(one.entry, dtype))
        for one in _known(bench)
        for dtype in DTYPES
    )


def _long(bench: Bench, tally: Tally) -> bool:
    point = bench.cheapest(bench.points.smooth)
    return everywhere(
        _holds(tally, point, one, dtype, 2 * number + 1, MISPLACED)
        for one in _known(bench)
        for dtype in DTYPES
        for number in telling(bench.subject.source)
    )


ACCURATE = Proof(
    "S6 functions", "bound of each", _accurate, failure=PRECISION, everywhere=False, optional=True
)
LONG = Proof("S7 functions", "1e-3", _long, fast=False, everywhere=False, optional=True)
