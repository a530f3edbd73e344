"""The outputs and gradients of a program as another library computes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from derive.errors import Span
from derive.syntax import Tree
from numeric.oracles.libraries import Array, Library, Model, Tensors
from numeric.oracles.native import Native, in_numbers
from numeric.oracles.schedule import Recorder, batches, recorded
from numeric.oracles.scope import Scope
from numeric.oracles.vectors import Evaluator, vector

Arrays = Mapping[str, Array]
_START = Span(1, 1)


@dataclass(frozen=True, slots=True)
class Witness:
    """What a library says of a program at a point.

    Attributes:
        outputs: the outputs by name.
        gradients: the gradient of every differentiable array by name.
    """

    outputs: Arrays
    gradients: Arrays


@dataclass(frozen=True, slots=True)
class Place:
    """A program at a point.

    Attributes:
        tree: the program.
        hypers: its hyperparameters.
        arrays: its data.
        cotangents: a cotangent for each output.
    """

    tree: Tree
    hypers: Mapping[str, Fraction]
    arrays: Arrays
    cotangents: Arrays


def general(library: Library, at: Place) -> Witness:
    """Run the parse tree of any program in a library, which differentiates what it ran.

    Raises:
        DeriveError: if the program has no value on these arrays.
    """
    machine = recorded(at.tree, at.arrays, at.hypers)
    return _asked(library, at, lambda inputs: _outputs(library, machine, at.arrays, inputs))


def native(library: Library, row: Native, at: Place) -> Witness:
    """Run the library's own layer, which it differentiates."""
    numbers = in_numbers(at.hypers)

    def model(inputs: Tensors) -> Tensors:
        fixed = {
            line.name: at.arrays[line.name] if line.integer else library.array(at.arrays[line.name])
            for line in at.tree.arrays
            if line.role == "const"
        }
        found = row.layer({**inputs, **fixed}, numbers)
        several = found if isinstance(found, tuple) else (found,)
        return dict(zip((o.name for o in at.tree.outputs), several, strict=True))

    return _asked(library, at, model)


def _asked(library: Library, at: Place, model: Model) -> Witness:
    names = [line.name for line in at.tree.arrays if line.role != "const"]
    # an overflow shows in the comparison; a warning decides nothing
    with library.session(), np.errstate(all="ignore"):
        outputs, pull = library.vjp(model, {n: library.array(at.arrays[n]) for n in names})
        return Witness(outputs, pull(at.cotangents))


def _outputs(library: Library, machine: Recorder, arrays: Arrays, inputs: Tensors) -> Tensors:
    """The outputs of a program, computed batch after batch."""
    given = {
        line.name: (
            list(np.ndindex(arrays[line.name].shape)),
            inputs[line.name].reshape((-1,))
            if line.name in inputs
            else library.array(arrays[line.name].ravel()),
        )
        for line in machine.tree.arrays
        if not line.integer
    }
    found = Evaluator(machine, library, given)
    for batch in batches(machine):
        scope = Scope(len(batch.places), batch.indices)
        found.add(batch.array, batch.places, vector(found, batch.equation.expr, scope))
    return {
        output.name: _array(found, machine.extents.shape(output.name, _START), output.name)
        if output.name in found.vectors
        else library.array(arrays[output.name])  # labels that are given out again
        for output in machine.tree.outputs
    }


def _array(found: Evaluator, shape: tuple[int, ...], name: str) -> object:
    """All elements of an array, in their order."""
    rows = np.array([found.places[name][place] for place in product(*map(range, shape))], dtype=int)
    return found.library.take(found.vectors[name], rows).reshape(shape)
