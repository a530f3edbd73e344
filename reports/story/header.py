"""The facts at the top: symbols with their roles and shapes, hyperparameters, ranges."""

from __future__ import annotations

from collections.abc import Iterator

from derive.expr import Number
from derive.program import Array, Program
from reports.document import Block, Fact, Facts, Inline, Paragraph
from reports.mathematics.layout import COMMA, Fenced, Layout, Mark, row
from reports.mathematics.names import Names, plain
from reports.mathematics.subscripts import subscript
from reports.mathematics.typeset import typeset

_ROLES = {"input": "input", "param": "parameter", "const": "constant"}
_TIMES = Mark("×", "binary")


def header(program: Program, names: Names) -> tuple[Block, ...]:
    """Give the facts, the ranges that follow from others, and the author's notes."""
    blocks: list[Block] = [Facts((*_symbols(program, names), *_hypers(program, names)))]
    if program.extents:
        blocks.append(_ranges(program, names))
    blocks += [Paragraph((note,)) for note in _sentences(program.notes)]
    return tuple(blocks)


def _sentences(notes: tuple[str, ...]) -> Iterator[str]:
    """The notes, those put together that only go on from one line to the next."""
    begun: list[str] = []
    for note in notes:
        begun.append(note)
        if note.rstrip().endswith((".", "!", "?", ":")):
            yield " ".join(begun)
            begun = []
    if begun:
        yield " ".join(begun)


def shape(axes: tuple[str, ...], names: Names) -> Layout | str:
    """Show the extents of some axes."""
    if not axes:
        return "scalar"
    shown: list[Layout] = []
    for axis in axes:
        shown += [_TIMES, size(axis, names)] if shown else [size(axis, names)]
    return row(*shown)


def size(axis: str, names: Names) -> Layout:
    """Show the extent of an index."""
    return Fenced("|", names.index(axis), "|")


def _symbols(program: Program, names: Names) -> Iterator[Fact]:
    """One fact for all arrays of one role and shape."""
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for array in program.arrays:
        rows.setdefault((_role(array), array.axes), []).append(array.name)
    for output in dict.fromkeys(program.outputs):
        rows.setdefault(("output", program.axes(output)), []).append(output)
    for (role, axes), arrays in rows.items():
        below = tuple(names.index(axis) for axis in axes)
        shown: list[Layout] = []
        for name in arrays:
            shown += [COMMA] if shown else []
            shown.append(names.array(name, below))
        yield Fact(role if len(arrays) == 1 else f"{role}s", row(*shown), shape(axes, names))


def _role(array: Array) -> str:
    return f"integer {_ROLES[array.role]}" if array.integer else _ROLES[array.role]


def _hypers(program: Program, names: Names) -> Iterator[Fact]:
    for hyper in program.hypers:
        yield Fact("hyperparameter", plain(hyper.name), typeset(Number(hyper.default), names))


def _ranges(program: Program, names: Names) -> Paragraph:
    parts: list[Inline] = ["Extents that follow from others: "]
    for position, (index, extent) in enumerate(program.extents):
        parts.append(", " if position else "")
        parts.append(row(size(index, names), Mark("=", "relation"), subscript(extent, names)))
    return Paragraph((*parts, "."))
