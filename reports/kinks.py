"""Where a program has no derivative, and what it uses there."""

from __future__ import annotations

from derive.expr import Call, Reduce, Select, walk
from derive.functions import FUNCTIONS, REDUCTION_KINKS
from derive.program import Program

_BRANCHES = "a if c else b: the branch that is taken"


def kinks(program: Program) -> tuple[str, ...]:
    """Give the conventions that ``program`` needs, each once, in order of need."""
    found: dict[str, None] = {}
    for equation in program.equations:
        for node in walk(equation.expr):
            match node:
                case Call(name) if FUNCTIONS[name].kink:
                    found[FUNCTIONS[name].kink] = None
                case Reduce(op) if op in REDUCTION_KINKS:
                    found[REDUCTION_KINKS[op]] = None
                case Select():
                    found[_BRANCHES] = None
    return tuple(found)
