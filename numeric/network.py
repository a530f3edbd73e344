"""Networks: steps put together, with a loss at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import derive
from derive.display import Displayed
from derive.errors import CallRefused, OptionRefused
from derive.program import Program
from numeric.chain import Sequential
from numeric.check.network import check_network
from numeric.check.result import CheckResult
from numeric.fuse import fuse
from numeric.loss import Loss
from numeric.memory import Memory
from numeric.shape import numbers, shape_of, text
from numeric.stage import Stage, stages_of
from numeric.step import (
    LOOK,
    PREDICT,
    STILL,
    TRAIN,
    Array,
    Context,
    Mode,
    Placed,
    Step,
    joined,
    walk,
)
from numeric.summary import Summary, summarise
from numeric.written import KNOWN, Table, located_in, network_settings, read


class Network(Displayed):
    """Steps put together, trained to make a loss small.

    ``forward``, ``evaluate`` and ``activations`` predict; ``gradients`` and ``cotangents`` train:
    they drop out, take the statistics of the batch and move averages on. Layers that carry their
    state have one for training and one for prediction.

    Args:
        steps: layers and other steps, in order.
        loss: a built-in name, a path or a Program with one input (what the network gives), one
            constant (the targets) and one scalar output.
        shape: the shape of one sample.
        seed: where the parameters are drawn from; a number or a NumPy generator.
        dtype: of parameters and samples, ``float32`` or ``float64``.
        style: of the kernels. In ``fast`` every step computes in memory of its own, which the
            next batch writes over; what the methods return is the caller's all the same.

    Attributes:
        parameters: every trained array by name: ``3.W`` is the W of ``steps[3]``, ``3.body.0.W``
            that of the first step in the body of a residual step. What is placed twice has the
            name of its first place. Optimisers change them in place.
        still: whether everything stands still: all batches go through as in training, states and
            averages do not move on, and the same elements are dropped again and again.

    Raises:
        DeriveError: if a step does not fit what comes before it.
    """

    def __init__(  # noqa: PLR0913  the settings of a network; all but three have a default
        self,
        steps: Iterable[Step],
        *,
        loss: Program | str,
        shape: Sequence[int],
        seed: int | np.random.Generator = 0,
        dtype: DTypeLike = "float32",
        style: str = "readable",
    ) -> None:
        self._input = shape_of(tuple(shape))
        self._steps = Sequential(steps)
        self._program = derive.load(loss) if isinstance(loss, str) else loss
        self.style, self.still = style, False
        self._assemble(Context(np.random.default_rng(seed), _float(dtype), style))

    @classmethod
    def from_toml(cls, path: str | Path) -> Network:
        """Make the network that a TOML file describes (docs/networks.md).

        Raises:
            DeriveError: if the file is not a network, or its steps do not fit, with the line.
        """
        source = read(path)
        table = Table(source, (), source.values)
        table.only(KNOWN)
        settings = network_settings(table)
        try:
            return cls(settings.steps, **settings.given)
        except derive.DeriveError as error:
            raise located_in(source, error) from None

    def _assemble(self, context: Context) -> None:
        self.dtype = context.dtype
        self._chain = self._steps.place(self._input, context)
        self.shape = self._chain.shape
        self._loss = Loss(self._program, self.shape, context)
        self._memory: Memory = context.memory()
        self.parameters, self._names = _named(self._chain)

    @property
    def size(self) -> int:
        """The number of trained numbers."""
        return sum(value.size for value in self.parameters.values())

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The steps in their places, for those who tell of the network."""
        named = {id(value): name for name, value in self.parameters.items()}
        return stages_of(self._chain, "", named)

    @property
    def loss(self) -> Program:
        """The equations of the loss."""
        return self._loss.kernel.program

    def summary(self, samples: int = 1) -> Summary:
        """A table of the steps: shapes, trained numbers, operations for a batch of samples."""
        title = f"Network on samples of shape {text(self._input)}"
        return summarise(title, self.stages, self.shape, self.loss, samples)

    def __str__(self) -> str:
        return str(self.summary())

    def fused(self) -> Program:
        """The equations of all steps as one program; W of step ``1.body.0`` is ``W_1_body_0``.

        It takes the samples as ``x``, and whatever nothing feeds (the state before the first
        step, the mask of a dropout) as arrays of its own.

        Raises:
            DeriveError: if the steps have no meaning as one program.
        """
        return fuse(self._chain)

    # ---- batches --------------------------------------------------------------------------------

    def forward(self, x: Array) -> Array:
        """What the last step gives for a batch of samples.

        Raises:
            CallRefused: if a sample has another shape than the network was made for.
        """
        return self._own(self._forward(x, PREDICT)[0])

    def evaluate(self, x: Array, targets: Array) -> tuple[float, Array]:
        """The loss of a batch, and what the last step gives for it."""
        y = self._forward(x, PREDICT)[0]
        return self._loss.forward(y, targets)[0], self._own(y)

    def activations(self, x: Array) -> list[Array]:
        """What each step gives for a batch, in order; a layer that carries starts from zeros."""
        self._refuse(x)
        return [self._own(y) for _, y, _ in self._chain.outputs(x, self._mode(LOOK))]

    def gradients(
        self, x: Array, targets: Array, *, lent: bool = False
    ) -> tuple[float, dict[str, Array]]:
        """The loss of a batch, and its gradient by every parameter.

        ``lent``: for loops that are done with the gradients before the next batch; a network in
        the fast style leaves them in its own memory then.
        """
        value, tape, cotangent = self._at_the_end(x, targets, TRAIN)
        _, found = self._chain.backward(tape, cotangent)
        gradients = self._added(found)
        return value, gradients if lent else {k: self._own(g) for k, g in gradients.items()}

    def cotangents(self, x: Array, targets: Array) -> tuple[Array | None, ...]:
        """The cotangents on the way back: of what goes into each step, and of what the loss reads.

        None is what has none: what goes into a step that reads integers, and all before it. As
        in training, but nothing moves on.
        """
        _, tape, cotangent = self._at_the_end(x, targets, STILL)
        back = [cotangent, *(dx for _, dx, _ in self._chain.cotangents(tape, cotangent))]
        missing = 1 + len(self._chain.parts) - len(back)
        found = [None if g is None else self._own(g) for g in back]
        return (*[None] * missing, *reversed(found))

    def _added(self, found: Mapping[str, Array]) -> dict[str, Array]:
        """Gradients by the names of parameters: those of one array in several places added up."""
        places: dict[str, list[Array]] = {}
        for path, gradient in found.items():
            places.setdefault(self._names[path], []).append(gradient)
        return {
            name: gradients[0] if len(gradients) == 1 else self._sum(name, gradients)
            for name, gradients in places.items()
        }

    def _sum(self, name: str, gradients: Sequence[Array]) -> Array:
        total = self._memory.copy(name, gradients[0])
        for gradient in gradients[1:]:
            total += gradient
        return total

    def _own(self, array: Array) -> Array:
        """What the caller may keep: a copy, where the next batch is written over an array."""
        return array.copy() if self.style == "fast" else array

    def _at_the_end(self, x: Array, targets: Array, mode: Mode) -> tuple[float, Any, Array]:
        """The loss of a batch, what the steps have kept, and the cotangent that the loss gives."""
        y, tape = self._forward(x, mode)
        value, saved = self._loss.forward(y, targets)
        return value, tape, self._loss.backward(saved)

    def _forward(self, x: Array, mode: Mode) -> tuple[Array, Any]:
        self._refuse(x)
        return self._chain.forward(x, self._mode(mode))

    def _mode(self, mode: Mode) -> Mode:
        return STILL if self.still else mode

    def _refuse(self, x: Array) -> None:
        if x.ndim != len(self._input) or x.shape != numbers(self._input, len(x)):
            raise CallRefused(
                f"samples come in with shape {x.shape}, the network reads {text(self._input)}",
                remedy="give an array whose first axis counts samples of that shape",
            )

    # ---- what is kept between batches -----------------------------------------------------------

    def forget(self) -> None:
        """Let layers that carry their state start anew, in training and in prediction."""
        self._chain.forget()

    def state(self) -> dict[str, Array]:
        """What moves on from batch to batch beside the parameters: copies, by name.

        States carried over windows, averages of statistics, and where random draws have got to.
        """
        return {name: value.copy() for name, value in self._kept()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go back to what ``state`` gave.

        Raises:
            OptionRefused: if it is the state of another network.
        """
        places = {path: placed.state for path, placed in walk(self._chain)}
        self.forget()
        fixed = {name: value.shape for name, value in self._kept()}
        for name in (*state, *fixed):
            fits = name in state and name.rpartition(".")[0] in places
            if not fits or fixed.get(name, state[name].shape) != state[name].shape:
                raise OptionRefused(
                    f"this is not the state of this network: '{name}' does not fit",
                    remedy="restore what state() has given for the same steps",
                )
        for name, value in state.items():
            path, _, key = name.rpartition(".")
            if name in fixed:
                places[path][key][...] = value
            else:
                places[path][key] = np.array(value)

    def _kept(self) -> Iterator[tuple[str, Array]]:
        for path, placed in walk(self._chain):
            for key, value in placed.state.items():
                yield joined(path, key), value

    def __getstate__(self) -> dict[str, Any]:
        """What a copy is made from: kernels are built again."""
        kept = {"_input", "_steps", "_program", "style", "still", "dtype"}
        told = {name: value for name, value in vars(self).items() if name in kept}
        return told | {"parameters": self.parameters, "state": self.state()}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Build the kernels, and take parameters and state over."""
        vars(self).update({k: v for k, v in state.items() if k not in ("parameters", "state")})
        self._assemble(Context(np.random.default_rng(0), self.dtype, self.style))
        self._take(state["parameters"], state["state"])

    def _take(self, parameters: Mapping[str, Array], state: Mapping[str, Array]) -> None:
        for name, value in parameters.items():
            self.parameters[name][...] = value
        self.restore(state)

    # ---- copies and proofs ----------------------------------------------------------------------

    def check(self, x: Array, targets: Array, *, seed: int = 0) -> CheckResult:
        """Prove the gradients of a batch against the loss itself, parameter by parameter.

        Raises:
            CallRefused: if there is no parameter.
        """
        return check_network(self, x, targets, seed=seed)

    def in_dtype(self, dtype: DTypeLike) -> Network:
        """A copy with parameters of its own, in another precision, that stands ``still``."""
        twin = Network.__new__(type(self))
        twin._input, twin._steps, twin._program = self._input, self._steps, self._program
        twin.style = self.style
        context = Context(np.random.default_rng(0), _float(dtype), self.style)
        twin._assemble(context)
        twin._take(self.parameters, self.state())
        twin.still = True
        return twin


def _float(dtype: DTypeLike) -> np.dtype[Any]:
    kind = np.dtype(dtype)
    if kind not in (np.dtype("float32"), np.dtype("float64")):
        raise OptionRefused(f"a network cannot compute in {kind}", remedy="use float32 or float64")
    return kind


def _named(chain: Placed) -> tuple[dict[str, Array], dict[str, str]]:
    """Every parameter by the name of its first place, and that name for each of its places."""
    found: dict[str, Array] = {}
    first: dict[int, str] = {}
    names: dict[str, str] = {}
    for path, placed in walk(chain):
        for own, value in placed.parameters.items():
            name = joined(path, own)
            names[name] = first.setdefault(id(value), name)
            if names[name] == name:
                found[name] = value
    return found, names
