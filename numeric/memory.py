"""Arrays to write into: in the fast style those of the batch before, else new ones."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Memory:
    """Rooms by name. With ``reused`` a room is the one that the call before has got.

    A smaller batch gets the front of the same memory, so that batches of two sizes in turn
    allocate nothing either.
    """

    def __init__(self, *, reused: bool) -> None:
        self._rooms: dict[str, Array] | None = {} if reused else None

    def room(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """An array of this shape, its values undefined."""
        if self._rooms is None:
            return np.empty(shape, dtype)
        size, room = prod(shape), self._rooms.get(name)
        if room is None or room.size < size or room.dtype != dtype:
            room = self._rooms[name] = np.empty(size, dtype)
        return room[:size].reshape(shape)

    def copy(self, name: str, array: Array) -> Array:
        """A copy of ``array`` in a room."""
        room = self.room(name, array.shape, array.dtype)
        room[...] = array
        return room

    def laid_out(self, name: str, view: Array) -> Array:
        """``view``, in the order of its axes if memory is reused: kernels read that unmoved."""
        return view if self._rooms is None else self.copy(name, view)

    def reshaped(self, name: str, array: Array, shape: tuple[int, ...]) -> Array:
        """``array`` in another shape: the same memory where its layout allows, else a room."""
        if array.flags.c_contiguous:
            return array.reshape(shape)
        return self.copy(name, array).reshape(shape)
