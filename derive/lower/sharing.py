"""Differences and sums that several equations need are computed once.

    var[n] = mean[i]((x[n,i] - mu[n])^2)
    xhat[n,i] = (x[n,i] - mu[n])/sd[n]
        ⇒   var_term[n,i] = x[n,i] - mu[n]
            var[n] = mean[i](var_term[n,i]^2), xhat[n,i] = var_term[n,i]/sd[n]

Forward hands the term over in place of the arrays that it is made of. Every time that it is not
computed again saves a pass over a whole array: of the 17 passes of layer norm 2. Only what two
arrays add up to counts, one of which has all of its indices, and only outside of recurrences:
inside them, memory is dearer than arithmetic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

from derive.expr import (
    MINUS_ONE,
    Add,
    Expr,
    Mul,
    Node,
    Read,
    Reduce,
    Select,
    children,
    reads,
    rebuild,
)
from derive.extent import same_extent
from derive.finite import wild_arrays
from derive.index import Index, as_expr
from derive.lower.schedule import Loop, schedule
from derive.program import Equation, Program
from derive.scope import in_expr

SUFFIX = "term"


def with_shared_terms(program: Program) -> Program:
    """``program`` with an equation for every term that is needed more than once."""
    return _shared(program, wild_arrays(program))


def with_shared_logarithms(program: Program) -> Program:
    """``program`` with an equation for every logarithm of a softmax needed more than once.

    That is a difference from a logsumexp; its exponential is the softmax.
    """
    totals = _logsumexps(program)
    return _shared(program, wild_arrays(program) - totals, totals)


def _shared(
    program: Program, excluded: frozenset[str], wanted_in: frozenset[str] | None = None
) -> Program:
    """Share the terms that read none of ``excluded``; only those with one of ``wanted_in``."""
    in_loops = {n for b in schedule(program) if isinstance(b, Loop) for n in b.names}
    apart = [e for e in program.equations if e.name not in in_loops and not e.is_start]
    terms = _Terms(program, excluded | in_loops, wanted_in)
    counted = Counter(_placeless(t) for e in apart for t in terms.inside(e.expr))
    wanted = {key for key, count in counted.items() if count > 1}
    if not wanted:
        return program
    found: list[Equation] = []
    for equation in program.equations:
        if equation in apart:
            expr = terms.replaced(equation.expr, wanted, equation.name)
            found += terms.drain()
            found.append(Equation(equation.name, equation.indices, expr))
        else:
            found.append(equation)
    return program.with_equations(tuple(found))


def _logsumexps(program: Program) -> frozenset[str]:
    roots = ((e.name, e.expr) for e in program.equations)
    return frozenset(n for n, e in roots if isinstance(e, Reduce) and e.op == "logsumexp")


class _Terms:
    """Terms of one program, and the equations that were made for them."""

    def __init__(
        self, program: Program, excluded: frozenset[str], wanted_in: frozenset[str] | None
    ) -> None:
        self.program = program
        self.excluded = excluded
        self._wanted_in = wanted_in
        self._names: dict[Expr, str] = {}
        self._made: list[Equation] = []
        self._taken = {a.name for a in program.arrays} | {e.name for e in program.equations}

    def inside(self, node: Node) -> Iterator[Add]:
        """The terms in ``node`` that could be shared; none of a branch that may not be taken."""
        if isinstance(node, Select):
            return
        if isinstance(node, Add) and self._is_term(node):
            yield node
            return
        for part in children(node):
            yield from self.inside(part)

    def replaced(self, expr: Expr, wanted: set[Expr], owner: str) -> Expr:
        """``expr`` with reads of the arrays that hold the terms ``wanted``."""
        return cast(Expr, self._visited(expr, wanted, owner))

    def drain(self) -> list[Equation]:
        """The equations that are new."""
        made, self._made = self._made, []
        return made

    def _visited(self, node: Node, wanted: set[Expr], owner: str) -> Node:
        if isinstance(node, Select):
            return node
        if isinstance(node, Add) and self._is_term(node):
            return self._read(node, owner) if _placeless(node) in wanted else node
        parts = children(node)
        changed = tuple(self._visited(part, wanted, owner) for part in parts)
        return node if changed == parts else rebuild(node, changed)

    def _read(self, node: Add, owner: str) -> Read:
        key, indices = _placeless(node), tuple(map(as_expr, _order(node)))
        if key not in self._names:
            name = f"{owner}_{SUFFIX}"
            count = 1
            while name in self._taken:
                count += 1
                name = f"{owner}_{SUFFIX}{count}"
            self._taken.add(name)
            self._names[key] = name
            self._made.append(Equation(name, indices, node))
        return Read(self._names[key], indices)

    def _is_term(self, node: Add) -> bool:
        """Whether ``node`` is what two arrays add up to, element by element."""
        found = [_array(term) for term in node.terms]
        if len(found) != 2 or None in found:
            return False
        if self._wanted_in is not None and not any(r.array in self._wanted_in for r in reads(node)):
            return False
        spans = [set(_plain(read)) for read in reads(node)]
        return all(map(self._is_plain, reads(node))) and max(spans, key=len) == set.union(*spans)

    def _is_plain(self, read: Read) -> bool:
        """Whether ``read`` takes every element of an array, each where it stands."""
        program, own = self.program, _plain(read)
        if read.array in self.excluded or program.holds_integers(read.array):
            return False
        if not own or len(set(own)) < len(read.indices):
            return False
        axes = zip(own, program.axes(read.array), strict=True)
        return all(same_extent(program, index.name, axis) for index, axis in axes)


def _array(term: Expr) -> Read | None:
    """The array that a term is, or takes away."""
    if isinstance(term, Mul) and len(term.factors) == 2 and term.factors[0] == MINUS_ONE:
        term = term.factors[1]
    return term if isinstance(term, Read) else None


def _plain(read: Read) -> tuple[Index, ...]:
    return tuple(e.index for e in read.indices if e.index is not None)


def _order(node: Add) -> tuple[Index, ...]:
    """The indices of a term, those of its widest array in their order there."""
    return max((_plain(read) for read in reads(node)), key=len)


def _placeless(node: Add) -> Expr:
    """``node`` with indices that depend on nothing but where they stand in it."""
    names = {i: as_expr(Index(f"_{k}")) for k, i in enumerate(_order(node))}
    return in_expr(node, names)
