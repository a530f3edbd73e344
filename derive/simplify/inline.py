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
from derive.simplify.stops import stops


def inline(program: Program, derived: frozenset[str]) -> Program:
    """Inline until no equation is left that should be."""
    table = _Table(program)
    candidates = [e.name for e in program.equations if e.name in derived]
    # What has been put in may leave another equation that is read only once.
    while candidates:
        gone = {name for name in candidates if table.put_in(name, derived)}
        candidates = [name for name in candidates if name not in gone] if gone else []
    return program.with_equations(tuple(table.equations.values()))


class _Table:
    """The equations by position, and who reads what; lives as long as one call of the pass."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.fresh = Fresh()
        self.equations = dict(enumerate(program.equations))
        self.reads = {i: _counted(e) for i, e in self.equations.items()}
        self.readers: dict[str, set[int]] = {}
        self.places: dict[str, list[int]] = {}
        for position, equation in self.equations.items():
            self.places.setdefault(equation.name, []).append(position)
            for name in self.reads[position]:
                self.readers.setdefault(name, set()).add(position)

    def put_in(self, name: str, derived: frozenset[str]) -> bool:
        """Give the readers of ``name`` its right side, if that is to be done."""
        (place,) = self.places[name]
        equation, readers = self.equations[place], self.readers.get(name, set())
        inner = name not in self.program.outputs and place not in readers
        if not inner or not all(self.equations[r].name in derived for r in readers):
            return False
        passes_on = _passes_on(equation)
        uses = sum(self.reads[r][name] for r in readers)
        copied = all(isinstance(self.equations[r].expr, Read) for r in readers)
        # that a pole stops is asked once, on a line of its own
        if stops(equation.expr) and not copied:
            return False
        if not passes_on and (uses != 1 or (_is_long(equation.expr) and not copied)):
            return False
        inliner = _Inliner(self.program, equation, self.fresh, passes_on)
        changed = {r: inliner.visit(self.equations[r].expr, summed=False) for r in sorted(readers)}
        if any(body is None for body in changed.values()):
            return False
        for position, body in changed.items():
            self._write(position, cast(Expr, tidy(cast(Expr, body))))
        self._write(place, ZERO)
        del self.equations[place], self.places[name]
        return True

    def _write(self, position: int, expr: Expr) -> None:
        for name in self.reads[position]:
            self.readers[name].discard(position)
        self.equations[position] = replace(self.equations[position], expr=expr)
        self.reads[position] = _counted(self.equations[position])
        for name in self.reads[position]:
            self.readers.setdefault(name, set()).add(position)


def _counted(equation: Equation) -> Counter[str]:
    return Counter(read.array for read in reads(equation.expr))


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
