"""State carried over windows: where one window of a sequence ends, the next begins.

A layer with a recurrence starts from inputs: ``h[-1, n, i] = h0[n, i]``. Carried, ``h0`` is what
``h`` was at the end of the window before. The gradient stops at the border (truncated
backpropagation through time: Williams and Peng 1990, Neural Computation 2(4), 490).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.errors import CallRefused, OptionRefused
from derive.expr import Read
from derive.program import Equation, Program
from numeric.memory import Memory
from numeric.step import PREDICT, TRAIN, Array, Mode


@dataclass(frozen=True, slots=True)
class Start:
    """An input that gives a recurrence its start.

    Attributes:
        given: the input.
        array: the array that it starts.
        axis: along which the recurrence runs.
        back: how far before the first step.
    """

    given: str
    array: str
    axis: int
    back: int


def carrying(name: str, program: Program) -> Program:
    """``program`` with every array that has to be carried among its outputs.

    Raises:
        OptionRefused: if it has no state to carry.
    """
    found = _starts(program)
    if not found:
        raise OptionRefused(
            f"{name} has no state to carry: none of its inputs is the start of a recurrence",
            remedy="leave carry out, or write the start as an input: h[-1, n, i] = h0[n, i]",
        )
    outputs = dict.fromkeys([*program.outputs, *(start.array for start in found)])
    return replace(program, outputs=tuple(outputs))


def _starts(program: Program) -> tuple[Start, ...]:
    found = (_start(program, e) for e in program.equations if e.is_start)
    return tuple(start for start in found if start is not None)


def _start(program: Program, equation: Equation) -> Start | None:
    """The start that an equation gives, if it is an input as it stands, before the first step."""
    free = tuple(i for i in equation.indices if i.index is not None)
    fixed = [(k, i.constant) for k, i in enumerate(equation.indices) if i.index is None]
    expr = equation.expr
    if not isinstance(expr, Read) or expr.indices != free or len(fixed) != 1:
        return None
    declared, (axis, place) = program.array(expr.array), fixed[0]
    if declared is None or declared.role != "input" or place is None or place >= 0:
        return None
    return Start(expr.array, equation.name, axis, -place)


class Carry:
    """The states of one layer: one in training, another in prediction."""

    def __init__(
        self, name: str, program: Program, memory: Memory, state: dict[str, Array]
    ) -> None:
        self._name, self._starts = name, {s.given: s for s in _starts(program)}
        self._memory, self.state = memory, state

    def start(self, name: str, room: Array, mode: Mode) -> None:
        """Write what ``name`` starts from into ``room``: zeros where nothing was carried.

        Raises:
            CallRefused: if what was carried is of another number of samples.
        """
        kept = self.state.get(_key(name, mode)) if mode.training or mode.moving else None
        if kept is None:
            room.fill(0)
            return
        if kept.shape != room.shape:
            raise CallRefused(
                f"{self._name} carries {name} of shape {kept.shape} from the batch before, and "
                f"this one needs {room.shape}",
                remedy="give windows of the same samples, or call network.forget() before",
            )
        room[...] = kept

    def move(self, outputs: Mapping[str, Array], given: Mapping[str, Array], mode: Mode) -> None:
        """Take up where this window ends."""
        for name, start in self._starts.items():
            value = self._end(start, outputs, given)
            key = _key(name, mode)
            self.state[key] = self._memory.copy(key, value)

    def _end(self, start: Start, outputs: Mapping[str, Array], given: Mapping[str, Array]) -> Array:
        """What stands ``back`` steps before the next window, in this one or before it."""
        values = outputs[start.array]
        step = values.shape[start.axis] - start.back
        if step >= 0:
            return values[(slice(None),) * start.axis + (step,)]
        earlier = (
            s.given
            for s in self._starts.values()
            if s.array == start.array and s.axis == start.axis and s.back == -step
        )
        return given[next(earlier)]

    def forget(self) -> None:
        """Drop all of it."""
        for name in self._starts:
            for mode in (TRAIN, PREDICT):
                self.state.pop(_key(name, mode), None)


def _key(name: str, mode: Mode) -> str:
    return f"{name}_in_{'training' if mode.training else 'prediction'}"
