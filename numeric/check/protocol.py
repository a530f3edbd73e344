"""The verification protocol: which proofs run, in which order, and what they add up to.

Each proof is a module of its own with a ``PROOF``; adding one is one row of ``PROOFS``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from derive.errors import DeriveError
from derive.syntax import Tree
from numeric.check import (
    conformance,
    contract,
    difference,
    edges,
    field,
    floats,
    kinks,
    large,
    linear,
    plan,
    stated,
    vacuity,
)
from numeric.check.bench import Bench, Precisions, Proof, Session
from numeric.check.cause import likely
from numeric.check.plan import Points
from numeric.check.point import Point
from numeric.check.probe import Probe, look
from numeric.check.progress import step
from numeric.check.result import WRONG, Line
from numeric.check.shrink import shrunk
from numeric.check.simpler import simpler
from numeric.check.subject import KernelFailed, Subject
from numeric.check.tally import Failure, Tally
from numeric.check.uninterrupted import uninterrupted

# In the order in which they run; cheap ones first.
PROOFS: tuple[Proof, ...] = (
    contract.PROOF,
    linear.PROOF,
    conformance.PROOF,
    field.PROOF,
    difference.PROOF,
    kinks.PROOF,
    contract.EMPTY,
    floats.PROOF,
    stated.ACCURATE,
    edges.PROOF,
    large.PROOF,
    stated.LONG,
)
OPTIONAL = frozenset(proof.name for proof in PROOFS if proof.optional)
COVERAGE, ONCE = "coverage", "each once"


def begin(tree: Tree, seed: int, fast: bool, proofs: Sequence[Proof] = ()) -> Session:
    """A check that has seen nothing yet, of all proofs or of those given."""
    session = Session(tree, np.random.default_rng(seed), fast)
    for proof in proofs or _wanted(session):
        tally = Tally(proof.name, proof.threshold, proof.failure)
        session.tallies.setdefault(proof.name, tally)
    session.tallies[COVERAGE] = Tally(COVERAGE, ONCE)
    return session


def _wanted(session: Session) -> list[Proof]:
    return [proof for proof in PROOFS if proof.fast or not session.fast]


def lines(session: Session) -> tuple[Line, ...]:
    """One report line per proof; those that a failure kept from running are left out."""
    if not session.failed and session.unreached is not None:
        vacuity.covers(session, session.tallies[COVERAGE])
    return tuple(
        tally.line()
        for tally in session.tallies.values()
        if tally.comparisons or tally.undecided or not (session.failed or tally.proof in OPTIONAL)
    )


def prove(session: Session, subject: Subject, main: bool, proofs: Sequence[Proof] = ()) -> None:
    """Run every proof, or those given, on one kernel; stop at the first that finds it wrong.

    ``main`` kernels are looked at everywhere, others at the main points only.
    """
    bench = _prepared(session, subject, main)
    if isinstance(bench, list):
        session.tallies[conformance.PROOF.name].undecided += bench
        return
    subject = bench.subject
    for proof in proofs or _wanted(session):
        if not (main or proof.everywhere):
            continue
        tally = session.tallies[proof.name]
        step(proof.name, (t.line() for t in session.tallies.values() if t.comparisons))
        try:
            # S6 judges what NumPy would warn of; a verdict may not depend on warning filters
            with np.errstate(all="ignore"), uninterrupted():
                good = proof.run(bench, tally)
        except KernelFailed as failed:
            tally.undecided.append(f"in exact numbers the kernel does not run: {failed}")
            continue
        if not good:
            _refute(bench, proof, tally.failures)
            if proof.failure == WRONG:
                return


def _refute(bench: Bench, proof: Proof, failures: list[Failure]) -> None:
    session, subject = bench.session, bench.subject
    if session.counterexample is not None:
        return
    found = shrunk(
        proof.name,
        subject,
        failures,
        None if proof.reference is None else proof.reference(subject),
        (bench.precisions.first, bench.precisions.second),
        simpler(bench, min(failures, key=lambda failure: failure.point.volume).point),
    )
    explained = proof.failure == WRONG and proof.name != conformance.PROOF.name
    cause = likely(bench, failures) if explained else ""
    session.counterexample = replace(found, cause=cause)


@uninterrupted()
def _prepared(session: Session, subject: Subject, main: bool) -> Bench | list[str]:
    """A kernel with its points looked at; or why there are none."""
    points = _points(session, subject, main)
    if not session.fast:
        return _bench(session, subject, points, main) if points.smooth else points.missing
    try:
        if points.smooth:
            bench = _bench(session, subject, points, main)
            if not any(probe.singular for probe in bench.probes):
                return bench
    except DeriveError:
        pass
    # the kernel vouched for data on which the program has no value: it may clip, or mask
    found = plan.drawable(subject, session.rng, trusting=False)
    if isinstance(found, str):
        return [found]
    points = _points(session, found, main)
    return _bench(session, found, points, main) if points.smooth else points.missing


def _points(session: Session, subject: Subject, main: bool) -> Points:
    points = plan.main_points(subject, session.rng, fast=session.fast)
    if main and not session.fast:
        plan.more_points(points, subject, session.rng)
    return points


def _bench(session: Session, subject: Subject, points: Points, main: bool) -> Bench:
    precisions = Precisions(subject.text)

    def see(point: Point) -> Probe:
        arithmetic = precisions.first.arithmetic
        return look(subject.tree, point, arithmetic, subject.hypers, session.watch)

    thrifty = session.fast or not main
    cheapest = min(points.smooth, key=lambda point: subject.work(point.sizes))
    probes = [see(point) for point in ([cheapest] if thrifty else points.smooth)]
    if main:
        known = len(points.smooth)
        plan.take_all_branches(points, subject, session.watch, see, session.rng)
        probes += [see(point) for point in points.smooth[known:]]
    for probe in probes:
        session.touched |= vacuity.touched(probe)
        here = set(probe.unreached)
        session.unreached = here if session.unreached is None else session.unreached & here
    return Bench(
        session=session,
        subject=subject,
        points=points,
        probes=probes,
        ordinary=subject.ordinary,
        precisions=precisions,
        entry_work=difference.ENTRY_WORK if main else 0,
    )
