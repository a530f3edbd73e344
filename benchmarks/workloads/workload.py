"""A workload: equations, the sizes they run at, and the arrays they are fed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

import derive
from derive.extent import extent_of
from derive.index import Atom, IndexExpr, Size, as_expr
from derive.program import Program

Array = NDArray[Any]
Sizes = Mapping[str, int]
RATE = 0.01  # of a whole SGD step: the loss falls slowly enough for thousands of steps


@dataclass(frozen=True, slots=True)
class Workload:
    """What every contender computes.

    Attributes:
        name: as ``--only`` takes it.
        about: what it is and how large, for people.
        equations: a built-in layer's name, or the text of equations.
        sizes: the extent of every index that a declaration names.
        small: the same for tests.
        flops: how many operations its contractions take, forward and backward, at given sizes;
            0 where there are none, and memory bounds it.
        outputs: the outputs that have a cotangent; the others of a built-in layer are dropped.
        hypers: numbers for hyperparameters.
        steps: whether it is a whole SGD step: what comes out is the loss and the parameters.
        fused: what PyTorch has a kernel of its own for, so that others pay for their statements.
    """

    name: str
    about: str
    equations: str
    sizes: Sizes
    small: Sizes
    flops: Callable[[Sizes], int]
    outputs: tuple[str, ...]
    hypers: Mapping[str, int] = field(default_factory=dict)
    steps: bool = False
    fused: str = ""

    def program(self) -> Program:
        """The equations as a program, with these outputs only."""
        text = self.equations
        program = derive.parse(text) if "\n" in text else derive.load(text)
        return replace(program, outputs=self.outputs)

    def case(self, dtype: str, *, sizes: Sizes | None = None, seed: int = 0) -> Case:
        """Draw the arrays: normal numbers, weights scaled by their fan-in, one-hot targets."""
        rng = np.random.default_rng(seed)
        extents = dict(sizes or self.sizes)
        program = derive.bind(self.program(), **self.hypers)
        shape = _Shapes(program, extents)
        arrays = {a.name: _drawn(a.role, a.name, shape.of(a.name), rng) for a in program.arrays}
        cotangents = {
            name: rng.standard_normal(shape.of(name)) if shape.of(name) else np.ones(())
            for name in program.outputs
        }
        return Case(
            self,
            extents,
            {name: np.array(a, dtype, order="C") for name, a in arrays.items()},
            {name: np.array(a, dtype, order="C") for name, a in cotangents.items()},
            tuple(a.name for a in program.arrays if a.role == "param"),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A workload with its arrays, which nobody may change: ``fresh`` gives copies.

    Attributes:
        workload: whose they are.
        sizes: the extents they were drawn at.
        arrays: what goes in, by name.
        cotangents: of every output, by the output's name; 1 for a loss.
        parameters: the names of what an SGD step trains.
        rate: of the SGD step.
    """

    workload: Workload
    sizes: Sizes
    arrays: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    parameters: tuple[str, ...]
    rate: float = RATE

    def fresh(self) -> dict[str, Array]:
        """Copies of the arrays, for a contender that changes its parameters in place."""
        return {name: array.copy() for name, array in self.arrays.items()}

    def cotangent(self) -> Array:
        """The cotangent of the only output."""
        (found,) = self.cotangents.values()
        return found


class _Shapes:
    """Shapes of a program's arrays at given extents of its roots."""

    def __init__(self, program: Program, sizes: Sizes) -> None:
        self.program = program
        self.sizes = sizes

    def of(self, name: str) -> tuple[int, ...]:
        return tuple(self._extent(axis) for axis in self.program.axes(name))

    def _extent(self, index: str) -> int:
        found = extent_of(self.program, index).rewrite(self._number).constant
        if found is None:
            raise ValueError(f"the sizes {dict(self.sizes)} do not give the extent of {index}")
        return int(found)

    def _number(self, atom: Atom) -> IndexExpr | None:
        return as_expr(self.sizes[atom.name]) if isinstance(atom, Size) else None


def _drawn(role: str, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if role == "const" and name == "t":
        return np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
    if name in {"gamma"}:
        return 1 + 0.1 * rng.standard_normal(shape)
    drawn = rng.standard_normal(shape)
    if role != "param":
        return drawn
    return drawn / sqrt(prod(shape[1:])) if len(shape) > 1 else 0.1 * drawn
