"""From a wrong step to the counterexample that says most: few elements, small integers, one-hot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from numeric.check import domains
from numeric.check.claims.judge import (
    DIGITS,
    MORE_DIGITS,
    Compared,
    Court,
    Gap,
    Value,
    difference,
)
from numeric.check.claims.result import Difference
from numeric.check.claims.values import Known
from numeric.check.draws import Kind
from numeric.check.point import Array, Point, mapped
from numeric.check.shrink import shown
from numeric.interpret.arithmetic import reals

# Extents to try for every root, few elements first.
SMALLEST = (1, 2, 3)
MOST_SIZES, MOST_TRIES = 24, 100
# Arrays of more elements than this are not shown.
SHOWN_ELEMENTS = 8


def shrunk(court: Court, name: str, left: Value, right: Value, gap: Gap) -> Difference:
    """The smallest counterexample that can be found to ``left = right``, or the one at hand."""
    best = next(_smaller(court, left, right, gap), gap)
    digits = f"{best.at.arithmetic.name}"
    confirmed = _at_more_digits(court, best, left, right)
    if confirmed is not None:
        best, digits = confirmed, f"the same at {DIGITS} and {MORE_DIGITS} digits"
    place = "" if not best.place else f"[{', '.join(map(str, best.place))}]"
    shaped = best.place is None
    return Difference(
        entry=name if shaped else f"{name}{place}",
        claimed=_told(best.left, shaped),
        expected=_told(best.right, shaped),
        sizes=tuple(best.at.point.sizes.items()),
        data=() if shaped else tuple(_data(best.at)),
        cotangent="" if shaped else _cotangent(best.at.point),
        found=best.problem or digits,
    )


def _told(value: Any, shaped: bool) -> str:
    if shaped:
        return value if isinstance(value, str) else f"an array of shape {np.shape(value)}"
    return shown(value)


def _at_more_digits(court: Court, gap: Gap, left: Value, right: Value) -> Gap | None:
    found = None
    for digits in (MORE_DIGITS, DIGITS):
        at = court.known(gap.at.point, reals(digits))
        found = None if at is None else difference(at, left(at), right(at), Compared())
        if found is None or found.place is None:
            return None
    return found


def _smaller(court: Court, left: Value, right: Value, gap: Gap) -> Iterator[Gap]:
    number, tries = reals(DIGITS), 0
    for sizes in _sizes(court, gap):
        for point in _points(court, sizes):
            tries += 1
            if tries > MOST_TRIES:
                return
            at = court.known(point, number)
            if at is None or not at.smooth:
                continue
            found = difference(at, left(at), right(at), Compared())
            if found is not None and (found.place is None) == (gap.place is None):
                yield found


def _sizes(court: Court, gap: Gap) -> list[Mapping[str, int]]:
    """Legal extents with few elements, the fewest first, and those at hand."""
    roots = court.layout.roots
    rows = sorted(product(SMALLEST, repeat=len(roots)), key=lambda row: (sum(row), row))
    found: list[Mapping[str, int]] = []
    for row in rows[: 8 * MOST_SIZES]:
        sizes = dict(zip(roots, row, strict=True))
        if court.layout.every(sizes) is not None and court.layout.on_grid(sizes):
            found.append(sizes)
        if len(found) >= MOST_SIZES:
            break
    return [*found, gap.at.point.sizes]


def _points(court: Court, sizes: Mapping[str, int]) -> Iterator[Point]:
    """Small integers with a one-hot cotangent where that is legal, then as drawn."""
    plain = court.domains
    small = {n: Kind("integers") if k.name == "normal" else k for n, k in plain.kinds.items()}
    simple = (replace(plain, kinds=small), True)
    for drawn, hot in (simple, simple, (plain, True), (plain, False)):
        args = (court.layout, drawn, court.hypers, "shrunk", sizes)
        point = domains.point(*args, rng=court.rng)
        if isinstance(point, Point):
            yield _one_hot(point) if hot else point


def _one_hot(point: Point) -> Point:
    """The same data under a cotangent that is 1 in one place, the last of the last output."""
    rows = {n: mapped(g, lambda _: Fraction(0)) for n, g in point.cotangents.items()}
    name = next((n for n in reversed(rows) if rows[n].size), None)
    if name is not None:
        rows[name].flat[rows[name].size - 1] = Fraction(1)
    return replace(point, cotangents=rows)


def _cotangent(point: Point) -> str:
    places = [(n, p) for n, g in point.cotangents.items() for p in np.ndindex(g.shape) if g[p]]
    if len(places) != 1:
        return "as drawn from the seed"
    ((name, place),) = places
    return f"one-hot d{name}[{', '.join(map(str, place))}]" if place else f"d{name} = 1"


def _data(at: Known) -> Iterator[tuple[str, str]]:
    for name, array in at.point.arrays.items():
        if array.size <= SHOWN_ELEMENTS:
            yield name, _array(array)


def _array(array: Array) -> str:
    return str(mapped(array, lambda x: f"{float(x):.6g}").tolist()).replace("'", "")
