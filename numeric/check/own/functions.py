"""NumPy's functions of arrays, where what NumPy does with objects is not what it does with floats.

Everything else is NumPy itself on plain arrays of objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from numeric.check.own.array import Array, Exact, bare, lifted, wrapped
from numeric.check.own.digits import Digits, Lost

# Parts of NumPy that call libraries for floats.
_IN_FLOATS = ("numpy.linalg", "numpy.fft")


def run_function(kind: type[Exact], function: Any, args: Any, options: Mapping[str, Any]) -> Any:
    """A function of NumPy on arrays of numbers."""
    digits, name = kind.digits, function.__name__
    if name == "norm" or not function.__module__.startswith("numpy.linalg"):
        override = OVERRIDES.get(name)
    else:
        override = LINEAR_ALGEBRA.get(name)
    given = [_lifted(digits, bare(a)) for a in args]
    named = {n: _lifted(digits, bare(v)) for n, v in options.items()}
    if override is not None:
        return wrapped(kind, override(digits, *given, **named))
    if _is_float(named.get("dtype")):
        del named["dtype"]
    try:
        return wrapped(kind, function(*given, **named))
    except TypeError as error:
        if not function.__module__.startswith(_IN_FLOATS):
            raise
        digits.lost.append(digits.told(f"{name} is known for floats only, and used"))
        raise Lost(digits.lost[-1]) from error


def _lifted(digits: Digits, value: Any) -> Any:
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_lifted(digits, v) for v in value)
    return lifted(digits, value) if isinstance(value, np.ndarray) else value


def _is_float(dtype: Any) -> bool:
    return dtype is not None and np.dtype(dtype).kind in "fO"


def _total(digits: Digits, a: Any, axis: Any, keepdims: bool, where: Any = True) -> Any:
    return np.sum(digits.lift_all(a), axis=axis, keepdims=keepdims, where=where)


def _mean(
    digits: Digits, a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
    keepdims: bool = False, *, where: Any = True,
) -> Any:  # fmt: skip
    count = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)
    found = digits.apply("divide", _total(digits, a, axis, keepdims, where), count)
    return found if out is None else _into(out, found)


def _into(out: Any, found: Any) -> Any:
    out[...] = found
    return out


def _var(
    digits: Digits, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0,
    keepdims: bool = False, **options: Any,
) -> Any:  # fmt: skip
    ddof = options.get("correction", ddof)
    away = np.asarray(a) - _mean(digits, a, axis, keepdims=True)
    total = _total(digits, away * away, axis, keepdims)
    count = np.sum(np.ones(np.shape(a), dtype=int), axis=axis, keepdims=keepdims) - ddof
    found = digits.apply("divide", total, count)
    return found if out is None else _into(out, found)


def _std(digits: Digits, a: Any, *args: Any, **options: Any) -> Any:
    return digits.apply("sqrt", _var(digits, a, *args, **options))


def _average(digits: Digits, a: Any, axis: Any = None, weights: Any = None, **rest: Any) -> Any:
    if weights is None:
        return _mean(digits, a, axis, **rest)
    w = np.broadcast_to(weights, np.shape(a)) if np.shape(weights) == np.shape(a) else weights
    if np.ndim(w) != np.ndim(a):
        shape = [1] * np.ndim(a)
        shape[axis] = -1
        w = np.broadcast_to(np.reshape(w, shape), np.shape(a))
    total = _total(digits, np.asarray(a) * w, axis, False)
    return digits.apply("divide", total, _total(digits, w, axis, False))


def _norm(digits: Digits, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    size = np.abs(digits.lift_all(x))
    if ord in (None, "fro") or (ord == 2 and (isinstance(axis, int) or np.ndim(x) == 1)):
        return digits.apply("sqrt", np.sum(size * size, axis=axis, keepdims=keepdims))
    if ord == 1 and (isinstance(axis, int) or np.ndim(x) == 1):
        return np.sum(size, axis=axis, keepdims=keepdims)
    if ord == np.inf and (isinstance(axis, int) or np.ndim(x) == 1):
        return np.max(size, axis=axis, keepdims=keepdims)
    raise Lost(digits.told(f"a norm of order {ord} is taken"))


def _filled(value: int | None) -> Callable[..., Any]:
    def make(digits: Digits, like: Any, dtype: Any = None, shape: Any = None, **_: Any) -> Array:
        return made(digits, np.shape(like) if shape is None else shape, value, dtype)

    return make


def made(digits: Digits, shape: Any, value: Any, dtype: Any = None) -> Array:
    """A new array full of a value: of numbers for floats, of what is asked for otherwise."""
    if dtype is not None and np.dtype(dtype).kind not in "fO":
        return np.full(shape, 0 if value is None else value, dtype)
    # what nobody has written yet must not be mistaken for a number
    filling = digits.arithmetic.pi.context.nan if value is None else digits.lift_all(value)
    return np.full(shape, filling, dtype=object)


def _full_like(
    digits: Digits, like: Any, value: Any, dtype: Any = None, shape: Any = None, **_: Any
) -> Array:
    return made(digits, np.shape(like) if shape is None else shape, value, dtype)


def _pad(digits: Digits, a: Any, width: Any, mode: Any = "constant", **options: Any) -> Array:
    return np.asarray(digits.lift_all(np.pad(a, width, mode, **options)), dtype=object)


def _close(digits: Digits, a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, **_: Any) -> Any:
    far = np.abs(digits.lift_all(a) - digits.lift_all(b))
    return np.asarray(far <= atol + rtol * np.abs(digits.lift_all(b)), dtype=bool)[()]


def _clip(digits: Digits, a: Any, a_min: Any = None, a_max: Any = None, out: Any = None,
          **bounds: Any) -> Any:  # fmt: skip
    low, high = bounds.get("min", a_min), bounds.get("max", a_max)
    found = a if low is None else digits.apply("maximum", a, low)
    found = found if high is None else digits.apply("minimum", found, high)
    return found if out is None else _into(out, found)


def _nan_to_num(
    digits: Digits,
    x: Any,
    copy: bool = True,
    nan: Any = 0.0,
    posinf: Any = None,
    neginf: Any = None,
) -> Any:
    largest = np.finfo(np.float64).max
    ends = {
        True: largest if posinf is None else posinf,
        False: -largest if neginf is None else neginf,
    }

    def number(z: Any) -> Any:
        if digits.table["isnan"][1](z):
            return digits.lift(nan)
        return digits.lift(ends[bool(z > 0)]) if abs(z) == digits.arithmetic.infinity else z

    return np.frompyfunc(number, 1, 1)(digits.lift_all(x))


def _unchanged(_: Digits, a: Any, dtype: Any = None, **__: Any) -> Any:
    return a


def _matrix(solve: Callable[[Any, list[Any]], Any]) -> Callable[..., Any]:
    """A function of square matrices, by mpmath."""

    def run(digits: Digits, *arrays: Any) -> Any:
        mp = digits.arithmetic.pi.context
        if any(np.ndim(a) > 2 for a in arrays):
            raise Lost(digits.told("matrices are stacked"))
        found = solve(mp, [mp.matrix(digits.lift_all(a).tolist()) for a in arrays])
        if not isinstance(found, mp.matrix):
            return found
        shape = np.shape(arrays[-1])
        cells = np.array(list(found), dtype=object)
        return cells.reshape(shape)

    return run


OVERRIDES: Mapping[str, Callable[..., Any]] = {
    "mean": _mean,
    "var": _var,
    "std": _std,
    "average": _average,
    "norm": _norm,
    "zeros_like": _filled(0),
    "ones_like": _filled(1),
    "empty_like": _filled(None),
    "full_like": _full_like,
    "pad": _pad,
    "isclose": _close,
    "allclose": lambda digits, *args, **options: bool(np.all(_close(digits, *args, **options))),
    "clip": _clip,
    "nan_to_num": _nan_to_num,
    "asfarray": _unchanged,
    "real": _unchanged,
    "result_type": lambda digits, *_: np.dtype(np.float64),
}
LINEAR_ALGEBRA: Mapping[str, Callable[..., Any]] = {
    "inv": _matrix(lambda mp, a: mp.inverse(a[0])),
    "det": _matrix(lambda mp, a: mp.det(a[0])),
    "solve": _matrix(lambda mp, a: mp.lu_solve(a[0], a[1])),
}
