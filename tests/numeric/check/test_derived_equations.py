"""The derived equations, not the code made of them, against the scatter form of the interpreter."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.parser import parse_tree
from numeric.check import domains
from numeric.check.battery import distinct
from numeric.check.indices import layout
from numeric.check.point import Point, mapped
from numeric.interpret.arithmetic import reals
from numeric.interpret.reverse import reverse
from numeric.interpret.run import run
from tests.integration.test_user_equations import ROWS

NUMBERS = reals(40)
CLOSE = 1e-30
ENOUGH = 300
TEXTS = [(name, str(derive.load(name))) for name in derive.layers()]
TEXTS += [(getattr(row, "name", str(row)), row.text) for row in ROWS]


def generic(tree):
    """A point with extents that tell axes apart and data without pattern."""
    here, rng = layout(tree, {}), np.random.default_rng(2)
    sizes = distinct(here, rng, ENOUGH)
    found = domains.point(here, domains.find(here, {}, sizes, rng), {}, "", sizes, rng=rng)
    assert isinstance(found, Point), found
    return found


def gradients(backward, arrays, cotangents):
    """What the derived equations say, by plain loops."""
    tree = parse_tree(str(backward))
    known = [line.name for line in tree.arrays if line.name not in arrays]
    given = dict(zip(known, cotangents.values(), strict=True))
    done = run(tree, {**arrays, **given}, NUMBERS)
    return {output.name: done.array(output.name) for output in tree.outputs}


@pytest.mark.parametrize("text", [text for _, text in TEXTS], ids=[name for name, _ in TEXTS])
def test_gather_form_is_scatter_form(text):
    program = derive.bind(derive.parse(text))
    backward, tree = derive.adjoint(program), parse_tree(str(program))
    point = generic(tree)
    expected = reverse(tree, point.arrays, NUMBERS).gradients(point.cotangents)
    lifted = {n: mapped(g, NUMBERS.exact) for n, g in point.cotangents.items()}
    derived = gradients(backward, dict(point.arrays), lifted)
    assert len(derived) == len(expected)
    for gradient, (array, wanted) in zip(derived.values(), expected.items(), strict=True):
        assert gradient.shape == wanted.shape
        gaps = np.asarray(gradient - wanted, dtype=object).flat
        assert all(abs(gap) < CLOSE for gap in gaps), array
