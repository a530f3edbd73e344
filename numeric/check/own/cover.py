"""What must have been seen of functions without equations before they are said to be right."""

from __future__ import annotations

from numeric.check.bench import Bench, Proof, Session
from numeric.check.subject import as_objects
from numeric.check.tally import Tally, largest
from numeric.check.vacuity import ZERO, branches, inputs


def _run(bench: Bench, tally: Tally) -> bool:
    """Ask for a gradient that is not zero, of every array."""
    at, seen = bench.precisions.first, set[str]()
    for point in bench.points.smooth:
        gradients = bench.subject.gradient(at.module, at.arrays(point), at.cotangents(point))
        seen |= {n for n, a in gradients.items() if largest(as_objects(a)) > ZERO}
    tally.points += 1
    tally.comparisons += len(bench.subject.gradients)
    still = [name for name in bench.subject.gradients if name not in seen]
    tally.undecided += [f"d{name} is zero at every point looked at" for name in still]
    tally.undecided += bench.points.missing
    return True


PROOF = Proof("coverage", "each once", _run)


def with_equations(session: Session, bench: Bench) -> None:
    """Ask for every branch of the equations, and a gradient that is not zero of every array."""
    tally = session.tallies.setdefault(PROOF.name, Tally(PROOF.name, PROOF.threshold))
    branches(tally, session.watch)
    inputs(tally, bench.subject.gradients, session.touched, session.unreached or set())
