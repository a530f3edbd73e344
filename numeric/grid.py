"""Reads looked at before a call runs: those that only extents or labels keep on their grid."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.errors import CallRefused
from derive.expr import Compare, Condition, Expr, IndexValue, Logic, Node, Number, Read
from derive.index import (
    Atom,
    Exact,
    Floor,
    Greatest,
    Index,
    IndexExpr,
    Label,
    Least,
    Mod,
    Size,
)
from derive.program import Program
from derive.reading import ReadCheck
from derive.text import left_text
from numeric.sizes import number_of

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Data:
    """What a call gives: arrays by name, and the extent of every index."""

    arrays: Mapping[str, Array]
    sizes: Mapping[str, int]


def check_read(program: Program, check: ReadCheck, data: Data) -> None:
    """Refuse the call if the read of ``check`` leaves its grid.

    Raises:
        CallRefused: with the first place where it does.
    """
    first, last = number_of(check.first, data.sizes), number_of(check.last, data.sizes)
    if check.lower is not None and check.upper is not None and not check.guards:
        if any(data.sizes[i.name] == 0 for i in check.index.indices()):
            return
        low, high = number_of(check.lower, data.sizes), number_of(check.upper, data.sizes)
        if low < first or high > last:
            raise _off(program, check, low if low < first else high, (first, last), {})
        return
    grid = _Grid(check, data)
    places = np.broadcast_to(grid.value(check.index), grid.shape)
    wrong = ((places < first) | (places > last)) & grid.looked_at()
    if wrong.any():
        where = np.unravel_index(int(np.argmax(wrong)), grid.shape)
        at = dict(zip(grid.indices, map(int, where), strict=True))
        raise _off(program, check, int(places[where]), (first, last), at)


def _off(
    program: Program,
    check: ReadCheck,
    place: int,
    ends: tuple[int, int],
    at: Mapping[Index, int],
) -> CallRefused:
    axes = program.axes(check.array)
    grid = f"{left_text(check.array, ())}[{', '.join(axes)}] has elements {ends[0]} to {ends[1]}"
    grid = f"{grid} along axis {check.axis}" if ends[1] >= ends[0] else (
        f"{check.array}[{', '.join(axes)}] has no elements along axis {check.axis}"
    )  # fmt: skip
    atom = check.index.atom
    if isinstance(atom, Label):
        spot = ", ".join(_placed(e, at) for e in atom.indices)
        return CallRefused(
            f"{atom.array}[{spot}] is {place}, but {grid}",
            equation=check.equation,
            remedy=f"give labels from {ends[0]} to {ends[1]}",
        )
    where = ", ".join(f"{i} = {v}" for i, v in at.items())
    return CallRefused(
        f"{check.array} is read at {check.index} = {place}"
        + (f" where {where}" if where else "")
        + f", but {grid}",
        equation=check.equation,
        remedy="give arrays of other extents, exclude the read by a condition, or declare "
        f"what lies outside: pad {check.array} = 0",
    )


def _placed(expr: IndexExpr, at: Mapping[Index, int]) -> str:
    index = expr.index
    return str(at[index]) if index is not None and index in at else str(expr)


class _Grid:
    """Every combination of the indices that a read and its guards mention."""

    def __init__(self, check: ReadCheck, data: Data) -> None:
        self._data = data
        self._guards = check.guards
        found = [*check.index.indices()]
        for guard in check.guards:
            found += _indices_of(guard)
        self.indices = tuple(dict.fromkeys(found))
        self.shape = tuple(data.sizes[i.name] for i in self.indices)
        self._axes = dict(zip(self.indices, np.ix_(*map(np.arange, self.shape)), strict=True))

    def looked_at(self) -> Array:
        """Where all guards hold, as far as what is given can tell; True elsewhere."""
        held = np.ones(self.shape, bool)
        for guard in self._guards:
            truth = self._truth(guard)
            held &= True if truth is None else truth
        return held

    def value(self, expr: IndexExpr) -> Array:
        """An index expression at every combination; off the grid is the position -1."""
        total: Array = np.zeros((), np.intp)
        for coefficient, monomial in expr.terms:
            product: Array = np.asarray(coefficient)
            for atom in monomial:
                product = product * self._atom(atom)
            total = total + product
        return total

    def _atom(self, atom: Atom) -> Array:  # noqa: PLR0911  one line per atom
        match atom:
            case Index():
                return self._axes[atom]
            case Size(name):
                return np.asarray(self._data.sizes[name])
            case Label(array, indices):
                return self._element(array, indices)
            case Exact(above, below):
                top, bottom = self.value(above), self.value(below)
                return np.where(top % bottom == 0, top // bottom, -1)
            case Floor(above, below):
                return self.value(above) // self.value(below)
            case Mod(above, below):
                return self.value(above) % self.value(below)
            case Least(left, right):
                return np.minimum(self.value(left), self.value(right))
            case Greatest(left, right):
                return np.maximum(self.value(left), self.value(right))
        raise TypeError(f"{type(atom).__name__} is not an atom: add it to numeric.grid")

    def _truth(self, condition: Condition) -> Array | None:
        """Where a condition holds; None if it looks at what is not given."""
        if isinstance(condition, Compare):
            left, right = self._side(condition.left), self._side(condition.right)
            if left is None or right is None:
                return None
            return _COMPARISONS[condition.op](left, right)
        parts = [part for arg in condition.args if (part := self._truth(arg)) is not None]
        if len(parts) < len(condition.args):
            return None
        if condition.op == "not":
            return np.asarray(np.logical_not(parts[0]))
        join = np.logical_and if condition.op == "and" else np.logical_or
        return np.asarray(functools.reduce(join, parts))

    def _side(self, expr: Expr) -> Array | None:
        if isinstance(expr, Number):
            return np.asarray(float(expr.value))
        if isinstance(expr, IndexValue):
            return self.value(expr.expr)
        if isinstance(expr, Read) and expr.array in self._data.arrays:
            return self._element(expr.array, expr.indices)
        return None

    def _element(self, name: str, indices: tuple[IndexExpr, ...]) -> Array:
        """An array that is given, at computed places; places off its grid are checked apart."""
        array = self._data.arrays[name]
        places = (
            np.clip(self.value(e), 0, max(n - 1, 0))
            for e, n in zip(indices, array.shape, strict=True)
        )
        return np.asarray(array[tuple(places)])


def _indices_of(node: Node) -> list[Index]:
    if isinstance(node, IndexValue):
        return list(node.expr.indices())
    if isinstance(node, Read):
        return [i for e in node.indices for i in e.indices()]
    if isinstance(node, Compare):
        return _indices_of(node.left) + _indices_of(node.right)
    return [i for arg in node.args for i in _indices_of(arg)] if isinstance(node, Logic) else []


_COMPARISONS: dict[str, Callable[[Array, Array], Array]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
