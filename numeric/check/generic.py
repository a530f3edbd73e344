"""A kernel at a generic point of the field: forward along a direction, then backward.

Data that any real number may take the place of get drawn residues; what must be exact, as
one-hot rows and the parts of a simplex, keeps its value. Branches are those of the real point.
A point at which some root does not exist in the field is drawn again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.draws import Kind
from numeric.check.point import Array, Point, mapped
from numeric.check.shim import Module, execute
from numeric.check.subject import KernelFailed, Subject, as_objects
from numeric.interpret.field import NoRoot, Number, P, generic, lifted, prime_field

REDRAWS = 40
Residues = Mapping[str, Array]


@dataclass(slots=True)
class Redraws:
    """How often a point had to be drawn again.

    Attributes:
        draws: all draws.
        failed: those at which a root did not exist.
    """

    draws: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Generic:
    """What a kernel gives at a generic point.

    Attributes:
        point: the real point.
        module: the kernel in the field.
        saved: what its forward keeps, no longer moving.
        cotangents: the cotangents.
        gradients: the gradients under them.
        along: the inner product of cotangents and the derivative of the outputs.
        across: the inner product of gradients and direction.
    """

    point: Point
    module: Module
    saved: Any
    cotangents: Residues
    gradients: Residues
    along: Any
    across: Any


class Misshapen(KernelFailed):
    """An output has another shape than the equations give it."""

    def __init__(self, entry: str, given: tuple[int, ...], expected: tuple[int, ...]) -> None:
        self.given, self.expected = given, expected
        super().__init__(entry, f"has shape {given}, not {expected}")


def look(
    subject: Subject,
    point: Point,
    rng: np.random.Generator,
    redraws: Redraws,
    *,
    extends: bool = True,
) -> Generic:
    """Run a kernel at a generic point.

    Without ``extends`` only roots within the field count, which obey all laws of roots.

    Raises:
        KernelFailed: if it does not run in the field, or no point has all its roots.
    """
    for tries in range(REDRAWS + 1):
        redraws.draws += 1
        try:
            return _run(subject, execute(subject.text, prime_field(rng, extends)), point, rng)
        except KernelFailed as failed:
            if not isinstance(failed.__cause__, NoRoot) or tries == REDRAWS:
                raise
            redraws.failed += 1
    raise AssertionError("the last try returns or raises")


def _run(subject: Subject, module: Module, point: Point, rng: np.random.Generator) -> Generic:
    kinds, source = subject.domains.kinds, residues(rng)
    arrays = {n: drawn(a, source, kinds.get(n)) for n, a in point.arrays.items()}
    g = {n: drawn(a, source) for n, a in point.cotangents.items()}
    moves = {name: _set_moving(arrays[name], source) for name in subject.gradients}
    outputs, saved = subject.forward(module, arrays)
    for name, weight in g.items():
        if np.shape(outputs[name]) != weight.shape:
            raise Misshapen(name, np.shape(outputs[name]), weight.shape)
    along = sum(
        y.d * weight.v
        for n, cotangent in g.items()
        for y, weight in zip(numbers(outputs[n]), cotangent.flat, strict=True)
    )
    still(saved)
    gradients = {n: as_objects(a) for n, a in subject.backward(module, saved, g).items()}
    across = sum(
        entry.v * move
        for n, direction in moves.items()
        if gradients[n].shape == arrays[n].shape
        for entry, move in zip(numbers(gradients[n]), direction, strict=True)
    )
    return Generic(point, module, saved, g, gradients, along % P, across % P)


def residues(rng: np.random.Generator) -> random.Random:
    """Where residues are drawn from: whole numbers of any length, which NumPy has not."""
    return random.Random(int(rng.integers(2**62)))


def drawn(array: Array, rng: random.Random, kind: Kind | None = None) -> Array:
    """The numbers of an array: generic ones, unless their values matter."""
    if array.dtype.kind in "iu":
        return array
    if kind is None or kind.scalable or kind.name == "unit":
        return mapped(array, lambda x: generic(rng, float(x)))
    return mapped(array, lifted)


def _set_moving(array: Array, rng: random.Random) -> list[Any]:
    """Give every number of an array a drawn derivative; these."""
    if array.dtype.kind in "iu":
        return []
    moves = [rng.randrange(1, P) for _ in array.flat]
    # one-hot rows and the like are shared by no other array, but a literal may be
    for place, move in zip(np.ndindex(array.shape), moves, strict=True):
        array[place].d = move
    return moves


def still(saved: Any) -> None:
    """Take the derivatives out of what a forward keeps: backward has no use for them."""
    if type(saved) is Number:
        saved.d = 0
    elif isinstance(saved, np.ndarray):
        if saved.dtype == object:
            for x in saved.flat:
                still(x)
    elif isinstance(saved, (tuple, list)):
        for part in saved:
            still(part)


def numbers(value: Any) -> list[Number]:
    """The entries of a result, whatever it holds of integers."""
    return [x if type(x) is Number else exactly(x) for x in as_objects(value).flat]


def exactly(value: Any) -> Number:
    """The number of the field that a result stands for.

    Raises:
        KernelFailed: if it is no number.
    """
    found = lifted(value)
    if found is None:
        raise KernelFailed("the kernel", f"returns {type(value).__name__} among its numbers")
    return found


def scaled(weight: Fraction | int, array: Array) -> Array:
    """A multiple of an array of numbers."""
    return mapped(array, lambda x: x * weight)
