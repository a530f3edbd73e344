"""Terms that several equations need: which are shared, and what that leaves."""

from __future__ import annotations

import pytest

import derive
from derive.lower.arrange import arrange
from derive.lower.sharing import with_shared_terms

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
