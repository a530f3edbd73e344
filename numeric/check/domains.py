"""Which data a program may be given: how each array is to be drawn so that it has a value.

Nothing is declared: kinds are tried, the most ordinary first, until every output and gradient
is finite and every assumption holds, several times over. So ``log(p)`` finds positive numbers,
``log(p) + log(1 - p)`` probabilities, ``assume sum[k](t[n, k]) = 1`` exact simplices, and a
label the extent of the axis that it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

import numpy as np

from derive.errors import DeriveError
from derive.syntax import Compare, Element, Expr, Name, Tree
from numeric.check.draws import PLAIN, Array, Kind, Spread, draw, integers
from numeric.check.indices import Layout
from numeric.check.point import Point, converted
from numeric.check.probe import gaps
from numeric.interpret.arithmetic import Arithmetic, floats, reals
from numeric.interpret.extents import walk
from numeric.interpret.machine import Machine, Waiting
from numeric.interpret.reverse import reverse
from numeric.interpret.run import start
from numeric.interpret.watch import Watch

# Whether some data give finite numbers, as far as one who may be wrong can tell.
Finite = Callable[[Mapping[str, Array]], bool]
ORDINARY = (Kind("normal"), Kind("positive"), Kind("unit"), Kind("negative"))
# A kind is believed when this many draws in a row are in the domain.
TRIALS = 4
REDRAWS = 20
WIDE_DIGITS = 30
# The assumptions are exact; floats may miss them by their rounding.
LARGEST_GAP = 1e-9


@dataclass(frozen=True, slots=True)
class Domains:
    """How to draw every array.

    Attributes:
        kinds: for every array of reals.
        caps: for every array of integers, the most labels to use besides what its axis allows.
        redrawn: how many draws were thrown away while looking.
    """

    kinds: Mapping[str, Kind]
    caps: Mapping[str, int | None]
    redrawn: int = 0


def sample(
    layout: Layout,
    domains: Domains,
    sizes: Mapping[str, int],
    rng: np.random.Generator,
    spread: Spread = PLAIN,
) -> dict[str, Array]:
    """Data for all arrays."""
    found: dict[str, Array] = {}
    shapes = layout.shapes(sizes)
    for line in layout.tree.arrays:
        shape = shapes[line.name]
        if line.integer:
            cap = domains.caps[line.name]
            high = _labels(layout, line.name, sizes)
            found[line.name] = integers(shape, 0, high if cap is None else min(cap, high), rng)
        else:
            found[line.name] = draw(domains.kinds[line.name], shape, rng, spread)
    return found


def find(  # noqa: PLR0913  what to draw, and who vouches for it
    layout: Layout,
    hypers: Mapping[str, Fraction],
    sizes: Mapping[str, int],
    rng: np.random.Generator,
    finite: Finite = lambda _: False,
    *,
    trusting: bool = False,
) -> Domains | str:
    """The first way to draw that works, or why the last one tried did not.

    What ``finite`` vouches for is looked at no further, but for assumptions and, unless it is
    ``trusting``, at the first draw of a kind.
    """
    trials, reason = 0, "no kind of data was tried"
    most = (None, 2, 1) if any(line.integer for line in layout.tree.arrays) else (None,)
    for kinds, cap in ((kinds, cap) for kinds in _proposals(layout.tree) for cap in most):
        caps = {line.name: cap for line in layout.tree.arrays if line.integer}
        domains = Domains(kinds, caps, trials)
        # most programs take any data: who trusts looks again where that turns out to be wrong
        for trial in range(1 if trusting and not trials else TRIALS):
            arrays = sample(layout, domains, sizes, rng)
            asked = trial or trusting
            vouched = asked and finite(arrays) and _keeps_assumptions(layout, arrays, hypers)
            found = "" if vouched else problem(layout, arrays, hypers)
            if found:
                trials, reason = trials + 1, found
                break
        else:
            return domains
    return reason


def problem(
    layout: Layout,
    arrays: Mapping[str, Array],
    hypers: Mapping[str, Fraction],
    arithmetic: Arithmetic | None = None,
) -> str:
    """Why a program has no finite value and gradient on these arrays; empty if it has."""
    numbers, watch = arithmetic or floats(), Watch()
    try:
        done = reverse(layout.tree, converted(arrays, numbers.lift), numbers, hypers, watch)
        gradients = done.gradients({n: np.ones(a.shape) for n, a in done.outputs.items()})
        missed = _largest_gap(layout.tree, done.machine)
    except DeriveError as error:
        return error.problem
    if missed > LARGEST_GAP:
        return "an assumption does not hold"
    if watch.undefined:
        return f"{min(watch.undefined, key=str)} compares with what is not a number"
    for name, array in (*done.outputs.items(), *gradients.items()):
        if not all(map(numbers.finite, array.flat)):
            return f"{name} or its gradient is not finite"
    return ""


def _largest_gap(tree: Tree, machine: Machine) -> float:
    return max((abs(gap) for gap in gaps(tree, machine)), default=0.0)


def _keeps_assumptions(
    layout: Layout, arrays: Mapping[str, Array], hypers: Mapping[str, Fraction]
) -> bool:
    """Whether the data keep every assumption, all of which speak of data alone."""
    if not layout.tree.assumptions:
        return True
    started = start(layout.tree, converted(arrays, float), floats(), hypers)
    try:
        return _largest_gap(layout.tree, started) <= LARGEST_GAP
    except (DeriveError, Waiting):
        return False


def point(  # noqa: PLR0913  what a point is made of
    layout: Layout,
    domains: Domains,
    hypers: Mapping[str, Fraction],
    label: str,
    sizes: Mapping[str, int],
    *,
    rng: np.random.Generator,
    spread: Spread = PLAIN,
    finite: Finite = lambda _: False,
) -> Point | str:
    """A point in the domain, redrawn if need be; or why there is none.

    What ``finite`` vouches for is looked at no further, but for assumptions.
    """
    found = ""
    for _ in range(REDRAWS):
        arrays = sample(layout, domains, sizes, rng, spread)
        vouched = finite(arrays) and _keeps_assumptions(layout, arrays, hypers)
        # the textbook's form overflows in floats where an equal form does not
        arithmetic = None if vouched or spread == PLAIN else reals(WIDE_DIGITS)
        found = "" if vouched else problem(layout, arrays, hypers, arithmetic)
        if not found:
            shapes = layout.output_shapes(sizes)
            cotangents = {n: draw(Kind("normal"), shape, rng) for n, shape in shapes.items()}
            return Point(label, sizes, arrays, cotangents)
    return found


# ---- proposals ----------------------------------------------------------------------------


def _proposals(tree: Tree) -> Iterator[dict[str, Kind]]:
    """Kinds for all arrays of reals: the ordinary first, then few changes, then the same all."""
    choices = {
        line.name: _kinds(tree, line.name, len(line.indices))
        for line in tree.arrays
        if not line.integer
    }
    first = {name: kinds[0] for name, kinds in choices.items()}
    yield first
    for count in (1, 2):
        for names in combinations(choices, count):
            for kinds in product(*(choices[name][1:] for name in names)):
                yield first | dict(zip(names, kinds, strict=True))
        if count == 1:
            yield from (dict.fromkeys(choices, kind) for kind in ORDINARY)


def _kinds(tree: Tree, name: str, rank: int) -> tuple[Kind, ...]:
    """What may be tried for an array: more if an assumption speaks of it."""
    assumed = any(
        isinstance(node, Element) and node.array == name
        for line in tree.assumptions
        for side in (line.left, line.right)
        for node in walk(side)
    )
    if not assumed:
        return ORDINARY
    along = [Kind(kind, axis) for kind in ("simplex", "onehot") for axis in range(rank)]
    return (*along, Kind("binary"), Kind("signs"), *ORDINARY)


def _labels(layout: Layout, name: str, sizes: Mapping[str, int]) -> int:
    """How many labels an array of integers may use: what its axes and comparisons allow."""
    extents = layout.extents(sizes)
    found: list[int] = []
    for equation in layout.tree.equations:
        for node in walk(equation.expr):
            if isinstance(node, Element):
                shape = extents.shape(node.array, node.span)
                found += [
                    size
                    for index, size in zip(node.indices, shape, strict=False)
                    if _is_label(index, name)
                ]
            elif isinstance(node, Compare):
                for label, other in ((node.left, node.right), (node.right, node.left)):
                    if _is_label(label, name) and isinstance(other, Name):
                        every = layout.every(sizes, least=0) or {}
                        found += [every[other.name]] if other.name in every else []
    return min(found, default=3)


def _is_label(node: Expr, name: str) -> bool:
    return (isinstance(node, Element) and node.array == name) or (
        isinstance(node, Name) and node.name == name
    )
