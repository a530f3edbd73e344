"""Where the other checkers are asked: an ordinary point, all that our own check looks at."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from derive.bind import bind
from derive.library import parse
from derive.parser import parse_tree
from derive.syntax import Tree
from numeric.check import domains, plan
from numeric.check.draws import PLAIN, Spread
from numeric.check.point import Point
from numeric.check.subject import Subject
from trials.bugs import Kernel

SCALES = {"1": PLAIN, "1e-3": Spread(Fraction(1, 1000)), "30": Spread(Fraction(30))}


@dataclass(frozen=True, slots=True)
class Places:
    """The points for one kernel.

    Attributes:
        tree: its program.
        ordinary: one random point with distinct extents.
        battery: every point that our own check looks at, by kind.
        scaled: for each scale, random points.
    """

    tree: Tree
    ordinary: Point
    battery: tuple[tuple[str, Point], ...]
    scaled: tuple[tuple[str, Point], ...]


def places(kernel: Kernel, seed: int, repeats: int) -> Places:
    """The points for a right kernel, and for the bugs in it."""
    tree = parse_tree(kernel.program)
    rng = np.random.default_rng(seed)
    hypers = {line.name: line.default for line in tree.hypers}
    subject = plan.subject_for(tree, bind(parse(kernel.program)), hypers, kernel.kernel, rng)
    if isinstance(subject, str):
        raise ValueError(f"no data for the kernel {tree.title!r}: {subject}")
    points = plan.main_points(subject, rng)
    plan.more_points(points, subject, rng)
    battery = [
        *(("smooth", point) for point in points.smooth),
        *(("kinks", point) for point in points.ties),
        *(("scaled", point) for point in points.scaled),
        *(("empty", point) for point in points.empty),
    ]
    scaled = [
        (name, point)
        for name, spread in SCALES.items()
        for _ in range(repeats)
        if (point := _drawn(subject, spread, rng)) is not None
    ]
    return Places(tree, points.smooth[0], tuple(battery), tuple(scaled))


def _drawn(subject: Subject, spread: Spread, rng: np.random.Generator) -> Point | None:
    args = (subject.layout, subject.domains, subject.hypers, "scale", subject.distinct)
    found = domains.point(*args, rng=rng, spread=spread)
    return found if isinstance(found, Point) else None
