"""From somebody's functions and where to look at them to a verdict."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field, replace
from typing import Any

import mpmath
import numpy as np

from numeric.check import conformance, contract, difference, floats, kinks
from numeric.check.bench import DIGITS, Bench, Proof, Session
from numeric.check.own import cause, confirm, cover, empty, inexact, linearity, ties
from numeric.check.own.convention import Own
from numeric.check.own.jacobian import Jacobians
from numeric.check.own.precise import Functions, OwnPrecisions
from numeric.check.plan import Points
from numeric.check.point import in_floats
from numeric.check.probe import Probe
from numeric.check.progress import step
from numeric.check.result import CheckResult, Counterexample, Line
from numeric.check.shrink import shrunk
from numeric.check.subject import KernelFailed
from numeric.check.tally import Tally

ALONE: tuple[Proof, ...] = (
    contract.PROOF, linearity.PROOF, difference.PROOF, ties.PROOF, floats.PROOF, cover.PROOF
)  # fmt: skip
AGAINST: tuple[Proof, ...] = (
    contract.PROOF, linearity.PROOF, conformance.PROOF, difference.PROOF, kinks.PROOF,
    empty.PROOF, floats.PROOF,
)  # fmt: skip
# Single entries that are differenced where there are no equations to count steps of.
ENTRIES = 120


@dataclass(slots=True)
class Case:
    """Somebody's functions, ready to be judged.

    Attributes:
        session: the check.
        subject: how the functions are called.
        functions: the functions.
        precisions: the functions in many digits.
        points: where to look.
        probes: what the equations say of the smooth points, if there are any.
        title: what is checked.
        seed: all draws follow from it.
        notes: what a reader must know.
        against: whether there are equations.
        skipped: how many smooth points forward refused.
    """

    session: Session
    subject: Own
    functions: Functions
    precisions: OwnPrecisions
    points: Points
    probes: list[Probe] = field(default_factory=list)
    title: str = ""
    seed: int = 0
    against: bool = False
    notes: list[str] = field(default_factory=list)
    skipped: int = 0

    def tally(self, proof: Proof) -> Tally:
        """What a proof counts into."""
        fresh = Tally(proof.name, proof.threshold, proof.failure)
        return self.session.tallies.setdefault(proof.name, fresh)

    def bench(self) -> Bench:
        """What the proofs work on."""
        probes = self.probes or [
            Probe(p, {}, {}, (), None, singular=False) for p in self.points.smooth
        ]
        return Bench(
            session=self.session,
            subject=self.subject,
            points=self.points,
            probes=probes,
            ordinary=self.functions.module,
            precisions=self.precisions,
            entry_work=difference.ENTRY_WORK if self.against else ENTRIES,
        )


def obstacle(case: Case) -> str:
    """Why the functions do not run in many digits; empty if they do."""
    if case.functions.foreign:
        return f"{case.functions.foreign} computes in floats only"
    at = case.precisions.first
    for point in case.points.smooth[:1]:
        try:
            with np.errstate(all="ignore"):
                case.subject.gradient(at.module, at.arrays(point), at.cotangents(point))
        except KernelFailed as failed:
            return str(failed)
    return ""


def judged(case: Case) -> CheckResult:
    """Run the proofs that apply; the first that finds the functions wrong ends the check."""
    bench = case.bench()
    # a function that stumbles over nothing at all is rather told what else it gets wrong
    nothing, case.points.empty = case.points.empty, []
    if case.skipped:
        case.tally(contract.PROOF).skipped["forward raises"] += case.skipped
    if not _fits(case, bench) or not _holds(case, bench, contract.PROOF):
        return result(case, bench)
    case.points.empty = nothing
    reason = obstacle(case)
    if not reason:
        reason = _in_digits(case, bench)
    if reason:
        inexact.judge(case, bench, reason)
    return result(case, bench)


def _fits(case: Case, bench: Bench) -> bool:
    """Whether the outputs have the shapes that the equations give them."""
    if not case.against:
        return True
    tally = case.tally(conformance.PROOF)
    for point in case.points.smooth:
        with np.errstate(all="ignore"):
            outputs, _ = case.subject.forward(bench.ordinary, in_floats(point.arrays))
        for name, g in point.cotangents.items():
            tally.equal(point, f"{name}.shape", np.shape(outputs[name]), g.shape)
    if tally.failures:
        session, failures = case.session, tally.failures
        session.counterexample = shrunk(tally.proof, case.subject, failures, None, ())
    return not tally.failures


def _in_digits(case: Case, bench: Bench) -> str:
    """The proofs in many digits; why they cannot be trusted, if they cannot."""
    for proof in (AGAINST if case.against else ALONE)[1:]:
        before = {name: kept(t) for name, t in case.session.tallies.items()}
        try:
            good = _holds(case, bench, proof)
        except KernelFailed as failed:
            case.tally(proof).undecided.append(f"in {DIGITS} digits: {failed}")
            return ""
        if not good and proof is floats.PROOF:
            return ""
        if not good:
            doubt = confirm.doubt(case.subject, bench, case.tally(proof).failures, case.precisions)
            if doubt:
                case.session.tallies = before
                case.session.counterexample = None
            return doubt
    return ""


def kept(tally: Tally) -> Tally:
    """A tally as it is now."""
    copy = tally.fresh()
    copy.absorb(tally)
    return copy


def _holds(case: Case, bench: Bench, proof: Proof) -> bool:
    """Whether a proof agrees; if not, there is a counterexample afterwards."""
    tally, session = case.tally(proof), case.session
    step(proof.name, (t.line() for t in session.tallies.values() if t.comparisons))
    with np.errstate(all="ignore"):
        good = proof.run(bench, tally)
        if not good:
            session.counterexample = _counterexample(case, bench, proof, tally)
    return good


def _counterexample(case: Case, bench: Bench, proof: Proof, tally: Tally) -> Counterexample:
    smallest = min(tally.failures, key=lambda failure: failure.point.volume)
    if proof in (contract.PROOF, empty.PROOF):
        found = shrunk(proof.name, case.subject, [smallest], None, ())
        return replace(found, cause=cause.of_contract(smallest))
    pair = (bench.precisions.first, bench.precisions.second)
    jacobians = Jacobians(case.subject)
    reference = None
    if proof.reference is not None:
        reference = jacobians if proof is difference.PROOF else proof.reference(case.subject)
    try:
        found = shrunk(proof.name, case.subject, tally.failures, reference, pair)
        why = cause.likely(case, bench, tally.failures, jacobians)
    except KernelFailed:
        found, why = shrunk(proof.name, case.subject, [smallest], None, ()), ""
    return replace(found, cause=why)


def result(case: Case, bench: Bench) -> CheckResult:
    """The verdict and what it rests on."""
    session = case.session
    coverage = session.tallies.get(cover.PROOF.name)
    if case.against and not session.failed and coverage is None and not inexact.used(session):
        cover.with_equations(session, bench)
    notes = [*case.notes, *case.subject.convention.notes]
    return CheckResult(
        title=case.title,
        lines=_lines(session.tallies.values(), session.failed),
        counterexample=session.counterexample,
        notes=tuple(dict.fromkeys(notes)),
        seed=case.seed,
        versions=(
            ("python", platform.python_version()),
            ("numpy", np.__version__),
            ("mpmath", mpmath.__version__),
        ),
    )


def _lines(tallies: Any, failed: bool) -> tuple[Line, ...]:
    return tuple(t.line() for t in tallies if t.comparisons or t.undecided or not failed)
