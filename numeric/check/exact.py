"""The proofs at 80 digits: conformance, differences, linearity, scattering.

    S0  the emitted forward is what the interpreter says the equations mean
    S3  the emitted backward is the derivative of the emitted forward
    S4  the emitted backward is linear in the cotangent
    S5  the emitted backward is the scatter form of the interpreter, kinks and ties included

The emitted text runs in mpmath numbers, so that there is neither truncation nor rounding to be
lenient about: right kernels stay dozens of decades below the thresholds, wrong ones above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.draws import Kind, Spread, draw
from numeric.check.point import Array, Point, converted, mapped
from numeric.check.probe import Probe
from numeric.check.shim import Module, execute
from numeric.check.subject import Subject, as_objects
from numeric.check.tally import Tally, largest
from numeric.interpret.arithmetic import Arithmetic, Number, reals

CONFORMANCE = 1e-60
CONFORMANCE_FLOOR = 1e-70
# Truncation of a central difference of step 1e-30 is of order 1e-60, rounding of order 1e-50.
DIFFERENCE, DIFFERENCE_FLOOR = 1e-25, 1e-45
LINEARITY, LINEARITY_FLOOR = 1e-25, 1e-70
SCATTER, SCATTER_FLOOR = 1e-45, 1e-60
WIDER = Spread(Fraction(4))
# Every entry is differenced where that costs no more loop steps than this; elsewhere every
# array along a random direction, which a wrong entry cannot hide from.
ENTRY_WORK = 40_000


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


def precision(source: str, digits: int) -> Precision:
    """Numbers of so many digits, with a step of 3/8 as many."""
    arithmetic = reals(digits)
    step = arithmetic.exact(Fraction(1, 10 ** (3 * digits // 8)))
    return Precision(arithmetic, step, execute(source, arithmetic))


# ---- S0 -----------------------------------------------------------------------------------


def conforms(tally: Tally, subject: Subject, at: Precision, probe: Probe) -> bool:
    """Compare the emitted forward with the interpreter at a point."""
    outputs, _ = subject.forward(at.module, at.arrays(probe.point))
    good = [
        tally.compare(
            probe.point,
            name,
            outputs[name],
            expected,
            CONFORMANCE * finite_largest(at, expected) + CONFORMANCE_FLOOR,
            name=name,
        )
        for name, expected in probe.outputs.items()
    ]
    return all(good)


def finite_largest(at: Precision, array: Array) -> Number:
    """The largest absolute value, infinities aside."""
    return max((abs(x) for x in array.flat if abs(x) < at.arithmetic.infinity), default=0)


# ---- S3 -----------------------------------------------------------------------------------


def differences(
    tally: Tally, subject: Subject, at: Precision, point: Point, rng: np.random.Generator
) -> bool:
    """Compare the gradients with a central difference along one random direction.

    The direction moves all arrays at once, and no wrong entry of any can hide from it; if it
    shows one, each array is moved by itself to tell which.
    """
    arrays, g = at.arrays(point), at.cotangents(point)
    outputs, saved = subject.forward(at.module, arrays)
    gradients = subject.backward(at.module, saved, g)
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
    arrays, g = at.arrays(point), at.cotangents(point)
    outputs, saved = subject.forward(at.module, arrays)
    gradients = subject.backward(at.module, saved, g)
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


# ---- S4 -----------------------------------------------------------------------------------


def linear(
    tally: Tally, subject: Subject, at: Precision, point: Point, rng: np.random.Generator
) -> bool:
    """Check that backward is linear: that 2a - 3b goes there too, and zero to zero."""
    back = _backward(subject, at, point)
    a = at.cotangents(point)
    b = {
        n: mapped(draw(Kind("normal"), g.shape, rng, WIDER), at.arithmetic.exact)
        for n, g in a.items()
    }
    of_a, of_b = back(a), back(b)
    mixed = back({n: as_objects(2 * a[n] - 3 * b[n]) for n in a})
    nothing = back({n: as_objects(0 * a[n]) for n in a})
    good = []
    for name, found in of_a.items():
        if not found.shape == of_b[name].shape == mixed[name].shape == nothing[name].shape:
            good.append(tally.equal(point, f"d{name}.shape", "varies", "fixed"))
            continue
        threshold = LINEARITY * largest(found, of_b[name]) + LINEARITY_FLOOR
        expected = 2 * found - 3 * of_b[name]
        good.append(
            tally.compare(point, f"d{name}(2a - 3b)", mixed[name], expected, threshold, name=name)
        )
        none = mapped(found, lambda _: at.arithmetic.exact(Fraction(0)))
        good.append(tally.compare(point, f"d{name}(0)", nothing[name], none, threshold, name=name))
    return all(good)


def adds_up(tally: Tally, subject: Subject, at: Precision, point: Point) -> bool:
    """Check that the gradients of one-hot cotangents add up to the gradient of their sum."""
    back = _backward(subject, at, point)
    whole = back(at.cotangents(point))
    total = {n: mapped(a, lambda _: at.arithmetic.exact(Fraction(0))) for n, a in whole.items()}
    for row in one_hots(at, at.cotangents(point)):
        for name, part in back(row).items():
            if part.shape != whole[name].shape:
                return tally.equal(point, f"d{name}.shape", part.shape, whole[name].shape)
            total[name] = as_objects(total[name] + part)
    good = [
        tally.compare(
            point,
            f"d{name}(sum of one-hot)",
            total[name],
            expected,
            LINEARITY * largest(expected) + LINEARITY_FLOOR,
            name=name,
        )
        for name, expected in whole.items()
    ]
    return all(good)


def _backward(
    subject: Subject, at: Precision, point: Point
) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """The emitted backward at a point, as a function of the cotangents."""
    _, saved = subject.forward(at.module, at.arrays(point))

    def back(g: Mapping[str, Array]) -> dict[str, Array]:
        found = subject.backward(at.module, saved, g)
        return {name: as_objects(gradient) for name, gradient in found.items()}

    return back


def one_hots(at: Precision, g: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    """For each output entry the cotangents that have it and are zero elsewhere."""
    for name, array in g.items():
        for place in np.ndindex(array.shape):
            row = {n: mapped(a, lambda _: at.arithmetic.exact(Fraction(0))) for n, a in g.items()}
            row[name][place] = array[place]
            yield row


# ---- S5 -----------------------------------------------------------------------------------


def scatters(tally: Tally, subject: Subject, at: Precision, probe: Probe) -> bool:
    """Compare the emitted backward with the scatter form of the interpreter."""
    point = probe.point
    gradients = subject.gradient(at.module, at.arrays(point), at.cotangents(point))
    spread = largest(*at.cotangents(point).values())
    good = [
        tally.compare(
            point,
            f"d{name}",
            gradients[name],
            expected,
            SCATTER * max(largest(expected), spread) + SCATTER_FLOOR,
            name=name,
        )
        for name, expected in probe.gradients.items()
    ]
    return all(good)
