"""Hashes that are computed once: an expression is asked for its hash at every pass over it."""

from __future__ import annotations

from typing import TypeVar

Kind = TypeVar("Kind")


class Hashed:
    """A frozen value with room for its hash."""

    __slots__ = ("_hash",)


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
