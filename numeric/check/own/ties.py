"""S5 where there are no equations: backward at zeros and at exact ties of generic data.

    zeros   one entry is 0, the others are generic: the gradient by it lies between the two
            one-sided differences, or equals them where they agree
    ties    two neighbours share the largest, or the smallest, value: moving both together
            crosses no kink, so the gradients by both add up to that difference

Which of the tied entries the gradient goes to is a convention, and is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from numeric.check.bench import Bench, Proof, Trial, decided, everywhere
from numeric.check.exact import Precision
from numeric.check.own.convention import is_finite
from numeric.check.point import Point
from numeric.check.subject import Subject, as_objects
from numeric.check.tally import Tally, largest
from numeric.interpret.arithmetic import Number

AGREES, FLOOR = 1e-20, 1e-25
# One-sided differences of two steps that are further apart than this show no derivative, and
# one that is so large is a jump.
STEADY, JUMP = 1e-6, 1e12
SMALLER = Fraction(1, 10**4)
# Of each array, and of all together.
PLACES, CASES = 3, 14
Place = tuple[int, ...]


def _run(bench: Bench, tally: Tally) -> bool:
    points = [p for p in bench.points.smooth if p.volume] or bench.points.smooth
    if not points:
        return True
    point = min(points, key=lambda p: p.volume)
    cases = [*_zeros(bench.subject, point), *_ties(bench.subject, point)]
    cases = [cases[i] for i in _spread(len(cases), CASES)]

    def trial(name: str, moved: Point, places: list[Place]) -> Trial:
        return lambda t, at: _agrees(t, bench.subject, at, moved, name, places)

    good = everywhere(decided(bench, tally, trial(*case)) for case in cases)
    if not tally.comparisons:
        tally.comparisons += len(cases) + 1
        tally.notes.append("forward has no derivative at any zero or tie")
    return good


def _spread(count: int, most: int) -> list[int]:
    """The first, the last and some numbers between."""
    found = np.linspace(0, count - 1, min(most, count)).round()
    return [int(number) for number in dict.fromkeys(found.tolist())]


def _zeros(subject: Subject, point: Point) -> Iterator[tuple[str, Point, list[Place]]]:
    for name in subject.gradients:
        places = list(np.ndindex(point.arrays[name].shape))
        for place in (places[i] for i in _spread(len(places), PLACES)):
            yield name, _with(point, name, {place: Fraction(0)}, "zero"), [place]


def _ties(subject: Subject, point: Point) -> Iterator[tuple[str, Point, list[Place]]]:
    for name in subject.gradients:
        array = point.arrays[name]
        pairs = []
        for axis, extent in enumerate(array.shape):
            for place in np.ndindex(array.shape):
                if place[axis] + 1 < extent:
                    pairs.append([place, (*place[:axis], place[axis] + 1, *place[axis + 1 :])])
        top = max((abs(x) for x in array.flat), default=0)
        for at in _spread(len(pairs), PLACES):
            for value in (top * Fraction(9, 8), -top * Fraction(9, 8)):
                moved = _with(point, name, dict.fromkeys(map(tuple, pairs[at]), value), "tie")
                yield name, moved, pairs[at]


def _with(point: Point, name: str, values: Mapping[Any, Fraction], what: str) -> Point:
    array = point.arrays[name].copy()
    for place, value in values.items():
        array[place] = value
    where = " = ".join(f"{name}[{', '.join(map(str, p))}]" for p in values)
    label = f"{point.label}, {what}: {where} = {float(next(iter(values.values()))):.4g}"
    return replace(point, arrays={**point.arrays, name: array}, label=label)


def _agrees(  # noqa: PLR0913, PLR0917  one case at one precision
    tally: Tally, subject: Subject, at: Precision, point: Point, name: str, places: list[Place]
) -> bool:
    arrays, g = at.arrays(point), at.cotangents(point)

    def value(step: Number) -> Number:
        moved = arrays[name].copy()
        for place in places:
            moved[place] = moved[place] + step
        outputs, _ = subject.forward(at.module, {**arrays, name: moved})
        if not is_finite(outputs):
            return at.arithmetic.infinity
        return sum((as_objects(outputs[n]) * g[n]).sum() for n in g)

    def sides(step: Number) -> list[Number]:
        return [(value(sign * step) - middle) / (sign * step) for sign in (1, -1)]

    middle = value(at.step * 0)
    found = sides(at.step)
    size = max(largest(found), largest(*g.values()))
    if not abs(found[0] - found[1]) <= STEADY * size or size > JUMP * largest(*g.values()):
        smaller = sides(at.step * at.arithmetic.exact(SMALLER))
        if not all(abs(a - b) <= STEADY * size for a, b in zip(found, smaller, strict=True)):
            return True  # no derivative to compare with
    tally.points += 1
    gradient = as_objects(subject.gradient(at.module, arrays, g)[name])
    given = sum(gradient[place] for place in places)
    nearest = min(max(given, min(found)), max(found))
    label = " + ".join(f"d{name}[{', '.join(map(str, p))}]" for p in places)
    label = label if places != [()] else f"d{name}"
    return tally.compare(point, label, given, nearest, AGREES * size + FLOOR)


PROOF = Proof("S5 zeros and ties", "1e-20 max", _run)
