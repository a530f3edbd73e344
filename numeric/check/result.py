"""What a check found: a verdict, one line per proof, and a counterexample if there is one.

verdict        exit code   meaning
PROVED         0           every proof agrees, at every point, on every branch
KINK           0           points without a derivative; the stated convention holds there
SINGULAR       0           points where the derivative is infinite or undefined
WRONG          1           a counterexample, reproduced at two precisions
PRECISION      2           the formula is right, floats lose more than the budget
INCONCLUSIVE   3           some step could not decide; the line says which
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from derive.display import Displayed

PROVED, KINK, SINGULAR = "PROVED", "KINK", "SINGULAR"
WRONG, PRECISION, INCONCLUSIVE = "WRONG", "PRECISION", "INCONCLUSIVE"
EXIT_CODES = {PROVED: 0, KINK: 0, SINGULAR: 0, WRONG: 1, PRECISION: 2, INCONCLUSIVE: 3}
# The first of these that some line has is the verdict of the whole. PRECISION says that the
# formula is right, so it stands behind INCONCLUSIVE. A kink or a singular point does not stand
# in the way of a proof at the others.
_ORDER = (WRONG, INCONCLUSIVE, PRECISION)
# More skipped points than this leave too little to decide on.
LARGEST_SKIPPED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest disagreement found.

    Attributes:
        proof: the proof that found it.
        entry: what disagrees, as ``dW[0, 1]``.
        given: what the kernel gives, at 30 digits where it is a number.
        expected: what it should give.
        sizes: the extents of the arrays.
        hypers: the hyperparameters of the kernel.
        cotangent: the cotangent, as ``one-hot dz[0, 1]``.
        detail: how it was found and reproduced.
        cause: the likely cause, as a sentence; empty if none is known.
    """

    proof: str
    entry: str
    given: str
    expected: str
    sizes: tuple[tuple[str, int], ...] = ()
    hypers: tuple[tuple[str, str], ...] = ()
    cotangent: str = ""
    detail: str = ""
    cause: str = ""

    def __str__(self) -> str:
        sizes = ", ".join(f"{name}={size}" for name, size in self.sizes)
        hypers = ", ".join(f"{name}={value}" for name, value in self.hypers)
        rows = [
            ("entry", self.entry),
            ("kernel", self.given),
            ("expected", self.expected),
            ("extents", sizes),
            ("hyper", hypers),
            ("cotangent", self.cotangent),
            ("found", self.detail),
            ("likely cause", self.cause),
        ]
        return "\n".join(f"  {label:<14}{text}" for label, text in rows if text)


@dataclass(frozen=True, slots=True)
class Line:
    """What one proof found.

    Attributes:
        proof: its name.
        comparisons: how many numbers were compared.
        skipped: how many points were left out, by reason.
        worst: the largest error as a share of the threshold; None where equality is asked for.
        threshold: the threshold, in words.
        verdict: the verdict of this proof alone.
        note: what a reader must know: why it could not decide, or which convention was used.
    """

    proof: str
    comparisons: int
    skipped: tuple[tuple[str, int], ...]
    worst: float | None
    threshold: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult(Displayed):
    """A verdict and what it rests on.

    Attributes:
        title: what was checked.
        lines: one per proof, in the order in which they ran.
        counterexample: the smallest disagreement, if the verdict is WRONG or PRECISION.
        notes: facts used, conventions, declared things that are not read.
        seed: all draws follow from it.
        versions: of Python and the libraries used.
    """

    title: str
    lines: tuple[Line, ...]
    counterexample: Counterexample | None = None
    notes: tuple[str, ...] = ()
    seed: int = 0
    versions: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def verdict(self) -> str:
        """The verdict of the whole."""
        found = {line.verdict for line in self.lines}
        if not self.lines:
            return INCONCLUSIVE
        return next((verdict for verdict in _ORDER if verdict in found), self._at_best)

    @property
    def _at_best(self) -> str:
        """PROVED, unless some proof found no smooth point to compare anything at."""
        empty = {line.verdict for line in self.lines if not line.comparisons}
        return next((verdict for verdict in (KINK, SINGULAR) if verdict in empty), PROVED)

    @property
    def exit_code(self) -> int:
        """What a command line returns for this verdict."""
        return EXIT_CODES[self.verdict]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers."""
        return {
            "title": self.title,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "seed": self.seed,
            "versions": dict(self.versions),
            "notes": list(self.notes),
            "proofs": [asdict(line) | {"skipped": dict(line.skipped)} for line in self.lines],
            "counterexample": None
            if self.counterexample is None
            else asdict(self.counterexample)
            | {
                "sizes": dict(self.counterexample.sizes),
                "hypers": dict(self.counterexample.hypers),
            },
        }

    def __str__(self) -> str:
        heads = ("proof", "compared", "skipped", "worst/threshold", "threshold", "verdict")
        rows = [heads, *map(_cells, self.lines)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        notes = [f"  {line.proof}: {line.note}" for line in self.lines if line.note]
        notes += [f"  note: {note}" for note in self.notes]
        versions = ", ".join(f"{name} {version}" for name, version in self.versions)
        parts = [f"{self.title}: {self.verdict}", *table, *notes]
        if self.counterexample is not None:
            parts += [f"counterexample to {self.counterexample.proof}", str(self.counterexample)]
        return "\n".join([*parts, f"seed {self.seed}; {versions}"])


def _cells(line: Line) -> tuple[str, ...]:
    skipped = ", ".join(f"{count} {reason}" for reason, count in line.skipped) or "0"
    worst = "-" if line.worst is None else f"{line.worst:.1e}"
    return (line.proof, str(line.comparisons), skipped, worst, line.threshold, line.verdict)
