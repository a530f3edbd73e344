"""What the proofs say: the policy at kinks, the table, the verdict, what was evaluated."""

from __future__ import annotations

from derive.conventions import words
from derive.program import Program
from numeric.check.result import CheckResult, Line
from reports.document import Block, Code, Inline, Paragraph, Section, Table, Verdict
from reports.evaluation.lines import Evaluated

_SMOOTH = "Every function used here has a derivative everywhere that it can be reached."
MEANINGS = {
    "PROVED": "The exact and the 80-digit proofs agree at every point tried, on every branch.",
    "KINK": "Proved away from the kinks; at the kinks the stated convention holds.",
    "SINGULAR": "Proved where the derivative is finite.",
    "WRONG": "A counterexample was found and reproduced.",
    "PRECISION": "The formulas are right, but floating point loses more digits than allowed.",
    "INCONCLUSIVE": "At least one proof could not decide.",
}
_HEAD = ("Proof", "Compared", "Skipped", "Worst/threshold", "Threshold", "Verdict")


def conventions(program: Program) -> tuple[Block, ...]:
    """Say which derivative is taken at kinks and ties."""
    found = words(program) or (_SMOOTH,)
    return (Section("Kinks and ties"), *(Paragraph((text,)) for text in found))


def proof(result: CheckResult, evaluated: Evaluated, matrix_forms: int) -> tuple[Block, ...]:
    """Give the verdict, the table of proofs, and how many displayed equalities were evaluated."""
    good = result.exit_code == 0
    rows = tuple(_row(line) for line in result.lines)
    blocks: list[Block] = [
        Section("Proof"),
        Verdict(result.verdict, MEANINGS[result.verdict], good),
        Table(_HEAD, rows, frozenset({1, 2, 3})),
    ]
    blocks += [Paragraph((f"{line.proof}: {line.note}",)) for line in result.lines if line.note]
    blocks += [Paragraph((note,)) for note in result.notes]
    if result.counterexample is not None:
        blocks.append(Code(str(result.counterexample), "text"))
    blocks.append(Paragraph((_evaluated(evaluated, matrix_forms),)))
    return tuple(blocks)


def _row(line: Line) -> tuple[Inline, ...]:
    return (
        line.proof,
        f"{line.comparisons:,}",
        str(sum(count for _, count in line.skipped)),
        "exact" if line.worst is None else f"{line.worst:.1e}",
        line.threshold,
        line.verdict,
    )


def _evaluated(found: Evaluated, matrix_forms: int) -> str:
    if found.reason:
        return f"No displayed equality was evaluated, for want of data: {found.reason}."
    text = (
        f"Besides, {found.equalities + matrix_forms} equalities were evaluated at drawn data before"
        " any of them was shown: every line against the line before it and the true gradient"
    )
    text += f", and {matrix_forms} matrix forms against their index forms." if matrix_forms else "."
    if found.open:
        text += f" Left open, on a kink or without a value there: {len(found.open)}."
    return text
