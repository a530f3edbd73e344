"""In which plain ways one array of numbers can be another: a multiple, or moved about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from numeric.check.point import Array

# Of the largest entry, for gradients in floats.
AGREES = 1e-9
LARGEST_DENOMINATOR = 64

Rearrangement = tuple[str, Callable[[Array], Array]]


def close(given: Array, other: Array, tolerance: float) -> bool:
    """Whether two arrays have one shape and differ by no more than a share of the largest entry."""
    if given.shape != other.shape:
        return False
    if not given.size:
        return True
    gap, scale = np.max(np.abs(given - other)), np.max(np.abs(other))
    # numbers of many digits have no isfinite; an infinite scale would take anything for close
    return bool(gap <= tolerance * scale) and bool(scale < np.inf)


# ---- multiples --------------------------------------------------------------------------------


def named_factor(pairs: Sequence[tuple[Array, Array, Mapping[str, int]]]) -> str:
    """What one array is times the other, the same in all pairs: a number, or an extent.

    Each pair comes with the extents of its point. Nothing if there is no such factor, or if a
    single pair gives a number that says nothing.
    """
    found = [(_factor(given, true), sizes) for given, true, sizes in pairs]
    known = [(factor, sizes) for factor, sizes in found if factor is not None]
    if not known or len(known) < len(found):
        return ""
    factors = [factor for factor, _ in known]
    first = factors[0]
    if max(factors) - min(factors) <= AGREES * abs(first):
        simple = float(Fraction(first).limit_denominator(LARGEST_DENOMINATOR))
        if abs(simple - first) <= AGREES * abs(first):
            return f"{simple:.12g}"
        return f"{first:.10g}" if len(factors) > 1 else ""
    for root in known[0][1]:
        if all(abs(factor - sizes[root]) <= AGREES * sizes[root] for factor, sizes in known):
            return f"size({root})"
        if all(abs(factor * sizes[root] - 1) <= AGREES for factor, sizes in known):
            return f"1/size({root})"
    return ""


def _factor(given: Array, true: Array) -> float | None:
    """The number by which the one array is the other."""
    if given.shape != true.shape or not true.any() or not np.isfinite(true).all():
        return None
    place = np.unravel_index(np.argmax(np.abs(true)), true.shape)
    factor = float(given[place] / true[place])
    return factor if factor and close(given, factor * true, AGREES) else None


# ---- the same numbers elsewhere ---------------------------------------------------------------


def rearrangements(axes: Sequence[str]) -> Iterator[Rearrangement]:
    """Ways to move the entries of an array about, each with what to call it."""
    rank = len(axes)
    for a in range(rank):
        for b in range(a):
            yield f"with the axes {axes[b]} and {axes[a]} exchanged", _exchanged(a, b)
    for axis, name in enumerate(axes):
        yield from _along(axis, name)
    yield "with an axis too many", lambda array: array[None]
    yield "with an axis too many", lambda array: array[..., None]


def _exchanged(a: int, b: int) -> Callable[[Array], Array]:
    return lambda array: np.swapaxes(array, a, b)


def _along(axis: int, name: str) -> Iterator[Rearrangement]:
    yield f"reversed along {name}", lambda array: np.flip(array, axis)
    for step, side in ((1, "up"), (-1, "down")):
        yield f"one place {side} along {name}, and round", _rolled(axis, step)
        yield f"one place {side} along {name}", _shifted(axis, step)
    yield f"summed over {name} too", lambda array: np.asarray(array.sum(axis=axis))
    yield f"summed over {name} too, at each {name}", _totals(axis)


def _rolled(axis: int, step: int) -> Callable[[Array], Array]:
    return lambda array: np.roll(array, step, axis)


def _totals(axis: int) -> Callable[[Array], Array]:
    return lambda array: np.broadcast_to(array.sum(axis=axis, keepdims=True), array.shape)


def _shifted(axis: int, step: int) -> Callable[[Array], Array]:
    """Along an axis, with zeros behind."""

    def shift(array: Array) -> Array:
        moved = np.moveaxis(np.roll(array, step, axis), axis, 0).copy()
        moved[slice(1) if step == 1 else slice(-1, None)] = 0
        return np.moveaxis(moved, 0, axis)

    return shift
