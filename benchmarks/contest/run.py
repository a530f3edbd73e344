"""Hold a contest: verify everyone, then time everyone in turn, round by round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contenders import BASE, STYLES
from benchmarks.contest.clock import Times
from benchmarks.contest.figures import Entry, Row, Run
from benchmarks.contest.process import CrashError, Process, environment
from benchmarks.contest.roofline import Peaks, better

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        workloads: their names.
        contenders: their names, the base first.
        rounds: how many.
        budget: seconds that a contender has in a round.
        blas: what OPENBLAS_CORETYPE is set to, if not ''.
        clock: ``wall`` or ``cpu``.
    """

    workloads: tuple[str, ...]
    contenders: tuple[str, ...]
    rounds: int
    budget: float
    blas: str = ""
    clock: str = "wall"


class Stage:
    """The contenders' processes; one that crashes is started again for the next workload."""

    def __init__(self, plan: Plan, dtype: str, threads: int, folder: Path) -> None:
        self._plan = plan
        self._dtype = dtype
        self._folder = folder
        self._variables = environment(threads, plan.blas)
        self._running: dict[str, Process] = {}

    def of(self, contender: str) -> Process:
        """The process of a contender."""
        if contender not in self._running:
            self._running[contender] = Process(
                contender, self._dtype, self._folder, self._variables
            )
        return self._running[contender]

    def drop(self, contender: str) -> None:
        """End the process of a contender."""
        self._running.pop(contender).end()

    def end(self) -> None:
        """End all."""
        for contender in list(self._running):
            self.drop(contender)


@contextmanager
def _stage(plan: Plan, dtype: str, threads: int) -> Iterator[Stage]:
    with TemporaryDirectory(prefix="backproof-bench-") as folder:
        stage = Stage(plan, dtype, threads, Path(folder))
        try:
            yield stage
        finally:
            stage.end()


def run(plan: Plan, dtype: str, threads: int, say: Say) -> Run:
    """Verify and time every workload of a plan in one precision."""
    with _stage(plan, dtype, threads) as stage:
        say(f"{dtype}, threads: {threads}: peaks")
        peaks = _peaks(stage, plan)
        rows = []
        for name in plan.workloads:
            say(f"{dtype}, threads: {threads}: {name}")
            rows.append(_row(stage, plan, name))
        return Run(dtype, threads, peaks, tuple(rows))


def _peaks(stage: Stage, plan: Plan) -> Peaks:
    asked = [name for name in plan.contenders if name in {BASE, *STYLES}]
    found = [Peaks(**stage.of(name).ask("peaks", clock=plan.clock)) for name in asked]
    best = found[0]
    for peaks in found[1:]:
        best = better(best, peaks)
    return best


def _row(stage: Stage, plan: Plan, workload: str) -> Row:
    entries: dict[str, Entry] = {}
    moved = 0
    for contender in plan.contenders:
        try:
            answer = stage.of(contender).ask("verify", workload=workload)
            if answer["status"] == "timed":
                stage.of(contender).ask("prepare", workload=workload)
        except CrashError as crash:
            stage.drop(contender)
            answer = {"status": "crashed", "note": str(crash)}
        moved = answer.pop("moved", moved)
        entries[contender] = Entry(**answer)
        if contender == BASE and entries[contender].status != "timed":
            break  # nobody can be verified
    timed = [name for name, entry in entries.items() if entry.status == "timed"]
    times: dict[str, list[Times]] = {name: [] for name in timed}
    for number in range(plan.rounds):
        # every second round backwards, so that nobody always follows the same other
        for name in timed if number % 2 == 0 else reversed(timed):
            answer = stage.of(name).ask("round", budget=plan.budget, clock=plan.clock)
            times[name].append(Times(**answer))
    return Row(
        workload,
        moved,
        {
            name: Entry(entry.status, entry.note, entry.error, tuple(times.get(name, ())))
            for name, entry in entries.items()
        },
    )
