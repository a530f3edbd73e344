"""What a notebook shows of a value, as a small document: no sections, no numbers to cite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from derive.program import Equation, Program
from numeric.check.claims.result import (
    HOLDS,
    PROVED,
    UNKNOWN,
    WRONG,
    ClaimResult,
    ProveResult,
)
from numeric.check.result import EXIT_CODES, CheckResult
from numeric.check.result import Line as Proof
from numeric.kernel import Kernel
from numeric.network import Network
from reports.document import (
    Block,
    Code,
    Display,
    Document,
    Inline,
    Judged,
    Line,
    Mono,
    Paragraph,
    Table,
    Verdict,
)
from reports.equations import derived
from reports.mathematics.layout import Layout
from reports.mathematics.names import Names, names_of
from reports.mathematics.typeset import typeset_equation
from reports.network.table import steps_table
from reports.story.proof import MEANINGS

_ROLES = {"input": "input", "param": "parameter", "const": "constant"}
_UNTITLED = "Program"
_JUDGED = {
    PROVED: "Every step follows, and is equal to what the equations say.",
    HOLDS: "No proof was found, but the numbers are equal at every point.",
    WRONG: "A counterexample was found and reproduced.",
    UNKNOWN: "Of at least one step nothing can be said.",
}
_GOOD = (PROVED, HOLDS)


@singledispatch
def contents(value: object) -> Document | None:  # noqa: ARG001  the default of a table of rules
    """What to show of ``value``; None for a value of another kind."""
    return None


@contents.register
def _(value: Program) -> Document:
    names = names_of(value)
    blocks = (_arrays(value, names), _display(value.equations, names))
    return Document(value.title or _UNTITLED, "", value.sources, blocks)


@contents.register
def _(value: Kernel) -> Document:
    found = derived(value.program)
    gradients = [found.joint.definition(name) for name in found.joint.outputs]
    blocks: list[Block] = [
        _arrays(value.program, found.names),
        _display(value.program.equations, found.names),
        _display([e for e in gradients if e is not None], found.names, result=True),
        Code(value.source),
    ]
    return Document(value.program.title or _UNTITLED, "Kernel", (), tuple(blocks))


def _arrays(program: Program, names: Names) -> Paragraph:
    """What goes in and comes out, by its role: "Input x; parameters W, b; output a."""
    roles = {role: [a.name for a in program.arrays if a.role == role] for role in _ROLES}
    roles["output"] = list(program.outputs)
    parts: list[Inline] = []
    for role, members in roles.items():
        for position, name in enumerate(members):
            word = _ROLES.get(role, role) + "s" * (len(members) > 1)
            lead = f"; {word} " if parts else f"{word.capitalize()} "
            parts.append(", " if position else lead)
            parts.append(names.array(name, _below(program.axes(name), names)))
    return Paragraph((*parts, "."))


def _below(axes: tuple[str, ...], names: Names) -> tuple[Layout, ...]:
    return tuple(names.index(axis) for axis in axes)


def _display(equations: Iterable[Equation], names: Names, *, result: bool = False) -> Display:
    sides = (typeset_equation(equation, names) for equation in equations)
    return Display(tuple(Line(left, right) for left, right in sides), result)


@contents.register
def _(value: CheckResult) -> Document:
    rows = tuple(_proof(line) for line in value.lines)
    blocks: list[Block] = [
        Verdict(value.verdict, MEANINGS[value.verdict], value.exit_code == 0),
        Table(("Proof", "Compared", "Worst/threshold", "Verdict"), rows, frozenset({1, 2})),
    ]
    blocks += [Paragraph((f"{line.proof}: {line.note}",)) for line in value.lines if line.note]
    blocks += [Paragraph((note,)) for note in value.notes]
    if value.counterexample is not None:
        blocks.append(Code(str(value.counterexample), "text"))
    return Document(value.title, "", (), (*blocks, _drawn_from(value.seed, value.versions)))


def _proof(line: Proof) -> tuple[Inline, ...]:
    worst = "exact" if line.worst is None else f"{line.worst:.1e}"
    good = EXIT_CODES[line.verdict] == 0
    return (line.proof, f"{line.comparisons:,}", worst, Judged(line.verdict, good))


@contents.register
def _(value: ProveResult) -> Document:
    rows = tuple(row for claim in value.claims for row in _claim(claim))
    blocks: list[Block] = [
        Verdict(value.verdict, _JUDGED[value.verdict], value.verdict in _GOOD),
        Table(("Line", "Claim", "This step", "Against the equations"), rows, frozenset({0})),
    ]
    blocks += [Code(text, "text") for claim in value.claims for text in _differences(claim)]
    blocks += [Paragraph((note,)) for note in value.notes]
    return Document(value.title, "", (), (*blocks, _drawn_from(value.seed, value.versions)))


def _claim(claim: ClaimResult) -> Iterator[tuple[Inline, ...]]:
    for number, step in enumerate(claim.steps):
        text = Mono(f"= {step.text}" if number else f"{claim.left} = {step.text}")
        link, truth = (Judged(j.told, j.verdict in _GOOD) for j in (step.link, step.truth))
        yield (str(step.line or ""), text, link, truth)


def _differences(claim: ClaimResult) -> Iterator[str]:
    """What contradicts the first wrong step, and its likely cause."""
    if claim.first_wrong is None:
        return
    link = claim.steps[claim.first_wrong - 1].link
    rows = [("cause", link.cause)] if link.cause else []
    rows += list(link.difference.rows()) if link.difference is not None else []
    lines = [f"{label:<10}{text}" for label, text in rows if text]
    yield "\n".join([f"step {claim.first_wrong} of {claim.left} is the first wrong one", *lines])


def _drawn_from(seed: int, versions: tuple[tuple[str, str], ...]) -> Paragraph:
    told = ", ".join(f"{name} {version}" for name, version in versions)
    return Paragraph((f"Seed {seed}; {told}." if told else f"Seed {seed}.",))


@contents.register
def _(value: Network) -> Document:
    told = f"{value.size:,} trained numbers in {value.dtype}."
    return Document("Network", "", (), (steps_table(value), Paragraph((told,))))
