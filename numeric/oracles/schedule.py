"""In which order the elements of a program can be computed, many at once.

A run in floats, element by element, tells which elements each one reads. Elements that read
nothing computed are of level 1, and every other is one level above the highest that it reads:
all elements of one level can be computed together, whatever recurrences there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.syntax import Element, EquationStatement, Name, Tree
from numeric.interpret.arithmetic import Number, floats
from numeric.interpret.machine import Cells, Machine, Place
from numeric.interpret.scope import Scope
from numeric.interpret.watch import Watch

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Elements of one array that can be computed together, by one equation.

    Attributes:
        array: the array.
        places: the places of the elements.
        equation: what gives them.
        indices: the value of every index of the left side, for each element.
    """

    array: str
    places: tuple[Place, ...]
    equation: EquationStatement
    indices: Mapping[str, Array]


class Recorder(Machine):
    """An interpretation in floats that notes what every element rests on.

    Attributes:
        levels: the level of every element computed, in the order in which they were.
    """

    def __init__(
        self, tree: Tree, arrays: Mapping[str, Array], hypers: Mapping[str, Fraction]
    ) -> None:
        shapes = {name: array.shape for name, array in arrays.items()}
        given = {line.name: _cells(arrays[line.name], line.integer) for line in tree.arrays}
        self.tree = tree
        super().__init__(tree, floats(), shapes, given, hypers=hypers, watch=Watch())
        self.levels: dict[tuple[str, Place], int] = {}
        self._deepest = 0

    def read(self, node: Element | Name, place: tuple[int | None, ...], scope: Scope) -> Number:
        """The element of an array, on or off its grid."""
        found = super().read(node, place, scope)
        array = node.array if isinstance(node, Element) else node.name
        self._deepest = max(self._deepest, self.levels.get((array, place), 0))  # type: ignore[arg-type]
        return found

    def _element(self, array: str, place: Place) -> Number:
        self._deepest = 0
        found = super()._element(array, place)
        self.levels[array, place] = self._deepest + 1
        return found

    def origin(self, array: str, place: Place) -> tuple[EquationStatement, Mapping[str, int]]:
        """The equation that gives an element, and its indices there."""
        definition = self.definitions[array]
        shape = self.extents.shape(array, definition.span)
        if all(0 <= p < size for p, size in zip(place, shape, strict=True)):
            names = (index.name for index in definition.indices if isinstance(index, Name))
            return definition, dict(zip(names, place, strict=True))
        found = self._start(array, place)
        assert found is not None, "an element off the grid was computed from a start"
        return found[0], found[1].indices


def recorded(tree: Tree, arrays: Mapping[str, Array], hypers: Mapping[str, Fraction]) -> Recorder:
    """Run a program in floats.

    Raises:
        DeriveError: if it has no value on these arrays.
    """
    machine = Recorder(tree, arrays, hypers)
    for name in machine.definitions:
        machine.compute(name)
    return machine


def batches(machine: Recorder) -> Iterator[Batch]:
    """All elements, each after those that it reads."""
    found: dict[tuple[int, str, int], list[tuple[Place, Mapping[str, int]]]] = {}
    equations: dict[int, EquationStatement] = {}
    for (array, place), level in machine.levels.items():
        equation, indices = machine.origin(array, place)
        equations[id(equation)] = equation
        found.setdefault((level, array, id(equation)), []).append((place, indices))
    for key in sorted(found, key=lambda key: key[0]):
        rows = found[key]
        names = rows[0][1]
        yield Batch(
            array=key[1],
            places=tuple(place for place, _ in rows),
            equation=equations[key[2]],
            indices={n: np.array([indices[n] for _, indices in rows]) for n in names},
        )


def _cells(array: Array, integer: bool) -> Cells:
    kind = int if integer else float
    return {place: kind(array[place]) for place in np.ndindex(array.shape)}
