"""What rewritten text calls in place of Python's own operations on floats."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.own import rewrite
from numeric.check.own.array import Exact, wrapped
from numeric.check.own.digits import Digits


def operations(arrays: type[Exact], value: Callable[[Any], Any]) -> dict[str, Any]:
    """What rewritten text calls in place of Python's own operations on floats."""
    digits = arrays.digits
    exact = digits.arithmetic.exact

    def divide(a: Any, b: Any) -> Any:
        if isinstance(a, (int, np.integer)) and isinstance(b, (int, np.integer)) and b:
            return exact(Fraction(int(a), int(b)))
        whole = _is_whole(a) and _is_whole(b)
        return wrapped(arrays, digits.apply("divide", a, b)) if whole else a / b

    def power(a: Any, b: Any) -> Any:
        if isinstance(a, int) and isinstance(b, int) and b < 0 and a:
            return exact(Fraction(a) ** b)
        return a**b

    def into(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def apply(a: Any, b: Any) -> Any:
            if isinstance(a, np.ndarray):
                a[...] = operate(a, b)
                return a
            return operate(a, b)

        return apply

    return {
        rewrite.DIVIDE: divide,
        rewrite.POWER: power,
        f"{rewrite.DIVIDE}_into": into(divide),
        f"{rewrite.POWER}_into": into(power),
        rewrite.VALUE: value,
        rewrite.TEXT: lambda text, given: text % _approximate(digits, given),
        **_conversions(digits),
    }


def _conversions(digits: Digits) -> dict[str, Any]:
    """What asks for a float, or whether something is one."""
    kind = digits.kind

    def as_float(*args: Any) -> Any:
        number = args[0].item() if args and isinstance(args[0], Exact) else args[0] if args else 0
        return number if isinstance(number, kind) else digits.lift(float(number))

    def is_instance(given: Any, types: Any) -> bool:
        several = types if isinstance(types, tuple) else (types,)
        number = isinstance(given, kind) and any(
            t in several for t in (float, np.floating, np.float64)
        )
        return number or isinstance(given, types)

    def cast(dtype: Any, given: Any = 0, *_: Any) -> Any:
        return digits.lift(given).astype(dtype) if isinstance(given, kind) else dtype(given)

    return {
        rewrite.FLOAT: as_float,
        rewrite.IS: is_instance,
        rewrite.CAST: cast,
        "isinstance": is_instance,
    }


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) or (
        isinstance(value, np.ndarray) and not isinstance(value, Exact) and value.dtype.kind in "iu"
    )


def _approximate(digits: Digits, given: Any) -> Any:
    if isinstance(given, tuple):
        return tuple(_approximate(digits, g) for g in given)
    return digits.approximate(given) if isinstance(given, digits.kind) else given
