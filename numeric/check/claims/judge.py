"""Is a step equal to another, at points and by proof?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from derive.errors import DeriveError
from derive.parser import parse_tree
from derive.program import Claim, Program
from derive.syntax import Tree
from numeric.check import domains
from numeric.check.battery import distinct, equal, single
from numeric.check.claims.result import HOLDS, PROVED, UNKNOWN, WRONG, Judgement
from numeric.check.claims.values import Hypers, Known, Sides, known, side
from numeric.check.domains import Domains
from numeric.check.draws import Spread
from numeric.check.indices import Layout, layout
from numeric.check.point import Array, Point
from numeric.check.tally import largest
from numeric.interpret.arithmetic import Arithmetic, reals

DIGITS, MORE_DIGITS = 80, 160
# Rounding grows with what is added up; a wrong formula is wrong in the first digits.
RELATIVE, FLOOR = 1e-50, 1e-60
# Points with distinct and with equal extents, and at other scales.
DRAWS = 2
SCALES = (Spread(Fraction(1, 4)), Spread(Fraction(4)))
LEAST_POINTS = 2
# Innermost steps of a point: claims are judged on numbers of 80 digits, many times over.
ENOUGH_WORK = 1_000
DISTINCT = "distinct extents"
CONTRADICTION = "internal error: the normal forms are equal but the numbers are not; please report"


@dataclass(slots=True)
class Court:
    """A program with its claims, and the points at which they are judged.

    Attributes:
        program: with claims.
        tree: without them.
        hypers: the numbers of the hyperparameters.
        layout: the program's indices.
        domains: how to draw its data.
        rng: where data come from.
        points: what is known at each point.
        missing: why there are no points, if there are none.
    """

    program: Program
    tree: Tree
    hypers: Hypers
    layout: Layout
    domains: Domains
    rng: np.random.Generator
    points: list[Known] = field(default_factory=list)
    missing: str = ""

    def draw(self, label: str, sizes: Mapping[str, int], spread: Spread) -> None:
        """Add a point, if there is one that is smooth."""
        args = (self.layout, self.domains, self.hypers, label, sizes)
        found = domains.point(*args, rng=self.rng, spread=spread)
        if isinstance(found, str):
            self.missing = found
            return
        seen = self.known(found, reals(DIGITS))
        if seen is not None and seen.smooth:
            self.points.append(seen)

    def known(self, point: Point, arithmetic: Arithmetic) -> Known | None:
        """What the interpreter says at a point; None if the program has no value there."""
        try:
            return known(self.program, self.tree, point, arithmetic, self.hypers)
        except DeriveError as error:
            self.missing = error.problem
            return None


def court(program: Program, hypers: Hypers, rng: np.random.Generator) -> Court:
    """Points for a program: distinct extents, equal extents, every root 1, other scales."""
    tree = parse_tree(str(replace(program, claims=())))
    here = layout(tree, hypers)
    sizes = distinct(here, rng, ENOUGH_WORK)
    found = Court(program, tree, hypers, here, Domains({}, {}), rng)
    if sizes is None:
        found.missing = "no extents are legal"
        return found
    drawn = domains.find(here, hypers, sizes, rng)
    if isinstance(drawn, str):
        found.missing = f"no data give a finite value: {drawn}"
        return found
    found.domains = drawn
    alike = equal(here)
    for _ in range(DRAWS):
        found.draw(DISTINCT, sizes, Spread())
        if alike is not None:
            found.draw("equal extents", alike, Spread())
    for root, ones in single(here, sizes, 1):
        found.draw(f"{root} = 1", ones, Spread())
    for spread in SCALES:
        found.draw("other scales", sizes if alike is None else alike, spread)
    return found


# ---- comparing --------------------------------------------------------------------------------

Value = Callable[[Known], "Array | str"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Where two values differ: a place in both, or what is wrong before any place."""

    at: Known
    place: tuple[int, ...] | None
    left: Any
    right: Any
    problem: str = ""


@dataclass(slots=True)
class Compared:
    """A comparison at all points."""

    points: int = 0
    entries: int = 0
    gap: Gap | None = None
    unknown: str = ""

    def judgement(self, proved: bool) -> Judgement:
        """The verdict, given whether a proof was found."""
        if self.gap is not None:
            if not proved:
                return Judgement(WRONG, self.points, self.entries)
            return Judgement(UNKNOWN, self.points, self.entries, CONTRADICTION)
        if self.points < LEAST_POINTS or not self.entries:
            reason = self.unknown or "there are no points to compare at"
            return Judgement(UNKNOWN, self.points, self.entries, reason)
        return Judgement(PROVED if proved else HOLDS, self.points, self.entries)


def compared(points: Sequence[Known], left: Value, right: Value) -> Compared:
    """Compare two values at points."""
    found = Compared()
    for at in points:
        gap = difference(at, left(at), right(at), found)
        if gap is not None and found.gap is None:
            found.gap = gap
    return found


def difference(at: Known, left: Array | str, right: Array | str, tally: Compared) -> Gap | None:
    """Where two values differ at a point, if they do."""
    if isinstance(left, str) or isinstance(right, str):
        return Gap(at, None, left, right, left if isinstance(left, str) else str(right))
    if left.shape != right.shape:
        return Gap(at, None, left, right, f"the shapes differ: {left.shape} and {right.shape}")
    infinite = at.arithmetic.infinity
    if not all(abs(x) < infinite for a in (left, right) for x in a.flat):
        tally.unknown = "a step has no finite value where the gradient has one"
        return None
    tally.points += 1
    tally.entries += left.size
    threshold = RELATIVE * largest(left, right) + FLOOR
    for place in np.ndindex(left.shape):
        if abs(left[place] - right[place]) > threshold:
            return Gap(at, place, left[place], right[place])
    return None


# ---- what is compared -------------------------------------------------------------------------


class Bench:
    """The sides of claims, evaluated once at every point."""

    def __init__(self, court: Court, claims: Sequence[Claim]) -> None:
        self.court = court
        self.sides = Sides.of(court.program, claims)
        self._found: dict[tuple[int, str], Array | str] = {}
        self._kept: list[Known] = []

    def value(self, claim: int, number: int) -> Value:
        """The value of one side of one claim."""
        name = self.sides.names[claim][number]

        def at(point: Known) -> Array | str:
            key = (id(point), name)
            if key not in self._found:
                self._kept.append(point)
                machine = self.sides.machine(point, self.court.hypers)
                self._found[key] = side(machine, name)
            return self._found[key]

        return at


def truth(name: str) -> Value:
    """The value of an array or a cotangent."""
    return lambda at: np.asarray(at.arrays[name], dtype=object)

