"""Steps that only move axes: no arithmetic, no parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from derive.errors import CallRefused
from derive.index import as_expr
from numeric.shape import BATCH, Shape, numbers, text
from numeric.step import Array, Placed


@dataclass(frozen=True, slots=True)
class Reshape:
    """Give every sample this shape; the samples stay the first axis."""

    extents: tuple[int, ...]

    def place(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> Placed:  # noqa: ARG002
        """Place behind ``shape``.

        Raises:
            CallRefused: if a sample has another number of elements.
        """
        count = _elements(shape)
        if count != prod(self.extents):
            raise CallRefused(
                f"Reshape makes {self.extents}, {prod(self.extents)} elements a sample, "
                f"of shape {text(shape)}",
                remedy=f"give extents whose product is {count}",
            )
        return _Moved((BATCH, *map(as_expr, self.extents)))


@dataclass(frozen=True, slots=True)
class Flatten:
    """Make one axis of all but the first."""

    def place(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> Placed:  # noqa: ARG002
        """Place behind ``shape``."""
        return _Moved((BATCH, as_expr(_elements(shape))))


def _elements(shape: Shape) -> int:
    if not shape or shape[0] != BATCH:
        raise CallRefused(
            f"the first axis of {text(shape)} does not count samples",
            remedy="put a Transpose before that brings the samples to the front",
        )
    return prod(e.constant or 0 for e in shape[1:])


@dataclass(frozen=True, slots=True)
class Transpose:
    """Order the axes anew, as ``numpy.transpose``: ``Transpose((1, 0, 2))`` puts time first."""

    axes: tuple[int, ...]

    def place(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> Placed:  # noqa: ARG002
        """Place behind ``shape``.

        Raises:
            CallRefused: if the axes are not a permutation of those of ``shape``.
        """
        if sorted(self.axes) != list(range(len(shape))):
            raise CallRefused(
                f"Transpose({self.axes}) does not order the {len(shape)} axes of {text(shape)}",
                remedy=f"name each of 0 to {len(shape) - 1} once",
            )
        return _Turned(tuple(shape[axis] for axis in self.axes), self.axes)


@dataclass(frozen=True, slots=True)
class _Moved:
    shape: Shape
    parameters: dict[str, Array] = field(default_factory=dict)

    def forward(self, x: Array) -> tuple[Array, Any]:
        return x.reshape(numbers(self.shape, len(x))), x.shape

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        return dy.reshape(saved), {}


@dataclass(frozen=True, slots=True)
class _Turned:
    shape: Shape
    axes: tuple[int, ...]
    parameters: dict[str, Array] = field(default_factory=dict)

    def forward(self, x: Array) -> tuple[Array, Any]:
        return x.transpose(self.axes), None

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:  # noqa: ARG002
        return dy.transpose(np.argsort(self.axes)), {}
