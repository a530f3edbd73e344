"""Applying a rewrite to the derived equations of a program and to nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.expr import Expr
from derive.program import Equation, Program


def each_derived(
    program: Program, derived: frozenset[str], rule: Callable[[Equation], Expr]
) -> Program:
    """``program`` with ``rule`` giving the right side of every derived equation."""
    return program.with_equations(
        tuple(
            replace(e, expr=rule(e)) if e.name in derived else e for e in program.equations
        )
    )
