"""S3, the identity: the emitted backward is the derivative of the emitted forward.

A central difference of the forward at 80 digits, by every entry of every array where that is
cheap, along random directions elsewhere. It uses no rule of differentiation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.bench import Bench, Proof, Reference, Trial, decided
from numeric.check.draws import Kind, draw
from numeric.check.exact import Precision
from numeric.check.point import Array, Point, mapped
from numeric.check.probe import Probe
from numeric.check.result import KINK, SINGULAR
from numeric.check.subject import Subject, as_objects
from numeric.check.tally import Tally, largest
from numeric.interpret.arithmetic import Number

# Truncation of a central difference of step 1e-30 is of order 1e-60, rounding of order 1e-50.
DIFFERENCE, DIFFERENCE_FLOOR = 1e-25, 1e-45
# Every entry is differenced where that costs no more loop steps than this; elsewhere every
# array along a random direction, which a wrong entry cannot hide from.
ENTRY_WORK = 15_000


def differences(
    tally: Tally, subject: Subject, at: Precision, point: Point, rng: np.random.Generator
) -> bool:
    """Compare the gradients with a central difference along one random direction.

    The direction moves all arrays at once, and no wrong entry of any can hide from it; if it
    shows one, each array is moved by itself to tell which.
    """
    values = at.values(subject, point)
    arrays, g, outputs = values.arrays, values.cotangents, values.outputs
    gradients = values.gradients
    shaped = [_shaped(tally, point, name, gradients, arrays) for name in subject.gradients]
    if not all(shaped):
        return False
    floor = DIFFERENCE_FLOOR * (1 + largest(*g.values()) * largest(*outputs.values()))
    moves = {
        n: mapped(draw(Kind("normal"), arrays[n].shape, rng), at.arithmetic.exact)
        for n in subject.gradients
    }

    def agrees(into: Tally, along: Mapping[str, Array], label: str, name: str) -> bool:
        slope = _slope(subject, at, arrays, g, along)
        terms = [x for n, v in along.items() for x in as_objects(v * as_objects(gradients[n])).flat]
        scale = max(abs(slope), sum(map(abs, terms)))
        threshold = DIFFERENCE * scale + floor
        return into.compare(point, label, sum(terms), slope, threshold, name=name)

    trial = tally.fresh()
    if agrees(trial, moves, "all gradients along a direction", ""):
        tally.absorb(trial)
        return True
    found = [agrees(tally, {n: v}, f"d{n} along a direction", n) for n, v in moves.items()]
    if all(found):
        tally.absorb(trial)
    return False


def _shaped(
    tally: Tally, point: Point, name: str, gradients: Mapping[str, Any], arrays: Mapping[str, Array]
) -> bool:
    found, wanted = np.shape(gradients[name]), arrays[name].shape
    return found == wanted or tally.equal(point, f"d{name}.shape", found, wanted)


def every_entry(tally: Tally, subject: Subject, at: Precision, point: Point) -> bool:
    """Compare every entry of every gradient with its central difference."""
    values = at.values(subject, point)
    arrays, g, outputs = values.arrays, values.cotangents, values.outputs
    gradients = values.gradients
    floor = DIFFERENCE_FLOOR * (1 + largest(*g.values()) * largest(*outputs.values()))
    good = []
    for name in subject.gradients:
        expected = np.empty(arrays[name].shape, dtype=object)
        for place in np.ndindex(expected.shape):
            v = np.full(expected.shape, at.arithmetic.exact(Fraction(0)), dtype=object)
            v[place] = at.arithmetic.exact(Fraction(1))
            expected[place] = _slope(subject, at, arrays, g, {name: v})
        threshold = DIFFERENCE * largest(expected) + floor
        good.append(
            tally.compare(point, f"d{name}", gradients[name], expected, threshold, name=name)
        )
    return all(good)


def _slope(
    subject: Subject,
    at: Precision,
    arrays: Mapping[str, Array],
    g: Mapping[str, Array],
    along: Mapping[str, Array],
) -> Number:
    """The central difference of the inner product of cotangent and outputs."""

    def value(sign: int) -> Number:
        moved = {n: as_objects(arrays[n] + v * (sign * at.step)) for n, v in along.items()}
        outputs, _ = subject.forward(at.module, {**arrays, **moved})
        return sum((as_objects(outputs[n]) * g[n]).sum() for n in g)

    return (value(1) - value(-1)) / (2 * at.step)


def entry_cost(subject: Subject, point: Point) -> int:
    """Loop steps that differencing every entry takes."""
    entries = sum(point.arrays[name].size for name in subject.gradients)
    return 2 * entries * subject.work(point.sizes)


def by_difference(subject: Subject) -> Reference:
    """Gradients by central differences of the emitted forward."""

    def gradient(point: Point, name: str, at: Precision) -> Array:
        arrays, g = at.arrays(point), at.cotangents(point)
        found = np.empty(arrays[name].shape, dtype=object)
        for place in np.ndindex(found.shape):
            values = []
            for sign in (1, -1):
                moved = arrays[name].copy()
                moved[place] = moved[place] + sign * at.step
                outputs, _ = subject.forward(at.module, {**arrays, name: moved})
                values.append(sum((as_objects(outputs[n]) * g[n]).sum() for n in g))
            found[place] = (values[0] - values[1]) / (2 * at.step)
        return found

    return gradient


def _run(bench: Bench, tally: Tally) -> bool:
    """Every entry at the points where that is cheap, random directions at the others."""
    subject, rng = bench.subject, bench.session.rng
    smooth = [p.point for p in _not_skipped(tally, bench.probes)]
    tally.points += len(smooth)
    if not smooth:
        # S5 looks at such points: a kink is no gap in the proof where nothing but kinks is
        tally.good = SINGULAR if any(p.singular for p in bench.probes) else KINK

    def entries(point: Point) -> Trial:
        return lambda t, at: every_entry(t, subject, at, point)

    def directions(point: Point) -> Trial:
        return lambda t, at: differences(t, subject, at, point, rng)

    if bench.session.fast:
        return not smooth or decided(bench, tally, directions(bench.cheapest(smooth)))
    left, good = bench.entry_work, True
    for rank, point in enumerate(sorted(smooth, key=lambda p: entry_cost(subject, p))):
        left -= entry_cost(subject, point)
        good &= decided(bench, tally, entries(point) if left >= 0 else directions(point))
        if rank == 0 and good and not bench.session.fast:
            # a passing point must pass with twice the digits too
            good &= directions(point)(tally, bench.precisions.second)
    return good


def _not_skipped(tally: Tally, probes: Sequence[Probe]) -> list[Probe]:
    tally.skipped.update(probe.why for probe in probes if not probe.smooth)
    return [probe for probe in probes if probe.smooth]


PROOF = Proof("S3 central difference", "1e-25 max + 1e-45", _run, reference=by_difference)
