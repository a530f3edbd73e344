"""Matrix expressions: what an equation in index notation is for whole matrices.

node        written             meaning
Whole       W, x, x⊤, X_t       an array, perhaps a slice of it; a vector is a column
Scalar      c                   an expression without rows and columns
Ones        1                   the column of ones
Turned      A⊤                  the transpose
Times       A B                 the matrix product
Hadamard    A ⊙ B               the product entry by entry
Plus        A + B
Scaled      c A, A/c            by a scalar
Applied     tanh(A)             a function of every entry
Raised      A to the ⊙2         a power of every entry
Bracket     [A > 0]             1 or 0 for every entry
Over        ∑ over t            a sum over slices

Every node knows whether it has rows and columns; one that has neither is a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Union

from derive.expr import Expr, Read
from derive.index import Index


@dataclass(frozen=True, slots=True)
class Whole:
    """The elements of ``read`` for all of its ``own`` indices, which are its axes in order."""

    read: Read
    own: tuple[Index, ...]
    slices: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """An expression that is one number, for given slices."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class Ones:
    """The column of ones, as long as ``index``."""

    index: Index


@dataclass(frozen=True, slots=True)
class Turned:
    """The transpose of ``body``."""

    body: Matrix


@dataclass(frozen=True, slots=True)
class Times:
    """The matrix product of two or more ``factors``."""

    factors: tuple[Matrix, ...]


@dataclass(frozen=True, slots=True)
class Hadamard:
    """The product of two or more ``factors`` entry by entry."""

    factors: tuple[Matrix, ...]


@dataclass(frozen=True, slots=True)
class Plus:
    """The sum of two or more terms, each with whether it is subtracted."""

    terms: tuple[tuple[bool, Matrix], ...]


@dataclass(frozen=True, slots=True)
class Scaled:
    """``above/below`` times ``body``; both are expressions that are one number."""

    above: Expr
    below: Expr
    body: Matrix


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of every entry."""

    name: str
    body: Matrix


@dataclass(frozen=True, slots=True)
class Raised:
    """A power of every entry."""

    body: Matrix
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Bracket:
    """1 where ``left op right`` holds and 0 elsewhere, entry by entry."""

    op: str
    left: Matrix
    right: Matrix


@dataclass(frozen=True, slots=True)
class Over:
    """The sum of ``body`` over slices."""

    indices: tuple[Index, ...]
    body: Matrix


Matrix = Union[
    Whole, Scalar, Ones, Turned, Times, Hadamard, Plus, Scaled, Applied, Raised, Bracket, Over
]


def inside(matrix: Matrix) -> Iterator[Matrix]:
    """Every node of a form, itself first."""
    yield matrix
    match matrix:
        case Turned(body) | Scaled(_, _, body) | Applied(_, body) | Raised(body, _):
            yield from inside(body)
        case Over(_, body):
            yield from inside(body)
        case Times(factors) | Hadamard(factors):
            for factor in factors:
                yield from inside(factor)
        case Plus(terms):
            for _, term in terms:
                yield from inside(term)
        case Bracket(_, left, right):
            yield from inside(left)
            yield from inside(right)
