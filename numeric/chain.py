"""Steps one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from numeric.shape import Shape
from numeric.step import PREDICT, Array, Context, Mode, Placed, Step, joined, located


class Sequential:
    """Steps one after another, as one step: for use in several places, or for a name.

    Args:
        steps: in order.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = tuple(steps)

    def place(self, shape: Shape, context: Context) -> Chain:
        """Place the steps, each behind the one before.

        Raises:
            DeriveError: if one does not fit.
        """
        parts: dict[str, Placed] = {}
        after = shape
        for position, step in enumerate(self.steps):
            with located(str(position)):
                placed = step.place(after, context)
            parts[str(position)], after = placed, placed.shape
        return Chain(parts, shape, after)


class Chain(Placed):
    """Placed steps one after another."""

    def __init__(self, parts: Mapping[str, Placed], before: Shape, shape: Shape) -> None:
        super().__init__("Sequential", before, shape)
        self.parts = parts

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:
        """What the last step gives."""
        tape = {}
        for name, y, saved in self.outputs(x, mode):
            x, tape[name] = y, saved
        return x, tape

    def outputs(self, x: Array, mode: Mode) -> Iterator[tuple[str, Array, Any]]:
        """What each step gives, and what its backward needs."""
        for name, part in self.parts.items():
            x, saved = part.forward(x, mode)
            yield name, x, saved

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """The cotangents, from the last step to the first."""
        found: dict[str, Array] = {}
        back: Array | None = dy
        for _, dx, own in self.cotangents(saved, dy):
            back = dx
            found |= own
        return back, found

    def cotangents(
        self, saved: Any, dy: Array
    ) -> Iterator[tuple[str, Array | None, dict[str, Array]]]:
        """From the last step on: the cotangent of what goes into it, and its gradients."""
        dx: Array | None = dy
        for name, part in reversed(list(self.parts.items())):
            if dx is None:
                return
            dx, own = part.backward(saved[name], dx)
            yield name, dx, {joined(name, inner): value for inner, value in own.items()}
