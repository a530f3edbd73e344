"""S7: what only large shapes show, and kernels that do not run in complex numbers."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.check import analytic, check_source, large
from numeric.check.result import INCONCLUSIVE, PROVED, WRONG
from numeric.check.shim import read

PROGRAM = "input x[n, k]\nparam w[k]\noutput y[n]\ny[n] = sum[k](tanh(x[n, k])*w[k])"
KERNEL = """import numpy as np


def forward(x, w):
    t = np.tanh(x)
    return t @ w, (t, w)


def backward(saved, dy):
    t, w = saved
    dx = dy[:, None] * w * (1 - t * t)
    dw = dy @ t
    return dx, dw
"""


def line(result):
    return next(line for line in result.lines if line.proof == large.PROOF.name)


def test_large_shapes_are_looked_at():
    found = line(check_source(PROGRAM, KERNEL))
    # one product at four points; at three of these the forward too, drawn entries and the last
    assert (found.verdict, found.comparisons) == (PROVED, 4 + 3 * 6 + 4 + 5 + 2)
    assert found.worst < 1e-2
    assert "loop steps at n = " in found.note
    assert "also at n = 5" in found.note


def test_a_bug_in_long_sums_is_found_here_alone():
    wrong = KERNEL.replace("dw = dy @ t", "dw = dy[:13] @ t[:13] + 0.5 * (dy[13:] @ t[13:])")
    result = check_source(PROGRAM, wrong)
    assert (result.verdict, result.counterexample.proof) == (WRONG, large.PROOF.name)
    assert result.counterexample.entry.startswith("dw")


THIRD = "np.where(np.arange(len(w)) < {}, dy @ t, 0.5 * (dy @ t))"


def test_a_third_place_along_an_axis_is_looked_at():
    # the same from the fourth place on, which no cheap extents have
    wrong = KERNEL.replace("dw = dy @ t", f"dw = {THIRD.format(3)}")
    assert check_source(PROGRAM, wrong).verdict == WRONG
    right = KERNEL.replace("dw = dy @ t", f"dw = {THIRD.format(10**6)}")
    assert check_source(PROGRAM, right).verdict == PROVED


def test_a_kernel_that_casts_is_differenced():
    casts = KERNEL.replace("np.tanh(x)", "np.tanh(x.astype(x.real.dtype))")
    found = line(check_source(PROGRAM, casts))
    assert found.verdict == PROVED
    assert "differenced, since in complex numbers it fails: forward: raises Complex" in found.note
    wrong = casts.replace("dw = dy @ t", "dw = dy[:13] @ t[:13] + 0.5 * (dy[13:] @ t[13:])")
    assert line(check_source(PROGRAM, wrong)).verdict in (WRONG, INCONCLUSIVE)


def test_lost_digits_are_no_wrong_formula(monkeypatch):
    monkeypatch.setattr(large, "THRESHOLD", 1e-40)
    found = line(check_source(PROGRAM, KERNEL, seed=1))
    assert found.verdict == PROVED
    assert "equal in the field: only digits are lost" in found.note or found.worst == 0


TEXT = "import numpy as np\ndef forward(x):\n    return {}, x\ndef backward(saved, dy):\n    return dy\n"
X = np.array([-1.5, -0.25, 0.125, 0.75, 3.0])


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("np.abs(x)", np.sign(X)),
        ("np.sign(x) * x", np.sign(X)),
        ("np.maximum(x, 0.5)", (X > 0.5).astype(float)),
        ("np.where(x > 0, x * x, 3 * x)", np.where(X > 0, 2 * X, 3)),
        ("np.log1p(np.abs(x))", np.sign(X) / (1 + np.abs(X))),
        ("np.expm1(x)", np.exp(X)),
        ("np.logaddexp(x, 0 * x)", 1 / (1 + np.exp(-X))),
        ("x / 3 + x**2", 1 / 3 + 2 * X),
        ("np.tanh(x)", 1 - np.tanh(X) ** 2),
        ("np.vecdot(x[:, None], x[:, None])", 2 * X),  # NumPy would conjugate one of them
    ],
)
def test_functions_are_analytic(text, slope):
    y, _ = analytic.execute(read(TEXT.format(text))).forward(X + 1j * analytic.STEP)
    real, _ = analytic.execute(read(TEXT.format(text))).forward(X)
    assert np.imag(y) / analytic.STEP == pytest.approx(slope, rel=1e-14, abs=1e-14)
    assert np.real(y) == pytest.approx(real, rel=1e-15)


@pytest.mark.parametrize("name", analytic.SPECIAL)
def test_special_functions_are_replaced(name):
    text = TEXT.format(f"{name}(x)") + f"def {name}(z):\n    return z.wrong\n"
    x = np.abs(X)
    y, _ = analytic.execute(read(text)).forward(x + 1j * analytic.STEP)
    ends = [analytic.SPECIAL[name](x + step) for step in (1e-5, -1e-5)]
    slope = np.real(ends[0] - ends[1]) / 2e-5
    assert np.imag(y) / analytic.STEP == pytest.approx(slope, rel=1e-6, abs=1e-9)
