"""Reductions over the last axis of an array, with a mask of the members that take part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from numeric.check.point import Array
from numeric.interpret.arithmetic import Arithmetic


class Numbers(Protocol):
    """What a reduction asks of a number type."""

    @property
    def dtype(self) -> Any:
        """Of arrays."""

    @property
    def arithmetic(self) -> Arithmetic:
        """How single numbers behave."""

    @property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The pointwise functions."""

    def array(self, value: Any) -> Array:
        """An array of these numbers."""

    def number(self, value: Fraction | int) -> Any:
        """One of these numbers."""


Rule = Callable[[Numbers, Array, "Array | None"], Array]


def _masked(numbers: Numbers, flat: Array, kept: Array | None, other: Any) -> Array:
    if kept is None:
        return flat
    found: Array = np.where(kept, flat, np.asarray(other, dtype=numbers.dtype))
    return found


def _sum(numbers: Numbers, flat: Array, kept: Array | None) -> Array:
    zero = numbers.number(0)
    found = _masked(numbers, flat, kept, zero).sum(axis=-1)
    return np.asarray(found) if flat.shape[-1] else np.asarray(found) + zero


def _prod(numbers: Numbers, flat: Array, kept: Array | None) -> Array:
    one = numbers.number(1)
    found: Array = _masked(numbers, flat, kept, one).prod(axis=-1) * one
    return np.asarray(found)


def _mean(numbers: Numbers, flat: Array, kept: Array | None) -> Array:
    count = np.full(flat.shape[:-1], flat.shape[-1]) if kept is None else kept.sum(axis=-1)
    divide = numbers.functions["divide"]
    return np.asarray(divide(_sum(numbers, flat, kept), numbers.array(count)))


def _extreme(method: str, sign: int) -> Rule:
    """The method of arrays by which one member is chosen; the others are at ``-sign*inf``."""

    def rule(numbers: Numbers, flat: Array, kept: Array | None) -> Array:
        filled = _masked(numbers, flat, kept, -sign * numbers.arithmetic.infinity)
        found = getattr(filled, method)(axis=-1)
        return numbers.array(found) if method.startswith("arg") else np.asarray(found)

    return rule


def _logsumexp(numbers: Numbers, flat: Array, kept: Array | None) -> Array:
    if not flat.shape[-1]:
        return np.full(flat.shape[:-1], -numbers.arithmetic.infinity, dtype=numbers.dtype)
    top = _extreme("max", 1)(numbers, flat, kept)
    rest = _sum(numbers, np.asarray(numbers.functions["exp"](flat - top[..., None])), kept)
    return np.asarray(top + numbers.functions["log"](rest))


REDUCTIONS: Mapping[str, Rule] = {
    "sum": _sum, "prod": _prod, "mean": _mean, "logsumexp": _logsumexp,
    "max": _extreme("max", 1), "min": _extreme("min", -1),
    "argmax": _extreme("argmax", 1), "argmin": _extreme("argmin", -1),
}  # fmt: skip
