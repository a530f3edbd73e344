"""What must hold at a call so that every read is on its grid, and what never can hold.

A read that the bounds put on the grid needs no check. One that they put off it for all extents
is refused. The rest is left for the call: the extents then say which it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.expr import Condition, Node, Read, index_exprs
from derive.index import IndexExpr, Label, Size, as_expr
from derive.inference import Rows, expand
from derive.program import Program
from derive.ranges import at_least, at_most, bounds, guarded_reads, lower, mentions, upper


@dataclass(frozen=True, slots=True)
class ReadCheck:
    """A read that is on its grid only for some extents.

    It needs no looking at in a call where an index around it has extent 0.

    Attributes:
        place: the equation's place in the program.
        equation: the equation as text.
        array: the array read.
        axis: the position of the axis.
        index: the index expression on that axis.
        lower: its smallest value, over sizes; None where only the values themselves tell.
        upper: its largest value, or None.
        first: the first element there is, 0 or that of a start.
        last: the last element there is.
        guards: conditions under which the read is looked at and which speak of its indices;
            with any, ``lower`` and ``upper`` may go beyond what is really read.
    """

    place: int
    equation: str
    array: str
    axis: int
    index: IndexExpr
    lower: IndexExpr | None
    upper: IndexExpr | None
    first: IndexExpr
    last: IndexExpr
    guards: tuple[Condition, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether conditions decide which elements are read."""
        return bool(self.guards)

    @property
    def never(self) -> bool:
        """Whether the read leaves its grid for every extent."""
        if self.lower is None or self.upper is None or self.guards:
            return False
        below = at_most(self.lower - self.first)
        beyond = at_least(self.upper - self.last)
        return (below is not None and below < 0) or (beyond is not None and beyond > 0)


@dataclass(frozen=True, slots=True)
class ExtentCheck:
    """``left`` must equal ``right``; without ``right`` it must be 0 or more."""

    left: IndexExpr
    right: IndexExpr | None = None


def extent_checks(program: Program) -> tuple[ExtentCheck, ...]:
    """What the extents of a call must satisfy, over sizes of roots."""
    rows = dict(program.extents)
    equal = (
        ExtentCheck(expand(left, rows), expand(right, rows)) for left, right in program.agreements
    )
    computed = (expand(row, rows) for row in rows.values())
    negative = (ExtentCheck(row) for row in computed if not _not_negative(row))
    return tuple(dict.fromkeys((*equal, *negative)))


def read_checks(program: Program) -> tuple[ReadCheck, ...]:
    """Every read that is on its grid only for some extents, in written order."""
    return tuple(
        check
        for place, equation in enumerate(program.equations)
        for check in _checks(program, place, str(equation), equation.expr)
    )


def _checks(program: Program, place: int, text: str, root: Node) -> Iterator[ReadCheck]:
    for found in guarded_reads(root):
        yield from _read(program, place, text, found.read, found.guards)
    for expr in index_exprs(root):
        for atom in expr.atoms():
            if isinstance(atom, Label):
                yield from _read(program, place, text, Read(atom.array, atom.indices), ())


def _read(
    program: Program, place: int, text: str, read: Read, guards: tuple[Condition, ...]
) -> Iterator[ReadCheck]:
    if program.pad(read.array) is not None:
        return
    rows = dict(program.extents)
    for axis, (name, written) in enumerate(
        zip(program.axes(read.array), read.indices, strict=True)
    ):
        if written.index is not None and _same(written.index.name, name, rows):
            continue
        first, last = _grid(program, read.array, axis, name, rows)
        expr = expand(written, rows)
        if _inside(expr, first, last, rows, guards) and _empty_together(expr, last, rows):
            continue
        ends = bounds(expr)
        low, high = (None, None) if ends is None else (expand(e, rows) for e in ends)
        speaking = tuple(g for g in guards if mentions(g, expr))
        yield ReadCheck(
            place, text, read.array, axis, written, low, high, first, last, speaking
        )


def _same(index: str, axis: str, rows: Rows) -> bool:
    """Whether two index names have one extent, so that the plain index stays on the axis."""
    return index == axis or expand(as_expr(Size(index)), rows) == expand(as_expr(Size(axis)), rows)


def _grid(
    program: Program, array: str, axis: int, name: str, rows: Rows
) -> tuple[IndexExpr, IndexExpr]:
    size = expand(as_expr(Size(name)), rows)
    first, last = IndexExpr(), size - 1
    for start in program.starts(array):
        given = expand(start.indices[axis], rows)
        if given.indices():
            continue
        if (at_most(given - first) or 0) < 0:
            first = given
        if (at_least(given - last) or 0) > 0:
            last = given
    return first, last


def _inside(
    expr: IndexExpr,
    first: IndexExpr,
    last: IndexExpr,
    rows: Rows,
    guards: tuple[Condition, ...],
) -> bool:
    """Whether the bounds, or the guards, keep ``expr`` on its grid for all extents."""
    low, high = lower(expr - first, guards, rows), upper(expr - last, guards, rows)
    return low is not None and high is not None and low >= 0 and high <= 0


def _empty_together(expr: IndexExpr, last: IndexExpr, rows: Rows) -> bool:
    """Whether an axis without elements leaves an index of ``expr`` without values.

    Bounds take sizes to be at least 1; ``x[0]`` and ``x[min(n, size(i) - 1)]`` do not.
    """
    sizes = {atom for atom in last.atoms() if isinstance(atom, Size)}
    own = (a for i in expr.indices() for a in expand(as_expr(Size(i.name)), rows).atoms())
    on_a_start = (at_most(expr) or 0) < 0
    return on_a_start or not sizes or not sizes.isdisjoint(own)


def _not_negative(row: IndexExpr) -> bool:
    smallest = at_least(row)
    return smallest is not None and smallest >= 0
