"""What is computed once: an expression is asked for its hash and its indices at every pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Found = TypeVar("Found")
Kind = TypeVar("Kind")


class Hashed:
    """A frozen value with room for its hash."""

    __slots__ = ("_hash",)


class Indexed(Hashed):
    """The same with room for the index variables in it, too."""

    __slots__ = ("_indices",)


def kept(find: Callable[[Any], Found]) -> Callable[[Any], Found]:
    """Let the instances of a class below ``Indexed`` keep the index variables that they find."""

    def indices(self: Any) -> Found:
        try:
            found: Found = self._indices
        except AttributeError:
            found = find(self)
            object.__setattr__(self, "_indices", found)
        return found

    indices.__doc__ = find.__doc__
    return indices


def hashed_once(kind: type[Kind]) -> type[Kind]:
    """Let the instances of a frozen dataclass keep their hash; it stands below ``Hashed``."""
    compute = kind.__hash__

    def remembered(self: Kind) -> int:
        try:
            found: int = self._hash  # type: ignore[attr-defined]  # the slot of Hashed
        except AttributeError:
            found = compute(self)
            object.__setattr__(self, "_hash", found)
        return found

    kind.__hash__ = remembered  # type: ignore[method-assign,assignment]
    return kind
