"""Gradients straight from the meaning: run the loops on traced numbers, then sweep back.

This is the scatter form of the calculus, ``dx[A] += dy * ...`` for every read of every element,
with the conventions of the language at kinks and ties. It shares nothing with the derivation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.syntax import Tree
from numeric.interpret.arithmetic import Arithmetic, Number
from numeric.interpret.machine import Machine
from numeric.interpret.run import Array, run
from numeric.interpret.traced import Tape, Traced, plain, traced
from numeric.interpret.watch import Watch


@dataclass(frozen=True, slots=True)
class Reverse:
    """A program that has been run on traced numbers.

    Attributes:
        outputs: the outputs by name, as arrays of plain numbers.
        leaves: the traced elements of every input and param.
        seeds: the elements of the outputs, traced where they depend on an input.
        tape: how everything came about.
        machine: what was run.
        zero: the number 0.
    """

    outputs: Mapping[str, Array]
    leaves: Mapping[str, Array]
    seeds: Mapping[str, Array]
    tape: Tape
    machine: Machine
    zero: Number

    def gradients(self, cotangents: Mapping[str, Any]) -> dict[str, Array]:
        """The gradient of every input and param; a cotangent that is left out is zero."""
        found = self._swept(cotangents)
        return {
            name: _mapped(leaves, lambda leaf: found[leaf.place])
            for name, leaves in self.leaves.items()
        }

    def _swept(self, cotangents: Mapping[str, Any]) -> list[Number]:
        seeds: dict[int, Number] = {}
        for name, cotangent in cotangents.items():
            for element, weight in zip(
                self.seeds[name].flat, np.asarray(cotangent, dtype=object).flat, strict=True
            ):
                if isinstance(element, Traced):
                    seeds[element.place] = seeds.get(element.place, self.zero) + weight
        return self.tape.sweep(seeds, self.zero)

    def _reached(self) -> set[int]:
        roots = [e.place for s in self.seeds.values() for e in s.flat if isinstance(e, Traced)]
        return self.tape.reached(roots)

    @property
    def has_pole(self) -> bool:
        """Whether an output depends on something through an infinite local derivative."""
        return not self._infinite().isdisjoint(self._reached())

    def _infinite(self) -> set[int]:
        """The places at which a derivative is infinite or undefined."""
        finite = self.machine.arithmetic.finite
        return {
            place
            for place, weights in enumerate(self.tape.weights)
            # sums have weights of integers, and there are many
            if not all(type(weight) is int or finite(weight) for weight in weights)
        }

    def stops(self, cotangents: Mapping[str, Any]) -> bool:
        """Whether at every pole that an output depends on only cotangents of zero arrive.

        A value that is infinite or undefined is no pole: what it is multiplied with may be zero.
        """
        found = self._swept(cotangents)
        return all(
            place in self.tape.poles and found[place] == 0
            for place in self._infinite() & self._reached()
        )

    def unreached(self) -> tuple[str, ...]:
        """The inputs and params that no output depends on: their gradient is zero."""
        reached = self._reached()
        return tuple(
            name
            for name, leaves in self.leaves.items()
            if not any(leaf.place in reached for leaf in leaves.flat)
        )


def reverse(
    tree: Tree,
    arrays: Mapping[str, Any],
    arithmetic: Arithmetic,
    hypers: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
) -> Reverse:
    """Run a program on traced numbers over ``arithmetic``."""
    tape = Tape()
    leaves = {
        line.name: _mapped(np.asarray(arrays[line.name]), lambda x: tape.new(arithmetic.lift(x)))
        for line in tree.arrays
        if line.role != "const" and line.name in arrays
    }
    done = run(tree, {**arrays, **leaves}, traced(arithmetic, tape), hypers, watch)
    seeds = {output.name: done.array(output.name) for output in tree.outputs}
    outputs = {name: _mapped(seed, plain) for name, seed in seeds.items()}
    return Reverse(outputs, leaves, seeds, tape, done.machine, arithmetic.exact(Fraction(0)))


def _mapped(array: Array, function: Any) -> Array:
    """``function`` of every element, as an array of objects of the same shape."""
    found = np.empty(array.shape, dtype=object)
    found.reshape(-1)[:] = [function(element) for element in array.flat]
    return found
