"""The pointwise functions of NumPy, ``math`` and SciPy over numbers of many digits.

Names are those of NumPy's and SciPy's universal functions; each is the mathematical definition,
so that code which calls ``np.logaddexp`` or ``scipy.special.expit`` runs in these numbers too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numeric.interpret.arithmetic import Arithmetic, Number
from numeric.interpret.functions import is_nan

Function = Callable[..., Any]
# The names that the interpreter's own table already has.
_SHARED = ("exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh",
           "erf", "erfc", "sign")  # fmt: skip
# NumPy's name and mpmath's.
_UNARY = {
    "expm1": "expm1", "cbrt": "cbrt", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "floor": "floor", "ceil": "ceil",
    "rint": "nint", "gamma": "gamma", "gammaln": "loggamma", "psi": "digamma", "digamma": "digamma",
    "erfinv": "erfinv", "ndtr": "ncdf",
}  # fmt: skip
PREDICATES = ("isnan", "isinf", "isfinite", "signbit")
# Functions that take as many results from NumPy where all that is given is whole.
WHOLE = ("maximum", "minimum", "fmax", "fmin", "absolute", "fabs", "sign", "floor", "ceil", "rint",
         "trunc", "floor_divide", "remainder", "fmod", "square", *PREDICATES)  # fmt: skip


def table(arithmetic: Arithmetic) -> dict[str, tuple[int, Function]]:
    """Name, number of arguments and function of each."""
    mp, known = arithmetic.pi.context, arithmetic.functions
    unary = {name: known[name] for name in _SHARED}
    unary |= {name: _real(getattr(mp, inner), mp) for name, inner in _UNARY.items()}
    unary |= _composed(arithmetic)
    unary |= {
        "isnan": is_nan,
        "isinf": lambda z: abs(z) == mp.inf,
        "isfinite": lambda z: abs(z) < mp.inf,
        "signbit": lambda z: z < 0,
        "absolute": abs,
        "fabs": abs,
        "square": lambda z: z * z,
        "reciprocal": lambda z: arithmetic.divide(mp.mpf(1), z),
        "trunc": lambda z: mp.floor(z) if z >= 0 else mp.ceil(z),
        "deg2rad": lambda z: z * mp.pi / 180,
        "radians": lambda z: z * mp.pi / 180,
        "rad2deg": lambda z: z * 180 / mp.pi,
        "degrees": lambda z: z * 180 / mp.pi,
    }
    return {n: (1, f) for n, f in unary.items()} | {
        n: (2, f) for n, f in _binary(arithmetic).items()
    }


def _composed(arithmetic: Arithmetic) -> dict[str, Function]:
    """Functions of one number that are made of others."""
    mp, known = arithmetic.pi.context, arithmetic.functions
    log, exp = known["log"], known["exp"]
    return {
        "log2": lambda z: log(z) / mp.ln2,
        "log10": lambda z: log(z) / mp.ln10,
        "exp2": lambda z: exp(z * mp.ln2),
        "expit": known["sigmoid"],
        "log_expit": lambda z: -known["softplus"](-z),
        "logit": lambda p: log(p) - log(1 - p),
        "softplus": known["softplus"],
        "log_ndtr": lambda z: log(mp.ncdf(z)),
        "entr": lambda p: -p * log(p) if p > 0 else (mp.mpf(0) if p == 0 else -mp.inf),
    }


def _binary(arithmetic: Arithmetic) -> dict[str, Function]:
    mp, known = arithmetic.pi.context, arithmetic.functions
    log, softplus = known["log"], known["softplus"]

    def logaddexp(a: Number, b: Number) -> Number:
        return a if a == b == -mp.inf else max(a, b) + softplus(-abs(a - b))

    def modulo(a: Number, b: Number) -> Number:
        return a - b * mp.floor(a / b) if b else mp.nan

    def xlogy(a: Number, b: Number) -> Number:
        return mp.mpf(0) if a == 0 and not is_nan(b) else a * log(b)

    return {
        "divide": arithmetic.divide,
        "power": arithmetic.power,
        "float_power": arithmetic.power,
        "maximum": known["max"],
        "minimum": known["min"],
        "fmax": lambda a, b: b if is_nan(a) or b > a else a,
        "fmin": lambda a, b: b if is_nan(a) or b < a else a,
        "logaddexp": logaddexp,
        "logaddexp2": lambda a, b: logaddexp(a * mp.ln2, b * mp.ln2) / mp.ln2,
        "arctan2": _real(mp.atan2, mp),
        "hypot": _real(mp.hypot, mp),
        "copysign": lambda a, b: abs(a) if b >= 0 else -abs(a),
        "heaviside": lambda a, b: b if a == 0 else mp.mpf(1 if a > 0 else 0),
        "floor_divide": lambda a, b: mp.floor(arithmetic.divide(a, b)),
        "remainder": modulo,
        "fmod": lambda a, b: mp.sign(a) * modulo(abs(a), abs(b)),
        "xlogy": xlogy,
        "xlog1py": lambda a, b: xlogy(a, 1 + b),
    }


def _real(function: Function, mp: Any) -> Function:
    """``function`` with NaN where it has no real value."""

    def real(*args: Number) -> Number:
        try:
            found = function(*args)
        except (ValueError, ZeroDivisionError):
            return mp.nan
        return found if isinstance(found, mp.mpf) else mp.nan

    return real


# What the module ``math`` calls differently.
MATH: Mapping[str, str] = {
    "fabs": "absolute", "pow": "power", "lgamma": "gammaln", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "atan2": "arctan2",
}  # fmt: skip
