"""S5, kinks and scatter: the emitted backward is the interpreter's own, ties included."""

from __future__ import annotations

from numeric.check.bench import Bench, Proof, Reference, Trial, decided, everywhere
from numeric.check.exact import Precision
from numeric.check.point import Array, Point
from numeric.check.probe import Probe, look
from numeric.check.subject import Subject
from numeric.check.tally import Tally, largest
from numeric.interpret.watch import Watch

SCATTER, SCATTER_FLOOR = 1e-45, 1e-60


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


def by_scattering(subject: Subject) -> Reference:
    """Gradients by the interpreter."""

    def gradient(point: Point, name: str, at: Precision) -> Array:
        probe = look(subject.tree, point, at.arithmetic, subject.hypers, Watch())
        return probe.gradients[name]

    return gradient


def _run(bench: Bench, tally: Tally) -> bool:
    ties = [bench.probe(point, bench.precisions.first) for point in bench.points.ties]
    regular = [p for p in (*bench.probes, *ties) if not p.singular]
    tally.points += len(regular)

    def trial(probe: Probe) -> Trial:
        return lambda t, at: scatters(t, bench.subject, at, bench.seen(probe, at))

    good = everywhere(decided(bench, tally, trial(probe)) for probe in regular)
    kinks = dict.fromkeys(str(p.kink) for p in regular if p.kink is not None)
    if kinks and good:
        tally.notes.append(f"the stated convention holds on the kink of {', '.join(kinks)}")
    return good


PROOF = Proof("S5 kinks and scatter", "1e-45 max", _run, reference=by_scattering)
