"""All derivatives of a forward at a point, by differences; each column is taken once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from numeric.check.exact import Precision
from numeric.check.point import Array, Point
from numeric.check.subject import Subject, as_objects

Columns = Mapping[str, Array]


class Jacobians:
    """Gradients by central differences, for any cotangents at the price of one."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._found: dict[tuple[int, str, str], Columns] = {}
        self._kept: list[object] = []

    def __call__(self, point: Point, name: str, at: Precision) -> Array:
        """The gradient by one array, for the point's cotangents."""
        columns, g = self._columns(point, name, at), at.cotangents(point)
        zero = at.step * 0
        found = np.full(point.arrays[name].shape, zero, dtype=object)
        for place in np.ndindex(found.shape):
            found[place] = sum(
                ((columns[n][place] * g[n]).sum() for n in g if g[n].size), start=zero
            )
        return found

    def _columns(self, point: Point, name: str, at: Precision) -> Columns:
        """For each output, by the place in the array, how fast it changes."""
        key = id(point.arrays), name, at.arithmetic.name
        if key not in self._found:
            self._kept.append(point.arrays)
            arrays, shape = at.arrays(point), point.arrays[name].shape
            found: dict[str, Array] = {n: np.empty(shape, dtype=object) for n in point.cotangents}
            for place in np.ndindex(shape):
                ends = []
                for step in (at.step, -at.step):
                    moved = arrays[name].copy()
                    moved[place] = moved[place] + step
                    ends.append(self._subject.forward(at.module, {**arrays, name: moved})[0])
                for n, column in found.items():
                    above, below = (as_objects(end[n]) for end in ends)
                    column[place] = as_objects((above - below) / (2 * at.step))
            self._found[key] = found
        return self._found[key]
