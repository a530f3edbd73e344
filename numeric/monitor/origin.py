"""The first equation whose value is not finite.

Steps are run one by one until one gives what is not finite for what is. Its equations are then
computed for that batch, and the earliest element that is not finite (in order of time steps,
then of equations) once more by the interpreter, which defines what the equation means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

import derive
from derive.expr import Node, Read, Reduce, children
from derive.index import Atom, Index, IndexExpr, as_expr
from derive.parser import parse_tree
from derive.program import Equation, Program
from numeric.interpret import Arithmetic, floats
from numeric.interpret.run import start
from numeric.monitor.finding import called
from numeric.monitor.probe import Array, Fold, equations_of, forward_only, loss_arrays
from numeric.network import Network
from numeric.stage import Stage

Arrays = Mapping[str, Array]
_SHOWN = 4  # elements read that are told
# The interpreter holds every number by itself; of more the network's own value is told.
MOST_NUMBERS = 500_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value that is not finite came from.

    Attributes:
        where: the step, or whose array it is.
        equation: as text; empty for an array that was given.
        element: the first that is not finite, as ``z[0, 3]``.
        value: of it.
        reads: elements that the equation reads there, and their values.
        offence: the first function that gave it, and of what: ``log(0)``; empty if it came about
            otherwise, as by a product too large for the precision of the network.
    """

    where: str
    equation: str
    element: str
    value: float
    reads: tuple[tuple[str, float], ...] = ()
    offence: str = ""

    @property
    def figures(self) -> str:
        """The equation, the element, and what it was computed from."""
        read = ", ".join(f"{name} = {value:g}" for name, value in self.reads)
        told = f", with {read}" if read else ""
        of = f"{self.equation}, " if self.equation else ""
        by = f", by {self.offence}" if self.offence else ""
        return f"{of}{self.element} is {self.value:g}{by}{told}"

    def __str__(self) -> str:
        return f"in {self.where}, {self.figures}"


def first_not_finite(network: Network, x: Array, targets: Array) -> Origin | None:
    """Find it, in the loss of a batch or its gradient; None if all of it is finite.

    ``network`` is a twin that stands still, so that the batch comes out as it did.
    """
    given = {"x": x, "targets": targets}
    for name, array in given.items():
        if not _finite(array):
            return _of_array("the batch", name, array)
    for name, array in network.parameters.items():
        if not _finite(array):
            return _of_array("the parameters", name, array)
    with np.errstate(all="ignore"):
        outputs = [x, *network.activations(x)]
        return (
            _in_steps(network.stages, x, outputs[1:])
            or _in_loss(network, outputs[-1], targets)
            or _backwards(network, outputs, targets)
        )


def _in_steps(stages: Sequence[Stage], x: Array, given: Sequence[Array]) -> Origin | None:
    for place, stage in enumerate(stages):
        for branch in stage.branches.values():
            found = _in_steps(branch, x, ())
            if found is not None:
                return found
        if stage.program is None and place >= len(given):
            return None
        if stage.program is not None:
            fold = Fold.of(stage.program, stage, x)
            found, values = _in_program(
                stage.program, fold.arrays(stage.program, stage), called(stage)
            )
            if found is not None:
                return found
            after = fold.unfolded(values[stage.program.outputs[0]])
        x = given[place] if place < len(given) else after
    return None


def _in_loss(network: Network, y: Array, targets: Array) -> Origin | None:
    return _in_program(network.loss, loss_arrays(network.loss, y, targets), "the loss")[0]


def _backwards(network: Network, outputs: Sequence[Array], targets: Array) -> Origin | None:
    """The same of the derived equations, from the loss to the first step."""
    cotangents = network.cotangents(outputs[0], targets)
    arrays = loss_arrays(network.loss, outputs[-1], targets)
    arrays[f"d{network.loss.outputs[0]}"] = np.ones((), outputs[-1].dtype)
    found, _ = _in_program(derive.adjoint(network.loss), arrays, "the loss, backwards")
    for place, stage in reversed(list(enumerate(network.stages))):
        cotangent = cotangents[place + 1]
        program = equations_of(stage)
        if found is not None or program is None or cotangent is None:
            continue
        fold = Fold.of(program, stage, outputs[place])
        arrays = fold.arrays(program, stage)
        arrays[f"d{program.outputs[0]}"] = fold.folded(cotangent)
        found, _ = _in_program(derive.adjoint(program), arrays, f"{called(stage)}, backwards")
    return found


# ---- inside a program ---------------------------------------------------------------------------


def _in_program(program: Program, given: Arrays, where: str) -> tuple[Origin | None, Arrays]:
    """The first element that is not finite, and every array."""
    names = tuple(dict.fromkeys(e.name for e in program.equations))
    kernel = forward_only(replace(program, outputs=names))
    sizes = {
        axis: n
        for array in program.arrays
        if array.name in given
        for axis, n in zip(array.axes, given[array.name].shape, strict=True)
    }
    zero = next(iter(given.values())).dtype
    arrays = {
        a.name: given[a.name] if a.name in given else np.zeros([sizes[x] for x in a.axes], zero)
        for a in program.arrays
    }
    values = {**arrays, **kernel.forward(**arrays)[0]}
    bad = [name for name in names if not _finite(values[name])]
    if not bad:
        return None, values
    equation, place = min(_candidates(program, bad, values), key=lambda found: found[0])[1:]
    value, offence = _interpreted(program, equation, place, arrays, values)
    reads = dict(_elements(equation, place, values))
    element, shown = _element(equation.name, place), tuple(reads.items())[:_SHOWN]
    return Origin(where, str(equation), element, value, shown, offence), values


def _candidates(
    program: Program, bad: Sequence[str], values: Arrays
) -> Iterator[tuple[tuple[int, int], Equation, tuple[int, ...]]]:
    """The first bad element of each equation, with its time step and its number in the program."""
    times = {
        (start.name, axis): index.constant is None or index.constant >= 0
        for start in program.equations
        if start.is_start
        for axis, index in enumerate(start.indices)
        if not index.indices()
    }
    letters = {program.axes(name)[axis]: backwards for (name, axis), backwards in times.items()}
    for number, equation in enumerate(program.equations):
        if equation.is_start or equation.name not in bad:
            continue
        places = np.argwhere(~np.isfinite(values[equation.name]))
        axes = program.axes(equation.name)
        axis = next((k for k, letter in enumerate(axes) if letter in letters), None)
        if axis is None:
            yield (0, number), equation, tuple(map(int, places[0]))
            continue
        steps = places[:, axis]
        if letters[axes[axis]]:
            steps = values[equation.name].shape[axis] - 1 - steps
        first = int(steps.argmin())
        yield (int(steps[first]), number), equation, tuple(map(int, places[first]))


def _interpreted(
    program: Program, equation: Equation, place: tuple[int, ...], arrays: Arrays, values: Arrays
) -> tuple[float, str]:
    """What an element is by the interpreter, everything that it reads taken as computed."""
    name, offences = equation.name, list[str]()
    read = {read.array for read in _reads(equation.expr)} - set(arrays)
    if sum(values[array].size for array in {*arrays, *read}) > MOST_NUMBERS:
        return float(values[name][place]), ""
    machine = start(parse_tree(str(program)), arrays, _noting(floats(), offences))
    for array in read:
        cells = machine.cells(array)
        cells.update((at, float(values[array][at])) for at in np.ndindex(values[array].shape))
    machine.cells(name).pop(place, None)
    value = float(machine.element(name, place))
    # where it is finite in double precision, it leaves the range of what the network computes in
    value = float(values[name][place]) if isfinite(value) else value
    return value, offences[0] if offences else ""


def _noting(arithmetic: Arithmetic, offences: list[str]) -> Arithmetic:
    """The same arithmetic, which notes where it makes what is not finite of what is."""

    def noted(name: str, function: Callable[..., float]) -> Callable[..., float]:
        def call(*args: float) -> float:
            value = function(*args)
            if not isfinite(value) and all(map(isfinite, args)):
                offences.append(f"{name}({', '.join(f'{arg:g}' for arg in args)})")
            return value

        return call

    def divide(a: float, b: float) -> float:
        value: float = arithmetic.divide(a, b)
        if not isfinite(value) and isfinite(a) and isfinite(b):
            offences.append(f"{a:g}/{b:g}")
        return value

    functions = {name: noted(name, function) for name, function in arithmetic.functions.items()}
    return replace(arithmetic, functions=functions, divide=divide)


def _reads(node: Node) -> Iterator[Read]:
    if isinstance(node, Read):
        yield node
    for part in children(node):
        yield from _reads(part)


def _elements(
    equation: Equation, place: tuple[int, ...], values: Arrays
) -> Iterator[tuple[str, float]]:
    """The elements that an equation reads outside of sums, and their values."""
    at = dict(zip(equation.free, place, strict=True))

    def fixed(atom: Atom) -> IndexExpr | None:
        return as_expr(at[atom]) if isinstance(atom, Index) and atom in at else None

    for read in _outside_sums(equation.expr):
        found = tuple(index.rewrite(fixed).constant for index in read.indices)
        spot = tuple(n for n in found if n is not None)
        shape = values[read.array].shape
        if len(spot) == len(shape) and all(
            0 <= n < size for n, size in zip(spot, shape, strict=True)
        ):
            yield _element(read.array, spot), float(values[read.array][spot])


def _outside_sums(node: Node) -> Iterator[Read]:
    if isinstance(node, Read):
        yield node
    if not isinstance(node, Reduce):
        for part in children(node):
            yield from _outside_sums(part)


def _of_array(where: str, name: str, array: Array) -> Origin:
    place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
    return Origin(where, "", _element(name, place), float(array[place]))


def _element(name: str, place: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def _finite(array: Array) -> bool:
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())
