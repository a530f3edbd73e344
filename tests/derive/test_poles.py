"""A cotangent of zero stops at a pole: where the derived equations say so, and where not."""

from __future__ import annotations

import pytest

import derive
from derive.scope import settle
from derive.simplify import PIPELINE

LOSS = "input p[n, k]\nconst t[n, k]\noutput loss\nloss = -mean[n](sum[k](t[n, k]*log(p[n, k])))"

# What each equation says of its gradients.
STOPS = {
    "root": (
        "input x[n]\noutput y[n]\ny[n] = sqrt(x[n])",
        "dx[n] = dy[n]/(2*y[n]) if y[n] != 0 or dy[n] != 0 else 0",
    ),
    "logarithm": (
        "input x[n]\noutput y[n]\ny[n] = log(x[n])",
        "dx[n] = dy[n]/x[n] if x[n] != 0 or dy[n] != 0 else 0",
    ),
    "quotient": (
        "input x[n], z[n]\noutput y[n]\ny[n] = x[n]/(x[n] + z[n])",
        "dx[n] = dy[n]*(1 - y[n])/(x[n] + z[n]) if x[n] + z[n] != 0 or dy[n] != 0 else 0",
    ),
    "power": (
        "input x[n]\noutput y[n]\ny[n] = x[n]^0.5",
        "dx[n] = dy[n]*x[n]^-0.5/2 if x[n] != 0 or dy[n] != 0 else 0",
    ),
    "power of data": (
        "input x[n], p[n]\noutput y[n]\ny[n] = x[n]^p[n]",
        "dp[n] = dy[n]*y[n]*log(x[n]) if x[n] != 0 or dy[n]*y[n] != 0 else 0",
    ),
    "norm": (
        "input x[n, j]\noutput y[n]\ny[n] = sqrt(sum[j](x[n, j]^2))",
        "dy_sum[n] = dy[n]/(2*y[n]) if y[n] != 0 or dy[n] != 0 else 0",
    ),
    "what arrives is a product": (
        "input x[n]\nparam w[n]\noutput y[n]\ny[n] = w[n]*log(x[n])",
        "dx[n] = dy[n]*w[n]/x[n] if x[n] != 0 or dy[n]*w[n] != 0 else 0",
    ),
    "nested": (
        "input x[n]\noutput y[n]\ny[n] = exp(log(x[n])/2)",
        "dx[n] = dy[n]*y[n]/(2*x[n]) if x[n] != 0 or dy[n]*y[n] != 0 else 0",
    ),
    "one divisor of many": (
        "input x[n, j], s[n]\noutput y[n, j]\ny[n, j] = x[n, j]/s[n]",
        "dx[n, j] = dy[n, j]/s[n] if s[n] != 0 or sum[j2](abs(dy[n, j2])) != 0 else 0",
    ),
    "under a sum": (
        "input x[n, j], s[n]\nparam W[i, j]\noutput y[n, i]\n"
        "y[n, i] = sum[j](W[i, j]*x[n, j]/s[n])",
        "dx[n, j] = sum[i](dy[n, i]*W[i, j])/s[n]"
        " if s[n] != 0 or sum[i](abs(dy[n, i])) != 0 else 0",
    ),
    "a masked loss of each row": (
        "input p[n, k]\nconst t[n, k]\noutput L[n]\nL[n] = -sum[k](t[n, k]*log(p[n, k]))",
        "dp[n, k] = -dL[n]*t[n, k]/p[n, k] if p[n, k] != 0 or dL[n]*t[n, k] != 0 else 0",
    ),
    "recurrence": (
        "input x[t]\noutput h[t]\nh[-1] = 0.5\nh[t] = sqrt(h[t - 1]*x[t])",
        "dh_in[t] = dh_total[t]/(2*h[t]) if h[t] != 0 or dh_total[t] != 0 else 0",
    ),
    "beside an element that is not there": (
        "input x[n], z[n]\noutput y[n]\npad x = 0\ny[n] = x[n - 2]/z[n]",
        "dx[n] = (dy[n + 2]/z[n + 2] if z[n + 2] != 0 or dy[n + 2] != 0 else 0)"
        " if n + 2 < size(n) else 0",
    ),
    "under another condition": (
        "input x[n]\nconst m[n]\noutput y[n]\ns[n] = sqrt(x[n])\n"
        "y[n] = s[n] if m[n] > 0.5 else 0",
        "dx[n] = (ds[n]/(2*s[n]) if s[n] != 0 or ds[n] != 0 else 0) if m[n] > 0.5 else 0",
    ),
}

PLAIN = {
    "a positive root": (
        "input x[n]\noutput y[n]\ny[n] = sqrt(x[n]^2 + 1)", "dx[n] = dy[n]*x[n]/y[n]",
    ),
    "a positive divisor": (
        "input x[n]\noutput y[n]\ny[n] = x[n]/exp(x[n])", "dx[n] = dy[n]*(1/y_exp[n] - y[n])",
    ),
    "a divisor that stays above zero": (
        "input x[n], z[n]\noutput y[n]\ny[n] = z[n]/(2 + cos(x[n]))",
        "dz[n] = dy[n]/(2 + cos(x[n]))",
    ),
    "a size": (
        "input x[n, j]\noutput y[n]\ny[n] = sum[j](x[n, j])/size(j)", "dx[n, j] = dy[n]/size(j)",
    ),
    "a root that a condition keeps above zero": (
        "input x[n]\noutput y[n]\ns[n] = sqrt(x[n])\ny[n] = s[n] if x[n] > 0 else 0",
        "dx[n] = dy[n]/(2*s[n]) if x[n] > 0 else 0",
    ),
    "a pole that cancels": (
        "input x[n]\noutput y[n]\ny[n] = x[n]*log(x[n])", "dx[n] = dy[n]*(log(x[n]) + 1)",
    ),
    "a loss without a value at the pole": (LOSS, "dp[n, k] = -dloss*t[n, k]/(size(n)*p[n, k])"),
    "a divisor of everything": (
        "input x[j], s\noutput y[j]\ny[j] = x[j]/s", "dx[j] = dy[j]/s",
    ),
    "a whole power": ("input x[n]\noutput y[n]\ny[n] = x[n]^2", "dx[n] = 2*dy[n]*x[n]"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), [*STOPS.values(), *PLAIN.values()],
                         ids=[*STOPS, *PLAIN])  # fmt: skip
def test_a_derived_equation_says_where_zero_stops(text, line):
    assert line in str(derive.adjoint(derive.parse(text))).splitlines()


@pytest.mark.parametrize("text", [text for text, _ in STOPS.values()], ids=list(STOPS))
def test_what_is_derived_reads_back_and_is_simplified_once(text):
    backward = derive.adjoint(derive.parse(text))
    assert str(derive.parse(str(backward))) == str(backward)
    derived = frozenset(step.equation for step in backward.steps)
    again = backward
    for step in PIPELINE:
        again = step.run(again, derived)
    assert str(settle(again)) == str(backward)


@pytest.mark.parametrize("name", derive.layers())
def test_no_layer_has_a_pole_to_stop_at(name):
    assert "!= 0 or" not in str(derive.adjoint(derive.load(name)))


def test_the_derivation_tells_of_it():
    steps = derive.adjoint(derive.parse(STOPS["root"][0])).steps
    told = [(step.rule, step.reason) for step in steps]
    assert ("stop", "at a pole a cotangent of zero goes no further") in told


def test_terms_that_stop_at_the_same_pole_are_one():
    text, line = STOPS["quotient"]
    assert str(derive.adjoint(derive.parse(text))).count("dx[n] =") == 1
    assert line.count(" if ") == 1
