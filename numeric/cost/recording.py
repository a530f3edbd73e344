"""Function bodies that write down what their statements cost while they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from derive.index import IndexExpr, Size, as_expr, number
from derive.lower.plan import REAL, Assign, Filled, For, Quietly, Stmt, kind, owns_memory
from derive.lower.rooms import Room, Step
from derive.lower.schedule import Loop
from derive.lower.shapes import Shape, shape_of
from numeric.cost.work import OWN_BYTES, Counter, Work
from numeric.fast import FastBody
from numeric.function import FunctionBody
from numeric.layout import Line

Numbers = tuple[int, ...]


@dataclass(slots=True)
class Ledger:
    """What the statements of one function cost, by the numbers of their equations.

    Attributes:
        counter: counts the work.
        work: operations and bytes moved.
        rooms: the bytes of every array that is made.
        made: the equations that each of these was first made for.
    """

    counter: Counter
    work: dict[Numbers, Work] = field(default_factory=dict)
    rooms: dict[str, IndexExpr] = field(default_factory=dict)
    made: dict[str, Numbers] = field(default_factory=dict)
    here: Numbers = ()

    def add(self, steps: Sequence[Step], times: IndexExpr) -> None:
        """Write down the work of ``steps``, run ``times`` times."""
        done = self.counter.steps(steps).times(times)
        self.work[self.here] = self.work.get(self.here, Work()) + done

    def room(self, name: str, shape: Shape, of: str = REAL) -> None:
        """Write down that an array is made."""
        found = number(OWN_BYTES.get(of, self.counter.itemsize))
        for extent in shape:
            found = found * self.counter.plain(extent)
        self.rooms[name] = found
        self.made.setdefault(name, self.here)


class Recording(FunctionBody):
    """The statements of a function in the readable style; ``ledger`` is set before it writes."""

    ledger: Ledger
    running: tuple[IndexExpr, ...] = ()

    def _loop(self, loop: Loop, outer: tuple[Loop, ...]) -> list[Line]:
        before, extent = self.running, self.ledger.counter.plain(as_expr(Size(loop.index.name)))
        self.running = (*before[: len(outer)], extent)
        lines = super()._loop(loop, outer)
        self.running = before
        return lines

    def _text(self, statements: Sequence[Stmt], note: str, depth: int) -> list[Line]:
        self.ledger.here = tuple(map(int, re.findall(r"\((\d+)\)", note)))
        self._record(statements, self._times(depth))
        return super()._text(statements, note, depth)

    def _times(self, depth: int) -> IndexExpr:
        times = number(1)
        for extent in self.running[:depth]:
            times = times * extent
        return times

    def _record(self, statements: Sequence[Stmt], times: IndexExpr) -> None:
        shapes = self.ledger.counter.shapes
        for made in _assigned(statements):
            found = shape_of(made.value, shapes)
            if found is not None and made.value.axes:
                shapes[made.name] = found
                if owns_memory(made.value) or isinstance(made.value, Filled):
                    self.ledger.room(made.name, found, kind(made.value))
        self.ledger.add(statements, times)

    def _make(self, name: str) -> None:
        before = set(self._made)
        super()._make(name)
        for made in self._made - before:
            held = self.arrangement.packing.members(made)
            own = [e for e in map(self.program.definition, held) if e is not None]
            numbers = map(self.arrangement.number, own)
            self.ledger.here = tuple(sorted(n for n in numbers if n is not None))
            of = "int" if self.program.holds_integers(made) else REAL
            self.ledger.room(made, self._extents[made], of)


class FastRecording(Recording, FastBody):
    """The statements of a function in the fast style."""

    times: IndexExpr

    def _record(self, statements: Sequence[Stmt], times: IndexExpr) -> None:  # noqa: ARG002
        # not these, but the steps that they become
        self.times = times

    def _steps(self, statements: Sequence[Stmt]) -> list[Step]:
        steps = super()._steps(statements)
        self.ledger.add(steps, self.times)
        return steps

    def _room(self, made: Room) -> Line:
        self.ledger.room(made.name, made.shape, made.kind)
        return super()._room(made)


def _assigned(statements: Sequence[Stmt]) -> list[Assign]:
    found: list[Assign] = []
    for statement in statements:
        if isinstance(statement, Assign):
            found.append(statement)
        elif isinstance(statement, (For, Quietly)):
            found += _assigned(statement.body)
    return found
