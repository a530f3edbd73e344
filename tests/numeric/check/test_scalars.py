"""Arrays without axes, of which NumPy makes bare numbers, are checked like all others."""

from __future__ import annotations

import pytest

import derive
import numeric

FUNCTIONS = ["relu(x)", "abs(x)*w", "max(x, w)", "x*w if x > w else w", "tanh(x)/w", "step(x)*w"]


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("expr", FUNCTIONS)
def test_scalars_are_checked(expr: str, fast: bool) -> None:
    text = f"input x\nparam w\noutput y\ny = {expr}"
    assert numeric.check(derive.parse(text), fast=fast).exit_code in (0, 3)
