"""Run a program on arrays: shapes and hyperparameters checked, outputs as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from derive.errors import CallRefused, OptionRefused, Span
from derive.parser import parse_tree
from derive.program import Program
from derive.syntax import ArrayDeclaration, Tree
from numeric.interpret.arithmetic import Arithmetic, Number, floats
from numeric.interpret.machine import Cells, Machine
from numeric.interpret.watch import Watch

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A program that has been run.

    Attributes:
        tree: what was run.
        machine: all elements computed.
    """

    tree: Tree
    machine: Machine

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an array, given or computed."""
        return self.machine.extents.shape(name, _START)

    def cells(self, name: str) -> Cells:
        """The elements of an array by place, as numbers of the arithmetic."""
        cells = self.machine.cells(name)
        return {place: cells[place] for place in product(*map(range, self.shape(name)))}

    def array(self, name: str) -> Array:
        """An array: float64 if the arithmetic is floats, else of objects."""
        found = np.empty(self.shape(name), dtype=object)
        for place, number in self.cells(name).items():
            found[place] = number
        return found.astype(np.float64) if self.machine.arithmetic.name == "float" else found


_START = Span(1, 1)


def interpret(
    program: Program | str,
    arrays: Mapping[str, Any],
    arithmetic: Arithmetic | None = None,
    /,
    **hypers: Any,
) -> dict[str, Array]:
    """Evaluate the equations by plain loops: the definition of what a program means.

    A ``Program`` is printed and parsed again first. Over floats (the default) the outputs are
    float64 arrays, over any other arithmetic arrays of its numbers.

    Raises:
        DeriveError: if the text, the arrays or the hyperparameters do not fit.
    """
    tree = parse_tree(str(program))
    done = run(tree, arrays, arithmetic or floats(), hypers)
    return {output.name: done.array(output.name) for output in tree.outputs}


def run(  # noqa: PLR0913, PLR0917  what to run, on what, and what to tell of it
    tree: Tree,
    arrays: Mapping[str, Any],
    arithmetic: Arithmetic,
    hypers: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
    mark: Callable[[Number], Number] | None = None,
) -> Run:
    """Compute every array of a program; ``watch`` collects branches and kinks.

    Elements of ``arrays`` may be numbers of the arithmetic already. ``mark`` is applied to every
    element that is computed.
    """
    machine = start(tree, arrays, arithmetic, hypers, watch, mark)
    for equation in tree.equations:
        if equation.name in machine.definitions:
            machine.compute(equation.name)
    return Run(tree, machine)


def start(  # noqa: PLR0913, PLR0917  the same
    tree: Tree,
    arrays: Mapping[str, Any],
    arithmetic: Arithmetic,
    hypers: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
    mark: Callable[[Number], Number] | None = None,
) -> Machine:
    """The machine with its data, before anything is computed."""
    _check_names(tree, arrays)
    shapes = {line.name: np.shape(arrays[line.name]) for line in tree.arrays}
    given = {line.name: _cells(tree, line, arrays[line.name], arithmetic) for line in tree.arrays}
    values = _hypers(tree, hypers or {})
    seen = watch or Watch()
    return Machine(tree, arithmetic, shapes, given, hypers=values, watch=seen, mark=mark)


def _check_names(tree: Tree, arrays: Mapping[str, Any]) -> None:
    declared = [line.name for line in tree.arrays]
    for name in declared:
        if name not in arrays:
            raise CallRefused(f"{name} is not given", remedy=f"give {', '.join(declared)}")
    for name in arrays:
        if name not in declared:
            raise CallRefused(
                f"the program has no array {name}", remedy=f"give {', '.join(declared)}"
            )


def _cells(tree: Tree, line: ArrayDeclaration, array: Any, arithmetic: Arithmetic) -> Cells:
    data = np.asarray(array)
    if data.ndim != len(line.indices):
        raise tree.source.refuse(
            CallRefused,
            f"{line.name} has {len(line.indices)} axes, the array given has shape {data.shape}",
            line.span,
            "give one axis per index",
        )
    if not line.integer:
        return {place: arithmetic.lift(data[place]) for place in np.ndindex(data.shape)}
    if data.dtype.kind not in "iu" and data.size:
        raise tree.source.refuse(
            CallRefused, f"{line.name} holds {data.dtype}, not integers", line.span,
            "give an integer array",
        )  # fmt: skip
    return {place: int(data[place]) for place in np.ndindex(data.shape)}


def _hypers(tree: Tree, given: Mapping[str, Any]) -> dict[str, Fraction]:
    declared = {line.name: line for line in tree.hypers}
    for name, value in given.items():
        if name not in declared:
            raise OptionRefused(
                f"the program has no hyperparameter {name}",
                remedy=f"it has {', '.join(declared) or 'none'}",
            )
        if declared[name].integer and _exact(value).denominator != 1:
            raise OptionRefused(f"{name} = {value} is not an integer", remedy="give an integer")
    return {
        name: _exact(given[name]) if name in given else line.default
        for name, line in declared.items()
    }


def _exact(value: Number) -> Fraction:
    """A float stands for the shortest decimal that it prints as."""
    return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)
