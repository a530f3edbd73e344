"""From a program, its adjoint, its kernel and its verdict to the blocks of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.conventions import words
from derive.expr import Number
from derive.program import Array, Equation, Program
from numeric.check.result import CheckResult
from reports.document import (
    Block,
    Code,
    Display,
    Document,
    Inline,
    Line,
    Paragraph,
    Section,
    Table,
    Verdict,
)
from reports.equations import Derived
from reports.mathematics.layout import Digits, Fenced, Layout, Letter, Mark, row
from reports.mathematics.names import Names, plain
from reports.mathematics.subscripts import subscript
from reports.mathematics.typeset import typeset, typeset_equation

_SMOOTH = "Every function used here has a derivative everywhere that it can be reached."
_MEANINGS = {
    "PROVED": "The exact and the 80-digit proofs agree at every point tried, on every branch.",
    "KINK": "Proved away from the kinks; at the kinks the stated convention holds.",
    "SINGULAR": "Proved where the derivative is finite.",
    "WRONG": "A counterexample was found and reproduced.",
    "PRECISION": "The formulas are right, but floating point loses more digits than allowed.",
    "INCONCLUSIVE": "At least one proof could not decide.",
}
_ROLES = {"input": "input", "param": "parameter", "const": "constant, no gradient"}


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made of.

    Attributes:
        name: what the user calls the layer: a built-in name or a file.
        equations: the program with its backward equations.
        source: the emitted module.
        result: the verdict on it.
        settings: the hyperparameters that were given another value than their default.
    """

    name: str
    equations: Derived
    source: str
    result: CheckResult
    settings: Mapping[str, int | float]


def compose(material: Material) -> Document:
    """Arrange the report: symbols, forward, derivation, results, code, conventions, verdict."""
    equations = material.equations
    program = equations.program
    blocks = (
        *_symbols(program, equations.names),
        *_notation(program, equations.names),
        *_forward(equations),
        *_derivation(equations),
        *_results(equations),
        Section("NumPy code"),
        Code(material.source),
        *_conventions(program),
        *_verdict(material.result),
        *_reproduce(material),
    )
    return Document(
        title=program.title or material.name,
        subtitle="Backward equations, derived and checked",
        sources=program.sources,
        blocks=blocks,
    )


# ---- the parts ---------------------------------------------------------------------------------


def _symbols(program: Program, names: Names) -> tuple[Block, ...]:
    rows = [
        (
            names.array(array.name, _axes(array, names)),
            _role(array),
            _shape(array.axes, names),
        )
        for array in program.arrays
    ]
    rows += [
        (names.array(output, _indices(program.axes(output), names)), "output",
         _shape(program.axes(output), names))
        for output in program.outputs
    ]  # fmt: skip
    blocks: list[Block] = [Section("Symbols"), Table(("Symbol", "Role", "Shape"), tuple(rows))]
    if program.hypers:
        values = tuple(
            (plain(hyper.name), typeset(Number(hyper.default), names)) for hyper in program.hypers
        )
        blocks.append(Table(("Hyperparameter", "Value"), values))
    if program.extents:
        extents = tuple((_size(i, names), subscript(e, names)) for i, e in program.extents)
        blocks.append(Table(("Extent", "Value"), extents))
    blocks += [Paragraph((note,)) for note in program.notes]
    return tuple(blocks)


def _role(array: Array) -> str:
    return f"{_ROLES[array.role]}, integers" if array.integer else _ROLES[array.role]


def _axes(array: Array, names: Names) -> tuple[Layout, ...]:
    return _indices(array.axes, names)


def _indices(axes: tuple[str, ...], names: Names) -> tuple[Layout, ...]:
    return tuple(names.index(axis) for axis in axes)


def _shape(axes: tuple[str, ...], names: Names) -> Layout | str:
    if not axes:
        return "scalar"
    sizes: list[Layout] = []
    for axis in axes:
        sizes += [Mark("×", "binary"), _size(axis, names)] if sizes else [_size(axis, names)]
    return row(*sizes)


def _size(axis: str, names: Names) -> Layout:
    return Fenced("|", names.index(axis), "|")


def _notation(program: Program, names: Names) -> tuple[Block, ...]:
    loss = Letter("L")
    shown = next((a.name for a in program.arrays if a.differentiable), None)
    parts: list[Inline] = []
    if shown is not None:
        bar = names.array("d" + shown) if names.is_cotangent("d" + shown) else None
        if bar is not None:
            quotient = row(Mark("∂"), loss, Mark("/"), Mark("∂"), names.array(shown))
            parts += [
                "A bar marks the cotangent, the gradient of a scalar loss ", loss, ": ",
                row(bar, Mark("=", "relation"), quotient), ", entry by entry. ",
            ]  # fmt: skip
    parts += [
        "Indices count from 0; ", Fenced("|", Letter("i"), "|"), " is the extent of the index ",
        Letter("i"), ". A sum without limits runs over the whole range of its indices. ",
        "The bracket ",
        Fenced("[", Letter("P"), "]"), " is ", Digits("1"), " where ", Letter("P"), " holds and ",
        Digits("0"), " elsewhere. In backward equations, cotangents off their grid are ",
        Digits("0"), ".",
    ]  # fmt: skip
    blocks: list[Block] = [Section("Notation"), Paragraph(tuple(parts))]
    for fact in program.assumptions:
        equal = row(typeset(fact.left, names), Mark("=", "relation"), typeset(fact.right, names))
        blocks.append(Paragraph(("Assumed, for all free indices: ", equal, ".")))
    return tuple(blocks)


def _forward(equations: Derived) -> tuple[Block, ...]:
    lines = tuple(_line(equation, equations) for equation in equations.forward)
    return (Section("Forward equations"), Display(lines))


def _line(equation: Equation, equations: Derived) -> Line:
    left, right = typeset_equation(equation, equations.names)
    return Line(left, right, tag=equations.numbers[equation])


def _derivation(equations: Derived) -> tuple[Block, ...]:
    blocks: list[Block] = [Section("Derivation")]
    for equation in (*_put_in(equations), *equations.cotangents):
        blocks += _subject(equation, equations)
        blocks.append(Display(_story(equation, equations) or (_line(equation, equations),)))
    return tuple(blocks)


def _put_in(equations: Derived) -> tuple[Equation, ...]:
    """Cotangents that have no line of their own in the end, as they were put into others."""
    written = {equation.name for equation in equations.cotangents}
    last = {s.equation: s.result for s in equations.steps if s.equation not in written}
    return tuple(last.values())


def _subject(equation: Equation, equations: Derived) -> tuple[Block, ...]:
    if not equations.names.is_cotangent(equation.name):
        return (Paragraph(("What the backward equations need besides:",)),)
    what = "Gradient" if equation.name in equations.joint.outputs else "Cotangent"
    left, _ = typeset_equation(equation, equations.names)
    return (Paragraph((f"{what} ", left, ":")),)


def _story(equation: Equation, equations: Derived) -> tuple[Line, ...]:
    """A line for each recorded step; the last of them is the equation itself."""
    lines: list[Line] = []
    steps = (s for s in equations.steps if s.equation == equation.name and not equation.is_start)
    for step in steps:
        left, right = typeset_equation(step.result, equations.names)
        lines.append(Line(None if lines else left, right, step.rule))
    if lines:
        lines[-1] = replace(lines[-1], tag=equations.numbers.get(equation, ""))
    return tuple(lines)


def _results(equations: Derived) -> tuple[Block, ...]:
    found = (equations.joint.definition(name) for name in equations.joint.outputs)
    lines = tuple(_line(equation, equations) for equation in found if equation is not None)
    return (Section("Gradients"), Display(lines, result=True)) if lines else ()


def _conventions(program: Program) -> tuple[Block, ...]:
    found = words(program)
    if not found:
        return (Section("Kinks and ties"), Paragraph((_SMOOTH,)))
    lines = (Paragraph((convention,)) for convention in found)
    return (Section("Kinks and ties"), *lines)


def _verdict(result: CheckResult) -> tuple[Block, ...]:
    rows = tuple(
        (
            line.proof,
            f"{line.comparisons:,}",
            str(sum(count for _, count in line.skipped)),
            "exact" if line.worst is None else f"{line.worst:.1e}",
            line.threshold,
            line.verdict,
        )
        for line in result.lines
    )
    head = ("Proof", "Compared", "Skipped", "Worst/threshold", "Threshold", "Verdict")
    good = result.exit_code == 0
    blocks: list[Block] = [
        Section("Verdict"),
        Verdict(result.verdict, _MEANINGS[result.verdict], good),
        Table(head, rows, frozenset({1, 2, 3})),
    ]
    blocks += [Paragraph((f"{line.proof}: {line.note}",)) for line in result.lines if line.note]
    blocks += [Paragraph((note,)) for note in result.notes]
    if result.counterexample is not None:
        blocks.append(Code(str(result.counterexample), "text"))
    return tuple(blocks)


def _reproduce(material: Material) -> tuple[Block, ...]:
    settings = "".join(f" --set {name}={value}" for name, value in material.settings.items())
    command = f"backproof check {material.name}{settings} --seed {material.result.seed}"
    versions = ", ".join(f"{name} {version}" for name, version in material.result.versions)
    return (
        Section("How to reproduce"),
        Code(command, "text"),
        Paragraph((f"Checked with {versions}.",)),
    )
