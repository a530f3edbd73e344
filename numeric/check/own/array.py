"""Arrays of numbers of many digits that look like ``float64`` arrays to the code that uses them.

NumPy asks an array of another class what its functions shall do (``__array_ufunc__`` and
``__array_function__``), so code under check may call them under any name, from any module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from numeric.check.own.digits import Digits, Lost

Array = np.ndarray[Any, Any]
_FLOAT = np.dtype(np.float64)
# Universal functions that NumPy computes for objects by their own operators.
_BY_OPERATORS = (
    "add", "subtract", "multiply", "negative", "positive", "matmul", "vecdot", "matvec", "vecmat",
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_not",
    "conjugate", "clip",
)  # fmt: skip
_LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")


class Exact(np.ndarray[Any, Any]):
    """An array of numbers; a subclass for each number type holds its ``digits``."""

    digits: Digits
    run: Callable[..., Any]

    @property
    def dtype(self) -> Any:
        """What the array stands for."""
        return _FLOAT

    def astype(self, dtype: Any, *_: object, **__: object) -> Any:
        """Cast; a smaller float rounds every number, as it would."""
        if np.dtype(dtype).kind == "O":
            return self.copy()
        cells = [self.digits.lift(x).astype(dtype) for x in bare(self).flat]
        kind = np.dtype(object if np.dtype(dtype).kind == "f" else dtype)
        found = np.empty(len(cells), kind)
        found[:] = cells
        return wrapped(type(self), found.reshape(self.shape))

    def mean(self, *args: Any, **options: Any) -> Any:
        """The mean."""
        return np.mean(self, *args, **options)

    def var(self, *args: Any, **options: Any) -> Any:
        """The variance."""
        return np.var(self, *args, **options)

    def std(self, *args: Any, **options: Any) -> Any:
        """The standard deviation."""
        return np.std(self, *args, **options)

    def dot(self, other: Any, *args: Any, **options: Any) -> Any:
        """The inner product."""
        return np.dot(self, other, *args, **options)

    def clip(self, *args: Any, **options: Any) -> Any:
        """Every element, between bounds."""
        return np.clip(self, *args, **options)

    def __float__(self) -> float:
        found: float = self.digits.lose()
        return found

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return run_ufunc(type(self), ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return self.run(type(self), function, args, options)


Run = Callable[[type[Exact], Any, Any, Mapping[str, Any]], Any]


def array_type(digits: Digits, run: Run) -> type[Exact]:
    """The arrays of one number type; ``run`` is what NumPy's functions of arrays do to them."""
    return type("Exact", (Exact,), {"digits": digits, "run": staticmethod(run)})


def bare(value: Any) -> Any:
    """The plain array of objects under an array, in lists and tuples too."""
    if isinstance(value, Exact):
        return value.view(np.ndarray)
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(map(bare, value))
    return value


def wrapped(kind: type[Exact], value: Any) -> Any:
    """Arrays of objects as ``Exact`` arrays, in lists and tuples too."""
    if isinstance(value, np.ndarray):
        return value.view(kind) if value.dtype == object else value
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(wrapped(kind, v) for v in value)
    return value


def lifted(digits: Digits, value: Any) -> Any:
    """Floats as the decimals that they were written as; whole numbers stay."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return np.asarray(digits.lift_all(value), dtype=object)
    return digits.lift(value) if isinstance(value, (float, np.floating)) else value


def run_ufunc(
    kind: type[Exact], ufunc: Any, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """A universal function, by the numbers' own operators or by the table of functions."""
    digits, given = kind.digits, [lifted(kind.digits, bare(x)) for x in inputs]
    out = options.get("out")
    rest = {n: bare(v) for n, v in options.items() if n not in ("out", "dtype", "casting", "subok")}
    if out is not None:
        rest["out"] = bare(out)
    name = ufunc.__name__
    if name in _LOGICAL:
        given = [np.asarray(x, dtype=bool) for x in given]
    elif method == "__call__" and name not in _BY_OPERATORS:
        if name not in digits.ufuncs:
            digits.lost.append(digits.told(f"{name} is known for floats only, and used"))
            raise Lost(digits.lost[-1])
        found = digits.apply(name, *given, **rest)
        return wrapped(kind, found) if out is None else out[0]
    found = getattr(ufunc, method)(*given, **rest)
    return wrapped(kind, found) if out is None else out[0]
