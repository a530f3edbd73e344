"""Index arithmetic on whole arrays of places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from derive.index import (
    Atom,
    Exact,
    Floor,
    Greatest,
    Hyper,
    Index,
    IndexExpr,
    Label,
    Least,
    Mod,
    Size,
)
from derive.program import Program
from numeric.check.point import Array


@dataclass(frozen=True, slots=True)
class Places:
    """The indices in scope, each with its axis."""

    axis: Mapping[Index, int]

    @classmethod
    def of(cls, indices: Sequence[Index]) -> Places:
        """The scope of a left side."""
        return cls({index: axis for axis, index in enumerate(indices)})

    @property
    def rank(self) -> int:
        """How many axes there are."""
        return len(self.axis)

    def with_indices(self, indices: Sequence[Index]) -> Places:
        """The scope inside a reduction."""
        more = {index: self.rank + number for number, index in enumerate(indices)}
        return Places({**self.axis, **more})


@dataclass(slots=True)
class Grid:
    """The integers that equations know: extents, hyperparameters, arrays of labels."""

    program: Program
    roots: Mapping[str, int]
    hypers: Mapping[str, Fraction]
    labels: Mapping[str, Array]
    _sizes: dict[str, int] = field(default_factory=dict)
    _rows: dict[str, IndexExpr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rows = dict(self.program.extents)

    def size(self, name: str) -> int:
        """The extent of the index called ``name``."""
        if name not in self._sizes:
            row = self._rows.get(name)
            self._sizes[name] = self.roots[name] if row is None else self.integer(row)
        return self._sizes[name]

    def shape(self, names: Iterable[str]) -> tuple[int, ...]:
        """The extents of several indices."""
        return tuple(map(self.size, names))

    def integer(self, expr: IndexExpr) -> int:
        """An index expression without indices."""
        return int(positions(self, expr, Places({}))[0])

    def agrees(self) -> bool:
        """Whether the extents are as the program takes them to be."""
        pairs = self.program.agreements
        return all(self.integer(left) == self.integer(right) for left, right in pairs)


def roots_of(program: Program, arrays: Mapping[str, Any]) -> dict[str, int]:
    """The extents that the declared arrays show."""
    return {
        axis: size
        for array in program.arrays
        if array.name in arrays
        for axis, size in zip(array.axes, np.shape(arrays[array.name]), strict=True)
    }


def places(
    grid: Grid, indices: Sequence[IndexExpr], scope: Places
) -> tuple[list[Array], Array]:
    """The places of a read, and where they are whole."""
    found: list[Array] = []
    whole = np.ones((1,) * scope.rank, dtype=bool)
    for expr in indices:
        place, good = positions(grid, expr, scope)
        found.append(place)
        whole = whole & good
    return found, whole


def positions(grid: Grid, expr: IndexExpr, scope: Places) -> tuple[Array, Array]:
    """An index expression, and where all its quotients are whole."""
    total = np.zeros((1,) * scope.rank, dtype=np.int64)
    whole = np.ones((1,) * scope.rank, dtype=bool)
    for coefficient, monomial in expr.terms:
        term: Any = coefficient
        for atom in monomial:
            value, good = _atom(grid, atom, scope)
            term = term * value
            whole = whole & good
        total = total + term
    return total, whole


def _atom(grid: Grid, atom: Atom, scope: Places) -> tuple[Any, Any]:
    match atom:
        case Index():
            shape = [1] * scope.rank
            shape[scope.axis[atom]] = -1
            return np.arange(grid.size(atom.name)).reshape(shape), True
        case Size(name):
            return grid.size(name), True
        case Hyper(name):
            return int(grid.hypers[name]), True
        case Label(array, indices):
            data = grid.labels[array]
            at, whole = places(grid, indices, scope)
            inside = tuple(
                np.clip(place, 0, size - 1) for place, size in zip(at, data.shape, strict=True)
            )
            return data[inside].astype(np.int64), whole
        case Least(a, b) | Greatest(a, b):
            choose = np.minimum if isinstance(atom, Least) else np.maximum
            (left, fine), (right, good) = positions(grid, a, scope), positions(grid, b, scope)
            return choose(left, right), fine & good
    return _quotient(grid, atom, scope)


def _quotient(grid: Grid, atom: Exact | Floor | Mod, scope: Places) -> tuple[Any, Any]:
    top, fine = positions(grid, atom.numerator, scope)
    by, good = positions(grid, atom.denominator, scope)
    good = fine & good & (by != 0)
    by = np.where(by == 0, 1, by)
    if isinstance(atom, Exact):
        return top // by, good & (top % by == 0)
    return (top // by if isinstance(atom, Floor) else top % by), good
