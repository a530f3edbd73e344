"""Equations that no output needs are dropped."""

from __future__ import annotations

from derive.expr import index_exprs, reads
from derive.index import IndexExpr, Label
from derive.program import Equation, Program


def drop_unused(program: Program, derived: frozenset[str]) -> Program:
    """Keep what the outputs reach; ``derived`` makes no difference here."""
    del derived
    needed = reached(program)
    return program.with_equations(tuple(e for e in program.equations if e.name in needed))


def reached(program: Program) -> frozenset[str]:
    """The arrays that the outputs need, themselves among them."""
    readings: dict[str, list[str]] = {}
    for equation in program.equations:
        readings.setdefault(equation.name, []).extend(arrays_read(equation))
    needed: set[str] = set()
    pending = list(program.outputs)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending += readings.get(name, [])
    return frozenset(needed)


def arrays_read(equation: Equation) -> tuple[str, ...]:
    """The arrays that an equation reads, integer labels included, in written order."""
    found = [read.array for read in reads(equation.expr)]
    exprs: list[IndexExpr] = [*index_exprs(equation.expr)]
    found += [a.array for e in exprs for a in e.atoms() if isinstance(a, Label)]
    return tuple(dict.fromkeys(found))
