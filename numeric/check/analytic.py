"""Emitted text in complex numbers whose imaginary part is a derivative.

``f(x + ih) = f(x) + ih f'(x)`` with h = 1e-20 has neither truncation nor cancellation, as long
as every function is the analytic one: NumPy's ``abs`` and ``sign`` are not, its error function
does not exist, and comparisons must look at real parts only.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.shim import DIVIDE, DIVIDE_IN_PLACE, POWER, Module, Text, substitutes

STEP = 1e-20
Analytic = Callable[[Any], Any]
_ERF, _ERFC = np.vectorize(math.erf, otypes=[float]), np.vectorize(math.erfc, otypes=[float])


class Complex:
    """NumPy over complex numbers that stand for real ones: what emitted text sees as ``np``."""

    def __getattr__(self, name: str) -> Any:
        found = TABLE.get(name)
        return getattr(np, name) if found is None else found


def execute(text: Text) -> Module:
    """Execute the text of a kernel in complex numbers."""
    namespace: dict[str, Any] = {
        "__name__": "kernel",
        "np": Complex(),
        DIVIDE: operator.truediv,
        DIVIDE_IN_PLACE: operator.itruediv,
        POWER: operator.pow,
        **{name: float(Fraction(written)) for name, written in text.literals.items()},
    }
    exec(text.exact, namespace)  # the caller's own kernel
    namespace.update(substitutes(namespace, SPECIAL))
    return Module(namespace["forward"], namespace["backward"])


def _first_order(function: Analytic, slope: Analytic) -> Analytic:
    """A real function and its derivative, on numbers with a tiny imaginary part."""

    def extended(z: Any) -> Any:
        x = np.real(z)
        return function(x) + 1j * np.imag(z) * slope(x)

    return _writing(extended)


def _writing(function: Analytic) -> Callable[..., Any]:
    """A function that can be told where to write."""

    def written(z: Any, out: Any = None) -> Any:
        found = function(z)
        if out is None:
            return found
        out[...] = found
        return out

    return written


def _abs(z: Any) -> Any:
    return np.where(np.real(z) < 0, -z, z) if np.iscomplexobj(z) else np.abs(z)


def _sign(z: Any) -> Any:
    return np.sign(np.real(z)) + 0j if np.iscomplexobj(z) else np.sign(z)


def _bell(x: Any) -> Any:
    return 2 / math.sqrt(math.pi) * np.exp(-x * x)


def _normal(x: Any) -> Any:
    return _ERFC(-x / math.sqrt(2)) / 2


def _density(x: Any) -> Any:
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


SPECIAL: Mapping[str, Analytic] = {
    "erf": _first_order(_ERF, _bell),
    "gelu": _first_order(lambda x: x * _normal(x), lambda x: _normal(x) + x * _density(x)),
}
TABLE: Mapping[str, Any] = {
    "abs": _writing(_abs),
    "absolute": _writing(_abs),
    "fabs": _writing(_abs),
    "sign": _writing(_sign),
    "log1p": _first_order(np.log1p, lambda x: 1 / (1 + x)),
    "expm1": _first_order(np.expm1, np.exp),
    "vecdot": lambda a, b, out=None: np.sum(a * b, axis=-1, out=out),
    "logaddexp": lambda a, b: np.log(np.exp(a) + np.exp(b)),
}
