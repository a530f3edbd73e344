"""Any program in any library: what the vectorised meaning gives is what the loops give."""

from __future__ import annotations

import numpy as np
import pytest

from derive.parser import parse_tree
from numeric.interpret.arithmetic import floats
from numeric.interpret.reverse import reverse
from numeric.oracles import Place, general, library

# name, equations, the arrays with their shapes; integers are labels
PROGRAMS = [
    ("square and constants", "input x[n]\noutput y[n]\ny[n] = pi*x[n]^2 - 3/2 + size(n)*n", {"x": (4,)}),
    ("powers", "input x[n], e\noutput y[n]\ny[n] = exp(x[n])^e + (x[n]^2)^0.5 + x[n]^0", {"x": (4,), "e": ()}),
    ("contraction", "input x[n, j], W[i, j]\noutput y[n, i]\ny[n, i] = sum[j](W[i, j]*x[n, j])",
     {"x": (2, 3), "W": (4, 3)}),
    ("mean of some", "input x[n]\noutput y\ny = mean[n where n != 1](x[n])", {"x": (4,)}),
    ("row sums of some", "input x[n, i]\noutput y[n]\ny[n] = sum[i where i <= n](x[n, i]^3)", {"x": (4, 3)}),
    ("product", "input x[n, i]\noutput y[n]\ny[n] = prod[i where i != n](x[n, i])", {"x": (2, 3)}),
    ("extremes", "input x[n, i]\noutput y[n]\ny[n] = max[i](x[n, i]) - min[i](x[n, i])", {"x": (3, 4)}),
    ("logsumexp", "input x[n, i]\noutput y[n]\ny[n] = logsumexp[i](x[n, i])", {"x": (3, 4)}),
    ("argmax", "input x[n, i]\noutput y[n]\nm[n] = argmax[i](x[n, i])\ny[n] = sum[i](x[n, i]*[m[n] == i])",
     {"x": (3, 4)}),
    ("argmin of two", "input x[i, j]\noutput y\ny = argmin[i, j](x[i, j]) + x[0, 0]", {"x": (2, 3)}),
    ("nothing to add", "input x[n]\noutput y[n]\nindex m : 0\ny[n] = x[n] + sum[m](x[m])", {"x": (2,)}),
    ("pad and stride", "input x[h]\nhyper s = 2 : int\nindex u : size(h)//s + 1\nindex p : 3\npad x = 0\noutput y[u]\n"
     "y[u] = sum[p](x[s*u + p - 1]*(p + 1))", {"x": (5,)}),
    ("exact quotient", "input x[h]\nindex u : 2*size(h)\npad x = 0.5\noutput y[u]\ny[u] = x[u/2]^2", {"x": (3,)}),
    ("pad of minus infinity", "input x[h]\npad x = -inf\noutput y[h]\ny[h] = max(x[h - 1], x[h])", {"x": (4,)}),
    ("clamped and cyclic reads", "input x[h]\noutput y[h]\n"
     "y[h] = x[min(h + 1, size(h) - 1)]*x[(h + 2) % size(h)]*x[h//2]*x[max(-h + 1, 0)]", {"x": (4,)}),
    ("labels", "const id[n] : int\nparam E[k, i]\noutput y[n, i]\ny[n, i] = E[id[n], i]*(id[n] + 1)",
     {"id": (4,), "E": (3, 2)}),
    ("a label alone", "const c : int\ninput x[k]\noutput y\ny = x[c]^2*c", {"c": (), "x": (3,)}),
    ("branches on data", "input x[n]\noutput y[n]\ny[n] = sqrt(x[n]) if x[n] > 0 else x[n]^2", {"x": (6,)}),
    ("guarded reads", "input x[n]\noutput y[n]\n"
     "y[n] = x[n - 1]*x[n] if n > 0 and x[n - 1] > 0 or n == 9 else exp(x[n])", {"x": (6,)}),
    ("not", "input x[n]\noutput y[n]\ny[n] = [not x[n] <= 0]*x[n]^2", {"x": (5,)}),
    ("functions of the text", "def f(a, b) = a*b + max(a, b)\ninput x[n], z[n]\noutput y[n]\n"
     "y[n] = f(x[n], tanh(z[n])) - f(1, 2)", {"x": (3,), "z": (3,)}),
    ("a start", "input x[t], h0\noutput h[t]\nh[-1] = h0\nh[t] = tanh(h[t-1] + x[t])", {"x": (4,), "h0": ()}),
    ("backwards in time", "input x[t]\noutput h[t]\nh[size(t)] = 1\nh[t] = h[t + 1]*x[t]", {"x": (4,)}),
    ("in two directions", "input x[i, j]\noutput d[i, j]\npad d = 0\n"
     "d[i, j] = x[i, j]*(1 + d[i - 1, j] + d[i, j - 1]^2)", {"x": (3, 4)}),
    ("two at once", "input x[t]\noutput a[t], b[t]\npad a = 1\npad b = 0\n"
     "a[t] = b[t - 1] + x[t]\nb[t] = a[t]*a[t - 2]", {"x": (5,)}),
    ("labels given out", "const c[n] : int\ninput x[n]\noutput y[n], c[n]\ny[n] = x[n]*c[n]",
     {"c": (3,), "x": (3,)}),
    ("an output without a derivative", "input x[n]\noutput y[n], z[n]\ny[n] = step(x[n])\nz[n] = n + 1", {"x": (3,)}),
]  # fmt: skip


def arrays_of(tree, shapes):
    rng = np.random.default_rng(3)
    whole = {line.name for line in tree.arrays if line.integer}
    return {
        n: rng.integers(0, 3, s) if n in whole else rng.normal(size=s) for n, s in shapes.items()
    }


@pytest.mark.parametrize(("text", "shapes"), [p[1:] for p in PROGRAMS], ids=[p[0] for p in PROGRAMS])
def test_a_library_sees_the_program_that_the_loops_see(numpy_library, text, shapes):
    agree(numpy_library, text, shapes, 1e-13)


def agree(library, text, shapes, tolerance):
    tree = parse_tree(text)
    arrays = arrays_of(tree, shapes)
    hypers = {line.name: line.default for line in tree.hypers}
    meant = reverse(tree, arrays, floats(), hypers)
    rng = np.random.default_rng(4)
    cotangents = {n: rng.normal(size=y.shape) for n, y in meant.outputs.items()}
    found = general(library, Place(tree, hypers, arrays, cotangents))
    gradients = meant.gradients(cotangents)
    assert found.outputs.keys() == meant.outputs.keys()
    assert found.gradients.keys() == gradients.keys()
    for name, expected in (*meant.outputs.items(), *gradients.items()):
        given = found.outputs.get(name, found.gradients.get(name))
        assert given.shape == expected.shape
        np.testing.assert_allclose(given, expected.astype(float), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("text", "shapes"), [p[1:] for p in PROGRAMS], ids=[p[0] for p in PROGRAMS])
def test_torch_sees_the_program_that_the_loops_see(text, shapes):
    pytest.importorskip("torch", reason="an optional oracle, not installed")
    agree(library("torch"), text, shapes, 1e-13)
