"""Memory of an optimiser: arrays that belong to parameters, and room to compute in."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from derive.errors import OptionRefused
from numeric.optimise.optimiser import Array, Arrays

STEPS = "steps"


class Memory:
    """Arrays by kind and parameter, zero at first, and the number of steps taken.

    Attributes:
        steps: how many there have been.
    """

    def __init__(self, *kinds: str) -> None:
        self.steps = 0
        self._kept: dict[str, dict[str, Array]] = {kind: {} for kind in kinds}
        self._rooms: dict[tuple[int, np.dtype[Any]], Array] = {}

    def kept(self, kind: str, name: str, like: Array) -> Array:
        """The array of a kind that belongs to a parameter; made when first asked for."""
        arrays = self._kept[kind]
        found = arrays.get(name)
        if found is None:
            found = arrays[name] = np.zeros_like(like)
        elif found.shape != like.shape or found.dtype != like.dtype:
            raise OptionRefused(
                f"the optimiser's {kind} of {name} is {found.dtype} {found.shape}, "
                f"the parameter {like.dtype} {like.shape}",
                remedy="use an optimiser of its own for every network",
            )
        return found

    def room(self, number: int, like: Array) -> Array:
        """Room in the shape of a parameter; what stands there is anything.

        One room serves all parameters: its size is that of the largest.
        """
        size = prod(like.shape)
        found = self._rooms.get((number, like.dtype))
        if found is None or len(found) < size:
            found = self._rooms[number, like.dtype] = np.empty(size, like.dtype)
        return found[:size].reshape(like.shape)

    def state(self) -> dict[str, Array]:
        """Copies of all arrays by ``kind/parameter``, and the number of steps."""
        if not self.steps:
            return {}
        found = {
            f"{kind}/{name}": value.copy()
            for kind, arrays in self._kept.items()
            for name, value in arrays.items()
        }
        return {STEPS: np.array(self.steps), **found}

    def restore(self, state: Arrays) -> None:
        """Remember what ``state`` gave.

        Raises:
            OptionRefused: if arrays of another kind are among it, or it counts no steps.
        """
        kept: dict[str, dict[str, Array]] = {kind: {} for kind in self._kept}
        steps = int(state[STEPS]) if STEPS in state and np.ndim(state[STEPS]) == 0 else 0
        if state and steps < 1:
            raise OptionRefused(
                "the state of the optimiser does not say how many steps it has taken",
                remedy="restore what state() gave",
            )
        for key, value in state.items():
            kind, _, name = key.partition("/")
            if key != STEPS and kind not in kept:
                raise OptionRefused(
                    f"the optimiser has no '{kind}' to restore",
                    remedy=f"it remembers {' and '.join(kept) or 'nothing but steps'}",
                )
            if key != STEPS:
                kept[kind][name] = np.array(value)
        self.steps, self._kept = steps, kept
