"""S6, what floats lose: float64 and float32 against the same text at 80 digits.

    error = largest difference / (largest gradient + largest cotangent)

float64 should stay below 1e-12 and must below 1e-9, float32 below 1e-5 and 1e-3. A point can
be ill conditioned, whatever the formula: then the error that is due to rounding the data alone,
measured at 80 digits, is granted on top. A value that overflows although the true one does not
fails; where the true one does not fit either, that is noted as out of range.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import ne
from typing import Any

import numpy as np

from numeric.check.bench import Bench, Proof, everywhere
from numeric.check.exact import Precision
from numeric.check.point import Array, Point, converted, in_floats
from numeric.check.result import PRECISION
from numeric.check.shim import Module
from numeric.check.subject import KernelFailed, Subject, as_objects
from numeric.check.tally import Tally, largest
from numeric.interpret.arithmetic import Number


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
DTYPES: tuple[Any, ...] = tuple(BUDGETS)
# Rounding errors of a sum of n terms grow like n at worst; data rounded once stand for all of
# them up to this factor.
CONDITION = 64
# How often they are rounded, each datum up or down.
NUDGES = 5
ZERO = 1e-60


@dataclass(frozen=True, slots=True)
class _Look:
    """One point in one precision.

    Attributes:
        subject: the kernel.
        at: its text in many digits.
        point: the data.
        dtype: the precision.
        given: the data, rounded to it.
        cotangents: the cotangents, rounded to it.
    """

    subject: Subject
    at: Precision
    point: Point
    dtype: Any
    given: Mapping[str, Array]
    cotangents: Mapping[str, Array]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs; everything else is a gradient."""
        return tuple(line.name for line in self.subject.tree.outputs)

    def exact(self, rounding: Callable[[Any], Number] | None = None) -> dict[str, Array]:
        """Outputs and gradients for exactly these floats, or for these rounded once more."""
        lift = rounding or self.at.arithmetic.lift
        arrays, g = converted(self.given, lift), converted(self.cotangents, lift)
        outputs, saved = self.subject.forward(self.at.module, arrays)
        return _named(outputs, self.subject.backward(self.at.module, saved, g))

    def rounded(self, floats: Module) -> dict[str, Array]:
        """Outputs and gradients as the kernel computes them."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            outputs, saved = self.subject.forward(floats, self.given)
            return _named(outputs, self.subject.backward(floats, saved, self.cotangents))

    def warning(self, floats: Module, exact: Mapping[str, Array]) -> str:
        """What NumPy would warn of, although every true value is in range."""
        limit = float(np.finfo(self.dtype).max)
        if not all(abs(x) < limit for array in exact.values() for x in array.flat):
            return ""
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                _, saved = self.subject.forward(floats, self.given)
                self.subject.backward(floats, saved, self.cotangents)
        except KernelFailed as failed:
            return str(failed)
        return ""


def _named(outputs: Mapping[str, Any], gradients: Mapping[str, Any]) -> dict[str, Array]:
    named = {**outputs, **{f"d{name}": a for name, a in gradients.items()}}
    return {name: as_objects(a) for name, a in named.items()}


def keeps_digits(  # noqa: PLR0913, PLR0917  a kernel in floats and in many digits, at a point
    tally: Tally,
    subject: Subject,
    floats: Module,
    at: Precision,
    point: Point,
    dtypes: tuple[Any, ...] = DTYPES,
) -> bool:
    """Compare float precisions with the value at 80 digits."""
    return everywhere(_keeps(tally, _look(subject, at, point, d), floats) for d in dtypes)


def keeps_digits_of_few(
    tally: Tally, subject: Subject, floats: Module, at: Precision, point: Point
) -> bool:
    """The same on data that float32 holds too, for which one value at 80 digits will do."""
    single = _look(subject, at, point, np.float32)
    given, cotangents = in_floats(single.given), in_floats(single.cotangents)
    double = replace(single, dtype=np.float64, given=given, cotangents=cotangents)
    exact = _known(double) or double.exact()
    return everywhere(_keeps(tally, look, floats, exact) for look in (double, single))


def _known(look: _Look) -> dict[str, Array] | None:
    """What the kernel gives at a point in many digits, if no datum of it was rounded."""
    point = look.point
    pairs = [(look.given[n], point.arrays[n]) for n in point.arrays]
    pairs += [(look.cotangents[n], point.cotangents[n]) for n in point.cotangents]
    for rounded, array in pairs:
        if any(map(ne, rounded.ravel().tolist(), array.ravel().tolist())):
            return None
    values = look.at.values(look.subject, point)
    return _named(values.outputs, values.gradients)


def _look(subject: Subject, at: Precision, point: Point, dtype: Any) -> _Look:
    given, cotangents = in_floats(point.arrays, dtype), in_floats(point.cotangents, dtype)
    return _Look(subject, at, point, dtype, given, cotangents)


def _keeps(
    tally: Tally, look: _Look, floats: Module, exact: Mapping[str, Array] | None = None
) -> bool:
    """Whether one precision keeps its digits at a point."""
    try:
        found = look.rounded(floats)
    except KernelFailed as failed:
        return tally.equal(look.point, failed.entry, failed.problem, "a result")
    expected = look.exact() if exact is None else exact
    if warning := look.warning(floats, expected):
        tally.notes.append(f"{np.dtype(look.dtype)} at {look.point.label}: {warning}")
    budget = BUDGETS[look.dtype]
    good = [
        _near(tally, look, budget, name, given=found[name], expected=expected[name])
        for name in expected
    ]
    return all(good)


def _near(  # noqa: PLR0913  one array, computed and exact
    tally: Tally, look: _Look, budget: Budget, name: str, *, given: Array, expected: Array
) -> bool:
    """Whether one result keeps its digits."""
    if _plainly_near(tally, look, budget, name, given=given, expected=expected):
        return True
    limit, tiny = float(np.finfo(look.dtype).max), float(np.finfo(look.dtype).tiny)
    inside = [p for p in np.ndindex(expected.shape) if abs(expected[p]) < limit]
    label, lift = f"{name} in {np.dtype(look.dtype)}", look.at.arithmetic.lift
    if len(inside) < expected.size:
        tally.notes.append(f"{label} is out of range at {look.point.label}")
    if not inside:
        return True
    found, wanted = ([array[p] for p in inside] for array in (given, expected))
    if not all(np.isfinite(x) for x in found):
        return tally.compare(look.point, label, found, wanted, 0, name=name)
    spread = _spread(look, name, largest(wanted))
    # whatever is below the smallest normal number may vanish
    scale = max(largest(wanted) + lift(spread), lift(tiny))
    exact = [lift(x) for x in found]
    error = largest([a - b for a, b in zip(exact, wanted, strict=True)])
    threshold = budget.fail * scale
    if error > budget.warn * scale:
        granted = CONDITION * _rounding(look, name, expected, inside)
        threshold += granted
        if error > budget.warn * scale + granted:
            lost = f"{label} loses digits: error {float(error / scale):.0e}"
            tally.notes.append(f"{lost} at {look.point.label}")
    return tally.compare(look.point, label, exact, wanted, threshold, name=name)


def _plainly_near(  # noqa: PLR0913  the same
    tally: Tally, look: _Look, budget: Budget, name: str, *, given: Array, expected: Array
) -> bool:
    """Whether doubles show already that a result keeps its digits, as they nearly always do.

    The rounding of the exact value to a double is far below every budget.
    """
    found, wanted = given.astype(np.float64), expected.astype(np.float64)
    largest_value = float(np.max(np.abs(wanted), initial=0))
    others = 0.0 if name in look.outputs else _largest_float(look.cotangents)
    scale = largest_value + others
    kind = np.finfo(look.dtype)
    if not kind.tiny / kind.eps < scale < kind.max or found.shape != wanted.shape:
        return False
    error = float(np.max(np.abs(found - wanted), initial=0))
    # what is not a number compares as false
    if not error <= budget.warn * scale / 2:
        return False
    tally.passed(wanted.size, error / (budget.fail * scale))
    return True


def _largest_float(arrays: Mapping[str, Array]) -> float:
    return max(float(np.max(np.abs(a), initial=0)) for a in arrays.values())


def _spread(look: _Look, name: str, value: Number) -> Number:
    """What an error is measured against besides the value itself."""
    if name not in look.outputs:
        return largest(*look.cotangents.values())
    # an output that is zero up to the last of 80 digits came out of cancelling data
    data = largest(*look.given.values())
    return data if value < ZERO * (1 + data) else 0


def _rounding(look: _Look, name: str, expected: Array, inside: list[tuple[int, ...]]) -> Number:
    """How far the result moves when every datum moves by half a unit in its last place.

    Of several draws of which way each moves: two that move alike leave their difference alone.
    """
    half = Fraction(float(np.finfo(look.dtype).eps)) / 2
    rng, arithmetic = np.random.default_rng(0), look.at.arithmetic

    def nudge(x: Any) -> Number:
        sign = 1 if rng.integers(2) else -1
        return arithmetic.lift(x) * arithmetic.exact(1 + sign * half)

    moved = [look.exact(nudge)[name] for _ in range(NUDGES)]
    return max(abs(found[p] - expected[p]) for found in moved for p in inside)


def _run(bench: Bench, tally: Tally) -> bool:
    smooth, subject, at = bench.points.smooth, bench.subject, bench.precisions.first
    if bench.session.fast:
        tally.points += 1
        cheapest = bench.cheapest(smooth)
        return keeps_digits_of_few(tally, subject, bench.ordinary, at, cheapest)
    ordinary = [p for p in smooth if p.sizes == subject.ordinary_extents]
    tails = (point for point in smooth if point.label == "tails")
    chosen = (bench.cheapest(ordinary or smooth), *bench.points.scaled, *tails)
    tally.points += len(chosen)
    return everywhere(keeps_digits(tally, subject, bench.ordinary, at, p) for p in chosen)


PROOF = Proof("S6 floats", "1e-9 (f64), 1e-3 (f32)", _run, failure=PRECISION)
