"""Solving ``A(I, J) = K``: which elements of an equation read element K of an array?

Each axis gives one constraint ``A = K``. The table below says which index it is solved for,
simplest first; a constraint with nothing left to solve for stays behind as a condition.

    A                     solved                           remains
    e/d                   e = d*K, then one of these
    v                     v = K
    ±v + rest             v = ±(K - rest)
    c*v + rest            v = (K - rest)/c                 off the grid unless c divides
    (v + rest)//c         v = c*K + m - rest               sum over m = 0 .. c-1
    v % c                 v = c*m + K                      sum over m = 0 .. (size(v)-1)//c
    anything else                                          [A == K]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from derive.algebra import equal, within
from derive.expr import Condition
from derive.extent import expanded, extent_of
from derive.index import (
    Atom,
    Exact,
    Floor,
    Index,
    IndexExpr,
    Mod,
    Size,
    as_expr,
    exact,
    floor,
    greatest,
    mod,
    number,
)
from derive.program import Program
from derive.scope import Fresh, names_in, numbered


@dataclass(slots=True)
class Solution:
    """What is known of the constraints so far; lives as long as one call of ``solve``.

    Attributes:
        values: solved indices with what they equal.
        conditions: constraints that could not be solved, and ranges that must be said.
        added: indices that solving has introduced; to be summed over.
        extents: extents of the names of ``added`` that are new.
        axes: the axis that each solved index was solved from.
    """

    values: dict[Index, IndexExpr] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    added: list[Index] = field(default_factory=list)
    extents: dict[str, IndexExpr] = field(default_factory=dict)
    axes: dict[Index, int] = field(default_factory=dict)


Solved = tuple[Index, IndexExpr]
Rule = Callable[["_Solver", IndexExpr, IndexExpr], "Solved | None"]


def solve(
    program: Program,
    fresh: Fresh,
    axes: Sequence[tuple[IndexExpr, IndexExpr]],
    free: Sequence[Index],
    bound: Sequence[Index],
) -> Solution:
    """Solve the constraints ``read axis = wanted element``, axis by axis, simplest first.

    Args:
        program: for extents.
        fresh: supplies the indices that floor and mod need.
        axes: pairs of what the read says and which element is wanted.
        free: indices of the equation's left side: solved for first, since the cotangent read
            at them is off the grid exactly where there is no such element.
        bound: indices of the reductions around the read.
    """
    solver = _Solver(program, fresh, free, bound)
    pending = {number: _whole(axis, value) for number, (axis, value) in enumerate(axes)}
    while pending:
        for rule in _RULES:
            found = next((n for n, pair in pending.items() if solver.apply(rule, n, *pair)), None)
            if found is not None:
                del pending[found]
                now = ((n, solver.current(a), solver.current(k)) for n, (a, k) in pending.items())
                pending = {n: _whole(a, k) for n, a, k in now}
                break
        else:
            solver.found.conditions += [equal(a, k) for a, k in pending.values() if a != k]
            break
    solver.say_ranges()
    return solver.found


def _whole(axis: IndexExpr, wanted: IndexExpr) -> tuple[IndexExpr, IndexExpr]:
    """``e/d = K`` as ``e = d*K``: what makes the quotient whole."""
    quotient = axis.atom
    while isinstance(quotient, Exact):
        axis, wanted = quotient.numerator, quotient.denominator * wanted
        quotient = axis.atom
    return axis, wanted


def in_range(value: IndexExpr, extent: IndexExpr) -> list[Condition]:
    """That ``value`` is an integer with ``0 <= value < extent``."""
    quotient = value.atom
    if not isinstance(quotient, Exact):
        return [within(value, extent)]
    top, by = quotient.numerator, quotient.denominator
    return [equal(mod(top, by), number(0)), within(top, by * extent)]


def on_grid(program: Program, found: Solution) -> Callable[[IndexExpr], IndexExpr]:
    """Index arithmetic that takes for granted that quotients are whole."""
    solver = _Solver(program, Fresh(), (), ())
    solver.found = found
    return lambda expr: simplified(solver, expr)


class _Solver:
    def __init__(
        self, program: Program, fresh: Fresh, free: Sequence[Index], bound: Sequence[Index]
    ) -> None:
        self.program, self.fresh = program, fresh
        self.free, self.bound = list(free), list(bound)
        self.found = Solution()

    def apply(self, rule: Rule, number: int, axis: IndexExpr, wanted: IndexExpr) -> bool:
        solved = rule(self, axis, wanted)
        if solved is None:
            return False
        index, value = solved
        values = self.found.values
        for known, expr in list(values.items()):
            values[known] = simplified(self, expr.substitute({index: value}))
        values[index], self.found.axes[index] = value, number
        return True

    def current(self, expr: IndexExpr) -> IndexExpr:
        return simplified(self, expr.substitute(self.found.values))

    def unsolved(self, indices: Sequence[Index]) -> list[Index]:
        return [i for i in indices if i not in self.found.values]

    def extent(self, name: str) -> IndexExpr:
        own = self.found.extents.get(name)
        return extent_of(self.program, name) if own is None else expanded(self.program, own)

    def new_index(self, stem: str, extent: IndexExpr) -> Index:
        taken = names_in(self.program)
        rows = {**dict(self.program.extents), **self.found.extents}
        names = chain((stem,), numbered(stem))
        name = next(n for n in names if rows.get(n) == extent or n not in taken | rows.keys())
        self.found.extents[name] = extent
        index = self.fresh.index(name)
        self.found.added.append(index)
        return index

    def say_ranges(self) -> None:
        """Bound indices that were solved for must stay in their range; nothing else says so."""
        for index in self.bound:
            value = self.found.values.get(index)
            if value is None or self.stays_inside(value, index.name):
                continue
            self.found.conditions += in_range(value, as_expr(Size(index.name)))

    def stays_inside(self, value: IndexExpr, name: str) -> bool:
        plain = value.index or (as_expr(Size(name)) - 1 - value).index
        return plain is not None and self.extent(plain.name) == self.extent(name)


# ---- the rules, simplest first ----------------------------------------------------------------


def _plain(solver: _Solver, axis: IndexExpr, wanted: IndexExpr) -> Solved | None:
    index = axis.index
    known = index in (*solver.unsolved(solver.free), *solver.unsolved(solver.bound))
    return (index, wanted) if index is not None and known else None


def _linear(unit: bool, of_free: bool) -> Rule:
    def rule(solver: _Solver, axis: IndexExpr, wanted: IndexExpr) -> Solved | None:
        for index in solver.unsolved(solver.free if of_free else solver.bound):
            split = axis.linear(index)
            if split is None or not split[0].terms:
                continue
            slope, rest = split
            if slope.constant in (1, -1):
                return index, wanted - rest if slope.constant == 1 else rest - wanted
            if not unit and len(slope.terms) == 1 and not slope.indices():
                return index, exact(wanted - rest, slope)
        return None

    return rule


def _floored(solver: _Solver, axis: IndexExpr, wanted: IndexExpr) -> Solved | None:
    atom = axis.atom
    if not isinstance(atom, Floor):
        return None
    found = _unit(solver, atom.numerator)
    if found is None:
        return None
    index, sign, rest = found
    inner = solver.new_index("m", atom.denominator)
    value = atom.denominator * wanted + as_expr(inner) - rest
    return index, value if sign == 1 else -value


def _remainder(solver: _Solver, axis: IndexExpr, wanted: IndexExpr) -> Solved | None:
    atom = axis.atom
    if not isinstance(atom, Mod):
        return None
    index = atom.numerator.index
    if index is None or index not in solver.unsolved([*solver.free, *solver.bound]):
        return None
    by = atom.denominator
    # an axis without elements divides nothing, but there is nothing to divide either
    step = greatest(by, as_expr(1)) if any(isinstance(a, Size) for a in by.atoms()) else by
    count = floor(as_expr(Size(index.name)) + step - 1, step)
    turns = solver.new_index("m", count)
    solver.found.conditions.append(within(wanted, by))
    return index, by * as_expr(turns) + wanted


def _unit(solver: _Solver, expr: IndexExpr) -> tuple[Index, int, IndexExpr] | None:
    for index in solver.unsolved([*solver.free, *solver.bound]):
        split = expr.linear(index)
        if split is not None and split[0].constant in (1, -1):
            return index, split[0].constant or 1, split[1]
    return None


_RULES: tuple[Rule, ...] = (
    _plain,
    _linear(unit=True, of_free=True),
    _linear(unit=False, of_free=True),
    _linear(unit=True, of_free=False),
    _linear(unit=False, of_free=False),
    _floored,
    _remainder,
)


# ---- index arithmetic on the grid -------------------------------------------------------------


def simplified(solver: _Solver, expr: IndexExpr) -> IndexExpr:
    """``expr`` with quotients cancelled and whole multiples taken out of floors and remainders."""
    result = number(0)
    for coefficient, monomial in expr.terms:
        term, quotients = number(coefficient), []
        for atom in monomial:
            reduced = _reduced(solver, atom)
            quotient = reduced.atom
            if isinstance(quotient, Exact):
                quotients.append(quotient)
            else:
                term = term * reduced
        for quotient in quotients:
            term = _cancelled(term, quotient)
        result = result + term
    return result


def _cancelled(term: IndexExpr, quotient: Exact) -> IndexExpr:
    """``s*((h - p)/s)`` is ``h - p``: an element off the grid is never looked at."""
    over = exact(term, quotient.denominator)
    if isinstance(over.atom, Exact):
        return term * as_expr(quotient)
    return over * quotient.numerator


def _reduced(solver: _Solver, atom: Atom) -> IndexExpr:
    if isinstance(atom, (Floor, Mod)):
        top = simplified(solver, atom.numerator)
        by = atom.denominator
        whole, rest = _multiples(top, by)
        plain = rest.index
        small = plain is not None and solver.extent(plain.name) == expanded(solver.program, by)
        if isinstance(atom, Mod):
            return rest if small else mod(rest, by)
        return whole if small else whole + floor(rest, by)
    if isinstance(atom, Exact):
        return exact(simplified(solver, atom.numerator), atom.denominator)
    return as_expr(atom)


def _multiples(expr: IndexExpr, by: IndexExpr) -> tuple[IndexExpr, IndexExpr]:
    """``(q, r)`` with ``expr = q*by + r``, term by term."""
    whole, rest = number(0), number(0)
    for term in expr.terms:
        part = IndexExpr((term,))
        over = exact(part, by)
        if isinstance(over.atom, Exact):
            rest = rest + part
        else:
            whole = whole + over
    return whole, rest
