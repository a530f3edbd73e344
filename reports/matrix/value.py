"""What a matrix form is in numbers: by matrix products, for all slices at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from derive.expr import ONE
from derive.index import Index
from numeric.check.point import Array
from numeric.interpret import floats
from reports.evaluation.values import Values
from reports.matrix.tree import (
    Applied,
    Bracket,
    Hadamard,
    Matrix,
    Ones,
    Over,
    Plus,
    Quotient,
    Raised,
    Scalar,
    Scaled,
    Times,
    Turned,
    Weighted,
    Whole,
    Zeros,
)

Scope = tuple[Index, ...]
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": np.equal, "!=": np.not_equal, "<": np.less,
    "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def value(matrix: Matrix, values: Values, slices: Scope) -> Array:  # noqa: PLR0911, PLR0912  a node a line
    """The entries of a form: an axis for each slice, then rows and columns."""

    def of(body: Matrix) -> Array:
        return value(body, values, slices)

    match matrix:
        case Whole(read, own, _):
            found = values.of(read, (*slices, *own))
            return found.reshape(*found.shape, *[1] * (2 - len(own)))
        case Scalar(expr):
            return values.of(expr, slices)[..., None, None]
        case Ones(index):
            return values.of(ONE, (index,))[:, None]
        case Zeros(row, column):
            return np.zeros([1 if i is None else len(of(Ones(i))) for i in (row, column)])
        case Turned(body):
            return np.swapaxes(of(body), -1, -2)
        case Times(factors) | Hadamard(factors):
            return reduce(_matmul if isinstance(matrix, Times) else np.multiply, map(of, factors))
        case Quotient(above, below):
            return of(above) / of(below)
        case Plus(terms):
            return sum((-of(term) if negative else of(term) for negative, term in terms), _ZERO)
        case Scaled(above, below, body):
            return of(Scalar(above)) / of(Scalar(below)) * of(body)
        case Weighted(above, below, body):
            return of(body) * _product(map(of, above)) / _product(map(of, below))
        case Applied(name, body, numbers):
            further = [of(Scalar(number)) for number in numbers]
            return _elementwise(floats().functions[name], of(body), *further)
        case Raised(body, exponent, _):
            return np.power(of(body), of(Scalar(exponent)))
        case Bracket(op, left, right):
            return np.where(_COMPARE[op](of(left), of(right)), 1.0, 0.0)
        case Over(indices, body):
            inner = value(body, values, (*slices, *indices))
            axes = tuple(range(len(slices), len(slices) + len(indices)))
            return np.asarray(inner.sum(axis=axes))
    raise TypeError(f"{type(matrix).__name__} is no matrix: add it to matrix.value")


def _matmul(left: Array, right: Array) -> Array:
    return np.asarray(np.matmul(left, right))


_ZERO: Array = np.zeros(())


def _product(numbers: Iterable[Array]) -> Array:
    return reduce(np.multiply, numbers, np.ones(()))


def _elementwise(function: Callable[..., Any], *args: Array) -> Array:
    return np.asarray(np.frompyfunc(function, len(args), 1)(*args)).astype(np.float64)
