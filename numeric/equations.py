"""Equations placed behind a shape: a kernel, its parameters, and what it keeps between batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np

from derive.errors import ProgramRefused
from derive.expr import Expr, Node, Read, transform
from derive.extent import same_extent
from derive.index import Index, IndexExpr, as_expr
from derive.program import Equation, Program
from numeric.averages import Averages, predicting
from numeric.carry import Carry
from numeric.fit import extents_of, feed, shape_behind
from numeric.kernel import Kernel
from numeric.letters import letters
from numeric.memory import Memory
from numeric.shape import BATCH, Shape, numbers, samples_in
from numeric.spread import Spread, indices_of
from numeric.step import PREDICT, Array, Context, Mode, Placed


class Equations(Placed):
    """A kernel with its parameters, behind a shape.

    Inputs that nothing feeds are zeros, or what was carried from the batch before; outputs that
    nothing reads have no cotangent.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what a layer knows of itself
        self,
        name: str,
        kernel: Kernel,
        before: Shape,
        sizes: Mapping[str, IndexExpr],
        parameters: dict[str, Array],
        context: Context,
    ) -> None:
        program = kernel.program
        self.kernel, self._memory, self._dtype = kernel, context.memory(), context.dtype
        self._fed, self._given = feed(program), program.outputs[0]
        super().__init__(name, before, shape_behind(name, program, self._given, sizes), program)
        self.parameters = parameters
        self._others = {
            a.name: shape_behind(name, program, a.name, sizes)
            for a in program.arrays
            if a.role != "param" and a.name != self._fed
        }
        _refuse_constants(name, program, self._fed)
        self._carry: Carry | None = None
        self._averages: Averages | None = None

    def carry(self) -> None:
        """Carry the state over windows from now on."""
        self._carry = Carry(self.name, self.kernel.program, self._memory, self.state)

    def average(
        self, names: tuple[str, ...], sizes: Mapping[str, IndexExpr], context: Context
    ) -> None:
        """Average the outputs ``names`` over batches, and take the averages in prediction."""
        program = self.kernel.program
        kernel = context.kernel(predicting(program, names))
        shapes = {name: extents_of(self.name, program, name, sizes) for name in names}
        self._averages = Averages(kernel, shapes, context, self.state)

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:
        """The first output, for ``x`` as the fed array."""
        if self._averages is not None and not mode.training and self._averages.known:
            arrays = {self._fed: x, **self._averages.values, **self.parameters}
            return self._run(self._averages.kernel, arrays, mode)
        samples = samples_in(self.before, x.shape)
        others = {k: self._other(k, numbers(s, samples), mode) for k, s in self._others.items()}
        return self._run(self.kernel, {self._fed: x, **others, **self.parameters}, mode)

    def _run(self, kernel: Kernel, arrays: Mapping[str, Array], mode: Mode) -> tuple[Array, Any]:
        outputs, saved = kernel.forward(**arrays)
        if self._carry is not None and mode.moving:
            self._carry.move(outputs, arrays, mode)
        if self._averages is not None and mode.moving and mode.training:
            self._averages.move(outputs)
        return outputs[self._given], (kernel, saved)

    def _other(self, name: str, shape: tuple[int, ...], mode: Mode) -> Array:
        room = self._memory.room(name, shape, self._dtype)
        if self._carry is None:
            room.fill(0)
        else:
            self._carry.start(name, room, mode)
        return room

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """Cotangents of the fed array and of the parameters."""
        kernel, values = saved
        found = kernel.backward(values, **{self._given: dy})
        return found.get(self._fed), {name: found[name] for name in self.parameters}

    def forget(self) -> None:
        """Start the next sequence from zeros."""
        if self._carry is not None:
            self._carry.forget()


def _refuse_constants(name: str, program: Program, fed: str) -> None:
    for array in program.arrays:
        if array.role == "const" and array.name != fed:
            raise ProgramRefused(
                f"{name} needs the constant {array.name}, which a network cannot give it",
                remedy="use it as the loss, or declare the array as param",
            )


class Pointwise(Placed):
    """A pointwise kernel on any shape: the axes behind the first are one to it."""

    def __init__(self, name: str, kernel: Kernel, shape: Shape, memory: Memory) -> None:
        program = kernel.program
        super().__init__(name, shape, shape, program)
        self.pointwise = True
        self.kernel, self._memory = kernel, memory
        self._fed, self._given = feed(program), program.outputs[0]
        self._rank = len(program.axes(self._fed))

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:  # noqa: ARG002
        """The function of every element."""
        outputs, saved = self.kernel.forward(**{self._fed: self._folded("x", x)})
        return outputs[self._given].reshape(x.shape), (saved, x.shape)

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """The cotangent of every element."""
        inner, shape = saved
        found = self.kernel.backward(inner, **{self._given: self._folded("dy", dy)})
        dx = found.get(self._fed)
        return None if dx is None else dx.reshape(shape), {}

    def written(self) -> Program:
        """The equations with the axes of the shape."""
        assert self.program is not None
        axes, own = letters(self.shape), self.program.axes(self._fed)
        every = tuple(as_expr(Index(axis)) for axis in axes)
        return replace(
            self.program,
            arrays=tuple(replace(a, axes=axes) for a in self.program.arrays),
            equations=tuple(
                Equation(e.name, every, cast(Expr, transform(e.expr, partial(_on, every))))
                for e in self.program.equations
            ),
            extents=tuple(row for row in self.program.extents if row[0] not in own),
        )

    def _folded(self, name: str, x: Array) -> Array:
        lead = min(self._rank - 1, x.ndim)
        shape = (*x.shape[:lead], *(1,) * (self._rank - 1 - lead), _rest(x.shape[lead:]))
        return self._memory.reshaped(name, x, shape)


def _on(indices: tuple[IndexExpr, ...], node: Node) -> Node:
    """A read of a pointwise program, with these indices."""
    return Read(node.array, indices) if isinstance(node, Read) else node


def _rest(extents: tuple[int, ...]) -> int:
    return int(np.prod(extents, dtype=np.intp))


class Folded(Placed):
    """A step on leading axes that are one to it: time steps and samples, all alike."""

    def __init__(self, inner: Placed, before: Shape, lead: int, memory: Memory) -> None:
        shape = (*before[:lead], *inner.shape[1:])
        super().__init__(inner.name, before, shape, inner.program)
        self.inner, self.folded, self._memory = inner, lead, memory
        self.parameters, self.state = inner.parameters, inner.state

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:
        """What the step gives, for every leading index."""
        lead = x.shape[: self.folded]
        flat = self._memory.reshaped("x", x, (_rest(lead), *x.shape[self.folded :]))
        y, saved = self.inner.forward(flat, mode)
        return y.reshape(*lead, *y.shape[1:]), (saved, x.shape)

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """The cotangents, for every leading index; gradients are summed over all of them."""
        inner, shape = saved
        extents = (_rest(shape[: self.folded]), *dy.shape[self.folded :])
        flat = self._memory.reshaped("dy", dy, extents)
        dx, own = self.inner.backward(inner, flat)
        return None if dx is None else dx.reshape(shape), own

    def written(self) -> Program:
        """The equations, the axis that tells samples apart spread over the leading axes."""
        program = self.inner.written()
        axis = program.axes(feed(program))[0]
        names = [name for name in indices_of(program) if same_extent(program, name, axis)]
        spread = {n: tuple(f"{n}{k}" for k in range(self.folded)) for n in names}
        return Spread(lambda name: name, lambda n: spread.get(n, (n,))).program(program)

    def forget(self) -> None:
        """Drop what the step carries."""
        self.inner.forget()


def one_axis(shape: Shape, lead: int) -> Shape:
    """``shape`` as a step sees it to which the first ``lead`` axes are one."""
    return (BATCH, *shape[lead:])
