"""Equations that no output needs are dropped."""

from __future__ import annotations

from derive.expr import index_exprs, reads
from derive.index import IndexExpr, Label
from derive.program import Equation, Program


def drop_unused(program: Program, derived: frozenset[str]) -> Program:
    """Keep what the outputs reach; ``derived`` makes no difference here."""
    del derived
    needed: set[str] = set()
    pending = list(program.outputs)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending += [r for e in program.equations if e.name == name for r in arrays_read(e)]
    return program.with_equations(tuple(e for e in program.equations if e.name in needed))


def arrays_read(equation: Equation) -> tuple[str, ...]:
    """The arrays that an equation reads, integer labels included, in written order."""
    found = [read.array for read in reads(equation.expr)]
    exprs: list[IndexExpr] = [*index_exprs(equation.expr)]
    found += [a.array for e in exprs for a in e.atoms() if isinstance(a, Label)]
    return tuple(dict.fromkeys(found))
