"""Functions of one entry, and their kinks."""

from __future__ import annotations

import numpy as np
import pytest

import derive
import numeric
from reports.equations import derived
from reports.figures.pointwise import Curves, Jump, argument, curves, plot
from reports.figures.subject import subject_of
from tests.reports.figures.programs import OWN, equations, program, subject

POINTWISE = {
    "elu", "gelu", "leaky_relu", "relu", "sigmoid", "silu", "softplus", "step", "tanh", "chain",
}  # fmt: skip


def test_what_is_a_function_of_one_entry() -> None:
    every = (*derive.layers(), *OWN)
    assert {name for name in every if argument(program(name)) is not None} == POINTWISE


@pytest.mark.parametrize(
    "text",
    [
        "input x[n], b[n]\noutput y[n]\ny[n] = x[n] + b[n]",
        "input x[n]\noutput y[n]\ny[n] = x[size(n) - 1 - n]",
        "input x[n, i]\noutput y[i, n]\ny[i, n] = x[n, i]",
        "input x[n]\noutput y[n]\ny[n] = n*x[n]",
        "input x[n]\noutput y[n], z[n]\ny[n] = x[n]\nz[n] = x[n]",
        "input x[n]\noutput y[n]\ny[n] = x[n]/sum[i](x[i])",
        "const x[n]\nparam w\noutput y[n]\ny[n] = x[n]*w",
    ],
)
def test_what_is_none(text: str) -> None:
    assert argument(derive.parse(text)) is None


def of(expression: str) -> Curves:
    given = derive.parse(f"input x[n]\noutput y[n]\ny[n] = {expression}")
    found = subject_of(given, numeric.build(given).source, 0)
    assert found is not None
    return curves(found, "x", 1)


@pytest.mark.parametrize(
    ("expression", "place", "below", "value", "above"),
    [
        ("relu(x[n])", 0, 0, 0, 1),
        ("abs(x[n])", 0, -1, 0, 1),
        ("relu(x[n] - 1)", 1, 0, 0, 1),
        ("leaky_relu(x[n], 0.25)", 0, 0.25, 0.25, 1),
        ("max(x[n], -x[n]/2)", 0, -0.5, 0.25, 1),
        ("elu(x[n], 3)", 0, 3, 3, 1),
        ("x[n] if x[n] < 2 else 2", 2, 1, 0, 0),
    ],
)
def test_kinks(expression: str, place: float, below: float, value: float, above: float) -> None:
    found = of(expression)
    (jump,) = found.slope_jumps
    assert found.value_jumps == ()
    numbers = (jump.place, jump.below, jump.value, jump.above)
    assert numbers == pytest.approx((place, below, value, above), abs=1e-5)


def test_jumps_of_the_function_itself() -> None:
    found = of("step(x[n] + 1/2)")
    assert found.value_jumps == (Jump(-0.5, 0.0, 0.0, 1.0),)
    assert found.slope_jumps == ()


@pytest.mark.parametrize("expression", ["tanh(x[n])", "elu(x[n], 1)", "20*sigmoid(9*x[n])"])
def test_what_is_steep_is_no_jump(expression: str) -> None:
    assert of(expression).slope_jumps == of(expression).value_jumps == ()


@pytest.mark.parametrize(
    ("expression", "low", "high"), [("log(x[n])", 0, 4), ("log(x[n]) + log(1 - x[n])", 0, 1)]
)
def test_only_where_the_function_is(expression: str, low: float, high: float) -> None:
    found = of(expression)
    assert (found.grid[0], found.grid[-1]) == (low, high)


def test_the_curves_are_those_of_the_kernel() -> None:
    found = curves(subject("tanh"), "z", 2)
    assert np.allclose(found.values, np.tanh(found.grid))
    assert np.allclose(found.slopes, 1 - np.tanh(found.grid) ** 2)


def test_the_picture_says_where_the_kink_is() -> None:
    figure = plot(equations("relu"), subject("relu"))
    assert figure is not None
    assert "At 0 the derivative jumps from 0 to 1; the kernel gives 0 there." in figure.alt
    assert "filled dot" in str(figure.caption)


def test_a_function_of_a_scalar() -> None:
    given = derive.parse("input x\noutput y\ny = tanh(x)")
    found = subject_of(given, numeric.build(given).source, 0)
    assert found is not None
    figure = plot(derived(given), found)
    assert figure is not None
    assert "Two plots over x" in figure.alt
