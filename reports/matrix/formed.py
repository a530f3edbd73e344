"""What parts of an equation are as matrices; their products and quotients entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.expr import ONE, Expr, Mul, Number
from derive.index import Index
from reports.matrix.tree import (
    Hadamard,
    Matrix,
    Ones,
    Quotient,
    Scalar,
    Scaled,
    Times,
    Turned,
    Weighted,
    Zeros,
)

_ZERO = Number(Fraction(0))


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

    def held(self, *parts: Formed) -> Frame:
        """Rows and columns as far as any of ``parts`` has them."""
        rows, columns = any(p.rows for p in parts), any(p.columns for p in parts)
        return self.of(self.row if rows else None, self.column if columns else None)


def framed(matrix: Matrix, frame: Frame) -> Formed:
    """A matrix that has the rows and columns of ``frame``."""
    return Formed(matrix, frame.row is not None, frame.column is not None)


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


def together(above: Sequence[Formed], below: Sequence[Formed], frame: Frame) -> Formed:
    """The product of ``above`` entry by entry, over that of ``below``.

    Numbers that are sums over matrices stand before it.
    """
    heights, depths = _numbers(above), _numbers(below)
    above = [f for f in above if not f.is_number]
    below = [f for f in below if not f.is_number]
    if above or below:
        body = _together(above, below, frame)
    else:
        body, heights = Formed(heights[0] if heights else Scalar(ONE)), heights[1:]
    if not heights and not depths:
        return body
    return Formed(Weighted(heights, depths, body.matrix), body.rows, body.columns)


def _numbers(factors: Sequence[Formed]) -> tuple[Matrix, ...]:
    return tuple(factor.matrix for factor in factors if factor.is_number)


def _together(above: Sequence[Formed], below: Sequence[Formed], frame: Frame) -> Formed:
    """The same without numbers; a column and a row alone make an outer product."""
    parts = (*above, *below)
    apart = not any(f.rows and f.columns for f in parts)
    if apart and any(f.rows for f in parts) and any(f.columns for f in parts):
        columns = ([f for f in side if f.rows] for side in (above, below))
        rows = ([f for f in side if f.columns] for side in (above, below))
        left = _quotient(*columns, frame=frame.of(frame.row, None))
        right = _quotient(*rows, frame=frame.of(None, frame.column))
        return Formed(times(left, right), rows=True, columns=True)
    inner = frame.held(*parts)
    return framed(_quotient(above, below, frame=inner), inner)


def _quotient(above: Sequence[Formed], below: Sequence[Formed], *, frame: Frame) -> Matrix:
    """All spread over the whole frame; ones over something where nothing is above."""
    if not below:
        return _entrywise(above, frame)
    return Quotient(_entrywise(above or [Formed(Scalar(ONE))], frame), _entrywise(below, frame))


def _entrywise(factors: Sequence[Formed], frame: Frame) -> Matrix:
    alike = tuple(spread(factor, frame) for factor in factors)
    return alike[0] if len(alike) == 1 else Hadamard(alike)


def spread(found: Formed, frame: Frame) -> Matrix:
    """The same entries in every row and column of the frame that it does not have itself."""
    matrix = found.matrix
    if matrix == Scalar(_ZERO) and (frame.row or frame.column) is not None:
        return Zeros(frame.row, frame.column)
    if frame.row is not None and not found.rows:
        matrix = _beside(Ones(frame.row), matrix, found.is_number)
        found = Formed(matrix, rows=True, columns=found.columns)
    if frame.column is not None and not found.columns:
        ones = Turned(Ones(frame.column))
        matrix = _scalar(ones, matrix) if found.is_number else times(matrix, ones)
    return matrix


def _beside(ones: Ones, matrix: Matrix, is_number: bool) -> Matrix:
    return _scalar(ones, matrix) if is_number else times(ones, matrix)


def _scalar(ones: Matrix, number: Matrix) -> Matrix:
    """As many ones, each times a number."""
    if not isinstance(number, Scalar):
        return Weighted((number,), (), ones)
    return ones if number.expr == ONE else Scaled(number.expr, ONE, ones)


def times(*factors: Matrix) -> Matrix:
    """The matrix product; numbers before any factor stand before all of them."""
    for place, factor in enumerate(factors):
        if isinstance(factor, (Scaled, Weighted)):
            inner = times(*factors[:place], factor.body, *factors[place + 1 :])
            return _before(factor, inner)
    flat: list[Matrix] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Times) else (factor,)
    return Times(tuple(flat))


def _before(number: Scaled | Weighted, body: Matrix) -> Matrix:
    if isinstance(number, Scaled):
        return scaled((number.above,), (number.below,), Formed(body)).matrix
    return replace(number, body=body)

