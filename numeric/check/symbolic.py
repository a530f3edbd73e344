"""A second, independent proof: scalars differentiated by SymPy, one by one.

The parse tree is run over symbols, so that every output becomes an explicit expression of the
elements of the inputs; SymPy differentiates it by each of them. The derived equations are run
over the same symbols, and the two expressions must be the same. Nothing here knows of index
calculus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import numpy as np

from derive.bind import bind
from derive.cotangent import adjoint
from derive.errors import DeriveError
from derive.parser import parse_tree
from derive.program import Program
from derive.syntax import Element, Name, Tree
from numeric.check import domains
from numeric.check.domains import Domains
from numeric.check.indices import Layout, layout
from numeric.check.point import Array, Point
from numeric.check.result import INCONCLUSIVE, PROVED, WRONG, Line
from numeric.check.scalars import (
    DIGITS,
    UNFINISHED,
    Scalar,
    arithmetic,
    load,
    near,
    parts,
    slope,
    vanishes,
)
from numeric.interpret.arithmetic import Arithmetic
from numeric.interpret.extents import walk
from numeric.interpret.run import Run, run

NAME = "symbolic (SymPy)"
AGREES = mpmath.mpf("1e-45")
POINTS = 3
EXTENTS = (2, 3, 1, 4, 5)
ENOUGH_STEPS = 60
MOST_SIZES = 400


@dataclass(slots=True)
class _Seen:
    exact: int = 0
    at_points: int = 0
    wrong: str = ""
    unknown: str = ""


def prove(program: Program, /, *, seed: int = 0, derived: Program | None = None) -> Line:
    """Compare the derived equations with SymPy's derivatives, on the smallest legal shapes.

    ``derived`` stands in for ``adjoint(program)``.

    Raises:
        OptionRefused: if SymPy is not installed.
        DeriveError: if the program has no adjoint.
    """
    numbers = arithmetic()
    bound = bind(replace(program, claims=()))
    backward = adjoint(bound) if derived is None else derived
    tree = parse_tree(str(bound))
    point = _point(tree, np.random.default_rng(seed))
    seen = _Seen()
    if isinstance(point, str):
        seen.unknown = point
    else:
        _compare(seen, tree, parse_tree(str(backward)), point, numbers)
    return _line(seen)


def _line(seen: _Seen) -> Line:
    verdict = WRONG if seen.wrong else PROVED
    if not seen.wrong and (seen.unknown or not seen.exact + seen.at_points):
        verdict = INCONCLUSIVE
    told = f"{seen.exact} entries exactly"
    if seen.at_points:
        told += f", {seen.at_points} at {POINTS} points to {DIGITS} digits"
    return Line(
        NAME, seen.exact + seen.at_points, (), None, "equality", verdict,
        note=seen.wrong or seen.unknown or told,
    )  # fmt: skip


def _point(tree: Tree, rng: np.random.Generator) -> Point | str:
    here = layout(tree, {})
    sizes = next(_sizes(here), None)
    if sizes is None:
        return "no extents are legal"
    found = domains.find(here, {}, sizes, rng)
    if not isinstance(found, Domains):
        return f"no data give a finite value: {found}"
    return domains.point(here, found, {}, "symbols", sizes, rng=rng)


def _sizes(here: Layout) -> Iterator[Mapping[str, int]]:
    """Legal extents, twos first, fewer steps before many."""
    rows = product(EXTENTS, repeat=len(here.roots))
    found = []
    for row, _ in zip(rows, range(MOST_SIZES), strict=False):
        sizes = dict(zip(here.roots, row, strict=True))
        every = here.every(sizes)
        moving = all(sizes[name] > 1 for name in here.times)
        if every is not None and moving:
            odd = sum(size != 2 for size in row)
            work = here.work(every)
            found.append((work > ENOUGH_STEPS, odd if work <= ENOUGH_STEPS else work, row, sizes))
    yield from (sizes for *_, sizes in sorted(found, key=lambda r: r[:3]) if here.on_grid(sizes))


def _compare(seen: _Seen, tree: Tree, backward: Tree, point: Point, numbers: Arithmetic) -> None:
    fixed = set(_assumed(tree))
    arrays = {
        line.name: point.arrays[line.name]
        if line.integer or line.name in fixed
        else _symbols(line.name, point.arrays[line.name], numbers)
        for line in tree.arrays
    }
    cotangents = {n: _symbols(f"d{n}", g, numbers) for n, g in point.cotangents.items()}
    try:
        forward = run(tree, arrays, numbers)
        derived = run(backward, {**arrays, **_renamed(backward, tree, cotangents)}, numbers)
    except DeriveError as error:
        seen.unknown = error.problem
        return
    total = _weighted(forward, cotangents)
    letters = [s for a in (*arrays.values(), *cotangents.values()) for s in a.flat]
    at = {s.expr: s.at for s in letters if isinstance(s, Scalar)}
    outputs = [o.name for o in backward.outputs]
    for line, output in zip(_differentiable(tree), outputs, strict=True):
        if line in fixed:
            seen.unknown = f"an assumption ties the elements of {line} together"
            continue
        for place, given in derived.cells(output).items():
            symbol = arrays[line][place].expr
            _judge(seen, f"{output}{list(place) or ''}", slope(total, symbol, {}), given, at)


def _weighted(forward: Run, cotangents: Mapping[str, Array]) -> Any:
    """The inner product of the cotangents and the outputs, whose derivative is the gradient."""
    pairs = (
        (g.expr, y.expr)
        for name, weights in cotangents.items()
        for g, y in zip(weights.flat, forward.array(name).flat, strict=True)
    )
    return load().Add(*(g * y for g, y in pairs))


def _differentiable(tree: Tree) -> list[str]:
    return [line.name for line in tree.arrays if line.role != "const"]


def _renamed(backward: Tree, tree: Tree, cotangents: Mapping[str, Array]) -> dict[str, Array]:
    """The cotangents under the names that the derived program gives them, in the same order."""
    known = {line.name for line in tree.arrays}
    names = [line.name for line in backward.arrays if line.name not in known]
    return dict(zip(names, cotangents.values(), strict=True))


def _assumed(tree: Tree) -> Iterator[str]:
    """Arrays that an assumption speaks of: they are numbers, not symbols."""
    for line in tree.assumptions:
        for side in (line.left, line.right):
            for node in walk(side):
                if isinstance(node, (Element, Name)):
                    yield node.array if isinstance(node, Element) else node.name


def _symbols(name: str, values: Array, numbers: Arithmetic) -> Array:
    sympy = load()
    found = np.empty(values.shape, dtype=object)
    for place in np.ndindex(values.shape):
        symbol = sympy.Symbol("_".join([name, *map(str, place)]), real=True)
        found[place] = Scalar(symbol, numbers.exact(Fraction(values[place])).at)
    return found


def _judge(seen: _Seen, entry: str, expected: Any, given: Scalar, at: Mapping[Any, Any]) -> None:
    """Decide one entry: by algebra if it is small, else at points."""
    for expr in (expected, given.expr):
        left = {type(node).__name__ for node in parts(expr)} & set(UNFINISHED)
        if left:
            seen.unknown = f"SymPy left {', '.join(sorted(left))} in {entry}"
            return
    difference = expected - given.expr
    if vanishes(difference):
        seen.exact += 1
        return
    for shift in range(POINTS):
        gap, scale = near(difference, expected, at, shift)
        if not gap <= AGREES * scale:
            seen.wrong = seen.wrong or f"{entry} is not the derivative that SymPy finds"
            return
    seen.at_points += 1
