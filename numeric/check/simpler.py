"""Points at which a failure is easy to follow by hand: short extents, small whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from derive.errors import DeriveError
from numeric.check.bench import Bench
from numeric.check.domains import problem, sample
from numeric.check.draws import Kind
from numeric.check.point import Array, Point, mapped

EXTENTS = (1, 2, 3)
DRAWS = 2
# For each kind of data what small numbers of it are.
SMALL: dict[str, tuple[Fraction, ...]] = {
    "normal": tuple(Fraction(n) for n in (-3, -2, -1, 1, 2, 3)),
    "positive": tuple(Fraction(n) for n in (1, 2, 3)),
    "negative": tuple(Fraction(n) for n in (-3, -2, -1)),
    "unit": tuple(Fraction(n, 4) for n in (1, 2, 3)),
}


def simpler(bench: Bench, failing: Point) -> Iterator[Point]:
    """Smooth points to try in place of one that fails, the simplest first."""
    layout = bench.subject.layout
    tried = [dict.fromkeys(layout.roots, extent) for extent in EXTENTS]
    for sizes in (*tried, dict(failing.sizes)):
        if layout.every(sizes) is None or not layout.on_grid(sizes):
            continue
        for _ in range(DRAWS):
            point = _point(bench, sizes)
            if point is not None and point.volume <= failing.volume:
                yield point


def _point(bench: Bench, sizes: dict[str, int]) -> Point | None:
    subject, rng = bench.subject, bench.session.rng
    drawn = sample(subject.layout, subject.domains, sizes, rng)
    arrays = {n: _small(a, subject.domains.kinds.get(n), rng) for n, a in drawn.items()}
    if problem(subject.layout, arrays, subject.hypers):
        return None
    ones = {
        n: mapped(np.ones(shape), Fraction)
        for n, shape in subject.layout.output_shapes(sizes).items()
    }
    point = Point("small whole numbers", sizes, arrays, ones)
    try:
        probe = bench.probe(point, bench.precisions.first)
    except DeriveError:
        return None
    return point if probe.smooth else None


def _small(array: Array, kind: Kind | None, rng: np.random.Generator) -> Array:
    values = SMALL.get(kind.name) if kind is not None else None
    if values is None:
        return array

    def chosen(_: Any) -> Fraction:
        return values[int(rng.integers(len(values)))]

    return mapped(array, chosen)
