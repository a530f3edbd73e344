"""S4, the algebra of cotangents: the emitted backward is linear in them, and zero at zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import chain, repeat
from operator import eq
from typing import Any

import numpy as np

from numeric.check.bench import Bench, Proof, Trial, decided, everywhere
from numeric.check.draws import Kind, Spread, draw
from numeric.check.exact import Precision
from numeric.check.generic import Generic, exactly, numbers, residues
from numeric.check.point import Array, Point, mapped
from numeric.check.subject import Subject, as_objects
from numeric.check.tally import Tally, largest
from numeric.interpret.arithmetic import Number
from numeric.interpret.field import generic

LINEARITY, LINEARITY_FLOOR = 1e-25, 1e-70
# Exponents of ten of the cotangents that are added.
LARGE, LARGEST = 4, 9
# So far that whatever cuts cotangents or gradients off does so.
WIDER = Spread(Fraction(10**6))
# The points at which linearity is asked for: it needs no variety of shapes.
LINEAR_POINTS = 2
# The cotangent is cut into so many parts at most, to be added up again.
PARTS = 24


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
    return _rows(g, at.arithmetic.exact(Fraction(0)))


def _rows(g: Mapping[str, Array], zero: Number) -> Iterator[dict[str, Array]]:
    for name, array in g.items():
        for place in np.ndindex(array.shape):
            row = {n: mapped(a, lambda _: zero) for n, a in g.items()}
            row[name][place] = array[place]
            yield row


# ---- in the field, which decides; at 80 digits it is confirmed ---------------------------------


def _run(bench: Bench, tally: Tally) -> bool:
    regular = [probe.point for probe in bench.probes if not probe.singular]
    if not regular:
        return True
    cheapest = min(regular, key=lambda point: _rows_cost(bench, point))
    chosen = {id(point): point for point in (cheapest, *regular[:LINEAR_POINTS])}
    points = [cheapest] if bench.session.fast else list(chosen.values())
    tally.points += len(points)
    rng = bench.session.rng

    def at(point: Point) -> bool:
        if _combines(bench, tally, bench.generic(point)):
            return True
        return not _confirmed(
            bench, tally, point, lambda t, at: linear(t, bench.subject, at, point, rng)
        )

    if not everywhere(at(point) for point in points):
        return False
    if bench.session.fast or _adds_up(bench, tally, bench.generic(cheapest)):
        return True
    return not _confirmed(
        bench, tally, cheapest, lambda t, at: adds_up(t, bench.subject, at, cheapest)
    )


def _rows_cost(bench: Bench, point: Point) -> int:
    """Loop steps that one backward for each output entry takes."""
    return bench.subject.work(point.sizes) * sum(g.size for g in point.cotangents.values())


def _confirmed(bench: Bench, tally: Tally, point: Point, trial: Trial) -> bool:
    """Whether 80 and 160 digits show what the field showed."""
    digits = tally.fresh()
    if decided(bench, digits, trial):
        tally.undecided.append(
            f"needs an identity that the field does not have, with {point.label}"
        )
    tally.failures += digits.failures
    return bool(digits.failures)


def _combines(bench: Bench, tally: Tally, at: Generic) -> bool:
    """Whether ``2a - 3b`` goes to its gradient exactly, and zero to zero."""
    back = _field_backward(bench.subject, at)
    b = {n: _far_apart(a, bench.session.rng) for n, a in at.cotangents.items()}
    mixed = {n: as_objects(2 * a - 3 * b[n]) for n, a in at.cotangents.items()}
    of_b, of_mixed = back(b), back(mixed)
    # an offset c would be there as 2c - 3c = c: that zero goes to zero follows, but for a kernel
    # that knows zero when it sees it
    none = {n: mapped(a, lambda _: exactly(0)) for n, a in b.items()}
    of_none = {} if bench.session.fast else back(none)  # {} as well where nothing has a gradient
    good = True
    for name, gradient in at.gradients.items():
        here = [gradient, *(found[name] for found in (of_b, of_mixed, of_none) if found)]
        if len({array.shape for array in here}) > 1:
            return tally.equal(at.point, f"d{name}.shape", "varies", "fixed")
        pairs = zip(numbers(gradient), numbers(of_b[name]), strict=True)
        wanted = [2 * a - 3 * c for a, c in pairs]
        tally.comparisons += len(wanted) * (len(here) - 2)
        good &= all(map(eq, wanted, numbers(of_mixed[name])))
        good &= name not in of_none or not any(numbers(of_none[name]))
    return good


def _far_apart(array: Array, rng: np.random.Generator) -> Array:
    """Numbers of very different sizes, so that whatever is cut off is seen; the first is large."""
    source = residues(rng)
    lowest = chain((LARGE,), repeat(-LARGEST))

    def far(_: Any) -> Number:
        return generic(source, source.gauss(0, 1) * 10 ** source.uniform(next(lowest), LARGEST))

    return mapped(array, far)


def _adds_up(bench: Bench, tally: Tally, at: Generic) -> bool:
    """Whether the gradients of one-hot cotangents add up exactly."""
    back, zero = _field_backward(bench.subject, at), exactly(0)
    total = {n: mapped(a, lambda _: zero) for n, a in at.gradients.items()}
    for row in _parts(at.cotangents, zero):
        for name, part in back(row).items():
            if part.shape != total[name].shape:
                shapes = part.shape, total[name].shape
                return tally.equal(at.point, f"d{name}.shape", *shapes)
            total[name] = as_objects(total[name] + part)
    tally.comparisons += sum(a.size for a in total.values())
    return all(all(map(eq, numbers(total[n]), numbers(a))) for n, a in at.gradients.items())


def _parts(g: Mapping[str, Array], zero: Number) -> Iterator[dict[str, Array]]:
    """The one-hot rows; where there are many, so many parts that together are all of them."""
    if sum(a.size for a in g.values()) <= PARTS:
        yield from _rows(g, zero)
        return
    for part in range(PARTS):
        row = {n: mapped(a, lambda _: zero) for n, a in g.items()}
        for name, array in g.items():
            row[name].flat[part::PARTS] = array.flat[part::PARTS]
        yield row


def _field_backward(
    subject: Subject, at: Generic
) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    def back(g: Mapping[str, Array]) -> dict[str, Array]:
        found = subject.backward(at.module, at.saved, g)
        return {name: as_objects(gradient) for name, gradient in found.items()}

    return back


PROOF = Proof("S4 linear in cotangent", "equality", _run)
