"""Recurrences: which reads are of other steps, how far away, and where they start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from derive.expr import Read, reads
from derive.index import Index, IndexExpr, Size, as_expr
from derive.program import Equation, Program
from derive.recurrence import components


@dataclass(frozen=True, slots=True)
class Delay:
    """An array as an equation reads it some steps before or after.

    Attributes:
        array: its name.
        indices: the indices, plain ones by the names of its axes.
        shift: how many steps after; None where that is no number.
    """

    array: str
    indices: tuple[IndexExpr, ...]
    shift: int | None

    @property
    def key(self) -> str:
        """A name for it that no array has."""
        return f"{self.array}[{', '.join(map(str, self.indices))}]"

    @property
    def words(self) -> str:
        """How far away it is."""
        if not self.shift:
            return "other steps"
        count = abs(self.shift)
        steps = "one step" if count == 1 else f"{count} steps"
        return f"{steps} {'before' if self.shift < 0 else 'after'}"


# A read by the place of the equation that it stands in.
Delays = Mapping[tuple[int, Read], Delay]


def delays(program: Program, forward: tuple[Equation, ...]) -> Delays:
    """Find the reads of other steps in ``forward``, whose axes ``program`` knows."""
    names = list(dict.fromkeys(e.name for e in forward))
    pairs = [(e.name, r.array) for e in forward for r in reads(e.expr) if r.array in names]
    group = {name: n for n, found in enumerate(components(names, pairs)) for name in found}
    first = {e.name: place for place, e in reversed(tuple(enumerate(forward))) if not e.is_start}
    return {
        (place, read): _delay(program, read)
        for place, equation in enumerate(forward)
        if not equation.is_start
        for read in reads(equation.expr)
        if group.get(read.array) == group[equation.name]
        and (is_moved(read) or first[read.array] >= place)
    }


def is_moved(read: Read) -> bool:
    """Whether some index of a read is not plain."""
    return any(index.index is None for index in read.indices)


def _delay(program: Program, read: Read) -> Delay:
    axes = program.axes(read.array)
    indices = tuple(
        as_expr(Index(axis)) if index.index is not None else index
        for axis, index in zip(axes, read.indices, strict=True)
    )
    return Delay(read.array, indices, shift(program, read))


def shift(program: Program, read: Read) -> int | None:
    """How many steps after its own a read is; None where that is no number."""
    axes = program.axes(read.array)
    shifts = [
        (index - as_expr(Index(axis))).constant
        for axis, index in zip(axes, read.indices, strict=True)
        if index.index is None
    ]
    return shifts[0] if len(shifts) == 1 else None


def started(start: Equation, found: Iterable[Delay]) -> tuple[Delay, ...]:
    """Give the delays that read what ``start`` defines, the nearest first."""
    mine = tuple(dict.fromkeys(delay for delay in found if delay.array == start.name))
    away = _away(start)
    if away is None or any(delay.shift is None for delay in mine):
        return mine
    reaching = (d for d in mine if d.shift is not None and abs(d.shift) >= away)
    return tuple(sorted(reaching, key=lambda delay: abs(delay.shift or 0)))


def _away(start: Equation) -> int | None:
    """How many steps before the first, or after the last, a start is."""
    for index in start.indices:
        if not index.indices():
            if index.constant is not None:
                return -index.constant
            sizes = [atom for atom in index.atoms() if isinstance(atom, Size)]
            beyond = (index - as_expr(sizes[0])).constant if len(sizes) == 1 else None
            return None if beyond is None else beyond + 1
    return None
