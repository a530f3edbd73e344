"""S2, the exact field test: ``<g, J v> == <J' g, v>`` for drawn g and v, with no tolerance.

The emitted forward runs on dual numbers over a prime field and gives ``J v``; the emitted
backward runs in the field and gives ``J' g``. At drawn residues a wrong entry agrees by chance
once in 10^18. What disagrees is WRONG only if a central difference at 80 and at 160 digits
disagrees too; else the field lacks an identity of the real numbers, and the line says so.
"""

from __future__ import annotations

from numeric.check import generic
from numeric.check.bench import Bench, Proof, decided, everywhere
from numeric.check.difference import by_difference, differences
from numeric.check.generic import Generic
from numeric.check.point import Point
from numeric.check.result import KINK
from numeric.check.subject import KernelFailed
from numeric.check.tally import Tally

# Draws at a point of the main shapes, and of any other.
DRAWS, FEW_DRAWS = 3, 1
MAIN = ("distinct extents", "equal extents")


def _run(bench: Bench, tally: Tally) -> bool:
    smooth = bench.smooth
    tally.skipped.update(probe.why for probe in bench.probes if not probe.smooth)
    tally.points += len(smooth)
    if not smooth:
        tally.good = KINK
    good = everywhere(_agrees_at(bench, tally, point) for point in smooth)
    redraws = bench.session.redraws
    if redraws.failed:
        note = f"{redraws.failed} of {redraws.draws} draws had no root in the field"
        tally.notes = [*(n for n in tally.notes if "had no root" not in n), note]
    return good


def _agrees_at(bench: Bench, tally: Tally, point: Point) -> bool:
    count = DRAWS if point.label in MAIN and not bench.session.fast else FEW_DRAWS
    try:
        return all(_agrees(bench, tally, bench.generic(point, n)) for n in range(count))
    except generic.Misshapen as found:
        return tally.equal(point, f"{found.entry}.shape", found.given, found.expected)


def _agrees(bench: Bench, tally: Tally, found: Generic) -> bool:
    point = found.point
    for name, gradient in found.gradients.items():
        wanted = point.arrays[name].shape
        if gradient.shape != wanted:
            return tally.equal(point, f"d{name}.shape", gradient.shape, wanted)
        if any(entry.v for entry in generic.numbers(gradient)):
            bench.session.moved.add(name)
    tally.comparisons += 1
    if found.along == found.across or _agrees_strictly(bench, point):
        return True
    return not confirmed(bench, tally, point)


def _agrees_strictly(bench: Bench, point: Point) -> bool:
    """Whether the sides agree where all roots lie in the field, if there is such a draw."""
    session = bench.session
    try:
        found = generic.look(bench.subject, point, session.rng, session.redraws, extends=False)
    except KernelFailed:
        return False
    return bool(found.along == found.across)


def confirmed(bench: Bench, tally: Tally, point: Point) -> bool:
    """Whether differences at 80 and 160 digits show what the field showed."""
    rng = bench.session.rng
    trial = tally.fresh()
    good = decided(bench, trial, lambda t, at: differences(t, bench.subject, at, point, rng))
    if good:
        tally.undecided.append(
            f"needs an identity that the field does not have, with {point.label}"
        )
    tally.failures += trial.failures
    return not good


PROOF = Proof("S2 exact field", "equality", _run, reference=by_difference)
