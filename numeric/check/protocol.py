"""The verification protocol: which proofs run, in which order, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from derive.syntax import Tree
from numeric.check import contract, exact, floats, plan
from numeric.check.exact import Precision, precision
from numeric.check.plan import Points
from numeric.check.point import Point
from numeric.check.probe import Probe, look
from numeric.check.progress import step
from numeric.check.result import PRECISION, WRONG, Counterexample, Line
from numeric.check.shim import Module, execute
from numeric.check.shrink import Reference, by_difference, by_scattering, shrunk
from numeric.check.subject import KernelFailed, Subject
from numeric.check.tally import Tally
from numeric.check.vacuity import branches, inputs, touched
from numeric.interpret.watch import Watch

DIGITS, MORE_DIGITS = 80, 160
CONTRACT, LINEAR, CONFORMANCE, DIFFERENCE, SCATTER, FLOATS, COVERAGE = (
    "S1 contract",
    "S4 linear in cotangent",
    "S0 forward conformance",
    "S3 central difference",
    "S5 kinks and scatter",
    "S6 floats",
    "coverage",
)
# In the order in which they run and are reported; cheap ones first.
PROOFS = {
    CONTRACT: "exact",
    LINEAR: "1e-25 max",
    CONFORMANCE: "1e-60 max",
    DIFFERENCE: "1e-25 max + 1e-45",
    SCATTER: "1e-45 max",
    FLOATS: floats.THRESHOLD,
    COVERAGE: "each once",
}
# The points at which linearity is asked for: it needs no variety of shapes.
LINEAR_POINTS = 2


@dataclass(slots=True)
class Session:
    """One check as it runs, over one or several kernels of a program.

    Attributes:
        tree: the program.
        rng: all draws.
        fast: whether only the main points are looked at.
        tallies: one per proof.
        watch: branches taken, over all points.
        touched: the arrays that had a non-zero reference gradient somewhere.
        unreached: the arrays that no output depended on, at every point so far.
        counterexample: what went wrong, once something has.
    """

    tree: Tree
    rng: np.random.Generator
    fast: bool
    tallies: dict[str, Tally] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    touched: set[str] = field(default_factory=set)
    unreached: set[str] | None = None
    counterexample: Counterexample | None = None

    def __post_init__(self) -> None:
        self.tallies = {
            name: Tally(name, threshold, PRECISION if name == FLOATS else WRONG)
            for name, threshold in PROOFS.items()
        }

    @property
    def failed(self) -> bool:
        """Whether some proof has found the kernel wrong."""
        return any(t.failures and t.verdict == WRONG for t in self.tallies.values())

    def lines(self) -> tuple[Line, ...]:
        """One report line per proof; those that a failure kept from running are left out."""
        coverage = self.tallies[COVERAGE]
        if not self.failed and self.unreached is not None:
            names = [line.name for line in self.tree.arrays if line.role != "const"]
            branches(coverage, self.watch)
            inputs(coverage, names, self.touched, self.unreached)
        return tuple(
            tally.line()
            for tally in self.tallies.values()
            if tally.comparisons or tally.undecided or not self.failed
        )


class Precisions:
    """A kernel at 80 digits and, when something fails there, at 160."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.first = precision(source, DIGITS)
        self._second: Precision | None = None

    @property
    def second(self) -> Precision:
        """The kernel at 160 digits."""
        if self._second is None:
            self._second = precision(self._source, MORE_DIGITS)
        return self._second


@dataclass(frozen=True, slots=True)
class Bench:
    """A kernel with everything that its proofs need.

    Attributes:
        session: the check.
        subject: the kernel.
        points: where to look.
        probes: the smooth points as the interpreter sees them.
        ordinary: the kernel in floats.
        precisions: the kernel in many digits.
        entry_work: loop steps to spend on differencing single entries.
    """

    session: Session
    subject: Subject
    points: Points
    probes: Sequence[Probe]
    ordinary: Module
    precisions: Precisions
    entry_work: int

    def probe(self, point: Point, at: Precision) -> Probe:
        """The interpreter's view of a point in some precision."""
        return look(self.subject.tree, point, at.arithmetic, self.subject.hypers, Watch())


Proof = Callable[[Bench, Tally], bool]
Trial = Callable[[Tally, Precision], bool]


def prove(session: Session, subject: Subject, main: bool) -> None:
    """Run every proof on one kernel; stop at the first that finds it wrong.

    ``main`` kernels are looked at everywhere, others at the main points only.
    """
    points = plan.main_points(subject, session.rng)
    if main and not session.fast:
        plan.more_points(points, subject, session.rng)
    if not points.smooth:
        session.tallies[CONFORMANCE].undecided += points.missing
        return
    bench = _bench(session, subject, points, main)
    for name, proof in RUNS:
        tally = session.tallies[name]
        step(name, (t.line() for t in session.tallies.values() if t.comparisons))
        try:
            # S6 judges what NumPy would warn of; a verdict may not depend on warning filters
            with np.errstate(all="ignore"):
                good = proof(bench, tally)
        except KernelFailed as failed:
            tally.undecided.append(f"in {DIGITS} digits the kernel does not run: {failed}")
            return
        if not good:
            reference = REFERENCES.get(name)
            session.counterexample = session.counterexample or shrunk(
                name,
                subject,
                tally.failures,
                None if reference is None else reference(subject),
                (bench.precisions.first, bench.precisions.second),
            )
            return


def _bench(session: Session, subject: Subject, points: Points, main: bool) -> Bench:
    precisions = Precisions(subject.source)

    def see(point: Point) -> Probe:
        arithmetic = precisions.first.arithmetic
        return look(subject.tree, point, arithmetic, subject.hypers, session.watch)

    probes = [see(point) for point in points.smooth]
    if main:
        known = len(points.smooth)
        plan.take_all_branches(points, subject, session.watch, see, session.rng)
        probes += [see(point) for point in points.smooth[known:]]
    for probe in probes:
        session.touched |= touched(probe)
        here = set(probe.unreached)
        session.unreached = here if session.unreached is None else session.unreached & here
    return Bench(
        session=session,
        subject=subject,
        points=points,
        probes=probes,
        ordinary=execute(subject.source),
        precisions=precisions,
        entry_work=exact.ENTRY_WORK if main else 0,
    )


def _everywhere(trials: Iterable[bool]) -> bool:
    """Whether all went well, none left out: the report counts every point."""
    return all(list(trials))


def _decided(bench: Bench, tally: Tally, trial: Trial) -> bool:
    """Run at 80 digits; what fails there must fail at 160 too, or it was the oracle's rounding."""
    first = tally.fresh()
    if trial(first, bench.precisions.first):
        tally.absorb(first)
        return True
    second = tally.fresh()
    good = trial(second, bench.precisions.second)
    tally.absorb(second)
    if good:
        tally.notes.append(f"decided at {MORE_DIGITS} digits")
    return good


# ---- the proofs, each at all its points even if one fails -----------------------------------


def _contract(bench: Bench, tally: Tally) -> bool:
    points = (*bench.points.smooth, *bench.points.empty)
    tally.points += len(points)
    return _everywhere(contract.holds(tally, bench.subject, bench.ordinary, p) for p in points)


def _empty(bench: Bench, tally: Tally) -> bool:
    """The values at points with an extent of zero; late, since most bugs show elsewhere too."""
    points = bench.points.empty
    return _everywhere(contract.agrees(tally, bench.subject, bench.ordinary, p) for p in points)


def _linear(bench: Bench, tally: Tally) -> bool:
    regular = [probe.point for probe in bench.probes if not probe.singular]
    chosen = regular[:LINEAR_POINTS]
    tally.points += len(chosen)

    def trial(point: Point) -> Trial:
        return lambda t, at: exact.linear(t, bench.subject, at, point, bench.session.rng)

    good = _everywhere(_decided(bench, tally, trial(point)) for point in chosen)
    if not chosen or not good:
        return good
    cheapest = min(regular, key=lambda point: bench.subject.work(point.sizes))
    return _decided(bench, tally, lambda t, at: exact.adds_up(t, bench.subject, at, cheapest))


def _conformance(bench: Bench, tally: Tally) -> bool:
    tally.points += len(bench.probes)

    def trial(probe: Probe) -> Trial:
        return lambda t, at: exact.conforms(t, bench.subject, at, _seen(bench, probe, at))

    return _everywhere(_decided(bench, tally, trial(probe)) for probe in bench.probes)


def _seen(bench: Bench, probe: Probe, at: Precision) -> Probe:
    return probe if at is bench.precisions.first else bench.probe(probe.point, at)


def _differences(bench: Bench, tally: Tally) -> bool:
    """Every entry at the points where that is cheap, random directions at the others."""
    subject, rng = bench.subject, bench.session.rng
    smooth = [p.point for p in _not_skipped(tally, bench.probes)]
    tally.points += len(smooth)

    def entries(point: Point) -> Trial:
        return lambda t, at: exact.every_entry(t, subject, at, point)

    def directions(point: Point) -> Trial:
        return lambda t, at: exact.differences(t, subject, at, point, rng)

    left, good = bench.entry_work, True
    for rank, point in enumerate(sorted(smooth, key=lambda p: exact.entry_cost(subject, p))):
        cost = exact.entry_cost(subject, point)
        left -= cost
        good &= _decided(bench, tally, entries(point) if left >= 0 else directions(point))
        if rank == 0 and good and not bench.session.fast:
            # a passing point must pass with twice the digits too
            good &= directions(point)(tally, bench.precisions.second)
    return good


def _not_skipped(tally: Tally, probes: Sequence[Probe]) -> list[Probe]:
    for probe in probes:
        if probe.singular:
            tally.skipped["singular"] += 1
        elif probe.kink is not None:
            tally.skipped[f"at the kink of {probe.kink}"] += 1
    return [probe for probe in probes if probe.smooth]


def _scatter(bench: Bench, tally: Tally) -> bool:
    ties = [bench.probe(point, bench.precisions.first) for point in bench.points.ties]
    regular = [p for p in (*bench.probes, *ties) if not p.singular]
    tally.points += len(regular)

    def trial(probe: Probe) -> Trial:
        return lambda t, at: exact.scatters(t, bench.subject, at, _seen(bench, probe, at))

    good = _everywhere(_decided(bench, tally, trial(probe)) for probe in regular)
    kinks = dict.fromkeys(str(p.kink) for p in regular if p.kink is not None)
    if kinks and good:
        tally.notes.append(f"the stated convention holds on the kink of {', '.join(kinks)}")
    return good


def _floats(bench: Bench, tally: Tally) -> bool:
    smooth = bench.points.smooth
    cheapest = min(smooth, key=lambda point: bench.subject.work(point.sizes))
    tails = (point for point in smooth if point.label == "tails")
    chosen = (cheapest, *bench.points.scaled, *tails)
    tally.points += len(chosen)
    at = bench.precisions.first
    return _everywhere(
        floats.keeps_digits(tally, bench.subject, bench.ordinary, at, point) for point in chosen
    )


RUNS: tuple[tuple[str, Proof], ...] = (
    (CONTRACT, _contract),
    (LINEAR, _linear),
    (CONFORMANCE, _conformance),
    (DIFFERENCE, _differences),
    (SCATTER, _scatter),
    (CONTRACT, _empty),
    (FLOATS, _floats),
)
REFERENCES: dict[str, Callable[[Subject], Reference]] = {
    DIFFERENCE: by_difference,
    SCATTER: by_scattering,
}
