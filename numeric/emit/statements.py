"""Statements of a plan as lines of Python."""

from __future__ import annotations

from collections.abc import Sequence

from derive.lower.plan import (
    Accumulate,
    Assign,
    For,
    Quietly,
    Stmt,
    Stored,
    Update,
)
from numeric.emit.expressions import expression, spelled
from numeric.emit.text import WIDTH, Text, broken
from numeric.names import Names

INDENT = "    "
# Updates stand inside functions and loops, three levels deep at most.
COMFORTABLE = WIDTH - 3 * len(INDENT)
SHORT_TARGET = 40


def emit_statements(
    statements: Sequence[Stmt], names: Names, note: str = "", margin: str = ""
) -> list[str]:
    """Lines of Python behind ``margin``; ``note`` becomes a comment on the first."""
    pieces = [margin + piece for s in statements for piece in _lines(s, names)]
    lines = [line for piece in pieces for line in broken(piece)]
    if note and lines:
        first = f"{lines[0]}  # {note}"
        lines = [first, *lines[1:]] if len(first) <= WIDTH else [f"# {note}", *lines]
    return lines


def _lines(statement: Stmt, names: Names) -> list[str]:
    match statement:
        case Assign(name, value):
            return [f"{names.arrays.get(name, name)} = {expression(value, names)}"]
        case Update():
            return _update(statement, names)
        case Accumulate(target, parts, value):
            places = spelled(parts, names)
            array = expression(target, names)
            inside = f"({places})" if len(parts) > 1 and "," in places else places
            return [f"np.add.at({array}, {inside}, {expression(value, names)})"]
        case For(index, body):
            name = names.indices[index.name]
            return [
                f"for {name} in range({names.sizes[index.name]}):", *_indented(body, names)
            ]  # fmt: skip
        case Quietly(body):
            return ['with np.errstate(all="ignore"):', *_indented(body, names)]
    raise TypeError(f"{type(statement).__name__} is not a statement: add it to numeric.emit")


def _indented(body: Sequence[Stmt], names: Names) -> list[str]:
    return [INDENT + line for statement in body for line in _lines(statement, names)]


def _update(statement: Update, names: Names) -> list[str]:
    target, value = str(expression(statement.target, names)), expression(statement.value, names)
    line = _in_place(target, statement.op, value, isinstance(statement.target, Stored))
    # the view gets a name where the line would have to be broken inside of it
    if len(line) <= COMFORTABLE or len(target) <= SHORT_TARGET:
        return [line]
    return [f"part = {target}", _in_place("part", statement.op, value, whole=True)]


def _in_place(target: str, op: str, value: Text, whole: bool) -> str:
    if op in ("maximum", "minimum"):
        return f"np.{op}({target}, {value}, out={target})"
    if op == "=" and whole:
        return f"{target}[...] = {value}"
    return f"{target} {op} {value}"
