"""Backward equations differentiated again, against differences of the first gradients."""

import numpy as np
import pytest

import derive
import numeric

# Two central differences, extrapolated: the error is of order STEP^4, a few 1e-12 here, and
# rounding adds about 1e-16/STEP.
STEP = 1e-3
RELATIVE = 1e-9

QUADRATIC = """
    input x[i]
    param A[i, i]
    output y
    y = sum[i, j](x[i]*A[i, j]*x[j])
"""
LOG_SUM_EXP = """
    input z[n, k]
    output s[n]
    s[n] = log(sum[k](exp(z[n, k])))
"""
LOGISTIC_REGRESSION = """
    const x[n, j], t[n]
    param w[j], b
    output loss
    z[n] = sum[j](w[j]*x[n, j]) + b
    loss = mean[n](softplus(z[n]) - t[n]*z[n])
"""
TANH_NETWORK = """
    input x[n, j]
    const t[n, k]
    param W[i, j], b[i], V[k, i], c[k]
    output loss
    h[n, i] = tanh(sum[j](W[i, j]*x[n, j]) + b[i])
    y[n, k] = tanh(sum[i](V[k, i]*h[n, i]) + c[k])
    loss = mean[n](sum[k]((y[n, k] - t[n, k])^2))
"""
RECURRENCE = """
    input x[t, i]
    param U[i, i]
    output s
    h[-1, i] = 0
    h[t, i] = tanh(x[t, i] + sum[k](U[i, k]*h[t - 1, k]))
    s = sum[t, i](h[t, i]^2)
"""
SIZES = {"n": 4, "i": 3, "j": 2, "k": 3, "t": 4}

ROWS = [
    pytest.param(QUADRATIC, id="x^T A x"),
    pytest.param(LOG_SUM_EXP, id="logsumexp"),
    pytest.param(LOGISTIC_REGRESSION, id="logistic regression"),
    pytest.param(TANH_NETWORK, id="two-layer tanh network"),
    pytest.param(RECURRENCE, id="recurrence"),
]


def _drawn(program, seed):
    rng = np.random.default_rng(seed)
    return {
        a.name: rng.standard_normal([SIZES[axis] for axis in program.axes(a.name)])
        for a in program.arrays
    }


def _trained(program):
    return [a.name for a in program.arrays if a.differentiable]


@pytest.mark.parametrize("text", ROWS)
def test_hessian_products_are_differences_of_gradients(text):
    program = derive.parse(text)
    first, second = numeric.build(program), numeric.build(derive.adjoint(program))
    point, along = _drawn(program, 1), _drawn(program, 2)
    output = program.outputs[0]
    shape = tuple(SIZES[axis] for axis in program.axes(output))
    cotangent = np.random.default_rng(3).standard_normal(shape)

    def gradients(step):
        moved = {
            name: value + step * along[name] if name in _trained(program) else value
            for name, value in point.items()
        }
        _, saved = first.forward(**moved)
        return first.backward(saved, **{output: cotangent})

    def slope(name, step):
        return (gradients(step)[name] - gradients(-step)[name]) / (2 * step)

    # the Hessian is symmetric: its product with ``along`` is the gradient of <along, gradient>
    _, saved = second.forward(**point, **{f"d{output}": cotangent})
    found = second.backward(saved, **{f"d{name}": along[name] for name in _trained(program)})
    for name in _trained(program):
        expected = (4 * slope(name, STEP / 2) - slope(name, STEP)) / 3
        scale = max(np.abs(expected).max(), 1.0)
        assert np.abs(found[name] - expected).max() <= RELATIVE * scale, name


@pytest.mark.parametrize("text", ROWS)
def test_the_second_backward_prints_and_parses_back(text):
    twice = derive.adjoint(derive.adjoint(derive.parse(text)))
    assert derive.parse(str(twice)) == twice


@pytest.mark.parametrize("text", ROWS)
def test_the_second_backward_is_proved(text):
    result = numeric.check(derive.adjoint(derive.parse(text)))
    # 1 - tanh^2 has no digits left where tanh is 1 but for rounding: floats lose, formulas do not
    saturated = {"S6 floats"} if "tanh" in text else set()
    assert {line.proof for line in result.lines if line.verdict != "PROVED"} <= saturated
    assert result.exit_code in ((0, 2) if saturated else (0,)), str(result)


def test_the_hessian_of_a_quadratic_form_is_what_the_textbook_says():
    program = derive.parse(QUADRATIC)
    kernel = numeric.build(derive.adjoint(program))
    point = _drawn(program, 1)
    outputs, saved = kernel.forward(**point, dy=np.ones(()))
    symmetric = point["A"] + point["A"].T
    assert outputs["dx"] == pytest.approx(symmetric @ point["x"], rel=1e-12)
    rows = [kernel.backward(saved, dx=unit)["x"] for unit in np.eye(SIZES["i"])]
    assert np.array(rows) == pytest.approx(symmetric, rel=1e-12)
