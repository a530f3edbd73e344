"""S5, kinks and scatter: the emitted backward is the interpreter's own, ties included.

On a kink it also lies between the slopes of both sides, which are differences of the forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from derive.conventions import conventions
from derive.errors import DeriveError
from derive.kinks import SINGULAR as SINGULAR_POINT
from numeric.check import edges
from numeric.check.bench import Bench, Proof, Reference, Trial, decided, everywhere
from numeric.check.conformance import conforms
from numeric.check.exact import Precision
from numeric.check.point import Array, Point
from numeric.check.probe import Probe, look
from numeric.check.result import KINK, PROVED, SINGULAR
from numeric.check.sided import FEW, Sides, between
from numeric.check.subject import Subject, as_objects
from numeric.check.tally import Tally, largest
from numeric.interpret.watch import Watch

SCATTER, SCATTER_FLOOR = 1e-45, 1e-60
# How near points beside a kink are to it.
NEAR = Fraction(1, 10**9)
# Loop steps to spend on both sides of the points on kinks.
SIDED_WORK = 40_000


def scatters(tally: Tally, subject: Subject, at: Precision, probe: Probe) -> bool:
    """Compare the emitted backward with the scatter form of the interpreter."""
    point = probe.point
    values = at.values(subject, point)
    gradients, spread = values.gradients, largest(*values.cotangents.values())
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


def by_scattering(subject: Subject) -> Reference:
    """Gradients by the interpreter."""

    def gradient(point: Point, name: str, at: Precision) -> Array:
        probe = look(subject.tree, point, at.arithmetic, subject.hypers, Watch())
        return probe.gradients[name]

    return gradient


def _run(bench: Bench, tally: Tally) -> bool:
    # a branch that is taken at zeros only, as of ``x/s if s > 0 else 0``, is taken here
    ties = [_seen(bench, point) for point in bench.points.ties]
    near = [q for p in ties if p.kink is not None for q in beside(p.point, bench)]
    zeros = _zeros(bench)
    ties += [*(_seen(bench, point) for point in near), *zeros]
    regular = [p for p in (*bench.probes, *ties) if not p.singular]
    stopping = [p for p in (*bench.probes, *ties, *_quiet(bench, zeros)) if _judged(bench, p)]
    tally.points += len(regular) + len(stopping)

    def scatter(probe: Probe) -> Trial:
        return lambda t, at: scatters(t, bench.subject, at, bench.seen(probe, at))

    good = everywhere(decided(bench, tally, scatter(probe)) for probe in (*regular, *stopping))
    here = {id(p) for p in ties}
    tied = [p for p in regular if p.kink or id(p) in here]
    good = good and (_sided if _piecewise(bench, tied) else _conforms)(bench, tally, tied)
    if good:
        _count_singular(bench, tally, sum(p.singular and not _judged(bench, p) for p in zeros))
    return good


def _seen(bench: Bench, point: Point) -> Probe:
    """The interpreter's view; the branches count as taken if anything is compared there."""
    arithmetic, subject, here = bench.precisions.first.arithmetic, bench.subject, Watch()
    probe = look(subject.tree, point, arithmetic, subject.hypers, here)
    for site, seen in here.outcomes.items() if not probe.singular else ():
        bench.session.watch.outcomes.setdefault(site, set()).update(seen)
    return probe


def _judged(bench: Bench, probe: Probe) -> bool:
    """Whether a singular point is judged: nothing arrives at its poles, and nothing may leave."""
    return probe.stops and bench.session.stops


def _quiet(bench: Bench, probes: Sequence[Probe]) -> list[Probe]:
    """The singular points with cotangents of zero."""
    found = []
    for probe in probes if bench.session.stops else ():
        if probe.singular and not probe.stops:
            none = {n: _zero(g) for n, g in probe.point.cotangents.items()}
            label = f"{probe.point.label}, cotangents too"
            found.append(_seen(bench, replace(probe.point, label=label, cotangents=none)))
    return found


def _zero(array: Array) -> Array:
    return np.full(array.shape, Fraction(0), dtype=object)


def _piecewise(bench: Bench, probes: Sequence[Probe]) -> bool:
    """Whether there are kinks to look at both sides of."""
    rows = conventions(bench.subject.program)
    return any(p.kink for p in probes) or any(row.kind != SINGULAR_POINT for row in rows)


def _conforms(bench: Bench, tally: Tally, probes: Sequence[Probe]) -> bool:
    """Where the equations have no kink, a forward that conforms has none either."""

    def trial(probe: Probe) -> Trial:
        return lambda t, at: conforms(t, bench.subject, at, bench.seen(probe, at))

    return everywhere(decided(bench, tally, trial(probe)) for probe in probes)


def beside(point: Point, bench: Bench) -> Iterator[Point]:
    """Two points so near to one that only exact comparisons tell them apart, on two sides."""
    kinds = bench.subject.domains.kinds
    moves = {
        name: bench.session.rng.choice((-1, 1), size=array.shape)
        for name, array in point.arrays.items()
        if name in kinds and kinds[name].name == "normal"
    }
    for side in (NEAR, -NEAR):
        # NumPy gives the sum of arrays without axes as a bare number
        moved = {n: as_objects(point.arrays[n] + as_objects(v) * side) for n, v in moves.items()}
        yield replace(point, label="next to a kink", arrays={**point.arrays, **moved})


def _zeros(bench: Bench) -> list[Probe]:
    """The points at the ends of the domain, of a program for which these are anything special."""
    found = []
    special = bench.points.ties and conventions(bench.subject.program)
    for point in edges.ends(bench.subject, bench.points.ties[0]) if special else ():
        try:
            found.append(_seen(bench, point))
        except DeriveError:
            continue  # the program has no value there at all
    return found


def _count_singular(bench: Bench, tally: Tally, count: int) -> None:
    rows = [row for row in conventions(bench.subject.program) if row.kind == SINGULAR_POINT]
    if count and rows:
        tally.good = SINGULAR if tally.good == PROVED else tally.good
        points = "1 point is" if count == 1 else f"{count} points are"
        tally.notes.append(f"{points} singular: {'; '.join(row.words for row in rows)}")


def _sided(bench: Bench, tally: Tally, probes: Sequence[Probe]) -> bool:
    """Both sides of the points where kinks are likely, or declared."""
    sides, left = Sides(), SIDED_WORK
    chosen: list[Probe] = []
    for probe in probes:
        left -= 2 * FEW * bench.subject.work(probe.point.sizes)
        chosen += [probe] if left >= 0 or not chosen else []

    def both(probe: Probe) -> Trial:
        return lambda t, at: between(t, bench.subject, at, bench.seen(probe, at), sides)

    good = everywhere(decided(bench, tally, both(probe)) for probe in chosen)
    if good:
        kinks = dict.fromkeys(str(p.kink) for p in probes if p.kink is not None)
        tally.good = KINK if kinks else tally.good
        tally.notes += [note for note in _notes(bench, kinks, probes, sides) if note]
    return good


def _notes(
    bench: Bench, kinks: Iterable[str], probes: Sequence[Probe], sides: Sides
) -> Iterator[str]:
    """What a reader must know of the points without a derivative."""
    places = ", ".join(kinks)
    if not places:
        return
    count = sum(p.kink is not None for p in probes)
    points = "1 point is" if count == 1 else f"{count} points are"
    yield f"the stated convention holds on the kink of {places}; {points} on a kink"
    rows = conventions(bench.subject.program)
    yield "; ".join(row.words for row in rows if row.kind != SINGULAR_POINT)
    seen = (
        (sides.kinks, "between the slopes of both sides"),
        (sides.jumps, "at a jump"),
        (sides.composed, "where kinks meet and their conventions compose"),
    )
    yield ", ".join(f"{number} {what}" for number, what in seen if number)


PROOF = Proof("S5 kinks and scatter", "1e-45 max", _run, reference=by_scattering, fast=False)
