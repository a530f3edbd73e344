"""How far back in time a recurrence carries a gradient, by the emitted kernel.

The gradient by the state after step t is that by the initial state of the same kernel, started
there: with the state of the forward pass, on what is left of the sequence. So every state that
is an output and has an initial value of its own is told, beside every input along time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from derive.expr import Read
from derive.program import Equation, Program
from numeric.check.indices import Layout
from numeric.check.subject import Subject
from reports.figures.subject import Array, Data, data, gradients, outputs

STEPS, UNITS, SAMPLES = 40, 12, 1
MOST_VALUES = 40_000


@dataclass(frozen=True, slots=True)
class State:
    """A recurrence that starts one step before the first: its array, initial value and axis."""

    array: str
    initial: str
    axis: int


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The axis of time, and what is told along it.

    Attributes:
        time: the index of time.
        states: the states whose gradient is told.
        inputs: the differentiable arrays along time, and the axis of each.
    """

    time: str
    states: tuple[State, ...]
    inputs: Mapping[str, int]


def recurrence(program: Program, layout: Layout) -> Recurrence | None:
    """Find the one axis along which a program is a recurrence; None where there is none."""
    times = layout.times
    if len(times) != 1:
        return None
    (time,) = times
    inputs = {
        array.name: array.axes.index(time)
        for array in program.arrays
        if array.differentiable and array.role == "input" and array.axes.count(time) == 1
    }
    states = [s for e in program.equations if (s := _state(program, e, time)) is not None]
    started = [e for e in program.equations if e.is_start]
    # a state left out would start from its old value, and all the others' gradients be wrong
    complete = len(states) == len(started) and _only_along(program, time)
    found = tuple(states) if complete else ()
    return Recurrence(time, found, inputs) if found or inputs else None


def _state(program: Program, equation: Equation, time: str) -> State | None:
    definition = program.definition(equation.name)
    if not equation.is_start or definition is None or equation.name not in program.outputs:
        return None
    moved = [n for n, index in enumerate(equation.indices) if not index.indices()]
    if len(moved) != 1 or equation.indices[moved[0]].constant != -1:
        return None
    axis, value = moved[0], equation.expr
    rest = tuple(i for n, i in enumerate(equation.indices) if n != axis)
    if program.axes(equation.name)[axis] != time or not isinstance(value, Read):
        return None
    given = program.array(value.array)
    plain = given is not None and given.role == "input" and value.indices == rest
    return State(equation.name, value.array, axis) if plain else None


def _only_along(program: Program, time: str) -> bool:
    """Whether shortening arrays along time leaves every equation its meaning."""
    return not any(time in str(row) for _, row in program.extents)


@dataclass(frozen=True, slots=True)
class Norms:
    """The norms of gradients along ``time``, step by step, by the name of the array."""

    time: str
    states: Mapping[str, Array]
    inputs: Mapping[str, Array]


def norms(program: Program, subject: Subject, seed: int) -> Norms | None:
    """Give the norms of the gradients of the last step's output; None where there is no sequence.

    The weights are drawn with the spread that keeps a sum over them near one, as one starts
    training with.
    """
    found = recurrence(program, subject.layout)
    if found is None:
        return None
    chosen = _sequence(program, subject, found, seed)
    if chosen is None:
        return None
    values = outputs(subject, chosen.arrays)
    seeds = {n: _last(c, program.axes(n), found.time) for n, c in chosen.cotangents.items()}
    back = gradients(subject, chosen.arrays, seeds)
    along = {name: _norm(back[name], axis) for name, axis in found.inputs.items()}
    states: dict[str, list[float]] = {state.array: [] for state in found.states}
    for step in range(STEPS - 1) if found.states else ():
        rest = _rest(program, chosen.arrays, found.time, step + 1)
        for state in found.states:
            rest[state.initial] = np.take(values[state.array], step, axis=state.axis)
        ends = {n: _rest_of(c, program.axes(n), found.time, step + 1) for n, c in seeds.items()}
        later = gradients(subject, rest, ends)
        for state in found.states:
            states[state.array].append(float(np.linalg.norm(later[state.initial])))
    told = {name: np.array(rows) for name, rows in states.items()}
    every = [*told.values(), *along.values()]
    return Norms(found.time, told, along) if all(np.isfinite(row).all() for row in every) else None


def _norm(gradient: Array, axis: int) -> Array:
    flat = np.moveaxis(gradient, axis, 0).reshape(gradient.shape[axis], -1)
    return np.asarray(np.linalg.norm(flat, axis=1))


def _last(cotangent: Array, axes: tuple[str, ...], time: str) -> Array:
    """The cotangent at the last step alone, of length one."""
    found = np.zeros_like(cotangent)
    at = tuple(-1 if axis == time else slice(None) for axis in axes)
    found[at] = cotangent[at]
    size = float(np.linalg.norm(found))
    return found / size if size else found


def _rest(program: Program, arrays: Mapping[str, Array], time: str, start: int) -> dict[str, Array]:
    return {
        name: _rest_of(array, program.axes(name), time, start) for name, array in arrays.items()
    }


def _rest_of(array: Array, axes: tuple[str, ...], time: str, start: int) -> Array:
    return array[tuple(slice(start, None) if axis == time else slice(None) for axis in axes)]


def _sequence(program: Program, subject: Subject, found: Recurrence, seed: int) -> Data | None:
    """Data for a long sequence of a few samples."""
    layout = subject.layout
    batch = _samples(program, found)
    for units in (UNITS, UNITS // 2, 2):
        sizes = {
            root: STEPS if root == found.time else SAMPLES if root in batch else units
            for root in layout.roots
        }
        every = layout.every(sizes)
        if every is None or layout.work(every) > MOST_VALUES or not layout.on_grid(sizes):
            continue
        chosen = data(subject, sizes, seed)
        if chosen is not None:
            return Data(_spread(program, subject, chosen.arrays), chosen.cotangents)
    return None


def _samples(program: Program, found: Recurrence) -> set[str]:
    """The indices that no parameter has, time apart: samples."""
    own = {axis for array in program.arrays if array.role == "param" for axis in array.axes}
    every = {axis for array in program.arrays for axis in array.axes}
    return every - own - {found.time} if own else set()


def _spread(program: Program, subject: Subject, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Weights of many entries to a unit made smaller, by the root of how many."""
    return {
        name: array / np.sqrt(array.shape[-1])
        if len(program.axes(name)) > 1 and _is_weight(program, subject, name)
        else array
        for name, array in arrays.items()
    }


def _is_weight(program: Program, subject: Subject, name: str) -> bool:
    given = program.array(name)
    kind = subject.domains.kinds.get(name)
    return (
        given is not None and given.role == "param" and kind is not None and kind.name == "normal"
    )
