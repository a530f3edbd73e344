"""What parts of an equation are as matrices, and their products entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.expr import ONE, Expr, Mul
from derive.index import Index
from reports.matrix.tree import Hadamard, Matrix, Ones, Scalar, Scaled, Times, Turned


class NoForm(Exception):
    """The expression has no matrix form that is known here."""


@dataclass(frozen=True, slots=True)
class Formed:
    """A matrix expression, and whether it has rows and columns."""

    matrix: Matrix
    rows: bool = False
    columns: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return not (self.rows or self.columns)


@dataclass(frozen=True, slots=True)
class Frame:
    """The indices of rows and columns, either of which may be missing, and of slices."""

    row: Index | None
    column: Index | None
    slices: frozenset[str]

    def of(self, row: Index | None, column: Index | None) -> Frame:
        """The same slices with other rows and columns."""
        return Frame(row, column, self.slices)


def scaled(above: Sequence[Expr], below: Sequence[Expr], body: Formed) -> Formed:
    """The quotient of two products of numbers times ``body``."""
    if not above and not below:
        return body
    matrix = body.matrix
    if isinstance(matrix, Scaled):
        # the number that is inside first: it holds the sign
        above, below = (matrix.above, *above), (matrix.below, *below)
        matrix = matrix.body
    return Formed(Scaled(_one(above), _one(below), matrix), body.rows, body.columns)


def _one(factors: Sequence[Expr]) -> Expr:
    kept = tuple(f for f in factors if f != ONE)
    flat = tuple(p for f in kept for p in (f.factors if isinstance(f, Mul) else (f,)))
    return ONE if not flat else flat[0] if len(flat) == 1 else Mul(flat)


def together(factors: Sequence[Formed], frame: Frame) -> Formed:
    """The product entry by entry; a column and a row alone make an outer product."""
    if any(f.is_number for f in factors):
        # a number that holds a sum over matrices
        raise NoForm
    columns = [f for f in factors if not f.columns]
    rows = [f for f in factors if not f.rows]
    if columns and rows and len(columns) + len(rows) == len(factors):
        outer = times(_entrywise(columns, frame), _entrywise(rows, frame))
        return Formed(outer, rows=True, columns=True)
    has_rows, has_columns = any(f.rows for f in factors), any(f.columns for f in factors)
    inner = frame.of(frame.row if has_rows else None, frame.column if has_columns else None)
    return Formed(_entrywise(factors, inner), has_rows, has_columns)


def _entrywise(factors: Sequence[Formed], frame: Frame) -> Matrix:
    if all(not f.columns for f in factors):
        frame = frame.of(frame.row, None)
    if all(not f.rows for f in factors):
        frame = frame.of(None, frame.column)
    alike = tuple(spread(factor, frame) for factor in factors)
    return alike[0] if len(alike) == 1 else Hadamard(alike)


def spread(found: Formed, frame: Frame) -> Matrix:
    """The same entries in every row and column of the frame that it does not have itself."""
    matrix = found.matrix
    if frame.row is not None and not found.rows:
        matrix = _beside(Ones(frame.row), matrix, found.is_number)
        found = Formed(matrix, rows=True, columns=found.columns)
    if frame.column is not None and not found.columns:
        matrix = times(matrix, Turned(Ones(frame.column)))
    return matrix


def _beside(ones: Ones, matrix: Matrix, is_number: bool) -> Matrix:
    if not is_number:
        return times(ones, matrix)
    if not isinstance(matrix, Scalar):
        raise NoForm
    return ones if matrix.expr == ONE else Scaled(matrix.expr, ONE, ones)


def times(*factors: Matrix) -> Matrix:
    """The matrix product; a number before the first factor stays before all of them."""
    first, *rest = factors
    if isinstance(first, Scaled) and rest:
        return Scaled(first.above, first.below, times(first.body, *rest))
    flat: list[Matrix] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Times) else (factor,)
    return Times(tuple(flat))
