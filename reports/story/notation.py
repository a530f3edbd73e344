"""What the signs mean, of those that this report uses and of no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.expr import index_exprs
from derive.index import Exact
from derive.program import Program
from reports.document import Block, Display, Inline, Paragraph, Section
from reports.equations import Derived
from reports.mathematics.layout import (
    Digits,
    Fenced,
    Layout,
    Letter,
    Limits,
    Mark,
    Scripts,
    parts,
    row,
)
from reports.mathematics.names import Names
from reports.mathematics.typeset import typeset
from reports.story.matrices import matrices, signs

_EQUAL, _HALF = Mark("=", "relation"), Mark("/")
_I, _J, _P, _L = Letter("i"), Letter("j"), Letter("P"), Letter("L")


def notation(equations: Derived, shown: Iterable[Block]) -> tuple[Block, ...]:
    """Explain the signs that stand in the blocks ``shown``."""
    used = frozenset(sign for block in shown for sign in _signs(block))
    if equations.names.has("delta"):
        used -= {"delta"}  # the program's own
    sentences = [*_cotangents(equations), *_indices(used), *_brackets(used), *matrices(used)]
    sentences += _off_grid(equations)
    text: list[Inline] = []
    for sentence in sentences:
        text += [*sentence, " "]
    blocks: list[Block] = [Section("Notation"), Paragraph(tuple(text[:-1]))]
    blocks += _assumptions(equations.program, equations.names)
    return tuple(blocks)


Sentence = tuple[Inline, ...]


def _cotangents(equations: Derived) -> Iterator[Sentence]:
    names = equations.names
    outputs = tuple(dict.fromkeys(equations.program.outputs))
    array = next((a for a in equations.program.arrays if a.differentiable), None)
    if array is None or not names.is_cotangent("d" + array.name):
        return
    below = tuple(names.index(axis) for axis in array.axes)
    element = names.array(array.name, below)
    quotient = row(Mark("∂"), _L, _HALF, Mark("∂"), element)
    bar = names.array("d" + array.name, below)
    given = [names.array("d" + output) for output in outputs if names.is_cotangent("d" + output)]
    yield (
        "A bar is the gradient of a scalar loss ", _L, ": ", row(bar, _EQUAL, quotient),
        "." if not given else "; ", *_among(given), " is given." if len(given) == 1 else
        " are given." if given else "",
    )  # fmt: skip


def _among(given: list[Layout]) -> Iterator[Inline]:
    for position, layout in enumerate(given):
        if position:
            yield " and " if position == len(given) - 1 else ", "
        yield layout


def _indices(used: frozenset[str]) -> Iterator[Sentence]:
    if "size" in used:
        size = Fenced("|", _I, "|")
        yield ("Indices count from ", Digits("0"), "; ", size, " is the extent of ", _I, ".")
    if "prime" in used:
        yield ("A prime marks another index with the same range.",)
    if "sum" in used:
        yield ("A sum without limits runs over the whole range of its indices.",)


def _brackets(used: frozenset[str]) -> Iterator[Sentence]:
    delta = Scripts(Letter("δ"), row(_I, _J))
    bracket = Fenced("[", _P, "]")
    if "delta" in used:
        yield (
            "Kronecker's ", delta, " is ", Digits("1"), " where the two are equal and ",
            Digits("0"), " elsewhere; a delta and the index that it turns into share a colour.",
        )  # fmt: skip
    if "bracket" in used:
        yield (
            "Iverson's ", bracket, " is ", Digits("1"), " where ", _P, " holds and ", Digits("0"),
            " elsewhere.",
        )  # fmt: skip


def _off_grid(equations: Derived) -> Iterator[Sentence]:
    given = {array.name for array in equations.program.arrays}
    cotangents = {equation.name for equation in equations.cotangents}
    cotangents |= {array.name for array in equations.joint.arrays} - given
    if not any(pad.array in cotangents for pad in equations.joint.pads):
        return
    exprs = [index for e in equations.joint.equations for index in index_exprs(e.expr)]
    quotients = any(isinstance(atom, Exact) for expr in exprs for atom in expr.atoms())
    also = ", as between its points" if quotients else ""
    yield (f"Off its grid{also}, a cotangent is ", Digits("0"), ".")


def _assumptions(program: Program, names: Names) -> Iterator[Block]:
    for fact in program.assumptions:
        equal = row(typeset(fact.left, names), _EQUAL, typeset(fact.right, names))
        yield Paragraph(("Assumed, for all free indices: ", equal, "."))


# ---- which signs are there ---------------------------------------------------------------------


def _signs(block: Block) -> Iterator[str]:
    if isinstance(block, Display):
        for line in block.lines:
            yield from _within(line.right)
            if line.left is not None:
                yield from _within(line.left)


def _within(layout: Layout) -> Iterator[str]:
    match layout:
        case Scripts(Letter("δ"), _, None):
            yield "delta"
        case Fenced("[", _, _):
            yield "bracket"
        case Fenced("|", Letter() | Scripts(), _):
            yield "size"
        case Limits(Mark("∑"), _):
            yield "sum"
        case Mark(character) if character.startswith("′"):
            yield "prime"
    yield from signs(layout)
    for part in parts(layout):
        yield from _within(part)
