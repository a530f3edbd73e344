"""Whether a disagreement in many digits is one of the functions as they are.

The functions were carried over into other numbers. Should they not be the same functions there
(a library that computes otherwise, a constant that was rounded before), a disagreement says
nothing about them, and they are judged in float64 instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.bench import Bench
from numeric.check.own.convention import Own
from numeric.check.own.precise import OwnPrecisions
from numeric.check.point import Point, converted, in_floats
from numeric.check.subject import KernelFailed, as_objects
from numeric.check.tally import Failure, largest
from numeric.interpret.functions import is_nan

# Floats may be off by this much of the largest value; other functions are off by more.
SAME = 1e-5
# Rounded constants account for errors of this size.
ROUNDED = 1e-9


def doubt(
    subject: Own, bench: Bench, failures: Sequence[Failure], precisions: OwnPrecisions
) -> str:
    """Why a failure in many digits may not be one of the functions; empty if it is."""
    rounded = precisions.happened("rounded")
    if rounded and _small(failures):
        return rounded[0]
    smallest = min(failures, key=lambda failure: failure.point.volume)
    return _other_values(subject, bench, smallest.point)


def _small(failures: Sequence[Failure]) -> bool:
    """Whether all errors are of the size of rounding."""
    for failure in failures:
        pair = (failure.given, failure.expected)
        if any(isinstance(x, (str, tuple)) or is_nan(x) for x in pair):
            return False
        size = largest(pair, *in_floats(failure.point.cotangents).values())
        if not abs(pair[0] - pair[1]) <= ROUNDED * size:
            return False
    return True


def _other_values(subject: Own, bench: Bench, point: Point) -> str:
    """Whether the functions give other values in floats than in many digits."""
    at = bench.precisions.first
    given, g = in_floats(point.arrays), in_floats(point.cotangents)
    try:
        found = _named(subject, bench.ordinary, given, g)
    except KernelFailed as failed:
        return f"in float64 {failed}"
    lift = at.arithmetic.lift
    exact = _named(subject, at.module, converted(given, lift), converted(g, lift))
    for name, wanted in exact.items():
        size = max(largest(wanted), largest(*g.values()))
        values = [
            (a, b)
            for a, b in zip(found[name].flat, wanted.flat, strict=True)
            if np.isfinite(a) and abs(b) < at.arithmetic.infinity
        ]
        if any(abs(lift(Fraction(float(a))) - b) > SAME * size for a, b in values):
            return f"in {at.arithmetic.name} {name} has other values than in float64"
    return ""


def _named(
    subject: Own, module: Any, arrays: Mapping[str, Any], g: Mapping[str, Any]
) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        outputs, saved = subject.forward(module, arrays)
        gradients = subject.backward(module, saved, g)
    named = {**outputs, **{f"d{n}": a for n, a in gradients.items()}}
    return {name: as_objects(array) for name, array in named.items()}
