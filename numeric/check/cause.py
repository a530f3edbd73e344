"""Asking, of a wrong gradient, which mistake in the derivation it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from derive.library import parse
from numeric.check.bench import Bench
from numeric.check.diagnose import Witness, diagnose
from numeric.check.point import Point, in_floats
from numeric.check.subject import KernelFailed
from numeric.check.tally import Failure

# So many points of each sort must all be explained by one mistake.
WITNESSES, TIES = 3, 2
# Of a failure that is about no gradient of its own, so many are asked after.
GRADIENTS = 16
# A gradient's values or its shape; memory and dtypes do not come from a derivation.
VALUE = re.compile(r"d(\w+)($|\[|\(|\.shape)")


def likely(bench: Bench, failures: Sequence[Failure]) -> str:
    """The likely cause of failures of a gradient; empty if none is known.

    Where backward fails as a whole, as it may on some shape, all gradients are asked after.
    """
    names = _concerned(bench.subject.gradients, failures)
    if not names:
        return ""
    seen = list(_gradients(bench, _points(bench, failures)))
    # with names for its numbers a program says more: s and d exchanged
    program = parse(str(bench.subject.tree.source.text))
    for name in names:
        witnesses = [Witness(arrays, g, found[name]) for arrays, g, found in seen]
        cause = diagnose(program, name, witnesses, bench.subject.hypers)
        if cause:
            return cause
    return ""


def _concerned(known: Sequence[str], failures: Sequence[Failure]) -> Sequence[str]:
    """The first gradient that some failure is about; all of them if backward itself failed."""
    for failure in failures:
        entry = VALUE.match(failure.entry)
        for name in (failure.name, "" if entry is None else entry[1]):
            if name in known:
                return [name]
    return known[:GRADIENTS] if any(f.entry == "backward" for f in failures) else ()


def _points(bench: Bench, failures: Sequence[Failure]) -> list[Point]:
    """Smooth points, points with ties, and one that has failed."""
    points = [*bench.points.smooth[:WITNESSES], *bench.points.ties[:TIES]]
    # a kink may show at a single point
    failed = [f.point for f in failures if all(f.point is not point for point in points)]
    return [*points, *failed[:1]]


def _gradients(bench: Bench, points: Sequence[Point]) -> Iterator[Any]:
    """What the kernel gives in floats, wherever it runs."""
    for point in points:
        arrays, cotangents = in_floats(point.arrays), in_floats(point.cotangents)
        try:
            with np.errstate(all="ignore"):
                found = bench.subject.gradient(bench.ordinary, arrays, cotangents)
        except KernelFailed:
            continue
        yield arrays, cotangents, found
