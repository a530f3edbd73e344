"""The contest: every checker on every kernel, right and wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter

from numeric.check import check_source
from numeric.check.point import Point, in_floats
from numeric.check.result import PRECISION, PROVED, WRONG
from numeric.check.shim import execute
from trials.bugs import BUGS, KERNELS, Bug
from trials.peers.checkers import PEERS, Peer, accepts
from trials.peers.host import Host
from trials.peers.places import Places, places

OURS = "backproof check"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one checker made of one bug.

    Attributes:
        family: the kind of bug.
        bug: the bug, in words.
        ordinary: whether it was caught with one ordinary input.
        battery: whether it was caught somewhere where the right kernel is accepted.
    """

    family: str
    bug: str
    ordinary: bool
    battery: bool


@dataclass(slots=True)
class Record:
    """What one checker did.

    Attributes:
        outcomes: for each bug.
        alarms: rejections of right kernels, and tries, by the kind of point.
        seconds: the time taken.
        checks: how many checks that was.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    alarms: dict[str, list[int]] = field(default_factory=dict)
    seconds: float = 0.0
    checks: int = 0

    def asked(self, kind: str, accepted: bool) -> None:
        """Note what was said about a right kernel."""
        found = self.alarms.setdefault(kind, [0, 0])
        found[0] += not accepted
        found[1] += 1

    def absorb(self, other: Record) -> None:
        """Add what the same checker did elsewhere."""
        self.outcomes += other.outcomes
        for kind, (alarms, tries) in other.alarms.items():
            mine = self.alarms.setdefault(kind, [0, 0])
            mine[0], mine[1] = mine[0] + alarms, mine[1] + tries
        self.seconds += other.seconds
        self.checks += other.checks


Records = dict[str, Record]


@dataclass(frozen=True, slots=True)
class Job:
    """A kernel, the bugs to put into it, and how often to ask about the right one."""

    kernel: str
    bugs: tuple[Bug, ...]
    peers: tuple[str, ...]
    seed: int
    repeats: int


def jobs(bugs: Sequence[Bug], peers: Sequence[str], seed: int, repeats: int) -> list[Job]:
    """One job for each kernel, those without a bug too."""
    return [
        Job(name, tuple(b for b in bugs if b.kernel == name), tuple(peers), seed, repeats)
        for name in KERNELS
        if len(bugs) == len(BUGS) or any(b.kernel == name for b in bugs)
    ]


def hold(found: Sequence[Job], workers: int) -> Iterator[Records]:
    """Run the jobs; what each gives is to be added up."""
    if workers == 1:
        yield from map(run, found)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(run, found)


def run(job: Job) -> Records:
    """All checkers on one kernel and its bugs."""
    here = places(KERNELS[job.kernel], job.seed, job.repeats)
    found = {name: _peer(PEERS[name], job, here) for name in job.peers}
    return {OURS: _ours(job), **found}


def _ours(job: Job) -> Record:
    record, kernel = Record(), KERNELS[job.kernel]
    for seed in range(job.seed, job.seed + job.repeats):
        verdict = _judged(record, kernel.program, kernel.kernel, seed)
        record.asked("check", verdict == PROVED)
    for bug in job.bugs:
        verdict = _judged(record, kernel.program, bug.put_into(kernel.kernel), job.seed)
        caught = verdict in (WRONG, PRECISION)
        record.outcomes.append(Outcome(bug.family, str(bug), caught, caught))
    return record


def _judged(record: Record, program: str, source: str, seed: int) -> str:
    begin = perf_counter()
    verdict = check_source(program, source, seed=seed).verdict
    record.seconds += perf_counter() - begin
    record.checks += 1
    return verdict


def _peer(peer: Peer, job: Job, here: Places) -> Record:
    record, source = Record(), KERNELS[job.kernel].kernel

    def asked(text: str, point: Point) -> bool:
        host = Host(execute(text), here.tree, in_floats(point.arrays))
        begin = perf_counter()
        answer = accepts(peer, host, job.seed)
        record.seconds += perf_counter() - begin
        record.checks += 1
        return answer

    first = asked(source, here.ordinary)
    record.asked("smooth at first", first)
    right = [(point, asked(source, point)) for _, point in here.battery]
    for (kind, _), (_, accepted) in zip(here.battery, right, strict=True):
        record.asked(kind, accepted)
    for scale, point in here.scaled:
        record.asked(f"scale {scale}", asked(source, point))
    trusted = [point for point, accepted in right if accepted]
    for bug in job.bugs:
        wrong = bug.put_into(source)
        ordinary = first and not asked(wrong, here.ordinary)
        battery = ordinary or not all(asked(wrong, point) for point in trusted)
        record.outcomes.append(Outcome(bug.family, str(bug), ordinary, battery))
    return record
