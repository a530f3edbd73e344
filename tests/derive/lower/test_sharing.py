"""Terms that several equations need: which are shared, and what that leaves."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.lower.arrange import arrange
from derive.lower.passes import active
from derive.lower.sharing import with_shared_terms
from numeric.build import build

HEAD = "input x[n,i], z[n,i], c[i]\nconst k[n,i] : int\noutput y[n,i], w[n,i]\n"


def made(text: str) -> list[str]:
    """The equations that are new."""
    program = derive.bind(derive.parse(text))
    before = {e.name for e in program.equations}
    return [str(e) for e in with_shared_terms(program).equations if e.name not in before]


@pytest.mark.parametrize(
    ("lines", "shared"),
    [
        ("y[n,i] = exp(x[n,i] - c[i])\nw[n,i] = sin(x[n,i] - c[i])", 1),
        ("y[n,i] = exp(x[n,i] + z[n,i])\nw[n,i] = sin(x[n,i] + z[n,i])", 1),
        ("y[n,i] = exp(x[n,i] - c[i])\nw[n,i] = sin(x[n,i] + c[i])", 0),  # another term
        ("y[n,i] = exp(x[n,i] - c[i])\nw[n,i] = sin(x[n,i])", 0),  # needed once
        ("y[n,i] = exp(x[n,i] - 1)\nw[n,i] = sin(x[n,i] - 1)", 0),  # one array only
        ("y[n,i] = exp(x[n,i] + k[n,i])\nw[n,i] = sin(x[n,i] + k[n,i])", 0),  # integers
        (  # off the grid at the end
            "y[n,i] = exp(x[n,i+1] - c[i])\nw[n,i] = sin(x[n,i+1] - c[i])\npad x = 0", 0
        ),
        (  # a branch that is not taken may hold anything
            "y[n,i] = x[n,i] - c[i] if x[n,i] > 0 else 0\n"
            "w[n,i] = x[n,i] - c[i] if c[i] > 0 else 0", 0
        ),
        (  # z may be infinite in s
            "s[n,i] = 1/z[n,i]\ny[n,i] = exp(x[n,i] - s[n,i])\nw[n,i] = sin(x[n,i] - s[n,i])", 0
        ),
        (  # the sum over i is one over another name of the same extent
            "index j : size(i)\ny[n,i] = z[n,i]*sum[j](exp(x[n,j] - c[j]))\n"
            "w[n,i] = sin(x[n,i] - c[i])", 1
        ),
    ],
)  # fmt: skip
def test_terms_of_two_arrays_are_shared(lines: str, shared: int) -> None:
    first = sorted(lines.split("\n"), key=lambda line: not line.startswith(("pad", "index")))
    assert len(made("\n".join([HEAD.strip(), *first]))) == shared


def test_recurrences_keep_their_terms() -> None:
    text = (
        "input x[t,n], c[t,n]\noutput h[t,n], g[t,n]\nh[-1,n] = 0\n"
        "g[t,n] = h[t-1,n]*(x[t,n] - c[t,n])\nh[t,n] = sin(g[t,n]*(x[t,n] - c[t,n]))"
    )
    assert made(text) == []


@pytest.mark.parametrize(
    ("layer", "saved"),
    [
        ("layer_norm", ("gamma", "var_term", "xhat_sqrt", "xhat")),
        ("mse", ("loss_term",)),
        ("softmax_cross_entropy", ("z", "t")),  # a pattern of a stable form is left alone
    ],
)
def test_forward_hands_over_the_term_alone(layer: str, saved: tuple[str, ...]) -> None:
    found = arrange(derive.bind(derive.load(layer)))
    assert tuple(n for n in found.split.saved if n in saved) == tuple(
        sorted(saved, key=found.split.saved.index)
    )
    assert set(found.split.saved) == set(saved)


# ---- logarithms of a softmax ------------------------------------------------------------------

CROSS = "input z[n,k], t[n,k]\noutput loss\nindex i : size(k)\n"


@pytest.mark.parametrize(
    ("lines", "known"),
    [
        ("p[n,k] = exp(z[n,k])/sum[i](exp(z[n,i]))\nloss = -sum[n,k](t[n,k]*log(p[n,k]))", 1),
        ("loss = -sum[n,k](t[n,k]*(z[n,k] - logsumexp[i](z[n,i])))", 0),  # part of another equation
        ("loss = sum[n,k](t[n,k]*(z[n,k] - 2*logsumexp[i](z[n,i])))", 0),  # no softmax
        ("loss = -sum[n,k](t[n,k]*(t[n,k] - logsumexp[i](z[n,i])))", 0),  # of other terms
        ("loss = sum[n,k](exp(z[n,k] - logsumexp[i](z[n,i]))*t[n,k])", 0),  # forward has it already
    ],
)
def test_the_softmax_of_backward_is_known_to_forward(lines: str, known: int) -> None:
    program = derive.bind(derive.parse(CROSS + lines))
    for passes, count in ((active(), known), (active(("share",)), 0), (None, 0)):
        found = arrange(program, passes)
        assert len(found.exponentials) == count
        assert set(found.exponentials.values()) <= set(found.split.forward)


@pytest.mark.parametrize("layer", ["softmax_cross_entropy"])
def test_one_exponential_is_enough(layer: str) -> None:
    source = build(derive.load(layer), style="fast").source
    forward, backward = source[source.index("def forward") :].split("def backward")
    assert forward.count("log_softmax_into(") == 1
    assert "exp(" not in backward.split("def check")[0]
    assert "softmax_into(" not in backward


def test_many_rows_in_a_call_and_a_row_of_infinities_are_as_in_the_readable_style() -> None:
    program = derive.load("softmax_cross_entropy")
    z = np.array([[0.0, 800.0, -800.0], [-np.inf, 1.0, 2.0], [5.0, 5.0, 5.0]])
    t = np.array([[0.0, 1.0, 0.0], [0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    with np.errstate(all="ignore"):
        rows = [_gradient(program, style, z, t) for style in ("readable", "fast")]
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-14, atol=1e-300)


def _gradient(program: derive.Program, style: str, z: np.ndarray, t: np.ndarray) -> np.ndarray:
    kernel = build(program, style=style)
    _, saved = kernel.forward(z=z, t=t)
    return kernel.backward(saved, loss=np.float64(1))["z"]
