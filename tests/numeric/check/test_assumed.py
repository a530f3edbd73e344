"""Data of programs with assumptions keep them, whatever else speaks for the data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derive.parser import parse_tree
from numeric.check import domains
from numeric.check.domains import Domains
from numeric.check.draws import Kind
from numeric.check.indices import layout

SUM = """input z[n, k]
const t[n, k]
assume sum[k](t[n, k]) = 1
output y
y = sum[n, k](t[n, k]*z[n, k])
"""


@pytest.mark.parametrize("seed", range(20))
def test_a_kind_that_keeps_an_assumption_by_chance_is_not_believed(seed):
    here = layout(parse_tree(SUM), {})
    sizes = {"n": 2, "k": 2}  # where either axis may be taken for the other
    found = domains.find(here, {}, sizes, np.random.default_rng(seed), lambda _: True)
    assert found.kinds["t"] == Kind("simplex", 1)


def test_a_point_that_breaks_an_assumption_is_none():
    here = layout(parse_tree(SUM), {})
    wrong = Domains({"z": Kind("normal"), "t": Kind("simplex", 0)}, {})
    sizes = {"n": 3, "k": 5}
    rng = np.random.default_rng(0)
    found = domains.point(here, wrong, {}, "any", sizes, rng=rng, finite=lambda _: True)
    assert found == "an assumption does not hold"
    right = Domains({"z": Kind("normal"), "t": Kind("simplex", 1)}, {})
    point = domains.point(here, right, {}, "any", sizes, rng=rng, finite=lambda _: True)
    assert [sum(row) for row in point.arrays["t"]] == [Fraction(1)] * 3
