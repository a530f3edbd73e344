"""Which kernels and which points a check looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from derive.errors import CallRefused
from derive.program import Program
from derive.syntax import Tree
from numeric.calls import checked, limits_of
from numeric.check import domains
from numeric.check.battery import (
    distinct,
    equal,
    fitting,
    least,
    quick,
    roomy,
    single,
)
from numeric.check.domains import Domains
from numeric.check.draws import PLAIN, Kind, Spread
from numeric.check.indices import layout
from numeric.check.point import Point, converted, mapped
from numeric.check.probe import Probe
from numeric.check.shim import execute, read
from numeric.check.subject import Subject
from numeric.check.uninterrupted import uninterrupted
from numeric.interpret.arithmetic import floats
from numeric.interpret.reverse import reverse
from numeric.interpret.watch import Site, Watch
from numeric.signature import signature_of

Hypers = Mapping[str, Fraction]
Sizes = Mapping[str, int]
TAILS = Spread(Fraction(4))
SHORT = "short extents"
# Far enough out for a branch that only the kernel has, near enough for values that are not flat.
FAR_TAILS = Spread(Fraction(16))
SCALED = {
    "small data": Spread(Fraction(1, 1000)),
    "large data": Spread(Fraction(1000)),
    "data around 1000": Spread(Fraction(1), Fraction(1000)),
}
# Scales at which branches not yet taken are looked for.
SEARCH = tuple(Spread(Fraction(4) ** power) for power in (-2, -1, 0, 1, 2))
SEARCHES = 4
# Other integer hyperparameters to look at besides the defaults: one all raised, one drawn.
OTHER_HYPERS = 2
# Steps of a recurrence after which few constants of a kernel are still right by chance.
LONG = 7
# Draws of small integers in which to meet every kink, and how many to look at in any case: zeros
# are special to kernels that divide, whatever the equations.
TIES, LEAST_TIES = 30, 4


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


@uninterrupted()
def subject_for(  # noqa: PLR0913  what a subject is made of
    tree: Tree,
    program: Program,
    hypers: Hypers,
    source: str,
    rng: np.random.Generator,
    *,
    fast: bool = False,
) -> Subject | str:
    """A kernel with its layout and domains; or why there is no data for it.

    Raises:
        CallRefused: if the source is not a kernel.
    """
    here = layout(tree, hypers)
    short = least(here)
    sizes = (quick(here, short, rng) if fast and short else None) or distinct(here, rng)
    if sizes is None:
        return "no extents are legal"
    text = read(source)
    subject = Subject(
        tree=tree,
        program=program,
        hypers=hypers,
        source=source,
        text=text,
        ordinary=execute(text),
        layout=here,
        domains=Domains({}, {}),
        distinct=sizes,
        equal=None if fast else equal(here),
        short=short,
    )
    return drawable(subject, rng, trusting=fast)


def drawable(subject: Subject, rng: np.random.Generator, *, trusting: bool) -> Subject | str:
    """A kernel with a way to draw its data; or why there is none.

    ``trusting`` takes the kernel's word for it that data are in the domain of the program.
    """
    args = (subject.layout, subject.hypers, subject.smallest, rng, subject.finite)
    found = domains.find(*args, trusting=trusting)
    if isinstance(found, str):
        return f"no data give a finite value: {found}"
    return replace(subject, domains=found)


def main_points(subject: Subject, rng: np.random.Generator, *, fast: bool = False) -> Points:
    """Distinct, equal and short extents with ordinary data, drawn extents with tails.

    Of these, ``fast`` leaves the two that show most: short ones, for proofs that take many steps
    for each entry, and drawn ones, which differ along most axes.
    """
    points = Points()
    if not fast:
        _add(points, points.smooth, subject, "distinct extents", subject.distinct, rng=rng)
        _add(points, points.smooth, subject, "equal extents", subject.equal, rng=rng)
    if fast or subject.smallest not in (subject.distinct, subject.equal):
        _add(points, points.smooth, subject, SHORT, subject.smallest, rng=rng)
        if fast:
            points.smooth[:] = [_in_single(point, subject) for point in points.smooth]
    drawn = subject.distinct if fast else roomy(subject.layout, subject.short, rng)
    _add(points, points.smooth, subject, "drawn extents", drawn, rng=rng, spread=TAILS)
    return points


def more_points(points: Points, subject: Subject, rng: np.random.Generator) -> None:
    """Fitting windows, every root 1 and 0, tails, ties, large and small data."""
    here, small = subject.layout, subject.ordinary_extents
    _add(points, points.smooth, subject, "fitting windows", fitting(here, rng), rng=rng)
    for root, sizes in single(here, subject.distinct, 1):
        _add(points, points.smooth, subject, f"{root} = 1", sizes, rng=rng)
    for root, sizes in single(here, small, LONG):
        if root in here.times:
            _add(points, points.smooth, subject, f"{root} = {LONG}", sizes, rng=rng)
    for root, sizes in single(here, subject.distinct, 0):
        _add_empty(points, subject, f"{root} = 0", sizes, rng)
    _add(points, points.smooth, subject, "tails", small, rng=rng, spread=TAILS)
    _add(points, points.smooth, subject, "far tails", small, rng=rng, spread=FAR_TAILS)
    for label, spread in SCALED.items():
        _add(points, points.scaled, subject, label, small, rng=rng, spread=spread)
    points.ties += _on_kinks(subject, subject.smallest, rng)


def _on_kinks(subject: Subject, sizes: Sizes, rng: np.random.Generator) -> list[Point]:
    """Points of small integers: a few, then each that lies on a kink that none before did."""
    kinds = {
        name: Kind("integers") if kind.name == "normal" else kind
        for name, kind in subject.domains.kinds.items()
    }
    tied = replace(subject.domains, kinds=kinds)
    found: list[Point] = []
    met: set[Site] = set()
    for _ in range(TIES):
        point = domains.point(
            subject.layout, tied, subject.hypers, "zeros and ties", sizes, rng=rng
        )
        watch = Watch()
        if isinstance(point, Point):
            reverse(subject.tree, converted(point.arrays, float), floats(), subject.hypers, watch)
            here = {site for site, distance in watch.nearest.items() if distance == 0}
            if here - met or len(found) < LEAST_TIES:
                found.append(point)
                met |= here
            if met >= set(watch.nearest) and len(found) >= LEAST_TIES:
                break
    return found


def _in_single(point: Point, subject: Subject) -> Point:
    """The same point with data that float32 holds, as far as any data will do.

    All proofs look at the same numbers then, and what is known of them serves S6 too.
    """
    kinds = subject.domains.kinds

    def held(x: Fraction) -> Fraction:
        return Fraction(float(np.float32(float(x))))

    arrays = {
        n: mapped(a, held) if n in kinds and kinds[n].scalable else a
        for n, a in point.arrays.items()
    }
    cotangents = {n: mapped(g, held) for n, g in point.cotangents.items()}
    return replace(point, arrays=arrays, cotangents=cotangents)


def _add(  # noqa: PLR0913  where to add what
    points: Points,
    into: list[Point],
    subject: Subject,
    label: str,
    sizes: Sizes | None,
    *,
    rng: np.random.Generator,
    spread: Spread = PLAIN,
) -> None:
    if sizes is None:
        return
    args = (subject.layout, subject.domains, subject.hypers, label, sizes)
    found = domains.point(*args, rng=rng, spread=spread, finite=subject.finite)
    if isinstance(found, str):
        points.missing.append(f"{label}: {found}")
    else:
        into.append(found)


def _add_empty(
    points: Points, subject: Subject, label: str, sizes: Sizes, rng: np.random.Generator
) -> None:
    """A point without elements; a program may have no value there, then it is left out."""
    if subject.layout.divides_by_nothing(sizes):
        return
    args = (subject.layout, subject.domains, subject.hypers, label, sizes)
    found = domains.point(*args, rng=rng)
    if isinstance(found, Point) and _callable(subject.program, found):
        points.empty.append(found)


def _callable(program: Program, point: Point) -> bool:
    """Whether a call with these arrays is legal: a reduction over nothing, say, is not."""
    given = {
        name: array if array.dtype.kind == "i" else array.astype(np.float64)
        for name, array in point.arrays.items()
    }
    try:
        checked(program, signature_of(program), limits_of(program), given, None)
    except CallRefused:
        return False
    return True


def take_all_branches(
    points: Points,
    subject: Subject,
    watch: Watch,
    see: Callable[[Point], Probe],
    rng: np.random.Generator,
) -> None:
    """Add points until every branch was taken, as far as points can be found."""
    sizes = min(points.smooth, key=lambda point: subject.work(point.sizes)).sizes
    for spread in SEARCH * SEARCHES:
        before = len(watch.untaken)
        if not before:
            return
        args = (subject.layout, subject.domains, subject.hypers, "branches", sizes)
        found = domains.point(*args, rng=rng, spread=spread)
        if isinstance(found, Point):
            see(found)
            if len(watch.untaken) < before:
                points.smooth.append(found)
