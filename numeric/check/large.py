"""S7, large shapes: the inner products of S2 in floats, by a complex step.

What needs room to go wrong, blocks, strides and long sums, has it here. Every axis is longer once
than where whole Jacobians are compared; and where the text of the kernel holds numbers by which
it may tell sizes apart, extents on the other side of them are tried. There the forward is also
compared with the meaning of the equations, entry by entry. The error of gradients is relative
to the sum of absolute terms, since inner products of many random terms cancel. A kernel that
does not run in complex numbers is differenced instead, with a threshold to fit.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from numeric.check import field, generic
from numeric.check.analytic import STEP, execute
from numeric.check.battery import large, past, stretched
from numeric.check.bench import Bench, Proof
from numeric.check.domains import sample
from numeric.check.draws import PLAIN, Kind, Spread, draw
from numeric.check.literals import telling
from numeric.check.point import Array, Point, in_floats
from numeric.check.subject import KernelFailed, Subject
from numeric.check.tally import Tally
from numeric.interpret.arithmetic import floats
from numeric.interpret.run import start

THRESHOLD, DIFFERENCED = 1e-13, 1e-6
# A value in floats against another way to compute it, which loses digits too.
MEANT = 1e-6
# So many entries are drawn, and as many looked at from the end.
ENTRIES, FEW_ENTRIES = 40, 6
DIFFERENCE_STEP = 1e-5
APART = 1e-7
SPREADS = (PLAIN, Spread(PLAIN.scale / 8), Spread(PLAIN.scale / 64))
Floats = Mapping[str, Any]


def _run(bench: Bench, tally: Tally) -> bool:
    subject, rng = bench.subject, bench.session.rng
    base = dict(subject.distinct)
    point = _point(subject, large(subject.layout, base, rng), rng)
    if point is None:
        tally.notes.append("no large extents with finite values were found")
        point = bench.cheapest(bench.points.smooth)
    tally.notes.append(f"{subject.work(point.sizes)} loop steps at {_told(point.sizes)}")
    longer = stretched(subject.layout, base)
    beyond = past(subject.layout, base, telling(subject.source))
    return (
        _agrees(bench, tally, point)
        and all(_right(bench, tally, sizes, FEW_ENTRIES) for sizes in longer)
        and all(_right(bench, tally, sizes, ENTRIES) for sizes in beyond)
    )


def _right(bench: Bench, tally: Tally, sizes: Mapping[str, int], entries: int) -> bool:
    """Whether a kernel is right with extents that no other proof has looked at."""
    subject, rng = bench.subject, bench.session.rng
    point = _point(subject, sizes, rng)
    if point is not None:
        tally.notes.append(f"also at {_told(sizes, subject.distinct)}")
        return _means(bench, tally, point, entries) and _agrees(bench, tally, point)
    point = _drawn(subject, sizes, rng, PLAIN)
    try:
        subject.gradient(bench.ordinary, in_floats(point.arrays), in_floats(point.cotangents))
    except KernelFailed as failed:
        return tally.equal(point, failed.entry, failed.problem, "a result")
    tally.notes.append(f"no finite values were found at {_told(sizes, subject.distinct)}")
    return True


def _agrees(bench: Bench, tally: Tally, point: Point) -> bool:
    """Whether the gradients at a point are those of the forward."""
    subject, rng = bench.subject, bench.session.rng
    tally.points += 1
    arrays, g = in_floats(point.arrays), in_floats(point.cotangents)
    _, saved = subject.forward(bench.ordinary, arrays)
    gradients = subject.backward(bench.ordinary, saved, g)
    moves = {n: rng.normal(size=arrays[n].shape) for n in subject.gradients}
    try:
        slopes, threshold = _complex_slopes(bench, arrays, moves), THRESHOLD
    except KernelFailed as failed:
        tally.notes.append(f"differenced, since in complex numbers it fails: {failed}")
        slopes, threshold = _differences(bench, arrays, moves), DIFFERENCED
    along = [np.asarray(g[n]) * slopes[n] for n in g]
    across = [np.asarray(gradients[n]) * moves[n] for n in moves]
    scale = sum(float(np.abs(a).sum()) for a in (*along, *across))
    left, right = (sum(float(a.sum()) for a in terms) for terms in (along, across))
    trial = tally.fresh()
    label = "all gradients along a direction"
    if trial.compare(point, label, right, left, threshold * scale + np.finfo(float).tiny):
        tally.absorb(trial)
        return True
    return _refuted(bench, tally, point)


def _means(bench: Bench, tally: Tally, point: Point, entries: int) -> bool:
    """Whether some entries of the forward are what the equations mean.

    Short arrays do not tell for long ones; the interpreter computes no more than it is asked for.
    """
    subject, rng, arrays = bench.subject, bench.session.rng, in_floats(point.arrays)
    outputs, _ = subject.forward(bench.ordinary, arrays)
    machine = start(subject.tree, arrays, floats(), subject.hypers)
    good = True
    for name, output in outputs.items():
        found = np.asarray(output)
        threshold = MEANT * float(np.max(np.abs(found), initial=0)) + np.finfo(float).tiny
        drawn = rng.integers(0, found.size, entries) if found.size else ()
        for number in (*drawn, *range(-min(found.size, entries), 0)):
            place = tuple(map(int, np.unravel_index(int(number) % found.size, found.shape)))
            meant = machine.element(name, place)
            label = f"{name}[{', '.join(map(str, place))}]"
            good &= tally.compare(point, label, found[place], meant, threshold)
    return good


def _told(sizes: Mapping[str, int], base: Mapping[str, int] | None = None) -> str:
    """The extents that are not those of the base."""
    changed = [name for name in sizes if base is None or sizes[name] != base[name]]
    return ", ".join(f"{name} = {sizes[name]}" for name in changed)


def _point(subject: Subject, sizes: Mapping[str, int], rng: np.random.Generator) -> Point | None:
    points = (_drawn(subject, sizes, rng, spread) for spread in SPREADS)
    return next((point for point in points if subject.finite(point.arrays)), None)


def _drawn(
    subject: Subject, sizes: Mapping[str, int], rng: np.random.Generator, spread: Spread
) -> Point:
    drawn = sample(subject.layout, subject.domains, sizes, rng, spread)
    arrays = {n: _apart(a, subject.domains.kinds.get(n), rng) for n, a in drawn.items()}
    shapes = subject.layout.output_shapes(sizes)
    cotangents = {n: draw(Kind("normal"), shape, rng) for n, shape in shapes.items()}
    return Point("large extents", sizes, arrays, cotangents)


def _apart(array: Array, kind: Kind | None, rng: np.random.Generator) -> Array:
    """The same data in floats and moved a little: of so many draws some are equal."""
    if kind is None or not kind.scalable:
        return array
    values = array.astype(np.float64)
    found: Array = values * (1 + APART * rng.normal(size=values.shape))
    return found


def _complex_slopes(bench: Bench, arrays: Floats, moves: Floats) -> dict[str, Array]:
    moved = {n: a if n not in moves else a + 1j * STEP * moves[n] for n, a in arrays.items()}
    with warnings.catch_warnings():
        # a cast to reals drops the derivative
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        outputs, _ = bench.subject.forward(execute(bench.subject.text), moved)
    return {n: np.imag(y) / STEP for n, y in outputs.items()}


def _differences(bench: Bench, arrays: Floats, moves: Floats) -> dict[str, Array]:
    ends = []
    for sign in (1, -1):
        moved = {n: arrays[n] + sign * DIFFERENCE_STEP * v for n, v in moves.items()}
        ends.append(bench.subject.forward(bench.ordinary, {**arrays, **moved})[0])
    return {n: (ends[0][n] - ends[1][n]) / (2 * DIFFERENCE_STEP) for n in ends[0]}


def _refuted(bench: Bench, tally: Tally, point: Point) -> bool:
    """Whether the disagreement is of rounding alone: the field has none."""
    session = bench.session
    found = generic.look(bench.subject, point, session.rng, session.redraws)
    tally.comparisons += 1
    if found.along == found.across:
        tally.notes.append("equal in the field: only digits are lost")
        return True
    return not field.confirmed(bench, tally, point)


PROOF = Proof(
    "S7 large shapes",
    "1e-13 of all terms",
    _run,
    reference=field.PROOF.reference,
    fast=False,
    everywhere=False,
)
