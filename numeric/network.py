"""Networks: layers one after another, with a loss at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike

import derive
from derive.display import Displayed
from derive.errors import CallRefused, OptionRefused, ProgramRefused
from derive.program import Program
from numeric.build import build
from numeric.check.network import check_network
from numeric.check.result import CheckResult
from numeric.layer import feed, in_style, is_pointwise, program_of
from numeric.shape import Shape, numbers, shape_of, text
from numeric.step import Array, Placed, Remembering, Step


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a network in its place.

    Attributes:
        position: from 0 on; the names of its parameters begin with it.
        name: what the user calls the step: a layer's name, or the kind of a step without equations.
        program: its equations with the hyperparameters bound; None where it only moves axes.
        before: the shape that goes in.
        after: the shape that comes out.
        parameters: what is trained, by the name in the equations.
        pointwise: whether it does the same to every element, whatever the shape.
    """

    position: int
    name: str
    program: Program | None
    before: Shape
    after: Shape
    parameters: Mapping[str, Array]
    pointwise: bool


class Network(Displayed):
    """Steps applied one after another, trained to make a loss small.

    Args:
        steps: layers and steps that move axes, in order.
        loss: a built-in name, a path or a Program with one input (what the network gives), one
            constant (the targets) and one scalar output.
        shape: the shape of one sample.
        seed: where the parameters are drawn from; a number or a NumPy generator.
        dtype: of parameters and samples, ``float32`` or ``float64``.
        style: of the kernels. In ``fast`` every step computes in memory of its own, which the
            next batch writes over; what the methods return is the caller's all the same.

    Attributes:
        parameters: every trained array by name: ``3.W`` is the W of ``steps[3]``. Optimisers
            change them in place.

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
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.dtype("float32"), np.dtype("float64")):
            raise OptionRefused(
                f"a network cannot compute in {self.dtype}", remedy="use float32 or float64"
            )
        self._input = shape_of(tuple(shape))
        self._steps = tuple(steps)
        self.style = style
        chain = _chain(self._steps, self._input, np.random.default_rng(seed), self.dtype)
        self._placed = [in_style(placed, style) for placed in chain]
        self.shape = self._placed[-1].shape if self._placed else self._input
        program = derive.load(loss) if isinstance(loss, str) else loss
        self._loss = _Loss(program, self.shape, style)
        self.parameters: dict[str, Array] = _named(self._placed)

    @property
    def size(self) -> int:
        """The number of trained numbers."""
        return sum(value.size for value in self.parameters.values())

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The steps in their places, for those who tell of the network."""
        shapes = (self._input, *(placed.shape for placed in self._placed))
        return tuple(
            Stage(
                position=k,
                name=getattr(step, "name", type(step).__name__),
                program=program_of(placed),
                before=shapes[k],
                after=placed.shape,
                parameters=placed.parameters,
                pointwise=is_pointwise(placed),
            )
            for k, (step, placed) in enumerate(zip(self._steps, self._placed, strict=True))
        )

    @property
    def loss(self) -> Program:
        """The equations of the loss."""
        return self._loss.kernel.program

    def forward(self, x: Array) -> Array:
        """What the last step gives for a batch of samples.

        Raises:
            CallRefused: if a sample has another shape than the network was made for.
        """
        return self._own(self._forward(x)[0])

    def evaluate(self, x: Array, targets: Array) -> tuple[float, Array]:
        """The loss of a batch, and what the last step gives for it."""
        y = self._forward(x)[0]
        return self._loss.forward(y, targets)[0], self._own(y)

    def gradients(
        self, x: Array, targets: Array, *, lent: bool = False
    ) -> tuple[float, dict[str, Array]]:
        """The loss of a batch, and its gradient by every parameter.

        ``lent``: for loops that are done with the gradients before the next batch; a network in
        the fast style leaves them in its own memory then.
        """
        value, tape, cotangent = self._at_the_end(x, targets)
        found: dict[str, Array] = {}
        for k, step in reversed(list(enumerate(self._placed))):
            if cotangent is None:
                break
            cotangent, own = step.backward(tape[k], cotangent)
            found |= {f"{k}.{name}": value for name, value in own.items()}
        return value, found if lent else {name: self._own(g) for name, g in found.items()}

    def cotangents(self, x: Array, targets: Array) -> tuple[Array | None, ...]:
        """The cotangents on the way back: of what goes into each step, and of what the loss reads.

        None is what has none: what goes into a step that reads integers, and all before it.
        """
        _, tape, cotangent = self._at_the_end(x, targets)
        found = [cotangent]
        for k, step in reversed(list(enumerate(self._placed))):
            cotangent = None if cotangent is None else step.backward(tape[k], cotangent)[0]
            found.append(cotangent)
        return tuple(None if g is None else self._own(g) for g in reversed(found))

    def _own(self, array: Array) -> Array:
        """What the caller may keep: a copy, where the next batch is written over an array."""
        return array.copy() if self.style == "fast" else array

    def _at_the_end(self, x: Array, targets: Array) -> tuple[float, list[Any], Array | None]:
        """The loss of a batch, what the steps have kept, and the cotangent that the loss gives."""
        y, tape = self._forward(x)
        value, saved = self._loss.forward(y, targets)
        return value, tape, self._loss.backward(saved, self.dtype)

    def state(self) -> dict[str, Array]:
        """What steps keep beside their parameters, by name: ``3.h`` is the h of ``steps[3]``."""
        return {
            f"{k}.{name}": value
            for k, step in enumerate(self._placed)
            if isinstance(step, Remembering)
            for name, value in step.state().items()
        }

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what ``state`` gave."""
        for k, step in enumerate(self._placed):
            if isinstance(step, Remembering):
                own = f"{k}."
                step.restore({n[len(own) :]: v for n, v in state.items() if n.startswith(own)})

    def check(self, x: Array, targets: Array, *, seed: int = 0) -> CheckResult:
        """Prove the gradients of a batch against the loss itself, parameter by parameter.

        Raises:
            CallRefused: if there is no parameter.
        """
        return check_network(self, x, targets, seed=seed)

    def in_dtype(self, dtype: DTypeLike) -> Network:
        """A copy with parameters of its own, in another precision; shared ones stay shared."""
        twin = copy(self)
        twin.dtype = np.dtype(dtype)
        made = {id(v): v.astype(twin.dtype) for s in self._placed for v in s.parameters.values()}
        twin._placed = [
            in_style(_with_parameters(step, made), self.style) for step in self._placed
        ]
        twin._loss = self._loss.again()
        twin.parameters = _named(twin._placed)
        return twin

    def _forward(self, x: Array) -> tuple[Array, list[Any]]:
        if x.ndim != len(self._input) or x.shape != numbers(self._input, len(x)):
            raise CallRefused(
                f"samples come in with shape {x.shape}, the network reads {text(self._input)}",
                remedy="give an array whose first axis counts samples of that shape",
            )
        tape = []
        for step in self._placed:
            x, saved = step.forward(x)
            tape.append(saved)
        return x, tape


def _named(placed: Iterable[Placed]) -> dict[str, Array]:
    return {
        f"{k}.{name}": value
        for k, step in enumerate(placed)
        for name, value in step.parameters.items()
    }


def _with_parameters(step: Placed, made: Mapping[int, Array]) -> Placed:
    """A copy of a step with other arrays in place of its own, by their identity."""
    if not step.parameters:
        return step
    twin: Any = copy(step)
    twin.parameters = {name: made[id(value)] for name, value in step.parameters.items()}
    return cast(Placed, twin)


def _chain(
    steps: Iterable[Step], shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]
) -> list[Placed]:
    chain: list[Placed] = []
    for position, step in enumerate(steps):
        try:
            chain.append(step.place(shape, rng, dtype))
        except derive.DeriveError as error:
            error.origin = error.origin or f"step {position}"
            raise
        shape = chain[-1].shape
    return chain


class _Loss:
    """A loss kernel: one input, one constant, one scalar output."""

    def __init__(self, program: Program, shape: Shape, style: str) -> None:
        inputs = [a for a in program.arrays if a.role == "input"]
        targets = [a.name for a in program.arrays if a.role == "const"]
        scalar = len(program.outputs) == 1 and not program.axes(program.outputs[0])
        if len(inputs) != 1 or len(targets) != 1 or not scalar:
            raise ProgramRefused(
                f"{program.title or 'the program'} is not a loss",
                remedy="a loss has one input, one const for the targets, and one scalar output",
            )
        if len(inputs[0].axes) != len(shape):
            raise CallRefused(
                f"the loss reads {inputs[0].name}[{', '.join(inputs[0].axes)}] but the network "
                f"gives shape {text(shape)}",
                remedy="end the network with as many axes as the loss reads",
            )
        kernel = build(program, style=style)
        self.kernel = kernel.reusing() if style == "fast" else kernel
        self._fed, self._targets, self._given = feed(program), targets[0], program.outputs[0]

    def again(self) -> _Loss:
        """The same in memory of its own."""
        twin = copy(self)
        twin.kernel = self.kernel.reusing() if self.kernel.style == "fast" else self.kernel
        return twin

    def forward(self, y: Array, targets: Array) -> tuple[float, Any]:
        outputs, saved = self.kernel.forward(**{self._fed: y, self._targets: targets})
        return float(outputs[self._given]), saved

    def backward(self, saved: Any, dtype: np.dtype[Any]) -> Array:
        found = self.kernel.backward(saved, **{self._given: np.ones((), dtype)})
        return found[self._fed]
