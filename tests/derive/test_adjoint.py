"""Derived equations as the textbooks print them, and properties that every adjoint has."""

from __future__ import annotations

from itertools import pairwise

import pytest

import derive

LAYERS = derive.layers()

# layer, and equations that its adjoint must hold to the letter
TEXTBOOK = [
    ("dense", [
        "dz[n, i] = da[n, i]*[z[n, i] > 0]",
        "dx[n, j] = sum[i](dz[n, i]*W[i, j])",
        "dW[i, j] = sum[n](dz[n, i]*x[n, j])",
        "db[i] = sum[n](dz[n, i])",
    ]),
    ("tanh", ["dz[n, i] = da[n, i]*(1 - a[n, i]^2)"]),
    ("sigmoid", ["dz[n, i] = da[n, i]*a[n, i]*(1 - a[n, i])"]),
    ("softmax", ["dz[n, i] = p[n, i]*(dp[n, i] - sum[k](dp[n, k]*p[n, k]))"]),
    ("softmax_cross_entropy", ["dz[n, k] = dloss*(p[n, k] - t[n, k])/size(n)"]),
    ("binary_cross_entropy_logits", [
        "dz[n, i] = dloss*(sigmoid(z[n, i]) - t[n, i])/size(n)",
    ]),
    ("mse", ["dy[n, i] = 2*dloss*(y[n, i] - t[n, i])/size(n)"]),
    ("conv2d", [
        "dx[n, c, h, w] = sum[f, p, q](dy[n, f, (h - d*p + P)/s, (w - d*q + P)/s]*W[f, c, p, q])",
        "dW[f, c, p, q] = sum[n, u, v](dy[n, f, u, v]*x[n, c, s*u + d*p - P, s*v + d*q - P])",
        "db[f] = sum[n, u, v](dy[n, f, u, v])",
    ]),
    ("conv_transpose2d", [
        "dx[n, c, h, w] = sum[f, p, q](dy[n, f, s*h - P + d*p, s*w - P + d*q]*W[c, f, p, q])",
    ]),
    ("match1d", [
        "dx[n, c, h] = 2*sum[f, p](dy[n, f, h - p]*(x[n, c, h] - W[f, c, p]))",
    ]),
    ("maxpool1d", [
        "y_arg[n, c, u] = argmax[p](x[n, c, s*u + p - P])",
        "dx[n, c, h] = "
        "sum[p](dy[n, c, (h - p + P)/s]*[y_arg[n, c, (h - p + P)/s] == p])",
    ]),
    ("embedding", ["dE[k, i] = sum[n where id[n] == k](dy[n, i])"]),
    ("rnn", [
        "dh_in[t, n, i] = dh_total[t, n, i]*(1 - h[t, n, i]^2)",
        "dW_hh[i, k] = sum[t, n](dh_in[t, n, i]*h[t - 1, n, k])",
        "dh0[n, i] = sum[k](dh_in[0, n, k]*W_hh[k, i])",
    ]),
    ("lstm", [
        "dc_total[t, n, i] = dc[t, n, i] + dc_total[t + 1, n, i]*f[t + 1, n, i]"
        " + dh_total[t, n, i]*o[t, n, i]*(1 - h_tanh[t, n, i]^2)",
        "df_in[t, n, i] = dc_total[t, n, i]*c[t - 1, n, i]*f[t, n, i]*(1 - f[t, n, i])",
        "dU_f[i, k] = sum[t, n](df_in[t, n, i]*h[t - 1, n, k])",
        "dc0[n, i] = dc_total[0, n, i]*f[0, n, i]",
    ]),
    ("attention", [
        "da[n, t, s] = p[n, t, s]*(dp[n, t, s] - sum[k](dp[n, t, k]*p[n, t, k]))",
    ]),
]  # fmt: skip

# the forward equations by themselves, and one derived equation
RULES = [
    # every row of the table in derive/cotangent/solve.py
    ("input x[i]\noutput y[i]\ny[i] = x[i + 1] if i + 1 < size(i) else 0",
     "dx[i] = dy[i - 1]", None),
    ("input x[i]\noutput y[i]\ny[i] = x[size(i) - 1 - i]", "dx[i] = dy[size(i) - 1 - i]", None),
    ("input x[i]\nindex u : size(i)//3\noutput y[u]\ny[u] = x[3*u]", "dx[i] = dy[i/3]", None),
    ("input x[i]\nindex u : 2*size(i)\noutput y[u]\ny[u] = x[u//2]",
     "dx[i] = sum[m](dy[2*i + m])", None),
    ("input X[i, i]\noutput y\ny = sum[i](X[i, i])", "dX[i, i2] = dy*[i == i2]", None),
    ("input x[i]\noutput y[i]\ny[i] = sum[j where j <= i](x[j])",
     "dx[i] = sum[j where i <= j](dy[j])", None),
    ("input x[i]\noutput y\ny = x[2]", "dx[i] = dy*[2 == i]", None),
    # reductions
    ("input x[i]\noutput y\ny = prod[i](x[i])",
     "dx[i] = dy*prod[i2 where not i2 == i](x[i2])", None),
    ("input x[n, i]\noutput y[n]\ny[n] = logsumexp[i](x[n, i])",
     "dx[n, i] = dy[n]*exp(x[n, i] - y[n])", None),
    ("input x[n, i]\noutput y[n]\ny[n] = mean[i](x[n, i])", "dx[n, i] = dy[n]/size(i)", None),
    ("input x[t], a\noutput y\ny = sum[t](a^t*x[t])",
     "da = dy*sum[t where t != 0](x[t]*t*a^(t - 1))", None),
    # a maximum behind a condition is still named by itself
    ("input x[i]\noutput y[i]\nindex j : size(i)\ny[i] = max[j](x[(j + i) % size(i)]) if i >= 1 else 2",
     "y_max_arg[i] = argmax[j](x[(j + i) % size(i)] if i >= 1 else 0)", None),
    # an input that is read nowhere
    ("input x[i], z[i]\noutput y[i]\ny[i] = 2*z[i]", "dx[i] = 0", None),
    ("input x[i], z[i]\noutput y[i]\ny[i] = 2*z[i]", "dz[i] = 2*dy[i]", None),
    # a factor with a hole is asked about only where there is an element
    ("input x[h], v[u]\nparam w[p]\nindex u : size(h) - size(p) + 1\noutput y[u]\n"
     "y[u] = sum[p](x[u + p]^2*w[p]/v[u])", "dx", "where 0 <= h - p and h - p < size(u)"),
]  # fmt: skip


def equations(program: derive.Program) -> dict[str, str]:
    return {e.name: str(e) for e in program.equations if not e.is_start}


@pytest.mark.parametrize(("layer", "expected"), TEXTBOOK, ids=[row[0] for row in TEXTBOOK])
def test_prints_as_the_textbook(layer: str, expected: list[str]) -> None:
    found = equations(derive.adjoint(derive.load(layer)))
    for line in expected:
        assert found[line.partition("[")[0].partition(" =")[0]] == line


@pytest.mark.parametrize(("text", "expected", "holds"), RULES)
def test_rule(text: str, expected: str, holds: str | None) -> None:
    found = equations(derive.adjoint(derive.parse(text)))
    if holds is None:
        assert expected in found.values()
    else:
        assert holds in found[expected]


@pytest.mark.parametrize("layer", LAYERS)
def test_prints_and_parses_again(layer: str) -> None:
    backward = derive.adjoint(derive.load(layer))
    assert derive.parse(str(backward)) == backward


@pytest.mark.parametrize("layer", LAYERS)
def test_same_equations_same_text(layer: str) -> None:
    assert str(derive.adjoint(derive.load(layer))) == str(derive.adjoint(derive.load(layer)))


@pytest.mark.parametrize("layer", LAYERS)
def test_gives_a_gradient_for_every_input_and_param_in_order(layer: str) -> None:
    program = derive.load(layer)
    backward = derive.adjoint(program)
    wanted = tuple(f"d{a.name}" for a in program.arrays if a.differentiable)
    assert backward.outputs == wanted
    given = [a.name for a in backward.arrays]
    assert given == [a.name for a in program.arrays] + [f"d{o}" for o in program.outputs]


def test_a_recurrence_stays_one_equation_whatever_the_length() -> None:
    backward = derive.adjoint(derive.load("rnn"))
    text = equations(backward)["dh_total"]
    assert "t + 1" in text
    assert len(backward.equations) < 15


def test_every_equation_has_a_story_that_ends_with_it() -> None:
    backward = derive.adjoint(derive.load("softmax_cross_entropy"))
    for name, text in equations(backward).items():
        told = [s for s in backward.steps if s.equation == name]
        if told:
            assert told[0].rule == "chain rule"
            assert told[-1].after == text
            assert all(a.after == b.before for a, b in pairwise(told))
    assert {s.rule for s in backward.steps} >= {
        "chain rule", "differentiate", "collapse", "reuse forward value", "simplify",
    }  # fmt: skip


def test_an_output_that_is_read_again_sums_what_reaches_it() -> None:
    text = "input x[i]\noutput h[i], y[i]\nh[i] = 2*x[i]\ny[i] = 3*h[i]"
    found = equations(derive.adjoint(derive.parse(text)))
    assert found["dx"] == "dx[i] = 2*(dh[i] + 3*dy[i])"


def test_a_computed_array_makes_room_for_a_gradient_of_the_same_name() -> None:
    text = "input x[i]\noutput dx[i], y[i]\ndx[i] = sin(x[i])\ny[i] = dx[i]*dx[i]"
    backward = derive.adjoint(derive.parse(text))
    assert [a.name for a in backward.arrays] == ["x", "ddx", "dy"]
    assert backward.outputs == ("dx",)
    assert "cos(x[i])" in equations(backward)["dx"]


def test_a_given_array_that_is_an_output_passes_its_cotangent_on() -> None:
    backward = derive.adjoint(derive.parse("input x[i]\noutput x[i], y[i]\ny[i] = 2*x[i]"))
    assert equations(backward)["dx"] == "dx[i] = dx_out[i] + 2*dy[i]"


@pytest.mark.parametrize("layer", ["dense", "lstm", "softmax", "conv2d", "layer_norm"])
def test_can_be_differentiated_again(layer: str) -> None:
    once = derive.adjoint(derive.load(layer))
    twice = derive.adjoint(once)
    assert twice.outputs == tuple(f"d{a.name}" for a in once.arrays if a.differentiable)
    assert derive.parse(str(twice)) == twice
