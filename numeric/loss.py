"""The loss at the end of a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.errors import CallRefused, ProgramRefused
from derive.program import Program
from numeric.fit import only_counts
from numeric.kernel import Kernel
from numeric.memory import Memory
from numeric.shape import BATCH, Shape, text
from numeric.step import Array, Context


class Loss:
    """A loss kernel: one input, one constant, one scalar output.

    A loss that reads samples alone takes every step of every sample as one: what
    ``softmax_cross_entropy`` gives for ``(N, T, K)`` is the mean over samples and steps.

    Raises:
        DeriveError: if the program is not a loss, or does not read what the network gives.
    """

    def __init__(self, program: Program, shape: Shape, context: Context) -> None:
        inputs = [a for a in program.arrays if a.role == "input"]
        targets = [a.name for a in program.arrays if a.role == "const"]
        scalar = len(program.outputs) == 1 and not program.axes(program.outputs[0])
        if len(inputs) != 1 or len(targets) != 1 or not scalar:
            raise ProgramRefused(
                f"{program.title or 'the program'} is not a loss",
                remedy="a loss has one input, one const for the targets, and one scalar output",
            )
        self._targets, self._given = targets[0], program.outputs[0]
        self._fed = inputs[0].name
        self._lead = _lead(program, self._fed, self._targets, shape)
        self.kernel: Kernel = context.kernel(program)
        self._memory: Memory = context.memory()
        self._one = np.ones((), context.dtype)

    def forward(self, y: Array, targets: Array) -> tuple[float, Any]:
        """The loss of a batch, and what ``backward`` needs.

        Raises:
            CallRefused: if the targets do not fit what the network gives.
        """
        outputs, saved = self.kernel.forward(
            **{self._fed: self._folded("y", y), self._targets: self._told(y, targets)}
        )
        return float(outputs[self._given]), (saved, y.shape)

    def backward(self, saved: Any) -> Array:
        """The cotangent of what the network gives."""
        inner, shape = saved
        found: Array = self.kernel.backward(inner, **{self._given: self._one})[self._fed]
        whole: tuple[int, ...] = shape
        return found.reshape(whole)

    def _told(self, y: Array, targets: Array) -> Array:
        targets = np.asarray(targets)
        if self._lead > 1 and targets.shape[: self._lead] != y.shape[: self._lead]:
            raise CallRefused(
                f"targets come in with shape {targets.shape}, the network gives {y.shape}",
                remedy=f"give targets whose first {self._lead} axes are those of the output",
            )
        return self._folded("targets", targets)

    def _folded(self, name: str, array: Array) -> Array:
        if self._lead == 1:
            return array
        shape = (int(np.prod(array.shape[: self._lead])), *array.shape[self._lead :])
        return self._memory.reshaped(name, array, shape)


def _lead(program: Program, fed: str, targets: str, shape: Shape) -> int:
    """How many leading axes of the output the loss takes as one."""
    axes, told = program.axes(fed), program.axes(targets)
    lead = len(shape) - len(axes) + 1
    alike = bool(axes and told) and axes[0] == told[0] and shape[:1] == (BATCH,)
    if lead == 1 or (lead > 1 and alike and only_counts(program, axes[0])):
        return lead
    raise CallRefused(
        f"the loss reads {fed}[{', '.join(axes)}] but the network gives shape {text(shape)}",
        remedy="end the network with as many axes as the loss reads, or with samples first and "
        "what the loss reads last",
    )
