"""S6, what floats lose: float64 and float32 against the same text at 80 digits.

    error = largest difference / (largest gradient + largest cotangent)

float64 should stay below 1e-12 and must below 1e-9, float32 below 1e-5 and 1e-3. A point can
be ill conditioned, whatever the formula: then the error that is due to rounding the data alone,
measured at 80 digits, is granted on top. A value that overflows although the true one does not
fails; where the true one does not fit either, that is noted as out of range.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.exact import Precision
from numeric.check.point import Array, Point, converted, in_floats
from numeric.check.shim import Module
from numeric.check.subject import KernelFailed, Subject, as_objects
from numeric.check.tally import Tally, largest
from numeric.interpret.arithmetic import Number

THRESHOLD = "1e-9 (f64), 1e-3 (f32)"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many digits a dtype may lose.

    Attributes:
        warn: the error that is noted.
        fail: the error that is too much.
    """

    warn: float
    fail: float


BUDGETS: Mapping[Any, Budget] = {
    np.float64: Budget(1e-12, 1e-9),
    np.float32: Budget(1e-5, 1e-3),
}
# Rounding errors of a sum of n terms grow like n at worst; data rounded once stand for all of
# them up to this factor.
CONDITION = 64


def keeps_digits(
    tally: Tally, subject: Subject, floats: Module, at: Precision, point: Point
) -> bool:
    """Compare both float precisions with the value at 80 digits."""
    good = True
    for dtype, budget in BUDGETS.items():
        given, cotangents = in_floats(point.arrays, dtype), in_floats(point.cotangents, dtype)
        # what the floats given stand for, exactly: rounding the data is not the kernel's error
        g = converted(cotangents, at.arithmetic.lift)
        exact = _results(subject, at, converted(given, at.arithmetic.lift), g)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("error")
                outputs, saved = subject.forward(floats, given)
                gradients = subject.backward(floats, saved, cotangents)
        except KernelFailed as failed:
            good = tally.equal(point, failed.entry, failed.problem, "a result")
            continue
        found = {**outputs, **{f"d{name}": a for name, a in gradients.items()}}
        for name, expected in exact.items():
            spread = largest(*g.values()) if name.startswith("d") else 0
            good &= _near(
                tally, subject, at, point, dtype, budget, name, found[name], expected, spread
            )
    return good


def _results(
    subject: Subject, at: Precision, arrays: Mapping[str, Array], g: Mapping[str, Array]
) -> dict[str, Array]:
    outputs, saved = subject.forward(at.module, arrays)
    gradients = subject.backward(at.module, saved, g)
    named = {**outputs, **{f"d{name}": a for name, a in gradients.items()}}
    return {name: as_objects(a) for name, a in named.items()}


def _near(  # noqa: PLR0913  one array in one precision
    tally: Tally,
    subject: Subject,
    at: Precision,
    point: Point,
    dtype: Any,
    budget: Budget,
    name: str,
    given: Any,
    expected: Array,
    spread: Number,
) -> bool:
    """Whether one result keeps its digits."""
    limit = float(np.finfo(dtype).max)
    inside = [p for p in np.ndindex(expected.shape) if abs(expected[p]) < limit]
    beyond = expected.size - len(inside)
    if beyond:
        tally.notes.append(f"{name} leaves the range of {np.dtype(dtype)} at {point.label}")
    scale = max((abs(expected[p]) for p in inside), default=0) + spread
    if not inside or scale == 0:
        return True
    found = np.asarray(given)
    where = np.reshape([found[p] for p in inside], -1)
    wanted = np.reshape(np.array([expected[p] for p in inside], dtype=object), -1)
    label = f"{name} in {np.dtype(dtype)}"
    if not np.isfinite(where).all():
        return tally.compare(point, label, where, wanted, budget.fail * scale, name)
    # whatever is below the smallest normal number may vanish
    scale = max(scale, at.arithmetic.lift(float(np.finfo(dtype).tiny)))
    error = max(abs(at.arithmetic.lift(x) - y) for x, y in zip(where, wanted, strict=True)) / scale
    threshold = budget.fail * scale + float(np.finfo(dtype).tiny)
    if error > budget.warn:
        granted = CONDITION * _rounding(subject, at, point, dtype, name, expected, inside)
        threshold += granted
        if error * scale > budget.warn * scale + granted:
            tally.notes.append(f"{label} loses digits: error {float(error):.0e} at {point.label}")
    return tally.compare(point, label, _lifted(at, where), wanted, threshold, name)


def _lifted(at: Precision, values: Array) -> Array:
    return np.array([at.arithmetic.lift(x) for x in values.flat] + [None], dtype=object)[:-1]


def _rounding(  # noqa: PLR0913
    subject: Subject,
    at: Precision,
    point: Point,
    dtype: Any,
    name: str,
    expected: Array,
    inside: list[tuple[int, ...]],
) -> Number:
    """How far the result moves when every datum moves by half a unit in its last place."""
    half = Fraction(float(np.finfo(dtype).eps)) / 2
    rng = np.random.default_rng(0)

    def nudge(x: Any) -> Number:
        sign = 1 if rng.integers(2) else -1
        return at.arithmetic.lift(x) * at.arithmetic.exact(1 + sign * half)

    moved = _results(
        subject, at, converted(point.arrays, nudge), converted(point.cotangents, nudge)
    )
    return max(abs(moved[name][p] - expected[p]) for p in inside)
