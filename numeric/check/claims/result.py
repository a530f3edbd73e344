"""What was found about claims: a verdict for each step, twice.

verdict               exit code   meaning
proved                0           the normal forms are equal, and so are the numbers
holds numerically     3           no proof was found, the numbers are equal at every point
wrong                 1           a counterexample, reproduced at two precisions
cannot say            3           there was nothing to compare; the reason is given
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from derive.display import Displayed

PROVED, HOLDS, WRONG, UNKNOWN = "proved", "holds numerically", "wrong", "cannot say"
_GRAVEST_FIRST = (WRONG, UNKNOWN, HOLDS, PROVED)
_EXIT_CODES = {PROVED: 0, HOLDS: 3, WRONG: 1, UNKNOWN: 3}
WIDEST = 78  # of a step in the table


@dataclass(frozen=True, slots=True)
class Difference:
    """The smallest disagreement found.

    Attributes:
        entry: the element, as ``dW[0, 1]``.
        claimed: what the step gives there, at 30 digits.
        expected: what it should give.
        sizes: the extents of the arrays.
        data: the arrays that are small enough to be shown.
        cotangent: the cotangent, as ``one-hot dy[0, 1]``.
        found: at which digits it was reproduced, or that the shapes differ.
    """

    entry: str
    claimed: str
    expected: str
    sizes: tuple[tuple[str, int], ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    cotangent: str = ""
    found: str = ""

    def rows(self) -> Iterator[tuple[str, str]]:
        """Labels and texts, for printing."""
        yield from (("entry", self.entry), ("claimed", self.claimed), ("expected", self.expected))
        yield "extents", ", ".join(f"{name}={size}" for name, size in self.sizes)
        yield from self.data
        yield from (("cotangent", self.cotangent), ("found", self.found))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about one equality.

    Attributes:
        verdict: one of the table above.
        points: how many points were compared.
        entries: how many numbers were compared.
        reason: why nothing can be said, or that the numbers contradict a proof.
        difference: the counterexample, if it is wrong.
        cause: the likely mistake, as a sentence.
        readings: under which other readings it would hold.
    """

    verdict: str
    points: int = 0
    entries: int = 0
    reason: str = ""
    difference: Difference | None = None
    cause: str = ""
    readings: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The verdict, with what it rests on."""
        return f"{self.verdict} at {self.points} points" if self.verdict == HOLDS else self.verdict


@dataclass(frozen=True, slots=True)
class Step:
    """One side of a claim.

    Attributes:
        text: the side.
        line: the line of the text it stands in.
        link: whether it is equal to the side before; for the first side, to the left side.
        truth: whether it is equal to what the equations say of the left side.
    """

    text: str
    line: int
    link: Judgement
    truth: Judgement


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What was found about one claim: its left side and its steps."""

    left: str
    steps: tuple[Step, ...]

    @property
    def verdict(self) -> str:
        """The gravest verdict of all links and steps."""
        found = {j.verdict for step in self.steps for j in (step.link, step.truth)}
        return next(verdict for verdict in _GRAVEST_FIRST if verdict in found)

    @property
    def first_wrong(self) -> int | None:
        """The number of the first wrong link, from 1; None if no link is wrong."""
        wrong = (n for n, step in enumerate(self.steps, 1) if step.link.verdict == WRONG)
        return next(wrong, None)


@dataclass(frozen=True, slots=True)
class ProveResult(Displayed):
    """What was found about the claims of a program.

    Attributes:
        title: of the program.
        claims: one for each, in written order.
        seed: all draws follow from it.
        notes: what holds for all of them.
        versions: of Python and the libraries used.
    """

    title: str
    claims: tuple[ClaimResult, ...]
    seed: int = 0
    notes: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def verdict(self) -> str:
        """The gravest verdict of all claims."""
        found = {claim.verdict for claim in self.claims}
        return next(verdict for verdict in _GRAVEST_FIRST if verdict in found)

    @property
    def exit_code(self) -> int:
        """0 if all is proved, 1 if anything is wrong, else 3."""
        return _EXIT_CODES[self.verdict]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers."""
        return {
            "title": self.title,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "seed": self.seed,
            "versions": dict(self.versions),
            "notes": list(self.notes),
            "claims": [
                {
                    "left": claim.left,
                    "verdict": claim.verdict,
                    "first_wrong_link": claim.first_wrong,
                    "steps": [_as_json(step) for step in claim.steps],
                }
                for claim in self.claims
            ],
        }

    def __str__(self) -> str:
        heads = ("line", "claim", "this step", "against the equations")
        rows = [heads, *(row for claim in self.claims for row in _rows(claim))]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        details = [line for claim in self.claims for line in _details(claim)]
        versions = ", ".join(f"{name} {version}" for name, version in self.versions)
        notes = [f"note: {note}" for note in self.notes]
        last = f"seed {self.seed}; {versions}"
        return "\n".join([f"{self.title}: {self.verdict}", *table, *details, *notes, last])


def _as_json(step: Step) -> dict[str, Any]:
    found = asdict(step)
    for name in ("link", "truth"):
        difference = found[name]["difference"]
        if difference is not None:
            difference["sizes"] = dict(difference["sizes"])
            difference["data"] = dict(difference["data"])
    return found


def _rows(claim: ClaimResult) -> Iterator[tuple[str, str, str, str]]:
    indent = " " * len(claim.left)
    for number, step in enumerate(claim.steps):
        text = f"{indent if number else claim.left} = {step.text}"
        shown = text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
        yield str(step.line or "-"), shown, step.link.told, step.truth.told


def _details(claim: ClaimResult) -> Iterator[str]:
    if claim.first_wrong is not None:
        step = claim.steps[claim.first_wrong - 1]
        place = f"line {step.line}: " if step.line else ""
        yield f"{place}the first wrong step of {claim.left} is number {claim.first_wrong}"
    for number, step in enumerate(claim.steps, 1):
        name = f"{claim.left}, step {number}"
        judged = [("", step.truth)]
        if number > 1 and step.link != step.truth:
            judged.insert(0, (" against the step before", step.link))
        for against, found in judged:
            yield from _told(f"{name}{against}", found)


def _told(name: str, found: Judgement) -> Iterator[str]:
    if found.reason:
        yield f"{name}: {found.reason}"
    if found.difference is not None:
        yield f"{name} is wrong" + (f": {found.cause}" if found.cause else "")
        yield from (f"  {label:<10}{text}" for label, text in found.difference.rows() if text)
    yield from (f"  it would hold {reading}" for reading in found.readings)
