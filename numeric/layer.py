"""Layers: generated kernels with their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import derive
from derive.errors import CallRefused, OptionRefused, ProgramRefused
from derive.expr import IndexValue, Reduce, reads, walk
from derive.index import IndexExpr, as_expr
from derive.program import Program
from numeric.build import build
from numeric.initialise import initial
from numeric.kernel import Kernel
from numeric.shape import Shape, entry, extent, numbers, samples_in, text
from numeric.step import Array, Placed


class Layer:
    """A layer by equations: a built-in name, a path to an .eqn file, or a Program.

    Its first array that is not a parameter is what the network feeds, its first output what it
    passes on; other inputs, as the state before the first step of an LSTM, are zeros. Extents
    that do not follow from the shape before (``i=64`` units, ``f=16`` filters) and
    hyperparameters (``s=2``) are given by name. Pointwise equations run on any shape.

    Args:
        program: the equations.
        rule: how weights are drawn, ``he`` or ``xavier``.
        initial: values of parameters by name, in place of drawn ones.
        **numbers: extents and hyperparameters.

    Raises:
        DeriveError: if the equations, or a number given, cannot be used.
    """

    def __init__(
        self,
        program: Program | str,
        /,
        *,
        rule: str = "he",
        initial: Mapping[str, ArrayLike] | None = None,
        **numbers: float,
    ) -> None:
        self.name = program if isinstance(program, str) else program.title or "layer"
        self.program = derive.load(program) if isinstance(program, str) else program
        self.rule = rule
        self.initial = dict(initial or {})
        known = {h.name for h in self.program.hypers}
        self.hypers = {k: v for k, v in numbers.items() if k in known}
        self.extents = {k: v for k, v in numbers.items() if k not in known}
        self._refuse_unknown()

    def _refuse_unknown(self) -> None:
        axes = [a for p in _parameters(self.program) for a in self.program.axes(p)]
        options = list(dict.fromkeys([*axes, *(h.name for h in self.program.hypers)]))
        for name, value in self.extents.items():
            if name not in axes:
                near = get_close_matches(name, options, 1) or options
                raise OptionRefused(
                    f"{self.name} has neither an extent nor a hyperparameter '{name}'",
                    remedy=f"use {', '.join(near)}" if near else f"leave {name} out",
                )
            if value < 1 or value != int(value):
                raise OptionRefused(
                    f"{self.name}: {name} = {value} is not an extent",
                    remedy="give an integer from 1 up",
                )
        for name in self.initial:
            if name not in _parameters(self.program):
                raise OptionRefused(
                    f"{self.name} has no parameter '{name}' to start from a given value",
                    remedy=f"it has {', '.join(_parameters(self.program)) or 'none'}",
                )

    def place(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> Placed:
        """Build the kernel behind ``shape`` and draw the parameters.

        Raises:
            DeriveError: if the shape does not fit the equations, or an extent is missing.
        """
        kernel = build(self.program, style="readable", dtype=None, without=(), **self.hypers)
        program = kernel.program
        if _is_pointwise(program):
            return _Pointwise(kernel, shape)
        sizes = _sizes(self.name, program, shape, self.extents)
        parameters = {
            name: self._start(program, name, _extents(self.name, program, name, sizes), rng, dtype)
            for name in _parameters(program)
        }
        return _Equations(self.name, kernel, shape, sizes, parameters)

    def _start(
        self,
        program: Program,
        name: str,
        shape: tuple[int, ...],
        rng: np.random.Generator,
        dtype: np.dtype[Any],
    ) -> Array:
        if name not in self.initial:
            return initial(program, name, shape, self.rule, rng).astype(dtype)
        given = np.array(self.initial[name], dtype=dtype)
        if given.shape != shape:
            raise OptionRefused(
                f"{self.name}: the value given for {name} has shape {given.shape}, not {shape}",
                remedy=f"give {name} with shape {shape}",
            )
        return given


# ---- what an equation says about shapes ---------------------------------------------------------


def feed(program: Program) -> str:
    """The array that a network feeds: the first that is not a parameter.

    Raises:
        ProgramRefused: if every array is a parameter.
    """
    found = next((a.name for a in program.arrays if a.role != "param"), None)
    if found is None:
        raise ProgramRefused(
            f"{program.title or 'the program'} has no input to feed",
            remedy="declare one array as input",
        )
    return found


def _parameters(program: Program) -> tuple[str, ...]:
    return tuple(a.name for a in program.arrays if a.role == "param")


def _is_pointwise(program: Program) -> bool:
    """Whether every element comes from the one element at the same place."""
    if len(program.arrays) != 1 or len(program.outputs) != 1 or not program.arrays[0].axes:
        return False
    return all(
        read.indices == equation.indices and all(e.index is not None for e in equation.indices)
        for equation in program.equations
        for read in reads(equation.expr)
    ) and not any(
        isinstance(node, (Reduce, IndexValue)) for e in program.equations for node in walk(e.expr)
    )


def _sizes(
    name: str, program: Program, shape: Shape, given: Mapping[str, float]
) -> dict[str, IndexExpr]:
    fed = feed(program)
    axes = program.axes(fed)
    if len(axes) != len(shape):
        raise CallRefused(
            f"{name} reads {fed}[{', '.join(axes)}] but what comes in has shape {text(shape)}",
            remedy="put a Flatten, Reshape or Transpose before it",
        )
    sizes = {k: as_expr(int(v)) for k, v in given.items()}
    for axis, size in zip(axes, shape, strict=True):
        if sizes.setdefault(axis, size) != size:
            raise CallRefused(
                f"{name}: {axis} is {entry(sizes[axis])} and {entry(size)} at once, "
                f"as {fed}[{', '.join(axes)}] comes in with shape {text(shape)}",
                remedy=f"leave {axis} out, or change the step before",
            )
    return sizes


def _extents(
    name: str, program: Program, array: str, sizes: Mapping[str, IndexExpr]
) -> tuple[int, ...]:
    shape = _shape(name, program, array, sizes)
    found = tuple(e.constant for e in shape)
    if None in found:
        raise CallRefused(
            f"{name}: the parameter {array} would grow with the number of samples: {text(shape)}",
            remedy="give the samples an index of their own",
        )
    return tuple(n for n in found if n is not None)


def _shape(name: str, program: Program, array: str, sizes: Mapping[str, IndexExpr]) -> Shape:
    axes = program.axes(array)
    try:
        shape = tuple(extent(program, axis, sizes) for axis in axes)
    except KeyError as error:
        missing = error.args[0]
        raise OptionRefused(
            f"{name}: the extent {missing} of {array}[{', '.join(axes)}] follows from nothing",
            remedy=f"give it, as in Layer(..., {missing}=16)",
        ) from None
    for axis, size in zip(axes, shape, strict=True):
        if size.constant is not None and size.constant < 1:
            raise CallRefused(
                f"{name}: {array} would have shape {text(shape)}: {axis} is below 1",
                remedy="use a smaller window or stride, or more padding",
            )
    return shape


def program_of(placed: Placed) -> Program | None:
    """The equations of a placed step, hyperparameters bound; None if it has none of its own."""
    return placed.kernel.program if isinstance(placed, (_Equations, _Pointwise)) else None


def in_style(placed: Placed, style: str) -> Placed:
    """A placed step with its kernel in that style; one in the fast style in memory of its own."""
    if not isinstance(placed, (_Equations, _Pointwise)):
        return placed
    kernel = placed.kernel
    if kernel.style != style:
        kernel = build(kernel.program, dtype=kernel.dtype, style=style)
    twin = copy(placed)
    twin.kernel = kernel.reusing() if style == "fast" else kernel
    return twin


def is_pointwise(placed: Placed) -> bool:
    """Whether a placed step does the same to every element, whatever their shape."""
    return isinstance(placed, _Pointwise)


# ---- placed -------------------------------------------------------------------------------------


class _Equations:
    """A kernel with its parameters, behind a shape."""

    def __init__(
        self,
        name: str,
        kernel: Kernel,
        before: Shape,
        sizes: Mapping[str, IndexExpr],
        parameters: dict[str, Array],
    ) -> None:
        program = kernel.program
        self.kernel = kernel
        self.parameters = parameters
        self._fed, self._given = feed(program), program.outputs[0]
        self._before = before
        self._zeros = {
            a.name: _shape(name, program, a.name, sizes)
            for a in program.arrays
            if a.role != "param" and a.name != self._fed
        }
        _refuse_constants(name, program, self._fed)
        self.shape = _shape(name, program, self._given, sizes)

    def forward(self, x: Array) -> tuple[Array, Any]:
        """The first output, for ``x`` as the fed array."""
        samples = samples_in(self._before, x.shape)
        zeros = {k: np.zeros(numbers(s, samples), x.dtype) for k, s in self._zeros.items()}
        outputs, saved = self.kernel.forward(**{self._fed: x}, **zeros, **self.parameters)
        return outputs[self._given], saved

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """Cotangents of the fed array and of the parameters."""
        found = self.kernel.backward(saved, **{self._given: dy})
        return found.get(self._fed), {name: found[name] for name in self.parameters}


def _refuse_constants(name: str, program: Program, fed: str) -> None:
    for array in program.arrays:
        if array.role == "const" and array.name != fed:
            raise ProgramRefused(
                f"{name} needs the constant {array.name}, which a network cannot give it",
                remedy="use it as the loss, or declare the array as param",
            )


class _Pointwise:
    """A pointwise kernel on any shape: the axes behind the first are one to it."""

    def __init__(self, kernel: Kernel, shape: Shape) -> None:
        program = kernel.program
        self.kernel = kernel
        self.shape = shape
        self.parameters: dict[str, Array] = {}
        self._fed, self._given = feed(program), program.outputs[0]
        self._rank = len(program.axes(self._fed))

    def forward(self, x: Array) -> tuple[Array, Any]:
        """The function of every element."""
        outputs, saved = self.kernel.forward(**{self._fed: self._folded(x)})
        return outputs[self._given].reshape(x.shape), (saved, x.shape)

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """The cotangent of every element."""
        inner, shape = saved
        found = self.kernel.backward(inner, **{self._given: self._folded(dy)})
        return found[self._fed].reshape(shape), {}

    def _folded(self, x: Array) -> Array:
        lead = min(self._rank - 1, x.ndim)
        return x.reshape(*x.shape[:lead], *(1,) * (self._rank - 1 - lead), -1)
