"""What names stand for at many places at once: every index is a vector of integers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from numeric.oracles.libraries import Array

Value = Any  # see numeric.oracles.vectors


@dataclass(frozen=True, slots=True)
class Scope:
    """A list of places.

    Attributes:
        count: how many.
        indices: for every free and bound index its value at each of them.
        parameters: the values of the parameters, in the body of a ``def``.
    """

    count: int
    indices: Mapping[str, Array] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)

    def pick(self, rows: Array, take: Callable[[Value, Array], Value]) -> Scope:
        """Some of the places, as often as they are named."""
        return Scope(
            len(rows),
            {name: values[rows] for name, values in self.indices.items()},
            {name: take(value, rows) for name, value in self.parameters.items()},
        )

    def bind(
        self, names: tuple[str, ...], sizes: list[int], take: Callable[[Value, Array], Value]
    ) -> Scope:
        """Every place once for every value of more indices, which run fastest."""
        members = np.array(list(product(*map(range, sizes))), dtype=np.int64)
        members = members.reshape(-1, len(names))
        wide = self.pick(np.repeat(np.arange(self.count), len(members)), take)
        bound = {n: np.tile(members[:, k], self.count) for k, n in enumerate(names)}
        return Scope(wide.count, {**wide.indices, **bound}, wide.parameters)
