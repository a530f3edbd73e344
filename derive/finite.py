"""Which arrays of a program may hold infinities or NaN although everything given is finite."""

from __future__ import annotations

from derive.expr import ONE, Call, Div, Node, Power, Reduce, children, reads
from derive.positive import Signs
from derive.program import Program
from derive.total import BOUNDED, is_total


def wild_arrays(program: Program) -> frozenset[str]:
    """Arrays computed by roots, logarithms, quotients and the like, or from such arrays.

    An array is tame where signs tell that no pole is met: a quotient by ``1 + x^2``.
    """
    signs, wild = Signs(program), set[str]()
    while True:
        more = {
            e.name
            for e in program.equations
            if e.name not in wild
            and (not _is_tame(e.expr, signs) or any(r.array in wild for r in reads(e.expr)))
        }
        if not more:
            return frozenset(wild)
        wild |= more


def _is_tame(node: Node, signs: Signs) -> bool:
    return _own(node, signs) and all(_is_tame(part, signs) for part in children(node))


def _own(node: Node, signs: Signs) -> bool:  # noqa: PLR0911  one line per node
    match node:
        case Div(_, below):
            return is_total(Div(ONE, below)) or signs.positive(below)
        case Call("sqrt", (argument,)):
            return signs.nonnegative(argument)
        case Call("log", (argument,)):
            return signs.positive(argument)
        case Call(name):
            return name in BOUNDED
        case Power(base, exponent):
            return is_total(Power(ONE, exponent)) or signs.positive(base)
        case Reduce(op):
            return op != "logsumexp"
    return True
