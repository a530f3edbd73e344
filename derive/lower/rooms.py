"""Memory that a function writes into: arrays with a name, and spare ones that are used again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Union

from derive.index import IndexExpr
from derive.lower.plan import BOOL, REAL, Axes, Stmt, Stored, Value, inside
from derive.lower.shapes import Shape

# Spare arrays of bools have names of their own: a workspace keeps one dtype under each name.
SPARE = {REAL: "tmp", BOOL: "mask"}


@dataclass(frozen=True, slots=True)
class Room:
    """Memory for an array: its elements are whatever was there before."""

    name: str
    shape: Shape
    kind: str = REAL


@dataclass(frozen=True, slots=True)
class Into:
    """One operation on operands that are there, its result written into ``target``.

    ``spare``: arrays like ``target`` that a function may use while it runs. ``own``: whether
    the result is surely in the dtype of ``target``, whose elements follow each other in memory.
    """

    target: Value
    value: Value
    spare: tuple[Stored, ...] = ()
    own: bool = False


Step = Union[Stmt, Room, Into]


class Rooms:
    """The memory of one function; spare arrays are handed out last in, first out.

    Attributes:
        made: rooms that are new since they were last asked for.
        shapes: the shape of every array that was made or named.
        own: the arrays that were made, in the dtype of the function.
    """

    def __init__(self, taken: Iterable[str], plain: Callable[[IndexExpr], IndexExpr]) -> None:
        self.made: list[Room] = []
        self.shapes: dict[str, Shape] = {}
        self.own: set[str] = set()
        self._taken = set(taken)
        self._plain = plain
        self._free: dict[tuple[Shape, str], list[str]] = {}
        self._lent: dict[str, tuple[Shape, str]] = {}
        self._count = 0

    def room(self, name: str, shape: Shape, kind: str = REAL) -> None:
        """Make memory for an array that has a name."""
        self.shapes[name] = shape
        self.own.add(name)
        self.made.append(Room(name, shape, kind))

    def plain(self, shape: Shape) -> Shape:
        """``shape``, the same for all that are equal."""
        return tuple(map(self._plain, shape))

    def take(self, axes: Axes, shape: Shape, kind: str) -> Stored:
        """A spare array."""
        key = (self.plain(shape), BOOL if kind == BOOL else REAL)
        free = self._free.setdefault(key, [])
        name = free.pop() if free else self._new(key, shape)
        self._lent[name] = key
        return Stored(name, axes, key[1], temporary=True)

    def give(self, values: Iterable[Value]) -> None:
        """Take back the spare arrays among what ``values`` read."""
        for value in values:
            for part in inside(value):
                if isinstance(part, Stored) and part.name in self._lent:
                    self._free[self._lent.pop(part.name)].append(part.name)

    def drain(self) -> list[Room]:
        """The rooms that are new."""
        found, self.made = self.made, []
        return found

    def _new(self, key: tuple[Shape, str], shape: Shape) -> str:
        name = ""
        while not name or name in self._taken:
            self._count += 1
            name = f"{SPARE[key[1]]}{self._count}"
        self.room(name, shape, key[1])
        return name
