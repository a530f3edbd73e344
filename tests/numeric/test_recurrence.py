"""Kernels of recurrences against plain loops: starts, directions, axes, histories, sizes."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.parser import parse_tree
from numeric.build import build
from numeric.interpret import floats, interpret
from numeric.interpret.reverse import reverse

HEAD = "input x[t, n], h0[n]\n"
SIZES = {"t": 5, "n": 3, "k": 3}

ROWS = {
    "one step": "output h[t, n]\nh[t,n] = tanh(h[t-1,n] + x[t,n])\nh[-1,n] = h0[n]",
    "pad": "output h[t, n]\nh[t,n] = tanh(h[t-1,n] + x[t,n])\npad h = 0",
    "pad of one": "output h[t, n]\nh[t,n] = h[t-1,n]*x[t,n]\npad h = 1",
    "two steps": "output h[t, n]\nh[t,n] = h[t-1,n]*h[t-2,n] + x[t,n]\n"
    "h[-1,n] = h0[n]\nh[-2,n] = 0.5",
    "two steps, only the second": "output h[t, n]\nh[t,n] = h[t-2,n]*x[t,n]\n"
    "h[-1,n] = h0[n]\nh[-2,n] = h0[n]^2",
    "a start of a start": "output h[t, n]\nh[t,n] = h[t-1,n]*h[t-2,n] + x[t,n]\n"
    "h[-1,n] = 2*h[-2,n]\nh[-2,n] = h0[n]",
    "backwards": "output g[t, n]\ng[t,n] = sin(g[t+1,n])*x[t,n]\ng[size(t),n] = h0[n]",
    "guarded": "output h[t, n]\nh[t,n] = x[t,n]*(h[t-1,n] if t >= 1 else h0[n])",
    "time last": "output h[n, t]\nh[n,t] = h[n,t-1]*x[t,n] + 1\npad h = 0",
    "mixing": "output h[t, n]\nindex k : size(n)\n"
    "h[t,n] = tanh(sum[k](h[t-1,k]*x[t,k]) + h[t-1,n])\nh[-1,n] = h0[n]",
    "two arrays": "output c[t, n], h[t, n]\nc[t,n] = sin(h[t-1,n]) + x[t,n]*c[t-1,n]\n"
    "h[t,n] = tanh(c[t,n])\nh[-1,n] = h0[n]\nc[-1,n] = 0",
    "two index names": "output h[t, n]\nindex s : size(t)\nh[t,n] = c[t-1,n] + x[t,n]\n"
    "c[s,n] = tanh(h[s,n])*x[s,n]\npad c = 0",
    "last state only": "output y[n]\nh[t,n] = tanh(h[t-1,n] + x[t,n])\nh[-1,n] = h0[n]\n"
    "y[n] = h[size(t)-1,n]^2",
    "read shifted after": "output y[t, n]\nh[t,n] = h[t-1,n] + x[t,n]^2\nh[-1,n] = h0[n]\n"
    "y[t,n] = h[t,n]*h[t-1,n]",
    "read mirrored after": "output y[t, n]\nh[t,n] = tanh(h[t-1,n] + x[t,n])\nh[-1,n] = h0[n]\n"
    "y[t,n] = h[size(t)-1-t,n]*x[t,n]",
    "there and back": "output y[t, n]\nh[t,n] = tanh(h[t-1,n] + x[t,n])\ng[t,n] = tanh(g[t+1,n]*x[t,n])\n"
    "h[-1,n] = h0[n]\ng[size(t),n] = 1\ny[t,n] = h[t,n]*g[t,n]",
    "one after the other": "output g[t, n]\nh[t,n] = tanh(h[t-1,n] + x[t,n])\nh[-1,n] = h0[n]\n"
    "g[t,n] = g[t-1,n] + h[t,n]^2\ng[-1,n] = 0",
    "two axes": "output D[t, n]\nD[t,n] = tanh(D[t-1,n] + D[t,n-1]*x[t,n]) + D[t-1,n-1]\npad D = 0",
    "two axes, starts": "output D[t, n]\nD[t,n] = D[t-1,n]*D[t,n-1] + x[t,n]*D[t-1,n-1]\n"
    "D[-1,n] = h0[n]\nD[t,-1] = x[t,0]\nD[-1,-1] = 2",
    "two axes, one backwards": "output D[t, n]\nD[t,n] = sin(D[t-1,n] + D[t,n+1] + x[t,n])\npad D = 0",
    "shortest path": "output D[t, n]\nD[t,n] = min(D[t-1,n], D[t,n-1]) + x[t,n]\npad D = 0",
    "all of the past": "output s[t, n]\nindex u : size(t)\n"
    "s[t,n] = x[t,n] + sum[u where u < t](s[u,n]*x[u,n])",
    "largest so far": "output m[t, n]\nm[t,n] = max(m[t-1,n], x[t,n])\nm[-1,n] = h0[n]",
    "largest of the last": "output y[t]\nm[t,n] = max(m[t-1,n], x[t,n])\nm[-1,n] = h0[n]\n"
    "y[t] = max[n](m[t,n])",
    "products": "output p[t, n]\np[t,n] = p[t-1,n]*x[t,n]\np[-1,n] = 1",
    "no start row is read": "output y[n]\nh[t,n] = h[t-1,n] + x[t,n]\nh[-1,n] = h0[n]\ny[n] = h[0,n]",
    "a start that is no recurrence": "output y[t, n]\nh[t,n] = x[t,n]^2\nh[-1,n] = h0[n]\n"
    "y[t,n] = h[t-1,n]*x[t,n]",
    "scalar state": "output s[t]\ns[t] = s[t-1]*x[t,0] + 1\ns[-1] = 0.5",
    "normalised state": "output h[t, n]\nindex k : size(n)\nz[t,n] = exp(h[t-1,n] + x[t,n])\n"
    "h[t,n] = z[t,n]/sum[k](z[t,k])\nh[-1,n] = h0[n]",
}  # fmt: skip


def data(sizes: dict[str, int]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    shape = (sizes["t"], sizes["n"])
    return {"x": rng.uniform(0.2, 0.9, shape), "h0": rng.uniform(0.2, 0.9, sizes["n"])}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("steps", [5, 1])
def test_values_and_gradients_are_those_of_plain_loops(name: str, steps: int) -> None:
    text = HEAD + ROWS[name]
    kernel = build(derive.parse(text))
    arrays = data({**SIZES, "t": steps})
    outputs, saved = kernel.forward(**arrays)
    expected = interpret(text, arrays)
    rng = np.random.default_rng(6)
    seeds = {name: rng.standard_normal(value.shape) for name, value in outputs.items()}
    for key, value in outputs.items():
        np.testing.assert_allclose(value, expected[key], rtol=1e-12, atol=1e-13)
    found = kernel.backward(saved, **seeds)
    wanted = reverse(parse_tree(text), arrays, floats()).gradients(seeds)
    for key, value in found.items():
        np.testing.assert_allclose(value, wanted[key].astype(float), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("empty", ["t", "n"])
def test_nothing_in_gives_zero_gradients(name: str, empty: str) -> None:
    if "h[0,n]" in ROWS[name] or "x[t,0]" in ROWS[name] or "max[n]" in ROWS[name]:
        pytest.skip("reads an element that is not there")
    kernel = build(derive.parse(HEAD + ROWS[name]))
    arrays = data({**SIZES, empty: 0})
    outputs, saved = kernel.forward(**arrays)
    seeds = {name: np.ones_like(value) for name, value in outputs.items()}
    for key, value in kernel.backward(saved, **seeds).items():
        assert value.shape == arrays[key].shape
        assert value.dtype == arrays[key].dtype
        assert np.isfinite(value).all()


def test_one_loop_forward_and_one_back() -> None:
    for name in ("one step", "two arrays", "mixing", "largest so far", "normalised state"):
        source = build(derive.parse(HEAD + ROWS[name])).source
        forward, backward = source.split("def backward(")
        assert forward.count("for t in range(T):") == 1
        assert backward.count("for t in reversed(range(T)):") == 1
        assert backward.count("for t in") == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_of_a_start_that_is_not_used_is_real(dtype):
    program = derive.parse(
        "input a[n, n], x[t]\noutput h[t, n]\n"
        "h[-1, n] = a[(size(n) - 1 - n)//2, n]\nh[t, n] = h[t - 1, n]*x[t]\n"
    )
    kernel = build(program)
    outputs, saved = kernel.forward(a=np.ones((2, 2), dtype), x=np.ones(0, dtype))
    found = kernel.backward(saved, h=np.ones_like(outputs["h"]))["a"]
    assert (found.dtype, found.tolist()) == (np.dtype(dtype), [[0, 0], [0, 0]])
