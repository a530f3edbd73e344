"""Layers: generated kernels with their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np
from numpy.typing import ArrayLike

import derive
from derive.errors import OptionRefused
from derive.index import IndexExpr
from derive.program import Program
from numeric.averages import statistics
from numeric.carry import carrying
from numeric.equations import Equations, Folded, Pointwise, one_axis
from numeric.fit import (
    counts_samples,
    extents_of,
    feed,
    folds,
    is_pointwise,
    parameters_of,
    shape_behind,
    sizes_behind,
)
from numeric.initialise import Rule, initial, refuse_rules
from numeric.shape import Shape
from numeric.step import Array, Context, Placed


class Layer:
    """A layer by equations: a built-in name, a path to an .eqn file, or a Program.

    Its first array that is not a parameter is what the network feeds, its first output what it
    passes on; other inputs, as the state before the first step of an LSTM, are zeros. Extents
    that do not follow from the shape before (``i=64`` units, ``f=16`` filters) and
    hyperparameters (``s=2``) are given by name. Pointwise equations run on any shape; equations
    to which the first axis only tells samples apart take all leading axes as that one, so that
    ``dense`` does the same at every step of a sequence.

    The same Layer placed twice has its parameters once: shared weights.

    Outputs beside the first that are statistics of the batch (the mean and variance of
    ``batch_norm``) are averaged in training, and prediction takes the averages.

    Args:
        program: the equations.
        rule: how weights are drawn, ``he``, ``xavier`` or ``orthogonal``; or such a rule for
            some parameters by name, the others by ``he``.
        initial: values of parameters by name, in place of drawn ones.
        forget_bias: where the bias of the gate starts that the state before is multiplied by;
            None leaves it at zero like other biases.
        carry: whether the state at the end of a batch is where the next batch starts.
        **numbers: extents and hyperparameters.

    Raises:
        DeriveError: if the equations, or a number given, cannot be used.
    """

    def __init__(
        self,
        program: Program | str,
        /,
        *,
        rule: Rule = "he",
        initial: Mapping[str, ArrayLike] | None = None,
        forget_bias: float | None = None,
        carry: bool = False,
        **numbers: float,
    ) -> None:
        self.name = program if isinstance(program, str) else program.title or "layer"
        self.program = derive.load(program) if isinstance(program, str) else program
        self.rule, self.forget_bias, self.carry = rule, forget_bias, carry
        self.initial = dict(initial or {})
        known = {h.name for h in self.program.hypers}
        self.hypers = {k: v for k, v in numbers.items() if k in known}
        self.extents = {k: v for k, v in numbers.items() if k not in known}
        self._refuse_unknown()
        refuse_rules(self.name, self.program, rule, forget_bias)
        if carry:
            self.program = carrying(self.name, self.program)

    def _refuse_unknown(self) -> None:
        axes = [a for p in parameters_of(self.program) for a in self.program.axes(p)]
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
            if name not in parameters_of(self.program):
                raise OptionRefused(
                    f"{self.name} has no parameter '{name}' to start from a given value",
                    remedy=f"it has {', '.join(parameters_of(self.program)) or 'none'}",
                )

    def place(self, shape: Shape, context: Context) -> Placed:
        """Build the kernel behind ``shape`` and draw the parameters.

        Raises:
            DeriveError: if the shape does not fit the equations, or an extent is missing.
        """
        kernel = context.kernel(self.program, **self.hypers)
        program = kernel.program
        if is_pointwise(program):
            return Pointwise(self.name, kernel, shape, context.memory())
        lead = len(shape) - len(program.axes(feed(program))) + 1
        if lead > 1 and folds(program, program.outputs[0]):
            inner = self._behind(one_axis(shape, lead), context)
            return Folded(inner, shape, lead, context.memory())
        return self._behind(shape, context)

    def _behind(self, shape: Shape, context: Context) -> Equations:
        kernel = context.kernel(self.program, **self.hypers)
        program = kernel.program
        sizes = sizes_behind(self.name, program, shape, self.extents)
        parameters = self._parameters(program, sizes, context)
        placed = Equations(self.name, kernel, shape, sizes, parameters, context)
        if self.carry:
            placed.carry()
        averaged = statistics(program, _depending(self.name, program, sizes))
        if averaged:
            placed.average(averaged, sizes, context)
        return placed

    def _parameters(
        self, program: Program, sizes: Mapping[str, IndexExpr], context: Context
    ) -> dict[str, Array]:
        """The parameters, drawn where the layer stands first."""
        shapes = {p: extents_of(self.name, program, p, sizes) for p in parameters_of(program)}
        if self not in context.drawn:
            context.drawn[self] = {
                name: self._start(program, name, shape, context) for name, shape in shapes.items()
            }
        shared = context.drawn[self]
        for name, shape in shapes.items():
            if shared[name].shape != shape:
                raise OptionRefused(
                    f"{self.name} is placed twice, and its {name} would be {shape} here and "
                    f"{shared[name].shape} where it stands first",
                    remedy="place it behind equal shapes, or make a second layer",
                )
        return dict(shared)

    def _start(
        self, program: Program, name: str, shape: tuple[int, ...], context: Context
    ) -> Array:
        if name not in self.initial:
            drawn = initial(program, name, shape, self.rule, context.rng, self.forget_bias)
            return drawn.astype(context.dtype)
        given = np.array(self.initial[name], dtype=context.dtype)
        if given.shape != shape:
            raise OptionRefused(
                f"{self.name}: the value given for {name} has shape {given.shape}, not {shape}",
                remedy=f"give {name} with shape {shape}",
            )
        return given


def _depending(name: str, program: Program, sizes: Mapping[str, IndexExpr]) -> dict[str, bool]:
    """For each output whether its shape depends on the number of samples."""
    return {
        output: any(map(counts_samples, shape_behind(name, program, output, sizes)))
        for output in program.outputs
    }
