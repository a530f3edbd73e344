"""Counting comparisons: how many, how close to the threshold, which failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numeric.check.point import Point
from numeric.check.result import (
    INCONCLUSIVE,
    LARGEST_SKIPPED_SHARE,
    PROVED,
    WRONG,
    Line,
)
from numeric.interpret.functions import is_nan


@dataclass(frozen=True, slots=True)
class Failure:
    """One comparison that failed.

    Attributes:
        point: where.
        entry: what was compared, as ``dW[0, 1]``.
        given: the kernel's value.
        expected: the value that it should have.
        name: the array, if one entry of one array was compared.
        place: the entry's place.
    """

    point: Point
    entry: str
    given: Any
    expected: Any
    name: str = ""
    place: tuple[int, ...] = ()


@dataclass(slots=True)
class Tally:
    """The comparisons of one proof.

    Attributes:
        proof: its name.
        threshold: the threshold in words.
        verdict: what a failure means.
        comparisons: how many numbers were compared.
        points: how many points were looked at.
        skipped: how many were not, by reason.
        worst: the largest error as a share of the threshold.
        failures: what failed.
        notes: what a reader must know.
        undecided: why this proof could not decide, if it could not.
        good: the verdict where nothing failed: another than PROVED at points without a derivative.
    """

    proof: str
    threshold: str
    verdict: str = WRONG
    comparisons: int = 0
    points: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    worst: float | None = None
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    good: str = PROVED

    def equal(self, point: Point, entry: str, given: object, expected: object) -> bool:
        """Compare two values that must be the same."""
        self.comparisons += 1
        if given == expected:
            return True
        self.failures.append(Failure(point, entry, given, expected))
        return False

    def passed(self, count: int, share: float) -> None:
        """Count comparisons that went well, the worst of them so near to the threshold."""
        self.comparisons += count
        self.worst = share if self.worst is None else max(share, self.worst)

    def compare(  # noqa: PLR0913  both sides of a comparison and what to call it
        self,
        point: Point,
        label: str,
        given: Any,
        expected: Any,
        threshold: Any,
        *,
        name: str = "",
    ) -> bool:
        """Compare two arrays entry by entry; true if no entry is further off than ``threshold``.

        Not-a-number fails whatever it is compared with.
        """
        found, wanted = np.asarray(given, dtype=object), np.asarray(expected, dtype=object)
        if found.shape != wanted.shape:
            return self.equal(point, f"{label}.shape", found.shape, wanted.shape)
        good = True
        for place in np.ndindex(wanted.shape):
            self.comparisons += 1
            share = _share(found[place], wanted[place], threshold)
            self.worst = share if self.worst is None else max(share, self.worst)
            if share > 1:
                entry = f"{label}[{', '.join(map(str, place))}]" if place else label
                # not-a-number is no value to compare with, whoever gives it
                expected_here = "a number" if is_nan(found[place]) else wanted[place]
                failure = Failure(point, entry, found[place], expected_here, name, place)
                self.failures.append(failure)
                good = False
        return good

    def fresh(self) -> Tally:
        """An empty tally of the same proof."""
        return Tally(self.proof, self.threshold, self.verdict)

    def absorb(self, other: Tally) -> None:
        """Add what another tally of the same proof counted."""
        self.comparisons += other.comparisons
        self.points += other.points
        self.skipped.update(other.skipped)
        worst = [w for w in (self.worst, other.worst) if w is not None]
        self.worst = max(worst, default=None)
        self.failures += other.failures
        self.notes += [note for note in other.notes if note not in self.notes]
        self.undecided += other.undecided
        self.good = self.good if other.good == PROVED else other.good

    def line(self) -> Line:
        """The report line."""
        verdict, notes = self.good, list(self.notes)
        total = self.points + sum(self.skipped.values())
        if self.failures:
            verdict = self.verdict
        elif self.comparisons == 0 and self.good != PROVED:
            notes.append("no smooth point was found")
        elif self.comparisons == 0:
            verdict = INCONCLUSIVE
            notes.append("nothing was compared")
        elif sum(self.skipped.values()) > LARGEST_SKIPPED_SHARE * total:
            verdict = INCONCLUSIVE
            notes.append(f"{sum(self.skipped.values())} of {total} points were skipped")
        elif self.undecided:
            verdict = INCONCLUSIVE
        return Line(
            proof=self.proof,
            comparisons=self.comparisons,
            skipped=tuple(sorted(self.skipped.items())),
            worst=self.worst,
            threshold=self.threshold,
            verdict=verdict,
            note="; ".join([*self.undecided, *notes]),
        )


def _share(given: Any, expected: Any, threshold: Any) -> float:
    """The error as a share of the threshold; infinite for anything that is not a number."""
    if is_nan(given) or is_nan(expected):
        return float("inf")
    if given == expected:
        return 0.0
    error = abs(given - expected)
    return float(error / threshold) if threshold > 0 else float("inf")


def largest(*arrays: Any) -> Any:
    """The largest absolute value in some arrays; 0 if there is none."""
    return max((abs(x) for a in arrays for x in np.asarray(a, dtype=object).flat), default=0)
