"""Which conventions of the table in ``kinks`` a program can meet."""

from __future__ import annotations

from collections.abc import Iterator

from derive.expr import (
    Call,
    Div,
    Expr,
    Iverson,
    Node,
    Number,
    Power,
    Reduce,
    Select,
    children,
    is_static,
    reads,
)
from derive.kinks import CONVENTIONS, SINGULAR, Convention
from derive.positive import Signs
from derive.program import Program


def conventions(program: Program) -> tuple[Convention, ...]:
    """The rows that apply to what the equations use, each once, in written order.

    Kinks, ties and jumps come first. A singular point is left out where it cannot be reached:
    ``sqrt(v[n] + eps)`` over a sum of squares never is at zero.
    """
    met = _Met(program)
    found = [name for e in program.equations for name in met.inside(e.expr, Signs(program))]
    rows = [CONVENTIONS[name] for name in dict.fromkeys(found)]
    return tuple(sorted(rows, key=lambda row: row.kind == SINGULAR))


def words(program: Program) -> list[str]:
    """The same as lines of text."""
    return [row.words for row in conventions(program)]


class _Met:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._constants = {a.name for a in program.arrays if not a.differentiable}

    def inside(self, node: Node, signs: Signs) -> Iterator[str]:
        """The constructs inside ``node`` that have a row, where what ``signs`` says holds."""
        yield from self._own(node, signs)
        if isinstance(node, Select):
            yield from self.inside(node.condition, signs)
            yield from self.inside(node.then, signs.given(node.condition))
            yield from self.inside(node.other, signs)
        elif isinstance(node, Reduce):
            yield from self.inside(node.body, signs.given(node.where))
        else:
            for part in children(node):
                yield from self.inside(part, signs)

    def _own(self, node: Node, signs: Signs) -> Iterator[str]:
        match node:
            case Call("log" | "sqrt" as name, (argument,)):
                if self._varies(argument) and not signs.positive(argument):
                    yield name
            case Call(name) if name in CONVENTIONS:
                yield name
            case Div(_, below):
                if self._varies(below) and not signs.positive(below):
                    yield "/"
            case Power(base, exponent):
                if self._is_singular(base, exponent, signs):
                    yield "^"
            case Select(condition) if not is_static(condition):
                yield "if"
            case Iverson(condition) if not is_static(condition):
                yield "[condition]"
            case Reduce(op) if f"{op}[...]" in CONVENTIONS and op != "logsumexp":
                yield f"{op}[...]"

    def _is_singular(self, base: Expr, exponent: Expr, signs: Signs) -> bool:
        if not self._varies(base) or signs.positive(base):
            return False
        if not isinstance(exponent, Number):
            return True
        value = exponent.value
        return value < 1 and value != 0

    def _varies(self, node: Expr) -> bool:
        """Whether an expression depends on an array that has a gradient, or is computed."""
        return any(read.array not in self._constants for read in reads(node))
