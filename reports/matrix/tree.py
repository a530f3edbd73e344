"""Matrix expressions: what an equation in index notation is for whole matrices.

node        written             meaning
Whole       W, x, x⊤, X_t       an array, perhaps a slice of it; a vector is a column
Scalar      c                   an expression without rows and columns
Ones        1                   the column of ones
Zeros       0                   a matrix, a column or a row of zeros
Turned      A⊤                  the transpose
Times       A B                 the matrix product
Hadamard    A ⊙ B               the product entry by entry
Quotient    A ⊘ B               the quotient entry by entry
Plus        A + B
Scaled      c A, A/c            by a scalar
Weighted    (x⊤y) A             by numbers that are matrix products themselves
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
class Zeros:
    """Zeros for all of ``row`` and ``column``; either may be missing, but not both."""

    row: Index | None
    column: Index | None


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
class Quotient:
    """``above`` over ``below`` entry by entry."""

    above: Matrix
    below: Matrix


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
class Weighted:
    """``body`` times numbers ``above``, over numbers ``below``; at least one of them."""

    above: tuple[Matrix, ...]
    below: tuple[Matrix, ...]
    body: Matrix


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of every entry, and of further ``numbers``."""

    name: str
    body: Matrix
    numbers: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """A power of every entry, or of one number."""

    body: Matrix
    exponent: Expr
    is_number: bool = False


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
    Whole,
    Scalar,
    Ones,
    Zeros,
    Turned,
    Times,
    Hadamard,
    Quotient,
    Plus,
    Scaled,
    Weighted,
    Applied,
    Raised,
    Bracket,
    Over,
]


def parts(matrix: Matrix) -> tuple[Matrix, ...]:  # noqa: PLR0911  a node a line
    """The matrices directly inside ``matrix``."""
    match matrix:
        case Whole() | Scalar() | Ones() | Zeros():
            return ()
        case Turned(body) | Scaled(_, _, body) | Over(_, body):
            return (body,)
        case Applied(_, body, _) | Raised(body, _, _):
            return (body,)
        case Times(factors) | Hadamard(factors):
            return factors
        case Quotient(left, right) | Bracket(_, left, right):
            return (left, right)
        case Plus(terms):
            return tuple(term for _, term in terms)
        case Weighted(above, below, body):
            return (*above, *below, body)
    raise TypeError(f"{type(matrix).__name__} is no matrix: add it to matrix.parts")


def inside(matrix: Matrix) -> Iterator[Matrix]:
    """Every node of a form, itself first."""
    yield matrix
    for part in parts(matrix):
        yield from inside(part)
