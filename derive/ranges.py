"""Bounds of index expressions, and the reads that these bounds put on or off the grid.

Indices run from 0 to their extent less one; sizes are at least 1. Bounds are index expressions
over sizes and numbers, or None where the sign of something is not known (a hyperparameter that
has no number yet, an exact quotient, a label).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from derive.expr import (
    Compare,
    Condition,
    Expr,
    IndexValue,
    Logic,
    Node,
    Number,
    Read,
    Reduce,
    Select,
    children,
    index_exprs,
)
from derive.index import (
    Atom,
    Floor,
    Greatest,
    Index,
    IndexExpr,
    Least,
    Mod,
    Size,
    as_expr,
    floor,
    greatest,
    least,
    number,
)
from derive.inference import Rows, expand

Bounds = tuple[IndexExpr, IndexExpr]


def bounds(expr: IndexExpr) -> Bounds | None:
    """The smallest and the largest value of ``expr``, or None if they cannot be told."""
    low = high = IndexExpr()
    for coefficient, monomial in whole_steps(expr).terms:
        found = _monomial(monomial)
        if found is None:
            return None
        ends = (found[0] * coefficient, found[1] * coefficient)
        low += ends[0] if coefficient > 0 else ends[1]
        high += ends[1] if coefficient > 0 else ends[0]
    return low, high


def whole_steps(expr: IndexExpr) -> IndexExpr:
    """The same with ``d*(e//d)`` for ``e - e % d``: the parts alone may reach further."""
    for coefficient, monomial in expr.terms:
        if len(monomial) == 1 and isinstance(atom := monomial[0], Mod):
            rest = expr - as_expr(atom) * coefficient
            without = rest + atom.numerator * coefficient
            if len(without.terms) == len(rest.terms) - len(atom.numerator.terms):
                steps = floor(atom.numerator, atom.denominator) * atom.denominator
                return whole_steps(without - steps * coefficient)
    return expr


def _monomial(monomial: tuple[Atom, ...]) -> Bounds | None:
    low = high = number(1)
    for atom in monomial:
        found = _atom(atom)
        if found is None or (len(monomial) > 1 and not _not_negative(found[0])):
            return None
        low, high = low * found[0], high * found[1]
    return low, high


def _not_negative(expr: IndexExpr) -> bool:
    least_value = at_least(expr)
    return least_value is not None and least_value >= 0


def _atom(atom: Atom) -> Bounds | None:  # noqa: PLR0911  one line per atom
    match atom:
        case Index(name):
            return IndexExpr(), as_expr(Size(name)) - 1
        case Size():
            return as_expr(atom), as_expr(atom)
        case Mod(_, divisor):
            positive = (at_least(divisor) or 0) >= 1
            return (IndexExpr(), divisor - 1) if positive else None
        case Floor(top, divisor):
            ends = bounds(top) if (divisor.constant or 0) > 0 else None
            return ends and (floor(ends[0], divisor), floor(ends[1], divisor))
        case Least(left, right):
            return _both(left, right, least)
        case Greatest(left, right):
            return _both(left, right, greatest)
    return None


def _both(
    left: IndexExpr, right: IndexExpr, choose: Callable[[IndexExpr, IndexExpr], IndexExpr]
) -> Bounds | None:
    first, second = bounds(left), bounds(right)
    if first is None or second is None:
        return None
    return choose(first[0], second[0]), choose(first[1], second[1])


def at_most(expr: IndexExpr) -> int | None:
    """The largest value of an expression over sizes, each at least 1; None if unbounded."""
    for coefficient, monomial in expr.terms:
        if len(monomial) == 1 and isinstance(monomial[0], (Floor, Least, Greatest)):
            rest = expr - as_expr(monomial[0]) * coefficient
            return _relaxed(coefficient, monomial[0], rest)
    total = 0
    for coefficient, monomial in expr.terms:
        if monomial and (coefficient > 0 or not all(isinstance(a, Size) for a in monomial)):
            return None
        total += coefficient
    return total


def _relaxed(coefficient: int, atom: Floor | Least | Greatest, rest: IndexExpr) -> int | None:
    """A bound of ``coefficient*atom + rest`` with the atom replaced by what bounds it."""
    if isinstance(atom, Floor):
        divisor = atom.denominator.constant
        if divisor is None or divisor <= 0:
            return None
        # divisor*(top//divisor) lies between top - divisor + 1 and top
        top = atom.numerator if coefficient > 0 else atom.numerator - (divisor - 1)
        found = at_most(top * coefficient + rest * divisor)
        return None if found is None else found // divisor
    ends = [at_most(end * coefficient + rest) for end in (atom.left, atom.right)]
    known = [end for end in ends if end is not None]
    if (coefficient > 0) == isinstance(atom, Least):
        return min(known, default=None)
    return max(known) if len(known) == len(ends) else None


def at_least(expr: IndexExpr) -> int | None:
    """The smallest value of an expression over sizes, each at least 1; None if unbounded."""
    found = at_most(-expr)
    return None if found is None else -found


# ---- what guards a read -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GuardedRead:
    """A read with the conditions that must hold for it to be looked at."""

    read: Read
    guards: tuple[Condition, ...] = ()


def guarded_reads(node: Node, guards: tuple[Condition, ...] = ()) -> Iterator[GuardedRead]:
    """Every read in ``node`` with the conditions of the branches and reductions around it."""
    match node:
        case Read():
            yield GuardedRead(node, guards)
        case Select(condition, then, other):
            yield from guarded_reads(condition, guards)
            yield from guarded_reads(then, (*guards, condition))
            yield from guarded_reads(other, (*guards, Logic("not", (condition,))))
        case Reduce(_, _, body, where):
            inner = guards if where is None else (*guards, where)
            yield from guarded_reads(body, inner)
        case _:
            for part in children(node):
                yield from guarded_reads(part, guards)


def facts(guards: Iterable[Condition]) -> Iterator[IndexExpr]:
    """Index expressions that are at most 0 where the guards hold."""
    for guard in guards:
        if isinstance(guard, Compare):
            left, right = _integer(guard.left), _integer(guard.right)
            if left is not None and right is not None:
                yield from _FACTS[guard.op](left - right)
        elif guard.op == "and":
            yield from facts(guard.args)
        elif guard.op == "not" and isinstance(guard.args[0], Compare):
            inside = guard.args[0]
            yield from facts((Compare(_OPPOSITE[inside.op], inside.left, inside.right),))


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FACTS: dict[str, Callable[[IndexExpr], tuple[IndexExpr, ...]]] = {
    "<": lambda gap: (gap + 1,),
    "<=": lambda gap: (gap,),
    ">": lambda gap: (-gap + 1,),
    ">=": lambda gap: (-gap,),
    "==": lambda gap: (gap, -gap),
    "!=": lambda _: (),
}


def _integer(expr: Expr) -> IndexExpr | None:
    if isinstance(expr, IndexValue):
        return expr.expr
    whole = isinstance(expr, Number) and expr.value.denominator == 1
    return number(int(expr.value)) if whole and isinstance(expr, Number) else None


def upper(
    expr: IndexExpr, guards: tuple[Condition, ...] = (), rows: Rows | None = None
) -> int | None:
    """A number that ``expr`` does not exceed where the guards hold, or None.

    ``rows`` are the extents of indices that are not roots.
    """
    known = rows or {}
    candidates = [expr, *(expr - expand(fact, known) for fact in facts(guards))]
    ends = [bounds(candidate) for candidate in candidates]
    found = [at_most(expand(end[1], known)) for end in ends if end is not None]
    return min((n for n in found if n is not None), default=None)


def lower(
    expr: IndexExpr, guards: tuple[Condition, ...] = (), rows: Rows | None = None
) -> int | None:
    """A number that ``expr`` is not below where the guards hold, or None."""
    found = upper(-expr, guards, rows)
    return None if found is None else -found


def mentions(guard: Condition, expr: IndexExpr) -> bool:
    """Whether a guard speaks of an index that ``expr`` uses."""
    indices = set(expr.indices())
    return any(i in indices for found in index_exprs(guard) for i in found.indices())
