"""Emitted code at poles: a cotangent of zero gives a gradient of zero, others are as they were."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import derive
import numeric
from derive.parser import parse_tree
from numeric.interpret.arithmetic import reals
from numeric.interpret.reverse import reverse

INF = np.inf

# A program, its arrays in order, the cotangents, and the first gradient.
AT_POLES = {
    "root": ("input x[n]\noutput y[n]\ny[n] = sqrt(x[n])", ([0, 4, 0],), ([0, 1, 1],), [0, 0.25, INF]),
    "power": ("input x[n]\noutput y[n]\ny[n] = x[n]^0.5", ([0, 4, 0],), ([0, 1, 1],), [0, 0.25, INF]),
    "negative power": (
        "input x[n]\noutput y[n]\ny[n] = x[n]^-1", ([0, 2, 0],), ([0, 1, 1],), [0, -0.25, -INF],
    ),
    "logarithm": ("input x[n]\noutput y[n]\ny[n] = log(x[n])", ([0, 4],), ([0, 1],), [0, 0.25]),
    "quotient": ("input x[n]\noutput y[n]\ny[n] = 1/x[n]", ([0, 2],), ([0, 1],), [0, -0.25]),
    "norm of a row of zeros": (
        "input x[n, j]\noutput y[n]\ny[n] = sqrt(sum[j](x[n, j]^2))",
        ([[0, 0], [3, 4]],), ([0, 1],), [[0, 0], [0.6, 0.8]],
    ),
    "row over its norm": (
        "input x[n, j]\noutput y[n, j]\ny[n, j] = x[n, j]/sqrt(sum[k](x[n, k]^2))",
        ([[0, 0], [3, 4]],), ([[0, 0], [1, 0]],), [[0, 0], [0.128, -0.096]],
    ),
    "logarithm on a line of its own": (
        "input x[n]\noutput y[n]\ns[n] = log(x[n])\ny[n] = exp(s[n]/2)",
        ([0, 4],), ([1, 1],), [0, 0.25],
    ),
    "a factor of zero": (
        "input x[n], w[n]\noutput y[n]\ny[n] = w[n]*sqrt(x[n])",
        ([0, 4], [0, 2]), ([1, 1],), [0, 0.5],
    ),
    "sigmoid of a logarithm": (
        "input x[n]\noutput y[n]\ny[n] = sigmoid(log(x[n]))", ([0, 1],), ([1, 1],), [0, 0.25],
    ),
    "under a sum": (
        "input x[n, j], s[n]\nparam W[i, j]\noutput y[n, i]\n"
        "y[n, i] = sum[j](W[i, j]*x[n, j]/s[n])",
        ([[1, 2], [3, 4]], [0, 2], [[1, 1]]), ([[0], [2]],), [[0, 0], [1, 1]],
    ),
    "a part of a matrix": (
        "input x[n, i]\noutput y[n]\ny[n] = sum[i](sqrt(x[n, i]))",
        ([[0, 1], [4, 1]],), ([0, 1],), [[0, 0], [0.25, 0.5]],
    ),
    "recurrence": (
        "input x[t]\noutput h[t]\nh[-1] = 1\nh[t] = sqrt(h[t - 1]*x[t])",
        ([1, 0, 0],), ([1, 0, 0],), [0.5, 0, 0],
    ),
    "a power of data": (
        "input p[n], x[n]\noutput y[n]\ny[n] = x[n]^p[n]",
        ([2, 2], [0, 1]), ([1, 1],), [0, 0],
    ),
    "a masked loss": (
        "input p[n, k]\nconst t[n, k]\noutput L[n]\nL[n] = -sum[k](t[n, k]*log(p[n, k]))",
        ([[0, 1], [0.5, 0.5]], [[0, 1], [1, 0]]), ([0, 1],), [[0, 0], [-2, 0]],
    ),
}  # fmt: skip


def emitted(text):
    space = {"__name__": "emitted"}
    exec(numeric.build(derive.parse(text)).source, space)  # what is under test
    return space


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("text", "arrays", "cotangents", "expected"), AT_POLES.values(), ids=list(AT_POLES)
)
def test_a_cotangent_of_zero_stops_at_a_pole(text, arrays, cotangents, expected, dtype):
    module = emitted(text)
    with np.errstate(all="ignore"):
        *_, saved = module["forward"](*(np.array(a, dtype) for a in arrays))
    first = module["backward"](saved, *(np.array(g, dtype) for g in cotangents))[0]
    assert first.dtype == dtype
    np.testing.assert_allclose(first, np.array(expected, dtype), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "arrays", "cotangents", "expected"), AT_POLES.values(), ids=list(AT_POLES)
)
def test_the_interpreter_means_the_same(text, arrays, cotangents, expected):
    tree, numbers = parse_tree(text), reals(40)
    given = {
        line.name: np.vectorize(lambda x: numbers.exact(Fraction(x)), otypes=[object])(a)
        for line, a in zip(tree.arrays, arrays, strict=True)
    }
    done = reverse(tree, given, numbers)
    g = {o.name: np.array(c, object) for o, c in zip(tree.outputs, cotangents, strict=True)}
    found = next(iter(done.gradients(g).values()))
    np.testing.assert_allclose(found.astype(float), np.array(expected, float), rtol=1e-6)


@pytest.mark.parametrize("text", [row[0] for row in AT_POLES.values()], ids=list(AT_POLES))
def test_second_derivatives_are_those_of_the_plain_equations(text):
    found = numeric.check(derive.parse(text), second_order=True, fast=True)
    assert found.exit_code == 0, str(found)


def test_away_from_a_pole_the_gradient_of_zero_has_a_slope():
    # dx = dy/(2*y) is linear in dy: at dy = 0 its own derivative is not zero
    backward = derive.adjoint(derive.parse("input x[n]\noutput y[n]\ny[n] = sqrt(x[n])"))
    module = emitted(str(backward))
    _, saved = module["forward"](np.array([4.0]), np.array([0.0]))
    _, ddy = module["backward"](saved, np.array([1.0]))
    assert ddy[0] == 0.25
