"""Steps that only move axes: no arithmetic, no parameters."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

import derive
from derive.errors import CallRefused
from derive.index import as_expr
from derive.program import Program
from numeric.letters import letters
from numeric.memory import Memory
from numeric.shape import BATCH, Shape, numbers, text
from numeric.step import PREDICT, Array, Context, Mode, Placed


@dataclass(frozen=True, slots=True)
class Reshape:
    """Give every sample this shape; the samples stay the first axis."""

    extents: tuple[int, ...]

    def place(self, shape: Shape, context: Context) -> Placed:
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
        return _Moved("Reshape", shape, (BATCH, *map(as_expr, self.extents)), context.memory())


@dataclass(frozen=True, slots=True)
class Flatten:
    """Make one axis of all but the first."""

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place behind ``shape``.

        Raises:
            CallRefused: if the first axis does not count samples.
        """
        return _Moved("Flatten", shape, (BATCH, as_expr(_elements(shape))), context.memory())


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

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place behind ``shape``.

        Raises:
            CallRefused: if the axes are not a permutation of those of ``shape``.
        """
        if sorted(self.axes) != list(range(len(shape))):
            raise CallRefused(
                f"Transpose({self.axes}) does not order the {len(shape)} axes of {text(shape)}",
                remedy=f"name each of 0 to {len(shape) - 1} once",
            )
        return _Turned(shape, self.axes, context.memory())


class _Moved(Placed):
    def __init__(self, name: str, before: Shape, shape: Shape, memory: Memory) -> None:
        super().__init__(name, before, shape)
        self._memory = memory

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:  # noqa: ARG002
        return self._memory.reshaped("x", x, numbers(self.shape, len(x))), x.shape

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        return self._memory.reshaped("dy", dy, saved), {}

    def written(self) -> Program:
        """Each element from the place that has its number, in row-major order."""
        before, after = ([e.constant or 0 for e in s[1:]] for s in (self.before, self.shape))
        axes, result = (["n", *(f"{c}{k}" for k in range(len(s)))] for c, s in
                        (("i", before), ("o", after)))  # fmt: skip
        number = " + ".join(f"{prod(after[k + 1 :])}*{o}" for k, o in enumerate(result[1:])) or "0"
        places = [
            f"(({number})//{prod(before[k + 1 :])}) % {size}" for k, size in enumerate(before)
        ]
        rows = [f"index {o} : {size}" for o, size in zip(result[1:], after, strict=True)]
        y = f"y[{', '.join(result)}]"
        lines = [f"input x[{', '.join(axes)}]", *rows, f"output {y}"]
        return derive.parse("\n".join([*lines, f"{y} = x[{', '.join(['n', *places])}]"]))


class _Turned(Placed):
    def __init__(self, before: Shape, axes: tuple[int, ...], memory: Memory) -> None:
        super().__init__("Transpose", before, tuple(before[axis] for axis in axes))
        self._axes, self._back = axes, tuple(int(axis) for axis in np.argsort(axes))
        self._memory = memory

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:  # noqa: ARG002
        return self._memory.laid_out("x", x.transpose(self._axes)), None

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:  # noqa: ARG002
        return self._memory.laid_out("dy", dy.transpose(self._back)), {}

    def written(self) -> Program:
        """The same element, its indices in another order."""
        axes = letters(self.before)
        x, y = (f"{n}[{', '.join(a)}]" for n, a in
                (("x", axes), ("y", tuple(axes[k] for k in self._axes))))  # fmt: skip
        return derive.parse(f"input {x}\noutput {y}\n{y} = {x}")
