"""Whatever a recurrence does not need the loop for is computed ahead of it, for all steps at once.

    h[t,n,i] = tanh(sum[j](W[i,j]*x[t,n,j]) + b[i] + sum[k](U[i,k]*h[t-1,n,k]))
        ⇒   h_drive[t,n,i] = sum[j](W[i,j]*x[t,n,j]) + b[i]
            h[t,n,i] = tanh(h_drive[t,n,i] + sum[k](U[i,k]*h[t-1,n,k]))

    da[t,n,i] = dh[t,n,i]*(1 - h[t,n,i]^2)      with da, dh in the circle and h outside it
        ⇒   da_factor[t,n,i] = 1 - h[t,n,i]^2
            da[t,n,i] = dh[t,n,i]*da_factor[t,n,i]

Terms and factors are taken out of what is computed at every step anyway, so that no array grows
beyond the size of the recurrence itself, and nothing is taken out from behind a condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from derive.expr import (
    LEAVES,
    Add,
    Call,
    Compare,
    Condition,
    Div,
    Expr,
    Mul,
    Node,
    Number,
    Power,
    Read,
    Reduce,
    Select,
    children,
    free_indices,
    reads,
    rebuild,
    walk,
)
from derive.index import Index, as_expr
from derive.lower.schedule import Loop, equations_in, schedule
from derive.program import Equation, Program

DRIVE, FACTOR = "drive", "factor"
LONGEST_NAME = 32
_WORK = (Add, Mul, Div, Power, Compare)


def hoist(program: Program) -> Program:
    """``program`` with everything ahead of its loops that does not depend on them."""
    loops = [block for block in schedule(program) if isinstance(block, Loop)]
    if not loops:
        return program
    names = _Names(program)
    ahead: dict[str, list[Equation]] = {}
    changed: dict[str, Equation] = {}
    for loop in loops:
        lifter = _Lifter(loop, names)
        for equation in equations_in(loop.body):
            changed[equation.name] = lifter.equation(equation)
        first = next(e.name for e in program.equations if e.name in loop.names)
        ahead[first] = lifter.ahead
    equations: list[Equation] = []
    for equation in program.equations:
        equations += ahead.pop(equation.name, [])
        equations.append(equation if equation.is_start else changed.get(equation.name, equation))
    return program.with_equations(tuple(equations))


class _Names:
    """Names that nothing in the program has."""

    def __init__(self, program: Program) -> None:
        self._taken = {a.name for a in program.arrays} | {e.name for e in program.equations}
        self._taken |= {h.name for h in program.hypers}

    def new(self, owner: str, suffix: str) -> str:
        stem = f"{owner[: LONGEST_NAME - len(suffix) - 4]}_{suffix}"
        name, count = stem, 1
        while name in self._taken:
            count += 1
            name = f"{stem}{count}"
        self._taken.add(name)
        return name


class _Lifter:
    """Takes the equations of one loop apart; collects what goes ahead of it."""

    def __init__(self, loop: Loop, names: _Names) -> None:
        self.names = names
        self.circle = frozenset(loop.names)
        self.steps = _step_axes(loop)
        self.ahead: list[Equation] = []
        self._known: dict[Expr, Read] = {}
        self._left: tuple[Index, ...] = ()
        self._owner = ""
        self._running: frozenset[Index] = frozenset()

    def equation(self, equation: Equation) -> Equation:
        self._left = equation.free
        self._owner = equation.name
        self._running = frozenset(equation.free[a] for a in self.steps[equation.name])
        return Equation(equation.name, equation.indices, self._visit(equation.expr))

    def _visit(self, node: Expr) -> Expr:
        """``node``, which needs the loop, with its independent parts replaced by reads."""
        if isinstance(node, LEAVES):
            return node
        if not self._depends(node):
            return self._lift(node, FACTOR)
        if isinstance(node, Select) or (isinstance(node, Reduce) and node.where is not None):
            return node
        if isinstance(node, Add):
            return self._sum(node)
        if isinstance(node, Mul):
            return self._product(node)
        return cast(Expr, rebuild(node, tuple(map(self._part, children(node)))))

    def _part(self, node: Node) -> Node:
        if isinstance(node, Condition):  # type: ignore[arg-type]  # a Union of classes
            return node
        return self._visit(cast(Expr, node))

    def _sum(self, node: Add) -> Expr:
        apart = [t for t in node.terms if not self._depends(t)]
        lifted = self._lifted(apart, DRIVE, Add)
        drive = [] if lifted is None else [lifted]
        kept = [self._visit(t) for t in node.terms if self._depends(t) or lifted is None]
        return Add((*drive, *kept))

    def _product(self, node: Mul) -> Expr:
        apart = [f for f in node.factors if not isinstance(f, Number) and not self._depends(f)]
        swapped: dict[Expr, Expr | None] = {}
        for group in _covered(apart):
            lifted = self._lifted(group, FACTOR, Mul)
            if lifted is not None:
                swapped.update(dict.fromkeys(group))
                swapped[group[0]] = lifted
        kept: list[Expr] = []
        for position, factor in enumerate(node.factors):
            if factor not in swapped:
                kept.append(self._inner(factor))
            else:  # the group stands where its first factor stood
                lifted = swapped[factor] if factor not in node.factors[:position] else None
                kept += [lifted] if lifted is not None else []
        return kept[0] if len(kept) == 1 else Mul(tuple(kept))

    def _inner(self, factor: Expr) -> Expr:
        return self._visit(factor) if self._depends(factor) else factor

    def _lifted(
        self, parts: Sequence[Expr], suffix: str, join: type[Add] | type[Mul]
    ) -> Expr | None:
        """A read of the parts joined, computed ahead; None if they are to stay."""
        if not parts:
            return None
        whole: Expr = parts[0] if len(parts) == 1 else join(tuple(parts))
        found = self._lift(whole, suffix)
        return None if found is whole else found

    def _depends(self, node: Node) -> bool:
        return any(read.array in self.circle for read in reads(node))

    def _lift(self, expr: Expr, suffix: str) -> Expr:
        """A read of ``expr`` computed ahead, or ``expr`` if that is not worth an array."""
        found = frozenset(free_indices(expr))
        outgrows = not found <= frozenset(self._left) and bool(found & self._running)
        if outgrows or not _is_work(expr):
            return expr
        if expr not in self._known:
            ordered = [i for i in self._left if i in found]
            ordered += [i for i in free_indices(expr) if i not in ordered]
            indices = tuple(map(as_expr, ordered))
            name = self.names.new(self._owner, suffix)
            self.ahead.append(Equation(name, indices, expr))
            self._known[expr] = Read(name, indices)
        return self._known[expr]


def _step_axes(loop: Loop) -> dict[str, tuple[int, ...]]:
    """For each array of the recurrence the axes that this loop and those inside it run over."""
    found: dict[str, tuple[int, ...]] = {name: (axis,) for name, axis in loop.axes}
    for block in loop.body:
        if isinstance(block, Loop):
            for name, axes in _step_axes(block).items():
                found[name] += axes
    return found


def _covered(factors: Sequence[Expr]) -> list[list[Expr]]:
    """Factors in groups whose product has the indices of one of them: no outer products."""
    groups: list[list[Expr]] = []
    left = list(factors)
    while left:
        widest = max(left, key=lambda f: len(free_indices(f)))
        span = frozenset(free_indices(widest))
        groups.append([f for f in left if frozenset(free_indices(f)) <= span])
        left = [f for f in left if not frozenset(free_indices(f)) <= span]
    return groups


def _is_work(expr: Expr) -> bool:
    """Whether computing ``expr`` once is worth keeping it: a reduction, a call, two operations."""
    if not reads(expr):
        return False
    nodes = list(walk(expr))
    costly = any(isinstance(n, (Reduce, Call)) for n in nodes)
    return costly or sum(isinstance(n, _WORK) for n in nodes) >= 2
