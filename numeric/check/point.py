"""Where a kernel is looked at: extents, hyperparameters, and exact data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """One set of data for a program.

    Attributes:
        label: what the point is for: ``distinct extents``, ``n = 1``, ...
        sizes: the extent of every root index.
        arrays: the data by name: exact fractions, or integers where the program says so.
        cotangents: a cotangent for each output, of exact fractions.
    """

    label: str
    sizes: Mapping[str, int]
    arrays: Mapping[str, Array]
    cotangents: Mapping[str, Array]

    @property
    def volume(self) -> int:
        """The number of elements given."""
        return sum(array.size for array in self.arrays.values())


def mapped(array: Array, function: Callable[[Any], Any]) -> Array:
    """``function`` of every element, as an array of objects of the same shape."""
    found = np.empty(array.size, dtype=object)
    found[:] = [function(element) for element in array.ravel().tolist()]
    shaped: Array = found.reshape(array.shape)
    return shaped


def converted(arrays: Mapping[str, Array], lift: Callable[[Any], Any]) -> dict[str, Array]:
    """The arrays in other numbers; arrays of integers stay as they are."""
    return {n: a if a.dtype.kind in "iub" else mapped(a, lift) for n, a in arrays.items()}


def in_floats(arrays: Mapping[str, Array], dtype: Any = np.float64) -> dict[str, Array]:
    """The arrays in floats of some precision, rounded."""
    return {
        n: a if a.dtype.kind in "iub" else a.astype(np.float64).astype(dtype)
        for n, a in arrays.items()
    }
