"""Positions of extremes: who finds them, and how small they are kept."""

from __future__ import annotations

import numpy as np
import pytest

import derive
import numeric
from derive.lower.arrange import arrange
from derive.lower.positions import fits_a_byte

POOL = (
    "input x[n,h]\noutput {outputs}\nindex p : {k}\nindex u : (size(h) - {k})//2 + 1\n"
    "{more}y[n,u] = max[p](x[n,2*u + p])"
)
WHERE = "a[n,u] = argmax[p](x[n,2*u + p])\n"


@pytest.mark.parametrize(
    ("text", "together"),
    [
        (POOL.format(outputs="y[n,u]", k=2, more=""), {"y": "y_arg"}),
        (POOL.format(outputs="y[n,u]", k=200, more=""), {}),
        ("input x[n,h]\noutput y[n]\ny[n] = max[h](x[n,h])", {}),  # no window: no loop
        (  # twice the largest: backward asks the same of what forward has found
            POOL.format(outputs="z[n,u]", k=2, more="z[n,u] = y[n,u]^2\n"), {"y": "y_arg"}
        ),
    ],
)
def test_forward_finds_positions_with_extremes(text: str, together: dict[str, str]) -> None:
    found = arrange(derive.bind(derive.parse(text)))
    assert found.together == together
    assert [n for n in found.split.saved if n in together.values()] == list(together.values())


def test_windows_need_not_be_kept() -> None:
    found = arrange(derive.bind(derive.load("maxpool2d"), k=3, s=2, P=1))
    assert found.split.saved == ("y_arg",)


@pytest.mark.parametrize(
    ("k", "more", "outputs", "fits"),
    [
        (128, WHERE, "y[n,u]", True),
        (129, WHERE, "y[n,u]", False),
        (2, WHERE, "a[n,u], y[n,u]", False),
        (2, WHERE + "b[n,u] = 3*a[n,u]\n", "b[n,u], y[n,u]", False),
        (2, WHERE + "b[n,u] = [a[n,u] == 1]\n", "b[n,u], y[n,u]", True),
        (2, WHERE + "b[n,u] = [a[n,u] > 0]\n", "b[n,u], y[n,u]", False),
    ],
)
def test_bytes_hold_small_positions_that_are_only_compared(
    k: int, more: str, outputs: str, fits: bool
) -> None:
    program = derive.bind(derive.parse(POOL.format(outputs=outputs, k=k, more=more)))
    definition = program.definition("a")
    assert definition is not None
    assert fits_a_byte("a", definition.expr.indices, program) == fits


@pytest.mark.parametrize("value", [-np.inf, np.nan, 0.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_first_of_the_largest_gets_it_all(value: float, dtype: str) -> None:
    kernel = numeric.build(derive.load("maxpool1d"), k=2, s=2)
    x = np.full((1, 1, 4), value, dtype)
    y, saved = kernel.run_forward(x)
    (dx,) = kernel.run_backward(saved, np.ones_like(y))
    np.testing.assert_array_equal(y, x[:, :, ::2])
    np.testing.assert_array_equal(dx, [[[1, 0, 1, 0]]])
    assert dx.dtype == dtype
