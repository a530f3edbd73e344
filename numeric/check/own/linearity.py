"""S4 for functions that run in many digits: backward is linear in the cotangents."""

from __future__ import annotations

from numeric.check.bench import Bench, Proof, Trial, decided, everywhere
from numeric.check.linear import adds_up, linear
from numeric.check.point import Point
from numeric.check.tally import Tally

# The points at which linearity is asked for: it needs no variety of shapes.
POINTS = 2
# One backward per entry of the outputs: more are not worth it.
MOST_ROWS = 64


def _run(bench: Bench, tally: Tally) -> bool:
    regular = [probe.point for probe in bench.probes if not probe.singular]
    regular = [point for point in regular if point.volume] or regular
    chosen = regular[:POINTS]
    tally.points += len(chosen)

    def trial(point: Point) -> Trial:
        return lambda t, at: linear(t, bench.subject, at, point, bench.session.rng)

    if not everywhere(decided(bench, tally, trial(point)) for point in chosen):
        return False
    small = [p for p in regular if sum(g.size for g in p.cotangents.values()) <= MOST_ROWS]
    if not small:
        return True
    cheapest = min(small, key=lambda point: point.volume)
    return decided(bench, tally, lambda t, at: adds_up(t, bench.subject, at, cheapest))


PROOF = Proof("S4 linear in cotangent", "1e-25 max", _run)
