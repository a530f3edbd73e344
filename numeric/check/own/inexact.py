"""Functions that run on ``float64`` only, judged as far as that goes.

With equations the reference is the interpreter at 80 digits, for exactly the floats that were
given. Without them it is a central difference in float64 with an estimate of its own error:
two families of steps, each extrapolated. WRONG needs a disagreement that is far above that
error in both and shows at two points; agreement is no proof, and the report says to how many
digits it goes and what kept the rest from being shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.bench import Bench, Session
from numeric.check.own import cause
from numeric.check.own.convention import Own
from numeric.check.point import Array, Point, in_floats, mapped
from numeric.check.result import Counterexample
from numeric.check.shrink import shown
from numeric.check.subject import KernelFailed, as_objects
from numeric.check.tally import Failure, Tally, largest
from numeric.interpret.functions import is_nan

FORWARD, GRADIENT, DIFFERENCES, LINEAR = (
    "S0 forward in float64",
    "S5 gradient in float64",
    "S3 differences in float64",
    "S4 linear in float64",
)
NAMES = (FORWARD, GRADIENT, DIFFERENCES, LINEAR)
# Beyond this share of the largest value floats are not to blame; below the other, they are fine.
WRONG_SHARE, FINE_SHARE = 1e-6, 1e-9
THRESHOLD = "1e-6 max"
# A mismatch counts when it is so many times the estimated error of the difference.
FAR, NEAR = 1e4, 10.0
# First step, ratio of steps, number of steps.
FAMILIES = ((0.05, 1.6, 10), (0.02, 2.0, 9))
NOISE = 50 * np.finfo(np.float64).eps
# A difference of a larger relative error tells nothing.
TELLING = 1e-5
ENTRIES, DIRECTIONS = 64, 3


def used(session: Session) -> bool:
    """Whether functions were judged in floats."""
    return any(name in session.tallies for name in NAMES)


def judge(case: Any, bench: Bench, reason: str) -> None:
    """Compare in float64, and say what was not shown and why."""
    tallies = case.session.tallies
    good = _linear(_tally(tallies, LINEAR), bench)
    names: tuple[str, ...] = (DIFFERENCES,)
    if good and case.against:
        names = (FORWARD, GRADIENT)
        good = _against(_tally(tallies, FORWARD), _tally(tallies, GRADIENT), bench)
    elif good:
        good = _differences(_tally(tallies, DIFFERENCES), bench)
    if not good:
        failures = [f for n in NAMES if n in tallies for f in tallies[n].failures]
        proof = next(n for n in NAMES if n in tallies and tallies[n].failures)
        case.session.counterexample = _counterexample(case, bench, proof, failures)
        return
    for name in names:
        tally = tallies[name]
        if tally.comparisons:
            agrees = f"agrees to {max(tally.worst or 0.0, 1e-10) * WRONG_SHARE:.0e} of the largest"
            tally.undecided.append(f"{agrees}; not provable at 80 digits: {reason}")


def _tally(tallies: dict[str, Tally], name: str) -> Tally:
    return tallies.setdefault(name, Tally(name, THRESHOLD))


def _linear(tally: Tally, bench: Bench) -> bool:
    """Whether backward of 2a - 3b is what it must be, up to rounding."""
    for point in bench.points.smooth[:1]:
        arrays, a = in_floats(point.arrays), in_floats(point.cotangents)
        rng = np.random.default_rng(bench.session.rng.integers(2**31))
        b = {n: rng.normal(size=g.shape) for n, g in a.items()}
        mixed = {n: 2 * g - 3 * b[n] for n, g in a.items()}
        try:
            of_a, of_b, of_both = (bench.subject.gradient(bench.ordinary, arrays, g)
                                   for g in (a, b, mixed))  # fmt: skip
        except KernelFailed as failed:
            return tally.equal(point, failed.entry, failed.problem, "a result")
        tally.points += 1
        for name, found in of_both.items():
            size = largest(of_a[name], of_b[name])
            expected = 2 * np.asarray(of_a[name]) - 3 * np.asarray(of_b[name])
            threshold = WRONG_SHARE * size + 1e-300
            tally.compare(point, f"d{name}(2a - 3b)", found, expected, threshold, name=name)
    return not tally.failures


# ---- against equations -------------------------------------------------------------------------


def _against(forward: Tally, gradient: Tally, bench: Bench) -> bool:
    at = bench.precisions.first
    for probe in bench.probes:
        if probe.singular:
            forward.skipped["singular"] += 1
            continue
        point = rounded(probe.point)
        exact = bench.probe(point, at)
        arrays, g = in_floats(point.arrays), in_floats(point.cotangents)
        try:
            with np.errstate(all="ignore"):
                outputs, saved = bench.subject.forward(bench.ordinary, arrays)
                gradients = bench.subject.backward(bench.ordinary, saved, g)
        except KernelFailed as failed:
            return forward.equal(point, failed.entry, failed.problem, "a result")
        forward.points, gradient.points = forward.points + 1, gradient.points + 1
        spread = largest(*g.values())
        for name, wanted in exact.outputs.items():
            _near(forward, point, name, name, outputs[name], wanted, largest(wanted))
        for name, wanted in exact.gradients.items():
            size = largest(wanted) + spread
            _near(gradient, point, f"d{name}", name, gradients[name], wanted, size)
    return not forward.failures and not gradient.failures


def _near(  # noqa: PLR0913, PLR0917  both sides of a comparison
    tally: Tally, point: Point, label: str, name: str, found: Any, wanted: Array, size: Any
) -> bool:
    numbers = mapped(as_objects(found), lambda x: Fraction(float(x)) if np.isfinite(x) else x)
    kind = type(wanted.flat[0]) if wanted.size else float
    lifted = mapped(numbers, lambda x: kind(x.numerator) / x.denominator
                    if isinstance(x, Fraction) else x)  # fmt: skip
    threshold = WRONG_SHARE * size + 1e-300
    return tally.compare(point, label, lifted, wanted, threshold, name=name)


def rounded(point: Point) -> Point:
    """The point of exactly the floats that are nearest."""

    def exact(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {
            n: a if a.dtype.kind in "iub" else mapped(a, lambda x: Fraction(float(x)))
            for n, a in arrays.items()
        }

    return replace(point, arrays=exact(point.arrays), cotangents=exact(point.cotangents))


# ---- without equations -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative along a line, and how well it is known.

    Attributes:
        value: the derivative.
        error: the estimated error.
    """

    value: float
    error: float


def slope(
    change: Callable[[float], float], noise: float, family: tuple[float, float, int]
) -> Slope:
    """The limit of ``change(h) / 2 h`` for small h, by Richardson's extrapolation.

    ``noise`` is the rounding error of one change. The estimate is the one of the table whose
    neighbours differ least, and its error that difference and the noise.
    """
    first, ratio, count = family
    best, before = Slope(float("nan"), float("inf")), [0.0]
    for row in range(count):
        h = first / ratio**row
        here = [change(h) / (2 * h)]
        rounding = noise / h
        for column in range(1, row + 1):
            factor = ratio ** (2 * column)
            here.append((factor * here[-1] - before[column - 1]) / (factor - 1))
            error = max(abs(here[-1] - here[-2]), abs(here[-1] - before[column - 1])) + rounding
            if error < best.error:
                best = Slope(here[-1], error)
        before = here
    return best


def _differences(tally: Tally, bench: Bench) -> bool:
    """Compare with differences; a disagreement at one point is looked for at the others."""
    suspects: list[Failure] = []
    places = set()
    for number, point in enumerate(bench.points.smooth):
        tally.points += 1
        for failure in _at(tally, bench, point):
            suspects.append(failure)
            places.add((number, failure.name))
    names = {name for _, name in places}
    several = {n for n in names if sum(name == n for _, name in places) > 1}
    tally.failures += [f for f in suspects if f.name in several]
    for name in sorted(names - several):
        tally.undecided.append(f"d{name} disagrees at one point only")
    return not tally.failures


def _at(tally: Tally, bench: Bench, point: Point) -> Iterator[Failure]:
    subject: Any = bench.subject
    arrays, g = in_floats(point.arrays), in_floats(point.cotangents)
    try:
        outputs, saved = subject.forward(bench.ordinary, arrays)
        gradients = subject.backward(bench.ordinary, saved, g)
    except KernelFailed as failed:
        yield Failure(point, failed.entry, failed.problem, "a result", failed.entry)
        return
    noise = NOISE * float(sum(np.sum(np.abs(outputs[n] * g[n])) for n in g)) + 1e-300
    for name, label, along in _directions(subject, bench, arrays):

        def change(h: float, name: str = name, along: Array = along) -> float:
            ends = []
            for step in (h, -h):
                moved = {**arrays, name: arrays[name] + step * along}
                ends.append(subject.forward(bench.ordinary, moved)[0])
            return float(sum(np.sum((ends[0][n] - ends[1][n]) * g[n]) for n in g))

        terms = np.asarray(gradients[name]) * along
        found = float(np.sum(terms))
        slopes = [slope(change, noise, family) for family in FAMILIES]
        size = max(abs(found), float(np.sum(np.abs(terms))), *(abs(s.value) for s in slopes), 1e-30)
        best = min(slopes, key=lambda s: s.error)
        if is_nan(found):
            yield Failure(point, label, found, best.value, name)
        elif not best.error <= TELLING * size + FINE_SHARE:
            tally.skipped["differences do not settle"] += 1
        else:
            yield from _compared(tally, point, name, label, found, slopes, size)


def _compared(  # noqa: PLR0913, PLR0917  one direction
    tally: Tally,
    point: Point,
    name: str,
    label: str,
    found: float,
    slopes: list[Slope],
    size: float,
) -> Iterator[Failure]:
    tally.comparisons += 1
    far = [abs(found - s.value) > FAR * s.error + WRONG_SHARE * size for s in slopes]
    best = min(slopes, key=lambda s: s.error)
    if all(far):
        yield Failure(point, label, found, best.value, name)
        return
    share = abs(found - best.value) / (WRONG_SHARE * size)
    tally.worst = max(tally.worst or 0.0, min(share, 1.0))
    if share > 1 and abs(found - best.value) > NEAR * best.error:
        tally.undecided.append(f"{label} is off by {abs(found - best.value):.0e}")


def _directions(
    subject: Own, bench: Bench, arrays: Mapping[str, Array]
) -> Iterator[tuple[str, str, Array]]:
    """Every entry of small arrays; random directions of large ones."""
    rng = np.random.default_rng(bench.session.rng.integers(2**31))
    for name in subject.gradients:
        shape = arrays[name].shape
        if arrays[name].size <= ENTRIES:
            for place in np.ndindex(shape):
                unit: Array = np.zeros(shape)
                unit[place] = 1
                yield name, f"d{name}[{', '.join(map(str, place))}]" if place else f"d{name}", unit
        else:
            for _ in range(DIRECTIONS):
                yield name, f"d{name} along a direction", np.asarray(rng.normal(size=shape))


def _counterexample(case: Any, bench: Bench, proof: str, failures: list[Failure]) -> Counterexample:
    smallest = min(failures, key=lambda failure: failure.point.volume)
    return Counterexample(
        proof=proof,
        entry=smallest.entry,
        given=shown(smallest.given),
        expected=shown(smallest.expected),
        sizes=tuple(smallest.point.sizes.items()),
        hypers=tuple((name, str(value)) for name, value in case.subject.hypers.items()),
        cotangent="as drawn from the seed",
        detail=f"{smallest.point.label}; in float64",
        cause=cause.in_floats(case, bench, failures),
    )
