"""Clipping: against its equations, and where numbers leave their range."""

from math import hypot, inf, isnan, nan

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric.clipping import ClipNorm, ClipValue, norm
from numeric.interpret import interpret


@pytest.mark.parametrize(
    ("clip", "name"),
    [
        (ClipNorm(0.5), "clip_norm"),
        (ClipNorm(100.0), "clip_norm"),
        (ClipValue(0.5), "clip_value"),
        (ClipValue(100.0), "clip_value"),
    ],
)
def test_gradients_are_those_of_the_equations(clip, name):
    rng = np.random.default_rng(0)
    given = {"0.W": rng.standard_normal((3, 2)), "0.b": rng.standard_normal(4)}
    before = {key: value.copy() for key, value in given.items()}
    together = np.concatenate([value.ravel() for value in given.values()])
    for _ in range(2):
        found = clip(given)
    flat = np.concatenate([value.ravel() for value in found.values()])
    wanted = interpret(derive.load(name), {"g": together}, limit=clip.limit)["g_next"]
    assert flat == pytest.approx(wanted, rel=1e-14)
    assert all((value == before[key]).all() for key, value in given.items())


def test_the_direction_stays_and_the_norm_is_the_limit():
    given = {"W": np.array([3.0, 0.0]), "b": np.array([4.0])}
    found = ClipNorm(1.0)(given)
    assert found["W"].tolist() == pytest.approx([0.6, 0])
    assert norm(found) == pytest.approx(1, rel=1e-15)


def test_small_gradients_are_handed_on_as_they_are():
    given = {"W": np.array([0.3, 0.4])}
    assert ClipNorm(1.0)(given)["W"] is given["W"]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([3, 4], 5.0),
        ([], 0.0),
        ([3e30, 4e30], 5e30),  # whose squares are infinite in float32
        ([inf, 1], inf),
        ([nan, 1], nan),
    ],
)
def test_norms_where_numbers_end(values, wanted):
    found = norm({"W": np.array(values, "float32"), "b": np.zeros(2, "float32")})
    assert isnan(found) if isnan(wanted) else found == pytest.approx(wanted, rel=1e-6)


def test_norms_run_over_all_gradients():
    assert norm({"W": np.full((2, 2), 3.0), "b": np.array([2.0])}) == hypot(3, 3, 3, 3, 2)


@pytest.mark.parametrize("kind", [ClipNorm, ClipValue])
@pytest.mark.parametrize("limit", [0, -1, nan, inf])
def test_limits_out_of_range_are_refused(kind, limit):
    with pytest.raises(OptionRefused, match=f"limit = {limit} is not above 0"):
        kind(limit)
