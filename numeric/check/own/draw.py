"""The points at which functions without equations are looked at: the input battery.

Nothing is known of a domain: kinds of data are tried, the most ordinary first, until forward
gives numbers, several times over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np

from numeric.check.draws import PLAIN, Kind, Spread, draw, integers
from numeric.check.own.convention import is_finite
from numeric.check.own.declared import Given
from numeric.check.plan import SCALED, TAILS, Points
from numeric.check.point import Array, Point, converted, in_floats, mapped
from numeric.check.subject import KernelFailed

KINDS = (Kind("normal"), Kind("positive"), Kind("unit"), Kind("negative"))
TRIALS, REDRAWS = 4, 20
# Points with ordinary data, per list of shapes.
ORDINARY = 2
Outputs = Callable[[Mapping[str, Array]], Mapping[str, Array]]


@dataclass(slots=True)
class Drawing:
    """How data are drawn for one list of shapes.

    Attributes:
        given: what is said of each array, by name.
        forward: the outputs, in whichever numbers it is given.
        rng: all draws.
        lift: makes a fraction one of those numbers; None for floats.
        kinds: how each array is drawn.
        drawn: how many draws were made.
        thrown: how many of them were outside the domain.
        reason: why the last of those was.
    """

    given: Mapping[str, Given]
    forward: Outputs
    rng: np.random.Generator
    lift: Callable[[Any], Any] | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    drawn: int = 0
    thrown: int = 0
    reason: str = ""

    def find(self) -> bool:
        """Find kinds of data that forward gives numbers for."""
        return any(self._works(kinds) for kinds in _proposals(self.given))

    def _works(self, kinds: Mapping[str, Kind]) -> bool:
        self.kinds = kinds
        return all(self._tried(self._sample(PLAIN)) is not None for _ in range(TRIALS))

    def _tried(self, arrays: Mapping[str, Array]) -> Mapping[str, Array] | None:
        """The outputs, if they are numbers."""
        self.drawn += 1
        made = in_floats(arrays) if self.lift is None else converted(arrays, self.lift)
        try:
            with np.errstate(all="ignore"):
                found = self.forward(made)
            if is_finite(found):
                return found
            self.reason = "forward gives infinities or NaN"
        except KernelFailed as failed:
            self.reason = str(failed)
        self.thrown += 1
        return None

    def _sample(self, spread: Spread) -> dict[str, Array]:
        return {
            name: _labels(given, self.rng)
            if given.constant
            else draw(self.kinds[name], given.shape, self.rng, spread)
            for name, given in self.given.items()
        }

    def point(self, label: str, spread: Spread = PLAIN) -> Point | None:
        """A point in the domain; None if none was found."""
        for _ in range(REDRAWS):
            found = self.at(label, self._sample(spread))
            if found is not None:
                return found
        return None

    def at(self, label: str, arrays: dict[str, Array]) -> Point | None:
        """A point with these data, if they are in the domain."""
        outputs = self._tried(arrays)
        if outputs is None:
            return None
        g = {n: draw(Kind("normal"), np.shape(a), self.rng) for n, a in outputs.items()}
        return Point(label, {}, arrays, g)

    def examples(self, label: str) -> Point | None:
        """A point with the example arrays as they are; None if there are none."""
        if all(given.example is None for given in self.given.values()):
            return None
        arrays = self._sample(PLAIN)
        for name, given in self.given.items():
            if given.example is not None:
                known = given.example
                arrays[name] = known if given.constant else mapped(known, Fraction)
        return self.at(label, arrays)


def _proposals(given: Mapping[str, Given]) -> Iterator[dict[str, Kind]]:
    """Kinds for all arrays: all ordinary, then one changed, then all the same, then two."""
    names = [name for name, g in given.items() if not g.constant]
    first = dict.fromkeys(names, KINDS[0])
    yield first
    for count in (1, 2):
        for some in combinations(names, count):
            for kinds in product(KINDS[1:], repeat=count):
                yield first | dict(zip(some, kinds, strict=True))
        if count == 1:
            yield from (dict.fromkeys(names, kind) for kind in KINDS[1:])


def _labels(given: Given, rng: np.random.Generator) -> Array:
    example = given.example
    assert example is not None, "an array without a gradient is given by an example"
    if not example.size:
        return example
    if example.dtype.kind == "b":
        low, high = 0, 1
    else:
        low, high = int(example.min()), int(example.max())
    found: Array = integers(example.shape, low, high + 1, rng).astype(example.dtype)
    return found


def ordinary(drawings: Sequence[Drawing], labels: Sequence[str], points: Points) -> None:
    """Ordinary data for every list of shapes, and zeros and ties for the smallest."""
    for drawing, label in zip(drawings, labels, strict=True):
        _into(points.smooth, drawing.examples(f"example data, {label}"))
        for _ in range(ORDINARY):
            why = f"{label}: {drawing.reason}"
            _into(points.smooth, drawing.point(label), points.missing, why)


def wider(drawing: Drawing, label: str, points: Points) -> None:
    """Tails and scales, for a forward in many digits, where textbook forms do not overflow."""
    _into(points.smooth, drawing.point(f"tails, {label}", TAILS))
    for name, spread in SCALED.items():
        _into(points.scaled, drawing.point(f"{name}, {label}", spread))


def smallest(drawings: Sequence[Drawing]) -> int:
    """Which list of shapes has the fewest elements, but some."""
    sizes = [_size(d) for d in drawings]
    return min(range(len(sizes)), key=lambda i: (not sizes[i], sizes[i]))


def _size(drawing: Drawing) -> int:
    return sum(int(np.prod(g.shape)) for g in drawing.given.values())


def _into(
    points: list[Point], found: Point | None, missing: list[str] | None = None, why: str = ""
) -> None:
    if found is not None:
        points.append(found)
    elif missing is not None and why not in missing:
        missing.append(why)
