"""What ``np``, ``math`` and ``scipy.special`` are to code that runs in many digits.

A ``Library`` hands out its own version of what makes new arrays or computes in floats, and the
real thing for everything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from numeric.check.own.array import Exact, bare, wrapped
from numeric.check.own.digits import Digits
from numeric.check.own.elementwise import MATH, WHOLE
from numeric.check.own.functions import made

Array = np.ndarray[Any, Any]


class Library:
    """A module, with some of its names replaced."""

    def __init__(self, module: ModuleType, replaced: Mapping[str, Any]) -> None:
        self._module, self._replaced = module, replaced

    def __getattr__(self, name: str) -> Any:
        if name in self._replaced:
            return self._replaced[name]
        return getattr(self._module, name)

    def has(self, name: str) -> bool:
        """Whether this name is replaced."""
        return name in self._replaced


class Pointwise:
    """A universal function that also takes bare numbers, and gives all digits of whole ones."""

    def __init__(self, kind: type[Exact], name: str, ufunc: Any) -> None:
        self._kind, self._name, self._ufunc = kind, name, ufunc

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ufunc, name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The function of arrays, numbers or lists."""
        numbers = any(_holds_numbers(self._kind, a) for a in args)
        if not numbers and self._name in WHOLE and not options.get("out"):
            return self._ufunc(*args, **options)
        given = [np.asarray(bare(a), dtype=object) if isinstance(a, (list, tuple)) else bare(a)
                 for a in args]  # fmt: skip
        out = options.pop("out", None)
        options = {n: bare(v) for n, v in options.items() if n not in ("dtype", "casting")}
        found = wrapped(self._kind, self._kind.digits.apply(self._name, *given, **options))
        if out is None:
            return found
        into = out[0] if isinstance(out, tuple) else out
        into[...] = found
        return into


def _holds_numbers(kind: type[Exact], value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_numbers(kind, v) for v in value)
    return isinstance(value, (Exact, kind.digits.kind)) or (
        isinstance(value, np.ndarray) and value.dtype == object
    )


def numpy_for(kind: type[Exact]) -> Library:
    """NumPy over these numbers."""
    digits = kind.digits
    pointwise = {
        name: Pointwise(kind, name, getattr(np, name))
        for name in digits.ufuncs
        if hasattr(np, name)
    }
    strided = {"as_strided": _as_strided(kind)}
    tricks = Library(np.lib.stride_tricks, strided)
    return Library(np, {**pointwise, **_constants(digits), **_creation(kind), **strided,
                        "lib": Library(np.lib, {"stride_tricks": tricks}),
                        "finfo": _finfo(digits), "isscalar": _is_scalar(digits)})  # fmt: skip


def _constants(digits: Digits) -> dict[str, Any]:
    mp = digits.arithmetic.pi.context
    return {"pi": +mp.pi, "e": +mp.e, "euler_gamma": +mp.euler}


def _is_scalar(digits: Digits) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, digits.kind) or np.isscalar(value)


def _finfo(digits: Digits) -> Callable[[Any], Any]:
    """The real limits of floats: code that clips by them means them."""

    def finfo(dtype: Any) -> Any:
        real = np.finfo(np.float64 if np.dtype(dtype).kind == "O" else dtype)
        names = ("eps", "max", "min", "tiny", "smallest_normal", "resolution")
        lift = digits.arithmetic.lift
        return SimpleNamespace(**{n: lift(Fraction(float(getattr(real, n)))) for n in names})

    return finfo


def _as_strided(kind: type[Exact]) -> Callable[..., Any]:
    def as_strided(x: Any, *args: Any, **options: Any) -> Any:
        return wrapped(kind, np.lib.stride_tricks.as_strided(bare(x), *args, **options))

    return as_strided


def _creation(kind: type[Exact]) -> dict[str, Callable[..., Any]]:
    """The functions that make arrays."""
    digits = kind.digits

    def new(value: int | None) -> Callable[..., Any]:
        def make(shape: Any, dtype: Any = None, *_: Any, **__: Any) -> Any:
            return wrapped(kind, made(digits, shape, value, dtype))

        return make

    def full(shape: Any, value: Any, dtype: Any = None, **_: Any) -> Any:
        whole = np.asarray(bare(value)).dtype.kind in "iub" and dtype is None
        return wrapped(kind, np.full(shape, value) if whole else made(digits, shape, value, dtype))

    def array(value: Any, dtype: Any = None, **options: Any) -> Any:
        copied = options.pop("copy", True)
        found = _asarray(kind, value, dtype)
        found = np.array(bare(found), copy=bool(copied) or None, ndmin=options.get("ndmin", 0))
        return wrapped(kind, found)

    def as_array(value: Any, dtype: Any = None, **_: Any) -> Any:
        return _asarray(kind, value, dtype)

    def eye(n: int, m: int | None = None, k: int = 0, dtype: Any = float, **_: Any) -> Any:
        return _asarray(kind, np.eye(n, m, k, dtype=int), dtype)

    plain: dict[str, Callable[..., Any]] = {
        "zeros": new(0), "ones": new(1), "empty": new(None), "full": full, "eye": eye,
    }  # fmt: skip
    arrays = {"array": array, "asarray": as_array, "asanyarray": as_array,
              "ascontiguousarray": as_array, "asfortranarray": as_array}  # fmt: skip
    return {**plain, **arrays, "identity": eye, **_ranges(kind)}


def _ranges(kind: type[Exact]) -> dict[str, Callable[..., Any]]:
    """The functions that make evenly spaced numbers."""
    digits = kind.digits

    def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, **_: Any) -> Any:
        parts = max(num - 1 if endpoint else num, 1)
        low, width = digits.lift(start), digits.lift(stop) - digits.lift(start)
        cells = [low + width * part / parts for part in range(num)]
        return wrapped(kind, np.array(cells, dtype=object))

    def arange(*args: Any, **options: Any) -> Any:
        numbers = any(not isinstance(a, (int, np.integer)) for a in args)
        found = np.arange(*(float(digits.approximate(digits.lift(a))) for a in args)) if numbers \
            else np.arange(*args)  # fmt: skip
        if not numbers:
            return _asarray(kind, found, options.get("dtype"))
        first, step = (0, 1) if len(args) == 1 else (args[0], args[2] if args[2:] else 1)
        cells = [digits.lift(first) + digits.lift(step) * n for n in range(len(found))]
        return wrapped(kind, np.array(cells, dtype=object))

    return {"linspace": linspace, "arange": arange}


def _asarray(kind: type[Exact], value: Any, dtype: Any) -> Any:
    """``np.asarray``: floats become numbers, numbers stay, all else is as it was."""
    digits = kind.digits
    if isinstance(value, Exact):
        return value if dtype is None else value.astype(dtype)
    inner = bare(value)
    if _holds_numbers(kind, inner) and not isinstance(inner, np.ndarray):
        inner = np.array(inner, dtype=object)
    plain = np.asarray(inner)
    wants_floats = dtype is not None and np.dtype(dtype).kind in "fO"
    if plain.dtype.kind in "Of" or wants_floats:
        numbers = wrapped(kind, np.asarray(digits.lift_all(plain), dtype=object))
        return numbers if dtype is None or wants_floats else numbers.astype(dtype)
    return plain if dtype is None else plain.astype(dtype)


def math_for(kind: type[Exact]) -> Library:
    """Python's ``math`` over these numbers."""
    digits, mp = kind.digits, kind.digits.arithmetic.pi.context
    names = [name for name in dir(math) if MATH.get(name, name) in digits.ufuncs]
    whole = {"floor": int, "ceil": int, "trunc": int}

    def function(name: str) -> Callable[..., Any]:
        inner = MATH.get(name, name)
        finish = whole.get(name)

        def apply(*args: Any) -> Any:
            found = digits.apply(inner, *args)
            return found if finish is None else finish(found)

        return apply

    def log(z: Any, base: Any = None) -> Any:
        found = digits.apply("log", z)
        return found if base is None else found / digits.apply("log", base)

    replaced: dict[str, Any] = {name: function(name) for name in names}
    constants = {"pi": +mp.pi, "e": +mp.e, "tau": 2 * mp.pi}
    return Library(math, {**replaced, **constants, "log": log,
                          "fsum": lambda values: sum(values, start=mp.mpf(0))})  # fmt: skip


def special_for(kind: type[Exact], module: ModuleType) -> Library:
    """``scipy.special`` over these numbers."""
    digits = kind.digits
    names = [name for name in digits.ufuncs if hasattr(module, name)]
    pointwise = {name: Pointwise(kind, name, getattr(module, name)) for name in names}

    def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
        values = digits.lift_all(bare(a))
        largest = np.max(values, axis=axis, keepdims=True)
        terms = digits.apply("exp", values - largest) * (1 if b is None else bare(b))
        total = digits.apply("log", np.sum(terms, axis=axis, keepdims=True)) + largest
        total = np.asarray(total, dtype=object)
        squeezed = total if keepdims else np.squeeze(total, axis=axis)
        return wrapped(kind, squeezed[()] if squeezed.ndim == 0 else squeezed)

    def log_softmax(x: Any, axis: Any = None) -> Any:
        return wrapped(kind, digits.lift_all(bare(x)) - bare(logsumexp(x, axis, keepdims=True)))

    def softmax(x: Any, axis: Any = None) -> Any:
        return wrapped(kind, digits.apply("exp", bare(log_softmax(x, axis))))

    return Library(module, {**pointwise, "logsumexp": logsumexp, "log_softmax": log_softmax,
                            "softmax": softmax})  # fmt: skip
