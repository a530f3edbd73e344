"""What a contest found: times as measured, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median
from typing import Any

from benchmarks.contenders import BASE, STYLES
from benchmarks.contest.clock import Times
from benchmarks.contest.roofline import Peaks, floor
from benchmarks.workloads import WORKLOADS

SLOWER = 1.1  # than the tutorial version nothing of ours may be


@dataclass(frozen=True, slots=True)
class Entry:
    """A contender at one workload.

    Attributes:
        status: ``timed``; or why not: ``wrong``, ``refused``, ``none``, ``not installed``,
            ``crashed``.
        note: more about that.
        error: the largest difference from the base's results, of an array's largest element.
        rounds: the times of each round; those of one place in all entries were taken together.
    """

    status: str
    note: str = ""
    error: float | None = None
    rounds: tuple[Times, ...] = ()

    @property
    def middle(self) -> float:
        """The median of the rounds' medians, in seconds."""
        return median(times.middle for times in self.rounds)

    @property
    def least(self) -> float:
        """The fastest call of all, in seconds."""
        return min(times.least for times in self.rounds)


@dataclass(frozen=True, slots=True)
class Row:
    """A workload with everyone's entry.

    Attributes:
        workload: its name.
        moved: the bytes of all that goes in and comes out.
        entries: by contender.
    """

    workload: str
    moved: int
    entries: Mapping[str, Entry]

    def ratio(self, contender: str, base: str = BASE) -> float | None:
        """The median of the ratios within a round; None where one of the two was not timed."""
        one, other = self._rounds(contender), self._rounds(base)
        if not one or not other:
            return None
        return median(a.middle / b.middle for a, b in zip(one, other, strict=True))

    def least_ratio(self, contender: str, base: str = BASE) -> float | None:
        """The ratio of the fastest calls; None where one of the two was not timed."""
        if not self._rounds(contender) or not self._rounds(base):
            return None
        return self.entries[contender].least / self.entries[base].least

    def share(self, contender: str, peaks: Peaks) -> float | None:
        """The roofline's floor over the fastest call: 1 is the most that the machine can do."""
        if not self._rounds(contender):
            return None
        return self.floor(peaks)[0] / self.entries[contender].least

    def floor(self, peaks: Peaks) -> tuple[float, str]:
        """The least seconds that the machine needs, and what binds it."""
        workload = WORKLOADS[self.workload]
        return floor(workload.flops(workload.sizes), self.moved, peaks)

    def best(self, contenders: Iterable[str] = STYLES) -> str | None:
        """The fastest of ``contenders``; None where none was timed."""
        timed = {c: r for c in contenders if (r := self.ratio(c)) is not None}
        return min(timed, key=lambda c: timed[c]) if timed else None

    def _rounds(self, contender: str) -> tuple[Times, ...]:
        entry = self.entries.get(contender)
        return entry.rounds if entry is not None else ()


@dataclass(frozen=True, slots=True)
class Run:
    """All workloads in one precision, with so many threads."""

    dtype: str
    threads: int
    peaks: Peaks
    rows: tuple[Row, ...]

    def contenders(self) -> list[str]:
        """Everyone who has an entry, in the order of the entries."""
        return list(dict.fromkeys(name for row in self.rows for name in row.entries))

    def geometric_mean(self, contender: str) -> tuple[float, int] | None:
        """Of the ratios, and of how many workloads; None without any."""
        ratios = [r for row in self.rows if (r := row.ratio(contender)) is not None]
        return (geometric_mean(ratios), len(ratios)) if ratios else None

    def losses(self) -> list[str]:
        """A line for each workload where our best is slower than PyTorch, the worst first."""
        found = []
        for row in self.rows:
            style = row.best()
            ratio = row.ratio(style) if style else None
            if ratio is not None and ratio > 1:
                why = WORKLOADS[row.workload].fused
                found.append((ratio, f"{row.workload} {ratio:.2f} ({style})", why))
        found.sort(reverse=True)
        return [f"{text}: {why}" if why else text for _, text, why in found]

    def behind_the_tutorial(self) -> list[str]:
        """A line for each workload where our best is slower than the tutorial version."""
        found = []
        for row in self.rows:
            style = row.best()
            ratio = row.ratio(style, "tutorial") if style else None
            if ratio is not None and ratio > SLOWER:
                found.append(f"{row.workload} {ratio:.2f} ({style})")
        return found


@dataclass(frozen=True, slots=True)
class Contest:
    """Several runs, and where they took place."""

    machine: Mapping[str, Any]
    rounds: int
    runs: tuple[Run, ...]


def geometric_mean(values: Sequence[float]) -> float:
    """The number whose logarithm is the mean of theirs."""
    return exp(sum(map(log, values)) / len(values))
