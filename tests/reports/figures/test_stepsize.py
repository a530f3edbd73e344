"""The error of differences: a V where something bends, a line where nothing does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from numeric.check.subject import Subject
from reports.figures import stepsize
from reports.figures.stepsize import STEPS, Errors, bend, best, errors, leaps, plot, rounding
from reports.figures.subject import Array, data, gradients
from tests.reports.figures.programs import equations, subject


def found(name: str) -> Errors:
    of = subject(name)
    chosen = data(of, of.ordinary_extents, 0)
    assert chosen is not None
    return errors(of, chosen, 0)


def slope(row: Array, low: float, high: float) -> float:
    inside = (low <= STEPS) & (high >= STEPS)
    return float(np.polyfit(np.log10(STEPS[inside]), np.log10(row[inside]), 1)[0])


@pytest.mark.parametrize(
    ("name", "array"),
    [("tanh", "z"), ("gelu", "z"), ("softmax_cross_entropy", "z"), ("gru", "h0")],
)
def test_the_v_is_a_v(name: str, array: str) -> None:
    row = found(name).rows[array]
    at = best(row)
    assert 1e-6 < STEPS[at] < 1e-3
    assert slope(row, 1e-12, STEPS[at] / 5) == pytest.approx(-1, abs=0.25)
    assert slope(row, STEPS[at] * 10, 0.05) == pytest.approx(2, abs=0.15)
    assert row[at] < 1e-8 < min(row[0], row[-1])
    factor = bend(row)
    assert factor is not None
    assert factor * 0.01**2 == pytest.approx(row[np.argmin(abs(STEPS - 0.01))], rel=0.5)
    assert rounding(row) * 1e8 == pytest.approx(row[np.argmin(abs(STEPS - 1e-8))], rel=10)


@pytest.mark.parametrize(("name", "array"), [("conv2d", "W"), ("batch_norm", "beta")])
def test_what_is_linear_does_not_bend(name: str, array: str) -> None:
    row = found(name).rows[array]
    assert bend(row) is None
    assert not leaps(row)
    assert slope(row, STEPS[0], STEPS[-1]) == pytest.approx(-1, abs=0.2)


def test_a_step_over_a_kink_is_a_leap() -> None:
    assert any(leaps(row) for row in found("relu").rows.values())
    assert not any(leaps(row) for row in found("tanh").rows.values())


def test_a_wrong_gradient_is_a_plateau(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(
        of: Subject, arrays: Mapping[str, Array], cotangents: Mapping[str, Array]
    ) -> dict[str, Array]:
        return {n: 1.01 * g for n, g in gradients(of, arrays, cotangents).items()}

    monkeypatch.setattr(stepsize, "gradients", wrong)
    row = found("tanh").rows["z"]
    middle = row[(STEPS > 1e-8) & (STEPS < 1e-3)]
    assert middle.min() > 1e-4
    assert middle.max() < 1.01 * middle.min()


def test_arrays_that_are_assumed_something_of_are_left_alone() -> None:
    assert set(found("softmax_cross_entropy").rows) == {"z"}
    assert set(found("embedding").rows) == {"E"}
    assert not found("step").rows


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tanh", "the square of the step"),
        ("conv2d", "at most quadratic"),
        ("relu", "across a kink"),
    ],
)
def test_the_caption_says_what_there_is_to_see(name: str, said: str) -> None:
    of = subject(name)
    chosen = data(of, of.ordinary_extents, 0)
    assert chosen is not None
    figure = plot(equations(name), of, chosen, 0)
    assert figure is not None
    assert said in str(figure.caption[0])
    assert "The median error is" in figure.alt


def test_without_a_gradient_there_is_no_plot() -> None:
    of = subject("step")
    chosen = data(of, of.ordinary_extents, 0)
    assert chosen is not None
    assert plot(equations("step"), of, chosen, 0) is None
