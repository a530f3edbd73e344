"""Which extents a kernel is looked at with: the shape battery.

    distinct    the axes of every array differ: an axis exchanged changes the shape
    equal       all roots alike: an axis exchanged keeps the shape, and only values tell
    short       all roots alike and as short as is legal
    quick       drawn a few times, the best of these
    roomy       drawn, with many elements, so that a branch of few values is met
    large       drawn, as large as is affordable in floats
    stretched   all roots longer than the cheapest extents have them, and each in turn
    past        on the other side of the numbers by which a kernel may tell sizes apart
    fitting     windows that leave no rest, in at least three places
    k = 1       each root in turn: broadcasting, one sample, one step
    k = 0       each root in turn: shapes and zeros only

Time axes of recurrences have at least four steps and other axes at least two, so that a slip
of one step or a batch hard-coded shows. Extents that other extents follow from (windows), or
that keep a read on its grid, are found by trying: only legal combinations count. Of these come
first the ones where windows move and leave a rest, then the ones with most axes distinct, then
the cheapest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from math import prod

import numpy as np

from numeric.check.indices import Key, Layout, Rank, Sizes, divides

Order = Callable[[tuple[Rank, Sizes]], tuple[int, ...]]
CHOICES: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8)
# For windows that overlap only when long: stride 3 with dilation 2 meets itself after 13.
LONG_CHOICES = (2, 3, 4, 5, 13, 14, 16)
# So many draws; the best is then made smaller, one extent after another, as far as it goes.
TRIES = 80
# For floats, which are fast: many blocks, long sums.
LARGE_CHOICES = (2, 3, 5, 8, 13, 17, 33, 64)
LARGE_WORK = 100_000
# What all roots are at least, and what each is in turn: the first that are legal.
ALL_LONGER, ONE_LONGER = (4, 3), (5, 6, 7, 8)
# The same work where a number in the text of the kernel asks for it.
PAST_WORK = 400_000
# A number beyond is taken for one of elements, not of places along an axis.
LONGEST_AXIS = 2_000
GROWTH_ROUNDS = 4
EQUAL = (3, 2, 4, 5, 6, 7)
SHORTEST, SHORTEST_RECURRENCE = 2, 4
# How often a window moves where it may: the third place tells a stride from a start.
MOVES = 3
# The nest of loops that one point should cost, in innermost steps: beyond it nothing is gained
# that a smaller point does not show. And what it may cost if there is nothing smaller.
ENOUGH_WORK, LARGEST_WORK = 10_000, 200_000
# The same for drawn extents, and where there is little time.
LITTLE_WORK = 2_000
QUICK_WORK, QUICK_DRAWS = 600, 3
# What the other roots are while one is 0 or 1, or as in the distinct extents.
SMALL: tuple[int | None, ...] = (2, 3, None)


def distinct(layout: Layout, rng: np.random.Generator, enough: int = ENOUGH_WORK) -> Sizes | None:
    """The best extents found, as the module says; None if none are legal.

    Among those that cost ``enough`` at most, if there are any.
    """
    known: dict[Key, bool] = {}

    def rank(sizes: Sizes, every: Sizes) -> Rank:
        return layout.rank(sizes, every, known)

    first = _best(layout, rng, CHOICES, rank, enough)
    if first is not None:
        every = layout.every(first[1])
        if every is not None and not layout.apart(first[1], every, known):
            return first[1]
    second = _best(layout, rng, LONG_CHOICES, rank, enough)
    found = [pair for pair in (first, second) if pair is not None]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def roomy(
    layout: Layout, base: Mapping[str, int] | None, rng: np.random.Generator
) -> Mapping[str, int] | None:
    """Drawn extents with much room for data, so that many values are seen in one place.

    Grown from ``base``, the least extents; None if there are none.
    """
    if base is None:
        return None
    found = _grown(layout, base, rng, CHOICES, LITTLE_WORK)
    return found if layout.on_grid(found) else base


def quick(layout: Layout, base: Sizes, rng: np.random.Generator) -> Sizes:
    """The most distinct of a few drawn extents, grown from the least, at little cost."""
    # along two elements much cancels: what is normalised has no gradient at all
    wider = {name: max(size, SHORTEST + 1) for name, size in base.items()}
    for start in (wider, base):
        steps = start | {name: max(start[name], SHORTEST_RECURRENCE) for name in layout.times}
        every = layout.every(steps)
        if every is not None and layout.work(every) <= QUICK_WORK:
            base = steps
            break
    known: dict[Key, bool] = {}

    def rank(sizes: Sizes) -> Rank:
        return layout.rank(sizes, layout.every(sizes) or {}, known)

    drawn = [_grown(layout, base, rng, CHOICES, QUICK_WORK) for _ in range(QUICK_DRAWS)]
    return next((sizes for sizes in sorted(drawn, key=rank) if layout.on_grid(sizes)), base)


def large(layout: Layout, base: Sizes, rng: np.random.Generator) -> Sizes:
    """Extents as large as is affordable in floats."""
    found = _grown(layout, base, rng, LARGE_CHOICES, LARGE_WORK)
    return found if layout.on_grid(found) else dict(base)


def stretched(layout: Layout, base: Sizes) -> Iterator[Sizes]:
    """Extents longer than any before: all roots at once, and each in turn.

    The third place along an axis tells a stride from a start, and the cheapest extents of a
    program with many axes have two places along most of them.
    """
    alike = [{root: max(base[root], size) for root in layout.roots} for size in ALL_LONGER]
    each = [
        [base | {root: size} for size in ONE_LONGER if size > base[root]] for root in layout.roots
    ]
    for choices in (alike, *each):
        legal = (sizes for sizes in choices if _affordable(layout, sizes, LARGE_WORK))
        yield from islice(legal, 1)


def _affordable(layout: Layout, sizes: Sizes, enough: int) -> bool:
    every = layout.every(sizes)
    return every is not None and layout.work(every) <= enough and layout.on_grid(sizes)


def past(layout: Layout, base: Sizes, numbers: Iterable[int]) -> Iterator[Sizes]:
    """Extents on the other side of some numbers: each root in turn, and the largest array.

    As far as they cost little enough; a kernel may do something else from such a size on.
    """
    for number in numbers:
        short = layout.roots if number <= LONGEST_AXIS else ()
        each = [base | {root: number + 1} for root in short if base[root] <= number]
        for sizes in (*each, _voluminous(layout, base, number)):
            if sizes != base and _affordable(layout, sizes, PAST_WORK):
                yield sizes


def _voluminous(layout: Layout, base: Sizes, number: int) -> Sizes:
    """Extents that grow alike until some array has more elements than a number, by a tenth."""
    sizes = dict(base)
    while sizes and max(map(prod, layout.shapes(sizes).values()), default=0) <= 1.1 * number:
        least = min(sizes, key=sizes.__getitem__)
        sizes[least] += max(1, sizes[least] // 4)
        if layout.every(sizes) is None:
            return base
    return sizes


def _grown(
    layout: Layout,
    base: Mapping[str, int],
    rng: np.random.Generator,
    choices: tuple[int, ...],
    enough: int,
) -> Sizes:
    """Extents drawn one after another, larger than before, as long as they cost little enough."""
    best = dict(base)
    for root in rng.permutation(layout.roots * GROWTH_ROUNDS).tolist():
        sizes = best | {root: choices[int(rng.integers(len(choices)))]}
        if sizes[root] <= best[root]:
            continue
        every = layout.every(sizes)
        if every is not None and layout.work(every) <= enough:
            best = sizes
    return best


def fitting(layout: Layout, rng: np.random.Generator) -> Sizes | None:
    """Extents with which windows leave no rest and move; None if there are no windows."""
    moving = [line.name for line in layout.tree.indices if line.name in layout.used]
    if not layout.floors or not moving:
        return None

    def rank(sizes: Sizes, every: Sizes) -> Rank:
        extents = layout.extents(sizes)
        rests = sum(not divides(extents, *floor) for floor in layout.floors)
        short = sum(max(0, MOVES - every[name]) for name in moving)
        return rests + short, 0, layout.work(every)

    best = _best(layout, rng, CHOICES, rank)
    return None if best is None else best[1]


def _best(
    layout: Layout,
    rng: np.random.Generator,
    choices: tuple[int, ...],
    rank: Callable[[Sizes, Sizes], Rank],
    enough: int = ENOUGH_WORK,
) -> tuple[Rank, Sizes] | None:
    found: dict[tuple[int, ...], tuple[Rank, Sizes] | None] = {}

    def tried(sizes: Sizes) -> tuple[Rank, Sizes] | None:
        sizes |= {name: max(sizes[name], SHORTEST_RECURRENCE) for name in layout.times}
        key = tuple(sizes.values())
        if key not in found:
            every = layout.every(sizes)
            fits = every is not None and layout.work(every) <= LARGEST_WORK
            found[key] = (rank(sizes, every), sizes) if fits and every is not None else None
        return found[key]

    for row in rng.choice(choices, size=(TRIES if layout.roots else 1, len(layout.roots))):
        tried(dict(zip(layout.roots, row.tolist(), strict=True)))
    order = _order(enough)
    legal = [pair for pair in found.values() if pair is not None]
    if legal:
        _descend(layout, choices, tried, order, min(legal, key=order))
    ranked = sorted((pair for pair in found.values() if pair is not None), key=order)
    return next((pair for pair in ranked if layout.on_grid(pair[1])), None)


def _order(enough: int) -> Order:
    """By rank, but what costs too much last, and then by what it costs."""

    def order(pair: tuple[Rank, Sizes]) -> tuple[int, ...]:
        rank = pair[0]
        return (0, *rank) if rank[-1] <= enough else (1, *rank[::-1])

    return order


def _descend(
    layout: Layout,
    choices: tuple[int, ...],
    tried: Callable[[Sizes], tuple[Rank, Sizes] | None],
    order: Order,
    best: tuple[Rank, Sizes],
) -> None:
    """Try other extents, one at a time, as long as that makes the best better."""
    improved = True
    while improved:
        improved = False
        for root in layout.roots:
            for size in choices:
                other = tried({**best[1], root: size})
                if other is not None and order(other) < order(best):
                    best, improved = other, True


def equal(layout: Layout) -> Sizes | None:
    """All roots alike, if that is legal."""
    found: dict[int, Sizes] = {}
    for size in EQUAL:
        sizes = dict.fromkeys(layout.roots, size)
        every = layout.every(sizes)
        if every is not None and layout.on_grid(sizes):
            work = layout.work(every)
            if work <= ENOUGH_WORK:
                return sizes
            found.setdefault(work, sizes)
    least = min(found, default=LARGEST_WORK + 1)
    return found[least] if least <= LARGEST_WORK else None


def least(layout: Layout) -> Sizes | None:
    """All roots alike and as short as is legal, for what needs no shape in particular."""
    for size in sorted(EQUAL):
        sizes = dict.fromkeys(layout.roots, size)
        every = layout.every(sizes)
        if every is not None and layout.work(every) <= LARGEST_WORK and layout.on_grid(sizes):
            return sizes
    return None


def single(layout: Layout, base: Mapping[str, int], size: int) -> Iterator[tuple[str, Sizes]]:
    """Each root in turn of extent ``size``, the others small; only where that is legal."""
    for root in layout.roots:
        for others in SMALL:
            sizes = dict(base) if others is None else dict.fromkeys(layout.roots, others)
            sizes[root] = size
            if layout.every(sizes, least=min(size, 1)) is not None and layout.on_grid(sizes):
                yield root, sizes
                break
