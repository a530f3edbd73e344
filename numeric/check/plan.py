"""Which kernels and which points a check looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from derive.errors import DeriveError
from derive.syntax import Tree
from numeric.check import domains
from numeric.check.battery import Layout, Sizes, distinct, equal, layout, single
from numeric.check.draws import Kind
from numeric.check.point import Point
from numeric.check.probe import Probe
from numeric.check.subject import Subject
from numeric.interpret.watch import Watch

Hypers = Mapping[str, Fraction]
# Powers of two keep draws exact in float32: 4 for the tails, the others for 1e-3 and 1e3.
TAILS, SMALL, LARGE = Fraction(4), Fraction(1, 1024), Fraction(1024)
# Scales at which branches not yet taken are looked for.
SEARCH = (Fraction(1, 16), Fraction(1, 4), Fraction(1), Fraction(4), Fraction(16))
SEARCHES = 4
# Other integer hyperparameters to look at besides the defaults: two drawn, one all raised.
OTHER_HYPERS = 3


@dataclass(slots=True)
class Points:
    """The points for one kernel.

    Attributes:
        smooth: where a derivative is looked for.
        ties: integers with zeros and ties, where kinks are likely.
        empty: with an extent of zero; shapes only.
        scaled: large and small data, for floats.
        missing: why some point could not be had.
    """

    smooth: list[Point] = field(default_factory=list)
    ties: list[Point] = field(default_factory=list)
    empty: list[Point] = field(default_factory=list)
    scaled: list[Point] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def bindings(tree: Tree, given: Hypers, rng: np.random.Generator) -> Iterator[dict[str, Fraction]]:
    """Hyperparameters to look at: those given, and others for integers left at their default."""
    base = {line.name: given.get(line.name, line.default) for line in tree.hypers}
    yield base
    free = [line.name for line in tree.hypers if line.integer and line.name not in given]
    if not free:
        return
    seen = [base, base | {name: base[name] + 1 for name in free}]
    yield seen[1]
    while len(seen) <= OTHER_HYPERS:
        drawn = base | {name: base[name] + int(rng.integers(0, 3)) for name in free}
        if drawn in seen and len(free) == 1:
            return
        if drawn not in seen:
            seen.append(drawn)
            yield drawn


def subject_for(
    tree: Tree, hypers: Hypers, source: str, rng: np.random.Generator
) -> Subject | str:
    """A kernel with its layout and domains; or why there is no data for it."""
    here = layout(tree, hypers)
    sizes = distinct(here, rng)
    if sizes is None:
        return "no extents are legal"
    small = equal(here)
    trial = sizes if small is None or _work(here, sizes) < _work(here, small) else small
    found = domains.find(here, hypers, trial, rng)
    if isinstance(found, str):
        return f"no data give a finite value: {found}"
    return Subject(tree, hypers, source, here, found)


def _work(here: Layout, sizes: Sizes) -> int:
    every = here.every(sizes)
    return here.work(every) if every is not None else 0


def main_points(subject: Subject, rng: np.random.Generator) -> Points:
    """Distinct and equal extents, with ordinary data."""
    points = Points()
    for label, sizes in (
        ("distinct extents", distinct(subject.layout, rng)),
        ("equal extents", equal(subject.layout)),
    ):
        _add(points, points.smooth, subject, label, sizes, rng)
    return points


def more_points(points: Points, subject: Subject, rng: np.random.Generator) -> None:
    """Every root 1 and 0, tails, ties, large and small data."""
    here = subject.layout
    base = distinct(here, rng) or {}
    small = min((s for s in (base, equal(here)) if s is not None), key=lambda s: _work(here, s))
    for root, sizes in single(here, base, 1):
        _add(points, points.smooth, subject, f"{root} = 1", sizes, rng)
    for root, sizes in single(here, base, 0):
        _add_empty(points, subject, f"{root} = 0", sizes, rng)
    _add(points, points.smooth, subject, "tails", small, rng, TAILS)
    for label, scale in (("large data", LARGE), ("small data", SMALL)):
        _add(points, points.scaled, subject, label, small, rng, scale)
    tied = replace(
        subject.domains,
        kinds={
            name: Kind("integers") if kind.name == "normal" else kind
            for name, kind in subject.domains.kinds.items()
        },
    )
    _add(points, points.ties, replace(subject, domains=tied), "zeros and ties", small, rng)


def _add(  # noqa: PLR0913
    points: Points,
    into: list[Point],
    subject: Subject,
    label: str,
    sizes: Sizes | None,
    rng: np.random.Generator,
    scale: Fraction = Fraction(1),
) -> None:
    if sizes is None:
        return
    args = (subject.layout, subject.domains, subject.hypers, label, sizes, rng, scale)
    found = domains.point(*args)
    if isinstance(found, str):
        points.missing.append(f"{label}: {found}")
    else:
        into.append(found)


def _add_empty(
    points: Points, subject: Subject, label: str, sizes: Sizes, rng: np.random.Generator
) -> None:
    """A point without elements; a program may have no value there, then it is left out."""
    here = subject.layout
    arrays = domains.sample(here, subject.domains, sizes, rng)
    try:
        cotangents = domains.cotangents(here, arrays, subject.hypers, rng)
    except DeriveError:
        return
    points.empty.append(Point(label, sizes, arrays, cotangents))


def take_all_branches(
    points: Points,
    subject: Subject,
    watch: Watch,
    see: Callable[[Point], Probe],
    rng: np.random.Generator,
) -> None:
    """Add points until every branch was taken, as far as points can be found."""
    sizes = min(points.smooth, key=lambda p: _work(subject.layout, dict(p.sizes))).sizes
    for scale in SEARCH * SEARCHES:
        before = len(watch.untaken)
        if not before:
            return
        args = (subject.layout, subject.domains, subject.hypers, "branches", dict(sizes), rng)
        found = domains.point(*args, scale)
        if isinstance(found, Point):
            see(found)
            if len(watch.untaken) < before:
                points.smooth.append(found)

