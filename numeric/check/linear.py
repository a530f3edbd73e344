"""S4, the algebra of cotangents: the emitted backward is linear in them, and zero at zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

import numpy as np

from numeric.check.bench import Bench, Proof, Trial, decided, everywhere
from numeric.check.draws import Kind, Spread, draw
from numeric.check.exact import Precision
from numeric.check.point import Array, Point, mapped
from numeric.check.subject import Subject, as_objects
from numeric.check.tally import Tally, largest

LINEARITY, LINEARITY_FLOOR = 1e-25, 1e-70
WIDER = Spread(Fraction(4))
# The points at which linearity is asked for: it needs no variety of shapes.
LINEAR_POINTS = 2


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


def _run(bench: Bench, tally: Tally) -> bool:
    regular = [probe.point for probe in bench.probes if not probe.singular]
    chosen = regular[:LINEAR_POINTS]
    tally.points += len(chosen)

    def trial(point: Point) -> Trial:
        return lambda t, at: linear(t, bench.subject, at, point, bench.session.rng)

    good = everywhere(decided(bench, tally, trial(point)) for point in chosen)
    if not chosen or not good:
        return good
    cheapest = min(regular, key=lambda point: bench.subject.work(point.sizes))
    return decided(bench, tally, lambda t, at: adds_up(t, bench.subject, at, cheapest))


PROOF = Proof("S4 linear in cotangent", "1e-25 max", _run)
