"""Numbers for claims: arrays, the cotangent of every array, and the sides of claims at a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from derive.claims import as_program, cotangents
from derive.errors import DeriveError
from derive.parser import parse_tree
from derive.program import Claim, Program
from derive.syntax import Tree
from numeric.check.point import Array, Point, converted, mapped
from numeric.interpret.arithmetic import Arithmetic, Number
from numeric.interpret.machine import Machine
from numeric.interpret.run import run
from numeric.interpret.traced import Tape, Traced, plain, traced
from numeric.interpret.watch import NEAREST_KINK, Watch

Hypers = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Known:
    """What the interpreter says at a point.

    Attributes:
        point: the point.
        arithmetic: the numbers.
        arrays: every array and cotangent by name.
        smooth: whether no kink is near and every output and cotangent is finite.
    """

    point: Point
    arithmetic: Arithmetic
    arrays: Mapping[str, Array]
    smooth: bool


def known(program: Program, tree: Tree, point: Point, number: Arithmetic, hypers: Hypers) -> Known:
    """Interpret a program and scatter the cotangents back through every array.

    Raises:
        DeriveError: if the program has no value at the point.
    """
    tape, watch, zero = Tape(), Watch(), number.exact(Fraction(0))
    given = converted(point.arrays, number.lift)
    leaves = {
        line.name: mapped(given[line.name], tape.new) for line in tree.arrays if not line.integer
    }

    def mark(value: Number) -> Number:
        if isinstance(value, Traced):
            return tape.new(value.value, (value.place,), (1,))
        return value if isinstance(value, Fraction) else tape.new(value)

    done = run(tree, {**given, **leaves}, traced(number, tape), hypers, watch, mark)
    computed = {name: done.array(name) for name in done.machine.definitions}
    arrays: dict[str, Array] = {**given, **{n: mapped(a, plain) for n, a in computed.items()}}
    traces = {**leaves, **computed}
    seeds: dict[int, Number] = {}
    weights = {n: mapped(g, number.exact) for n, g in point.cotangents.items()}
    for name, weight in weights.items():
        for element, seed in zip(traces[name].flat, weight.flat, strict=True):
            seeds[element.place] = seeds.get(element.place, zero) + seed
    found = tape.sweep(seeds, zero)
    for cotangent in cotangents(program).values():
        arrays[cotangent.name] = (
            weights[cotangent.array]
            if cotangent.given
            else mapped(traces[cotangent.array], lambda x: found[x.place])
        )
    # a mask may put minus infinity into a computed array; no gradient may be infinite
    settled = [*cotangents(program), *(line.name for line in tree.outputs)]
    finite = all(number.finite(x) for name in settled for x in arrays[name].flat)
    return Known(point, number, arrays, finite and watch.closest()[1] > NEAREST_KINK)


@dataclass(frozen=True, slots=True)
class Sides:
    """The sides of claims as a program of their own, to be evaluated at points.

    Attributes:
        tree: of ``as_program``.
        names: the outputs that stand for the sides, for each claim.
    """

    tree: Tree
    names: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, program: Program, claims: Sequence[Claim]) -> Sides:
        """The sides of these claims beside a program."""
        names = tuple(
            tuple(f"claim{n}_{m}" for m in range(len(claim.sides)))
            for n, claim in enumerate(claims)
        )
        return cls(parse_tree(str(as_program(program, claims))), names)

    def machine(self, at: Known, hypers: Hypers) -> Machine:
        """A machine that holds the arrays and the cotangents of a point."""
        given = {
            line.name: {p: at.arrays[line.name][p] for p in np.ndindex(at.arrays[line.name].shape)}
            for line in self.tree.arrays
        }
        shapes = {line.name: at.arrays[line.name].shape for line in self.tree.arrays}
        found = Machine(self.tree, at.arithmetic, shapes, given, hypers=hypers, watch=Watch())
        for name in found.definitions.keys() & at.arrays.keys():
            array = at.arrays[name]
            found.cells(name).update((p, array[p]) for p in np.ndindex(array.shape))
        return found


def side(machine: Machine, name: str) -> Array | str:
    """The values of one side, or why it has none."""
    try:
        machine.compute(name)
        shape = machine.extents.shape(name, machine.definitions[name].span)
    except DeriveError as error:
        return error.problem
    found: Array = np.empty(shape, dtype=object)
    cells = machine.cells(name)
    for place in np.ndindex(shape):
        found[place] = cells[place]
    return found
