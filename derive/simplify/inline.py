"""Cotangents that only pass something on are put in where they are read.

    dz[n] = 0;         dx[n] = dz[n]*w              ⇒  dx[n] = 0
    dz[n] = 2*dy[n];   dx[n] = sum[k](dz[n]*w[k])   ⇒  dx[n] = 2*sum[k](dy[n]*w[k])
    ds[n] = sum[k](dp[n,k]*p[n,k]), read once       ⇒  put in, unless under another sum
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import cast

from derive.algebra import factors_of, tidy
from derive.expr import (
    ZERO,
    Add,
    Expr,
    IndexValue,
    Node,
    Number,
    Parameter,
    Read,
    Reduce,
    children,
    reads,
    rebuild,
    walk,
)
from derive.extent import same_extent
from derive.program import Equation, Program
from derive.scope import Fresh, in_expr, rename_left
from derive.simplify.dead import arrays_read


def inline(program: Program, derived: frozenset[str]) -> Program:
    """Inline, one equation at a time, until none is left that should be."""
    kept: set[str] = set()
    while True:
        found = next(
            (e for e in program.equations if e.name in derived - kept and _may_go(program, e)),
            None,
        )
        if found is None:
            return program
        changed = _without(program, found, derived)
        kept.add(found.name)
        program = program if changed is None else changed


def _may_go(program: Program, equation: Equation) -> bool:
    inner = equation.name not in program.outputs and not equation.is_start
    return inner and equation.name not in arrays_read(equation)


def _without(program: Program, equation: Equation, derived: frozenset[str]) -> Program | None:
    """``program`` with the readers of ``equation`` holding its right side, or None."""
    uses = Counter(r.array for e in program.equations for r in reads(e.expr))[equation.name]
    passes_on = _passes_on(equation)
    if not passes_on and (uses != 1 or _is_long(equation.expr)):
        return None
    fresh = Fresh()
    equations: list[Equation] = []
    for reader in program.equations:
        if reader is equation:
            continue
        if equation.name not in arrays_read(reader):
            equations.append(reader)
            continue
        body = _Inliner(program, equation, fresh, passes_on).visit(reader.expr, summed=False)
        if body is None or reader.name not in derived:
            return None
        equations.append(replace(reader, expr=cast(Expr, tidy(body))))
    return program.with_equations(tuple(equations))


def _passes_on(equation: Equation) -> bool:
    """Whether the right side is no more than numbers times one read at the same indices."""
    if equation.expr == ZERO:
        return True
    _, factors = factors_of(equation.expr)
    varying = [b for b in factors if not _constant(b)]
    if len(varying) != 1 or factors[varying[0]] != 1:
        return False
    read = varying[0]
    plain = isinstance(read, Read) and all(i.index is not None for i in read.indices)
    return plain and isinstance(read, Read) and len(set(read.indices)) == len(read.indices)


def _constant(node: Node) -> bool:
    if isinstance(node, IndexValue):
        return not node.expr.indices()
    return isinstance(node, (Number, Parameter)) or (
        bool(children(node)) and not any(isinstance(n, (Read, IndexValue)) for n in walk(node))
    )


def _is_long(expr: Expr) -> bool:
    """A sum of several terms with reductions among them deserves its own line."""
    return isinstance(expr, Add) and any(isinstance(n, Reduce) for n in walk(expr))


class _Inliner:
    def __init__(
        self, program: Program, equation: Equation, fresh: Fresh, passes_on: bool
    ) -> None:
        self.program, self.equation = program, equation
        self.fresh, self.passes_on = fresh, passes_on

    def visit(self, node: Node, *, summed: bool) -> Node | None:
        """``node`` with the equation put in; None where that must not be done."""
        if isinstance(node, Read) and node.array == self.equation.name:
            return self._value(node, summed)
        inner = summed or isinstance(node, Reduce)
        parts = [self.visit(part, summed=inner) for part in children(node)]
        if any(part is None for part in parts):
            return None
        return rebuild(node, tuple(p for p in parts if p is not None)) if parts else node

    def _value(self, read: Read, summed: bool) -> Node | None:
        if self.equation.expr == ZERO:
            return ZERO
        fresh, _ = rename_left(self.equation, self.fresh)
        plain = all(
            at.index is not None and same_extent(self.program, at.index.name, own.name)
            for at, own in zip(read.indices, fresh.free, strict=True)
        )
        copies = self.passes_on and _covers(fresh)
        if not (plain or copies) or (summed and not self.passes_on):
            return None
        return in_expr(fresh.expr, dict(zip(fresh.free, read.indices, strict=True)))


def _covers(equation: Equation) -> bool:
    """Whether the read that is passed on has every index: off its grid both are zero."""
    (read,) = reads(equation.expr) or (Read(""),)
    return {i.index for i in read.indices} == set(equation.free)
