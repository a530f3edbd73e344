"""Equations over whole arrays, in floats or in numbers of many digits.

What the interpreter does by loops over elements is done here by loops over nodes, on arrays with
one axis per index in scope. An equation is looked at once: what it reads and where is worked out
for given extents, and what is left is a function of the values, to be called again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.expr import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
)
from derive.program import Equation, Program
from derive.text import left_text
from numeric.check.point import Array, mapped
from numeric.check.positions import Grid, Places, places, positions
from numeric.check.reductions import REDUCTIONS
from numeric.interpret.arithmetic import Arithmetic

Values = Mapping[str, Array]
Run = Callable[[Values], Array]


class Unfit(Exception):
    """The program has no value on these arrays."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number type as arrays know it.

    Attributes:
        dtype: float64, or object for numbers of many digits.
        arithmetic: how single numbers behave.
        functions: the pointwise functions and operators, elementwise.
    """

    dtype: Any
    arithmetic: Arithmetic
    functions: Mapping[str, Callable[..., Any]]

    @classmethod
    def of(cls, arithmetic: Arithmetic) -> Numbers:
        """Arrays of the numbers of an arithmetic."""
        known = {"divide": arithmetic.divide, "power": arithmetic.power, **arithmetic.functions}
        lifted = {n: np.frompyfunc(f, 2 if n in _OF_TWO else 1, 1) for n, f in known.items()}
        if arithmetic.name != "float":
            return cls(object, arithmetic, lifted)
        floats = {name: _to_floats(function) for name, function in lifted.items()}
        return cls(np.float64, arithmetic, {**floats, **_NATIVE})

    def array(self, value: Any) -> Array:
        """An array of these numbers from any array."""
        found = np.asarray(value)
        return mapped(found, self.arithmetic.lift) if self.dtype is object else _floats(found)

    def number(self, value: Fraction | int) -> Any:
        """An exact value as one of these numbers."""
        return self.arithmetic.exact(Fraction(value))


_OF_TWO = frozenset({"divide", "power", "max", "min", "leaky_relu", "elu"})
_NATIVE: Mapping[str, Callable[..., Any]] = {
    "divide": np.divide, "power": np.power, "exp": np.exp, "tanh": np.tanh, "sqrt": np.sqrt,
    "abs": np.abs, "log": np.log,
}  # fmt: skip


def _floats(array: Array) -> Array:
    return array.astype(np.float64)


def _to_floats(function: Callable[..., Any]) -> Callable[..., Array]:
    return lambda *args: np.asarray(function(*args)).astype(np.float64)


def label(equation: Equation) -> str:
    """What the values of an equation are known by: the array, or the start's left side."""
    return left_text(equation.name, equation.indices) if equation.is_start else equation.name


class Compiler:
    """Makes functions of values out of the equations of one program, for given extents.

    Args:
        program: the declarations, and the starts of recurrences.
        grid: extents, hyperparameters and integer arrays.
        numbers: the number type.
    """

    def __init__(self, program: Program, grid: Grid, numbers: Numbers) -> None:
        self.program, self.grid, self.numbers = program, grid, numbers
        self._pads = {pad.array: pad.value for pad in program.pads}
        self._axes = {array.name: array.axes for array in program.arrays}
        self._starts: dict[str, list[Equation]] = {}
        for equation in program.equations:
            if equation.is_start:
                self._starts.setdefault(equation.name, []).append(equation)
        self._define(program.equations)

    def _define(self, equations: Iterable[Equation]) -> None:
        self._axes.update((e.name, tuple(i.name for i in e.free)) for e in equations
                          if e.name not in self._starts or not e.is_start)  # fmt: skip

    def changed(self, program: Program, grid: Grid, new: Sequence[Equation]) -> Compiler:
        """The same with other declarations, and with definitions that are new."""
        found = copy(self)
        found.program, found.grid, found._axes = program, grid, dict(self._axes)
        found._pads = {pad.array: pad.value for pad in program.pads}
        found._define(new)
        return found

    def equation(self, equation: Equation) -> Run:
        """What gives the array, or the elements of the start, that an equation defines."""
        run = self.value(equation.expr, Places.of(equation.free))
        shape = self.grid.shape(i.name for i in equation.free)
        return lambda values: np.broadcast_to(run(values), shape)

    def value(self, node: Expr, scope: Places) -> Run:
        """What gives an expression, with one axis per index of the scope (1 where unused)."""
        return RULES[type(node)](self, node, scope)

    def truth(self, node: Node, scope: Places) -> Run:
        """What gives a condition, likewise."""
        if isinstance(node, Compare):
            left, right = self.value(node.left, scope), self.value(node.right, scope)
            compare = _COMPARISONS[node.op]
            return lambda values: np.asarray(compare(left(values), right(values)), dtype=bool)
        if not isinstance(node, Logic):
            raise TypeError(f"{type(node).__name__} is no condition")
        first, *rest = (self.truth(arg, scope) for arg in node.args)
        if node.op == "not":
            return lambda values: ~first(values)
        return _chained(first, rest, np.logical_and if node.op == "and" else np.logical_or)

    def constant(self, value: Any, scope: Places) -> Run:
        """What gives a number."""
        found = np.empty((1,) * scope.rank, dtype=self.numbers.dtype)
        found[...] = value
        return lambda _: found

    def read(self, node: Read, scope: Places) -> Run:
        """What gives elements of an array: on its grid, off it by starts and pads."""
        shape = self.grid.shape(self._axes[node.array])
        axes = [scope.axis[e.index] for e in node.indices if e.index is not None]
        if len(set(axes)) == len(shape) and self._covered(node, shape):
            return _plain(node.array, axes, shape, scope.rank)
        at, whole = places(self.grid, node.indices, scope)
        for place, size in zip(at, shape, strict=True):
            whole = whole & (place >= 0) & (place < size)
        if not all(shape):
            nothing = self.constant(self.numbers.number(0), scope)
            return self._outside(node.array, at, whole, nothing)
        clipped = _clipped(at, shape)

        def gathered(values: Values) -> Array:
            return np.asarray(values[node.array][clipped])

        return gathered if bool(np.all(whole)) else self._outside(node.array, at, whole, gathered)

    def _covered(self, node: Read, shape: Sequence[int]) -> bool:
        return all(
            e.index is not None and self.grid.size(e.index.name) == size
            for e, size in zip(node.indices, shape, strict=True)
        )

    def _outside(self, array: str, at: list[Array], whole: Array, inside: Run) -> Run:
        """``inside`` where the places are on the grid; else starts, the pad, or no number."""
        infinity = self.numbers.arithmetic.infinity
        other: Any = infinity - infinity
        if array in self._pads:
            pad = self._pads[array]
            other = -infinity if pad is None else self.numbers.number(pad)
        elsewhere = np.asarray(other, dtype=self.numbers.dtype)
        starts = sorted(
            self._starts.get(array, ()), key=lambda e: sum(not i.indices() for i in e.indices)
        )
        found = [(label(s), *self._start(s, at)) for s in starts]
        used = [(name, meets & ~whole, place) for name, meets, place in found]
        used = [row for row in used if bool(np.any(row[1]))]

        def run(values: Values) -> Array:
            result = np.where(whole, inside(values), elsewhere)
            # of overlapping starts the one with most constants comes last
            for name, meets, place in used:
                result = np.where(meets, values[name][place], result)
            return result

        return run

    def _start(self, start: Equation, at: list[Array]) -> tuple[Array, tuple[Array, ...]]:
        """Where a start gives the element, and which of its own."""
        meets: Array = np.asarray(True)
        free: list[Array] = []
        sizes = [self.grid.size(i.name) for i in start.free]
        for index, place in zip(start.indices, at, strict=True):
            if index.indices():
                meets = meets & (place >= 0) & (place < sizes[len(free)])
                free.append(place)
            else:
                meets = meets & (place == self.grid.integer(index))
        return meets & np.asarray(all(sizes)), _clipped(free, sizes)


def _clipped(at: Sequence[Array], shape: Sequence[int]) -> tuple[Array, ...]:
    return tuple(np.clip(p, 0, max(s - 1, 0)) for p, s in zip(at, shape, strict=True))


def _plain(array: str, axes: Sequence[int], shape: Sequence[int], rank: int) -> Run:
    """An array with its axes at the places ``axes`` of an array of some rank."""
    order = sorted(range(len(axes)), key=axes.__getitem__)
    laid = [1] * rank
    for axis, size in zip(axes, shape, strict=True):
        laid[axis] = size
    return lambda values: values[array].transpose(order).reshape(laid)


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal, "!=": np.not_equal, "<": np.less,
    "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def _chained(first: Run, rest: Sequence[Run], combine: Callable[[Any, Any], Any]) -> Run:
    def run(values: Values) -> Array:
        found = first(values)
        for part in rest:
            found = combine(found, part(values))
        return found

    return run


# ---- a rule per node --------------------------------------------------------------------------


def _number(to: Compiler, node: Number, scope: Places) -> Run:
    return to.constant(to.numbers.number(node.value), scope)


def _constant(to: Compiler, node: Constant, scope: Places) -> Run:
    arithmetic = to.numbers.arithmetic
    return to.constant(arithmetic.pi if node.name == "pi" else arithmetic.infinity, scope)


def _parameter(to: Compiler, node: Parameter, scope: Places) -> Run:
    return to.constant(to.numbers.number(to.grid.hypers[node.name]), scope)


def _index_value(to: Compiler, node: IndexValue, scope: Places) -> Run:
    at, whole = positions(to.grid, node.expr, scope)
    if not bool(np.all(whole)):
        raise Unfit(f"{node.expr} is not an integer")
    found = to.numbers.array(at)
    return lambda _: found


def _add(to: Compiler, node: Add, scope: Places) -> Run:
    first, *rest = (to.value(term, scope) for term in node.terms)
    return _chained(first, rest, np.add)


def _mul(to: Compiler, node: Mul, scope: Places) -> Run:
    first, *rest = (to.value(factor, scope) for factor in node.factors)
    return _chained(first, rest, np.multiply)


def _applied(to: Compiler, name: str, args: Sequence[Expr], scope: Places) -> Run:
    function = to.numbers.functions[name]
    runs = [to.value(arg, scope) for arg in args]
    dtype = to.numbers.dtype
    return lambda values: np.asarray(function(*(run(values) for run in runs)), dtype=dtype)


def _div(to: Compiler, node: Div, scope: Places) -> Run:
    return _applied(to, "divide", (node.numerator, node.denominator), scope)


def _power(to: Compiler, node: Power, scope: Places) -> Run:
    return _applied(to, "power", (node.base, node.exponent), scope)


def _call(to: Compiler, node: Call, scope: Places) -> Run:
    return _applied(to, node.name, node.args, scope)


def _iverson(to: Compiler, node: Iverson, scope: Places) -> Run:
    truth = to.truth(node.condition, scope)
    one, zero = (np.asarray(to.numbers.number(n), dtype=to.numbers.dtype) for n in (1, 0))
    return lambda values: np.where(truth(values), one, zero)


def _select(to: Compiler, node: Select, scope: Places) -> Run:
    truth = to.truth(node.condition, scope)
    then, other = to.value(node.then, scope), to.value(node.other, scope)
    return lambda values: np.where(truth(values), then(values), other(values))


def _reduce(to: Compiler, node: Reduce, scope: Places) -> Run:
    inner = scope.with_indices(node.indices)
    ends = to.grid.shape(i.name for i in node.indices)
    body = to.value(node.body, inner)
    where = None if node.where is None else to.truth(node.where, inner)
    if node.op not in ("sum", "prod", "mean", "logsumexp") and not all(ends):
        raise Unfit("the largest of no numbers")
    rule, numbers, count = REDUCTIONS[node.op], to.numbers, int(np.prod(ends))

    def run(values: Values) -> Array:
        found = body(values)
        kept = None if where is None else where(values)
        shape = found.shape if kept is None else np.broadcast_shapes(found.shape, kept.shape)
        flat = (*shape[: scope.rank], count)
        full = (*shape[: scope.rank], *ends)
        found = np.broadcast_to(found, full).reshape(flat)
        kept = None if kept is None else np.broadcast_to(kept, full).reshape(flat)
        return np.asarray(rule(numbers, found, kept), dtype=numbers.dtype)

    return run


RULES: Mapping[type, Callable[[Compiler, Any, Places], Run]] = {
    Number: _number, Constant: _constant, Parameter: _parameter, IndexValue: _index_value,
    Read: Compiler.read, Add: _add, Mul: _mul, Div: _div, Power: _power, Call: _call,
    Iverson: _iverson, Select: _select, Reduce: _reduce,
}  # fmt: skip
