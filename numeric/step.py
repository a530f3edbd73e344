"""Steps of a network: what turns a batch into the next, and carries cotangents back.

A ``Step`` is what the user writes down. *Placing* it behind a shape builds what it needs,
draws parameters and says what shape comes out; what is ``Placed`` runs forward and backward.
A step may hold steps: then what is placed has ``parts``, and all that a network does with its
steps it does with those too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from derive.errors import DeriveError
from derive.program import Program
from numeric.build import build
from numeric.kernel import Kernel
from numeric.memory import Memory
from numeric.shape import Shape

Array = NDArray[Any]
_STEP = "step "


@dataclass(frozen=True, slots=True)
class Mode:
    """What a batch goes through a network for.

    Attributes:
        training: whether steps that differ in training do as in training.
        moving: whether states and averages move on, and what is drawn is drawn anew.
    """

    training: bool
    moving: bool


PREDICT = Mode(training=False, moving=True)
TRAIN = Mode(training=True, moving=True)
# The same batch again gives the same: a training step, or a prediction, looked at.
STILL = Mode(training=True, moving=False)
LOOK = Mode(training=False, moving=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What the steps of a network share while they are placed.

    Attributes:
        rng: parameters are drawn from it.
        dtype: of parameters and of floats that go in.
        style: of the kernels.
        drawn: parameters of steps placed already; a step that stands twice has them once.
    """

    rng: np.random.Generator
    dtype: np.dtype[Any]
    style: str = "readable"
    drawn: dict[Step, dict[str, Array]] = field(default_factory=dict)

    def kernel(self, program: Program, **hypers: float) -> Kernel:
        """The kernel of ``program``; in the fast style in memory of its own.

        Raises:
            DeriveError: if the program has no kernel.
        """
        built = _built(program, self.style, tuple(sorted(hypers.items())))
        return built.reusing() if self.style == "fast" else built

    def memory(self) -> Memory:
        """Room for the arrays of one step."""
        return Memory(reused=self.style == "fast")


# Kernels are values: steps, networks and searches over networks with the same equations share
# them. As many as a large network has kinds of layers, twice.
@lru_cache(maxsize=64)
def _built(program: Program, style: str, hypers: tuple[tuple[str, float], ...]) -> Kernel:
    return build(program, style=style, dtype=None, without=(), **dict(hypers))


class Placed(ABC):
    """A step of a network, behind the shape that goes in.

    Attributes:
        name: what the user calls the step: a layer's name, or the kind of a step without one.
        before: the shape that goes in.
        shape: the shape that comes out.
        program: its equations with the hyperparameters bound; None where it has none of its own.
        pointwise: whether it does the same to every element, whatever the shape.
        folded: how many leading axes its equations take as one.
        parameters: its own arrays that are trained, by name; changed in place.
        state: its own arrays that move on from batch to batch, by name.
        parts: steps inside it, by what their names begin with.
    """

    def __init__(
        self, name: str, before: Shape, shape: Shape, program: Program | None = None
    ) -> None:
        self.name, self.before, self.shape, self.program = name, before, shape, program
        self.pointwise, self.folded = False, 1
        self.parameters: dict[str, Array] = {}
        self.state: dict[str, Array] = {}
        self.parts: Mapping[str, Placed] = {}

    @abstractmethod
    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:
        """What comes out for ``x``, and what ``backward`` needs."""

    @abstractmethod
    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """The cotangent of ``x`` (None if it has none) and the gradients of the parameters.

        Those of parts have the name of the part before their own: ``body.0.W``.
        """

    def written(self) -> Program:
        """Its equations on all axes of what goes in; of a step with parts, what joins them."""
        assert self.program is not None, "a step without equations of its own says how it moves"
        return self.program

    def forget(self) -> None:
        """Drop what is carried from batch to batch: the next one starts anew."""
        for part in self.parts.values():
            part.forget()


class Step(Protocol):
    """What a network is made of: something that can be placed behind a shape."""

    def place(self, shape: Shape, context: Context) -> Placed:
        """Build this behind ``shape``.

        Raises:
            DeriveError: if it does not fit behind ``shape``.
        """


def walk(placed: Placed, path: str = "") -> Iterator[tuple[str, Placed]]:
    """A placed step and all steps inside it, each with its path: ``3.body.0``."""
    yield path, placed
    for name, part in placed.parts.items():
        yield from walk(part, joined(path, name))


def joined(path: str, name: str) -> str:
    """The path of what is called ``name`` inside ``path``."""
    return f"{path}.{name}" if path else name


@contextmanager
def located(name: str) -> Iterator[None]:
    """Tell in a refusal which step it came from."""
    try:
        yield
    except DeriveError as error:
        if error.origin.startswith(_STEP):
            error.origin = f"{_STEP}{joined(name, error.origin.removeprefix(_STEP))}"
        error.origin = error.origin or f"{_STEP}{name}"
        raise
