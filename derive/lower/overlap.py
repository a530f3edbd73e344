"""Which values are parts of the same array, so that writing one may change another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from derive.lower.plan import (
    WHOLE,
    At,
    Broadcast,
    Part,
    Reshape,
    Slice,
    Span,
    Stored,
    Transpose,
    Value,
    Windows,
    operands,
)

VIEWS = (Slice, Transpose, Windows, Broadcast, Reshape)


class Aliases:
    """Names that are views of other arrays."""

    def __init__(self) -> None:
        self._views: dict[str, str] = {}

    def note(self, name: str, value: Value) -> None:
        """Remember that ``name`` is a view, if it is one."""
        array = self.array(value)
        if array:
            self._views[name] = array

    def array(self, value: Value) -> str:
        """The array that ``value`` is a part of; empty if it is none."""
        base = base_of(value)
        return self._views.get(base.name, base.name) if isinstance(base, Stored) else ""

    def met(self, target: Value, others: Sequence[Value]) -> bool:
        """Whether others read what ``target`` is a part of, other than at another step."""
        name = self.array(target)
        reads = [v for other in others for v in self._reads(other, name)]
        return any(not _apart(target, read) for read in reads)

    def is_dense(self, value: Value) -> bool:
        """Whether its elements follow each other in memory, if those of its array do."""
        if isinstance(value, Slice):
            kinds = [_cut(part) for part in value.parts]
            rows = -1 not in kinds and kinds == sorted(kinds) and kinds.count(1) <= 1
            return rows and self.is_dense(value.source)
        return isinstance(value, Stored) and value.name not in self._views

    def joins(self, value: Value, groups: Sequence[Sequence[int]]) -> bool:
        """Whether each group of neighbouring axes of ``value`` is one axis in memory.

        Of such a group all but the first axis are whole, and nothing is cut out between them.
        """
        if not isinstance(value, Slice) or not self.is_dense(value.source):
            return self.is_dense(value)
        places = [k for k, part in enumerate(value.parts) if not isinstance(part, At)]
        places += range(len(value.parts), len(value.parts) + len(value.axes) - len(places))
        if any(_cut(part) < 0 for part in value.parts):
            return False
        whole = {k for k, part in enumerate(value.parts) if part == WHOLE}
        whole |= set(range(len(value.parts), max(places, default=0) + 1))
        rows = [[places[k] for k in group] for group in groups]
        neighbours = [pair for own in rows for pair in pairwise(own)]
        return all(here == before + 1 and here in whole for before, here in neighbours)

    def _reads(self, value: Value, name: str) -> Iterator[Value]:
        """The parts of ``value`` that are parts of the array ``name``."""
        if isinstance(value, (Slice, Stored)) and self.array(value) == name:
            yield value
        else:
            for part in operands(value):
                yield from self._reads(part, name)


def base_of(value: Value) -> Value:
    """What ``value`` is a view of, if that is new memory."""
    while isinstance(value, VIEWS):
        value = value.source
    return value


def on_base(value: Value, base: Value, room: Stored) -> Value:
    """The view ``value`` of ``room``, which holds ``base``."""
    if value is base:
        return room
    assert isinstance(value, VIEWS), "a base is found through views only"
    return replace(value, source=on_base(value.source, base, room))


def _cut(part: Part) -> int:
    """0 for one position, 1 for neighbours, 2 for all of an axis, and less for what is none."""
    if isinstance(part, At):
        return 0
    if part == WHOLE:
        return 2
    return 1 if isinstance(part, Span) and part.step is None else -1


def _name(value: Value) -> str:
    return value.name if isinstance(value, Stored) else ""


def _apart(one: Value, other: Value) -> bool:
    """Whether two parts of an array are surely different steps along its first axis."""
    if not isinstance(one, Slice) or not isinstance(other, Slice):
        return False
    if not isinstance(one.source, Stored) or one.source.name != _name(other.source):
        return False
    first, second = one.parts[0], other.parts[0]
    if not isinstance(first, At) or not isinstance(second, At):
        return False
    return bool((first.place - second.place).constant)
