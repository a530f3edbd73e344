"""One term of a cotangent equation: what one read sends back to the element that it read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from derive.algebra import both, factors_of, iverson, mul, product, select, total
from derive.cotangent.local import Path
from derive.cotangent.solve import Solution, in_range, on_grid, solve
from derive.expr import (
    ZERO,
    Condition,
    Expr,
    IndexValue,
    Node,
    Read,
    free_indices,
    is_static,
    map_index_exprs,
    reads,
    walk,
)
from derive.extent import extent_of, runs_over
from derive.index import Index, IndexExpr, Label, Size, as_expr
from derive.program import Program
from derive.ranges import guarded_reads, lower, upper
from derive.scope import Fresh
from derive.total import is_total


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a cotangent.

    Attributes:
        expr: the term itself.
        plain: the same without what stops at poles.
        off_grid: the arrays that it reads off the grid.
        solution: which index each delta has fixed, and to what.
        safe: whether a bracket may stand for a branch: what it excludes has a value.
    """

    expr: Expr
    plain: Expr
    off_grid: frozenset[str]
    solution: Solution
    safe: bool


def term(  # noqa: PLR0913, PLR0917  the parts of the chain rule
    program: Program,
    fresh: Fresh,
    cotangent: Read,
    free: Sequence[Index],
    path: Path,
    wanted: Sequence[IndexExpr],
) -> Term:
    """``sum over I, J with A(I, J) = K of cotangent[I] * factor``, solved for K.

    Args:
        program: the forward program.
        fresh: supply of indices.
        cotangent: the cotangent of the equation at its free indices.
        free: these free indices.
        path: the read with the local derivative.
        wanted: the element K of the array read.
    """
    axes = list(zip(path.read.indices, wanted, strict=True))
    found = solve(program, fresh, axes, free, path.indices)
    grid = on_grid(program, found)

    def at(node: Node) -> Node:
        return map_index_exprs(node, lambda e: grid(e.substitute(found.values)))

    seed = cast(Read, at(cotangent))
    if _surely_outside(program, seed, tuple(i.name for i in free)):
        return Term(ZERO, ZERO, frozenset(), found, safe=True)
    factor, conditions = cast(Expr, at(path.factor)), [cast(Condition, at(c)) for c in path.where]
    static = [*(c for c in conditions if is_static(c)), *found.conditions]
    looked = [(n, at(n)) for n in (path.factor, *path.where) if not is_static(n)]
    exposed, have_values = _off_grid(program, looked, conditions, found)
    safe = path.finite and is_total(factor) and have_values and not path.stops
    if not safe or not all(_zero_pad(program, name) for name in exposed):
        static += _ranges(program, found, free)
        exposed = frozenset(n for n in exposed if safe and program.pad(n) is None)
    indices = (*(i for i in (*free, *path.indices) if i not in found.values), *found.added)
    parts = (seed, factor, indices, (static, [c for c in conditions if not is_static(c)]))
    stops = [cast(Condition, fresh.binders(at(c))) for c in path.stops]
    return Term(_stopping(*parts, stops, safe), _stopping(*parts, (), safe), exposed, found, safe)


def _stopping(  # noqa: PLR0913, PLR0917  the parts of a term
    seed: Expr,
    factor: Expr,
    indices: tuple[Index, ...],
    conditions: tuple[list[Condition], list[Condition]],
    stops: Sequence[Condition],
    safe: bool,
) -> Expr:
    """The term where something arrives at the poles of its factor, else 0."""
    static, live = conditions
    # what a condition excludes may not be looked at, not even for a pole
    inner = [c for c in stops if live or set(free_indices(c)) & set(indices)]
    whole = select(both(*inner), mul(seed, factor), ZERO)
    body = guarded(_stopped(seed, factor, inner) if indices else whole, live, safe)
    return _summed(indices, static, body, safe, [c for c in stops if c not in inner])


def _stopped(seed: Expr, factor: Expr, stops: list[Condition]) -> Expr:
    """``seed*factor``, of which only what may be infinite is under a condition."""
    condition = both(*stops)
    if condition is None:
        return mul(seed, factor)
    coefficient, factors = factors_of(factor)
    tame = {b: e for b, e in factors.items() if e > 0 and is_total(b)}
    wild = product(Fraction(1), {b: e for b, e in factors.items() if b not in tame})
    return mul(product(coefficient, tame), select(condition, mul(seed, wild), ZERO))


def guarded(body: Expr, conditions: Sequence[Condition], safe: bool) -> Expr:
    """``body`` where the conditions hold, else 0: a branch, or a bracket where that is safe."""
    guard = both(*conditions)
    if guard is None:
        return body
    return mul(body, iverson(guard)) if safe else select(guard, body, ZERO)


def _summed(
    indices: tuple[Index, ...],
    conditions: list[Condition],
    body: Expr,
    safe: bool,
    stops: Sequence[Condition] = (),
) -> Expr:
    inner = [c for c in conditions if set(free_indices(c)) & set(indices)]
    outer = [c for c in conditions if c not in inner]
    return guarded(select(both(*stops), total(indices, both(*inner), body), ZERO), outer, safe)


def _surely_outside(program: Program, seed: Read, axes: tuple[str, ...]) -> bool:
    for index, name in zip(seed.indices, axes, strict=True):
        below, above = index.constant, (index - extent_of(program, name)).constant
        if (below is not None and below < 0) or (above is not None and above >= 0):
            return True
    return False


def _off_grid(
    program: Program,
    pairs: Sequence[tuple[Node, Node]],
    conditions: Sequence[Condition],
    found: Solution,
) -> tuple[frozenset[str], bool]:
    """Arrays read where there may be no element, and whether a pad gives all of these a value.

    It must where a bracket stands for a branch: that multiplies what it excludes.
    ``pairs`` are what is looked at, before and after it is solved for.
    """
    excused = [read for _, after in pairs for read in _excused(program, conditions, after)]
    moved = (_exposed(program, before, after, found) for before, after in pairs)
    names = frozenset(read.array for read in excused).union(*moved)
    strict = any(_is_strict(program, read) for read in excused)
    return names, not strict and all(_has_values(program, name) for name in names)


def _exposed(program: Program, before: Node, after: Node, found: Solution) -> frozenset[str]:
    """Arrays that the factor reads where there may be no element, now that indices are solved.

    A read that only follows a renaming stays as legal as it was in the forward equation.
    """
    moved = {
        index for index, value in found.values.items() if not runs_over(program, value, index.name)
    }
    names: set[str] = set()
    for old, new in zip(reads(before), reads(after), strict=True):
        for axis, (was, now) in enumerate(zip(old.indices, new.indices, strict=True)):
            if moved & set(was.indices()) and not _inside(program, new.array, axis, now):
                names.add(new.array)
    for old_label in _labels(before):
        if moved & {i for e in old_label.indices for i in e.indices()}:
            names.add(old_label.array)
    return frozenset(names)


def _excused(program: Program, where: Sequence[Condition], node: Node) -> list[Read]:
    """Reads that may leave their grid but where these conditions hold."""
    rows = dict(program.extents)
    found = []
    for excused in guarded_reads(node) if where else ():
        read, guards = excused.read, excused.guards
        axes = program.axes(read.array) if _is_known(program, read.array) else ()
        for index, axis in zip(read.indices, axes, strict=False):
            last = as_expr(Size(axis)) - 1
            below, above = lower(index, guards, rows), upper(index - last, guards, rows)
            if below is None or below < 0 or above is None or above > 0:
                found.append(read)
                break
    return found


def _is_known(program: Program, array: str) -> bool:
    return program.array(array) is not None or program.definition(array) is not None


def _is_strict(program: Program, read: Read) -> bool:
    """Whether no pad can excuse a read: a label outside is an error, a start has its value."""
    labels = any(isinstance(a, Label) for index in read.indices for a in index.atoms())
    return labels or bool(program.starts(read.array))


def _inside(program: Program, array: str, axis: int, expr: IndexExpr) -> bool:
    try:
        axes = program.axes(array)
    except KeyError:  # the argmax beside a maximum: same axes as its equation, padded with zero
        return False
    return runs_over(program, expr, axes[axis])


def _labels(node: Node) -> list[Label]:
    found: list[Label] = []
    for part in walk(node):
        exprs = part.indices if isinstance(part, Read) else ()
        exprs = (part.expr,) if isinstance(part, IndexValue) else exprs
        found += [a for e in exprs for a in e.atoms() if isinstance(a, Label)]
    return found


def _has_values(program: Program, name: str) -> bool:
    """Whether reads of an array off its grid can be finite: no label is, and no ``pad = -inf``."""
    pad, array = program.pad(name), program.array(name)
    integer = array is not None and array.integer
    return not integer and (pad is None or pad.value is not None)


def _zero_pad(program: Program, name: str) -> bool:
    pad = program.pad(name)
    return pad is None or pad.value == 0


def _ranges(program: Program, found: Solution, free: Sequence[Index]) -> list[Condition]:
    """The ranges that the cotangent's zeros imply, said aloud for factors that are not total."""
    said: list[Condition] = []
    for index in free:
        value = found.values.get(index)
        if value is None or runs_over(program, value, index.name):
            continue
        said += in_range(value, as_expr(Size(index.name)))
    return said
