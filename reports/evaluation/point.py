"""Where displayed equalities are evaluated: drawn data on small extents that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

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


@dataclass(frozen=True, slots=True)
class Point:
    """Data for one program, in floats.

    Attributes:
        tree: the program as its author wrote it.
        hypers: its hyperparameters.
        arrays: what it is given.
        cotangents: one for each output.
    """

    tree: Tree
    hypers: Mapping[str, Fraction]
    arrays: Mapping[str, Array]
    cotangents: Mapping[str, Array]

    def loops(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """The outputs and the gradients by plain loops over the text, and back through them.

        Nothing that has transformed or derived the equations takes part.
        """
        run = reverse(self.tree, self.arrays, floats(), self.hypers)
        gradients = run.gradients(self.cotangents)
        return _floats(run.outputs), _floats(gradients)


def _floats(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: np.asarray(array).astype(np.float64) for name, array in arrays.items()}


def drawn(program: Program) -> Point | str:
    """Draw data for ``program``; or say why there are none."""
    tree = parse_tree(str(program))
    hypers = {hyper.name: hyper.default for hyper in program.hypers}
    here = layout(tree, hypers)
    found = _sampled(here, hypers, lambda _: True)
    if isinstance(found, str):
        # what is good for one draw may be bad for the next
        found = _sampled(here, hypers, lambda _: False)
    if isinstance(found, str):
        return found
    return Point(tree, hypers, in_floats(found.arrays), in_floats(found.cotangents))


def _sampled(here: Layout, hypers: Mapping[str, Fraction], finite: domains.Finite) -> Data | str:
    rng = np.random.default_rng(SEED)
    sizes, smallest = distinct(here, rng, LITTLE_WORK), least(here)
    if sizes is None:
        return "no extents are legal"
    found = domains.find(here, hypers, smallest or sizes, rng, finite)
    if isinstance(found, str):
        return f"no data give a finite value: {found}"
    data = domains.point(here, found, hypers, "report", sizes, rng=rng)
    if not isinstance(data, str) and data.volume > MOST_DATA and smallest is not None:
        data = domains.point(here, found, hypers, "report", smallest, rng=rng)
    return f"no data give a finite value: {data}" if isinstance(data, str) else data
