"""Where displayed equalities are evaluated: drawn data on small extents that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from derive.errors import DeriveError
from derive.parser import parse_tree
from derive.program import Program
from derive.syntax import Tree
from numeric.check import domains
from numeric.check.battery import LITTLE_WORK, distinct, least
from numeric.check.indices import Layout, layout
from numeric.check.point import Array, in_floats
from numeric.check.point import Point as Data
from numeric.interpret import floats
from numeric.interpret.reverse import reverse

SEED = 0
# What is given to a program at most; beyond it the shortest legal extents are taken.
MOST_DATA = 400
# Draws to look at, and how many entries of every gradient shall not be zero: next to zeros, as
# where no unit is active, a wrong line looks right.
DRAWS, LIVELY = 8, 0.5


@dataclass(frozen=True, slots=True)
class Point:
    """Data for one program, in floats, and what it gives by plain loops over its text.

    Nothing that has transformed or derived the equations takes part in the loops.

    Attributes:
        hypers: the hyperparameters.
        arrays: what the program is given.
        cotangents: one for each output.
        outputs: what the program gives.
        gradients: what sweeping back through the loops gives.
    """

    hypers: Mapping[str, Fraction]
    arrays: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    outputs: Mapping[str, Array]
    gradients: Mapping[str, Array]

    @property
    def life(self) -> float:
        """The share of entries that are not zero in the gradient that has most zeros."""
        shares = [float(np.mean(g != 0)) for g in self.gradients.values() if g.size]
        return min(shares, default=1.0)


def _floats(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: np.asarray(array).astype(np.float64) for name, array in arrays.items()}


def drawn(program: Program) -> Point | str:
    """Draw data for ``program``; or say why there are none."""
    tree = parse_tree(str(program))
    hypers = {hyper.name: hyper.default for hyper in program.hypers}
    here = layout(tree, hypers)
    # what is good for one draw may be bad for the next: then look harder
    for finite in (lambda _: True, lambda _: False):
        found = _lively(here, hypers, finite)
        if not isinstance(found, str):
            break
    return found


def _lively(here: Layout, hypers: Mapping[str, Fraction], finite: domains.Finite) -> Point | str:
    """The first draw in which few gradients vanish, or the best of some."""
    rng = np.random.default_rng(SEED)
    sizes, smallest = distinct(here, rng, LITTLE_WORK), least(here)
    if sizes is None:
        return "no extents are legal"
    kinds = domains.find(here, hypers, smallest or sizes, rng, finite)
    if isinstance(kinds, str):
        return f"no data give a finite value: {kinds}"
    if _volume(here, sizes) > MOST_DATA and smallest is not None:
        sizes = smallest
    best: Point | None = None
    for _ in range(DRAWS):
        data = domains.point(here, kinds, hypers, "report", sizes, rng=rng, finite=finite)
        if isinstance(data, str):
            return f"no data give a finite value: {data}"
        try:
            point = _run(here.tree, hypers, data)
        except DeriveError as refusal:
            return f"no data give a finite value: {refusal.problem}"
        best = point if best is None or point.life > best.life else best
        if best.life >= LIVELY:
            break
    return best if best is not None and _is_finite(best) else "no data give a finite value"


def _volume(here: Layout, sizes: Mapping[str, int]) -> int:
    return sum(int(np.prod(shape)) for shape in here.shapes(sizes).values())


def _run(tree: Tree, hypers: Mapping[str, Fraction], data: Data) -> Point:
    arrays, cotangents = in_floats(data.arrays), in_floats(data.cotangents)
    run = reverse(tree, arrays, floats(), hypers)
    gradients = run.gradients(cotangents)
    return Point(hypers, arrays, cotangents, _floats(run.outputs), _floats(gradients))


def _is_finite(point: Point) -> bool:
    found = (*point.outputs.values(), *point.gradients.values())
    return all(bool(np.isfinite(array).all()) for array in found)
