"""Derived equations against the scatter form: two ways to a gradient that share nothing.

The derived program is printed, parsed and interpreted by plain loops; the other gradient comes
from interpreting the forward program on traced numbers. At 40 digits there is no tolerance to
speak of, and zeros and ties are compared like any other point.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import derive
from derive.cotangent import adjoint
from derive.parser import parse_tree
from numeric.check.battery import distinct, equal
from numeric.check.domains import Domains, find, point, sample
from numeric.check.draws import Kind
from numeric.check.indices import layout
from numeric.check.point import converted
from numeric.interpret import floats, interpret, reals
from numeric.interpret.reverse import reverse

NUMBERS = reals(40)
# Terms in another order, and equal forms, differ by rounding only.
TOLERANCE = 1e-33

OWN = {
    "dilated causal convolution":
        "input x[n, c, t]\nparam W[f, c, p]\nhyper d = 2 : int\npad x = 0\noutput y[n, f, t]\n"
        "y[n, f, t] = sum[c, p](W[f, c, p]*x[n, c, t - d*p])",
    "both directions in time":
        "input x[t, n]\nparam u, v\noutput y[t, n]\n"
        "h[t, n] = tanh(u*h[t-1, n] + x[t, n])\nh[-1, n] = 0\n"
        "g[t, n] = tanh(v*g[t-1, n] + x[size(t)-1-t, n])\ng[-1, n] = 0\n"
        "y[t, n] = h[t, n]*g[size(t)-1-t, n]",
    "two steps back":
        "input x[t], a\nparam u, v\noutput h[t]\nh[t] = tanh(u*h[t-1] + v*h[t-2] + x[t])\n"
        "h[-1] = a\nh[-2] = a^2",
    "backwards in time":
        "input x[t]\nparam u, e\noutput g[t]\ng[t] = sin(u*g[t+1]) + x[t]\ng[size(t)] = e",
    "two axes of recurrence":
        "input x[i, j]\nparam a, b\noutput D[i, j]\n"
        "D[i, j] = x[i, j]*D[i-1, j-1] + a*D[i-1, j] + b*D[i, j-1]\n"
        "D[-1, j] = a\nD[i, -1] = b\nD[-1, -1] = a*b",
    "two arrays in one recurrence":
        "input x[t]\nparam u\noutput p[t], q[t]\np[t] = u*q[t-1] + x[t]\nq[t] = p[t]*p[t-1]\n"
        "p[-1] = u\nq[-1] = 1",
    "bilinear": "input x[n, i], y[n, j]\nparam W[k, i, j]\noutput z[n, k]\n"
        "z[n, k] = sum[i, j](x[n, i]*W[k, i, j]*y[n, j])",
    "cosine similarity": "input x[n, i], y[n, i]\noutput c[n]\n"
        "c[n] = sum[i](x[n, i]*y[n, i])/(sqrt(sum[i](x[n, i]^2))*sqrt(sum[i](y[n, i]^2)))",
    "cumulative sum": "input x[i]\noutput y[i]\ny[i] = sum[j where j <= i](x[j])",
    "cumulative product": "input x[i]\noutput y[i]\ny[i] = prod[j where j <= i](x[j])",
    "pixel shuffle":
        "input x[c, h]\nhyper r = 2 : int\nindex k : size(c)//r\nindex u : r*size(h)\n"
        "output y[k, u]\ny[k, u] = x[r*k + u % r, u//r]",
    "trace and diagonal": "input X[i, i]\noutput s, d[i]\ns = sum[i](X[i, i])\nd[i] = X[i, i]^2",
    "relative position": "input x[i]\nparam b[m]\nindex j : size(i)\noutput y[i]\npad b = 0\n"
        "y[i] = sum[j](x[j]*b[i - j + size(i) - 1])",
    "upsampling by exact quotients": "input x[h]\nparam w[p]\nindex u : 2*size(h)\npad x = 0\n"
        "output y[u]\ny[u] = sum[p](w[p]*x[(u - p)/2])",
    "edges repeated": "input x[i]\noutput y[i]\n"
        "y[i] = x[max(i - 1, 0)] + x[min(i + 1, size(i) - 1)]*x[i]",
    "guarded difference": "input x[i]\noutput y[i]\ny[i] = x[i] - x[i-1] if i >= 1 else x[i]^2",
    "gather twice": "input E[v, d]\nconst a[n] : int, b[n] : int\noutput y[n]\n"
        "y[n] = sum[d](E[a[n], d]*E[b[n], d])",
    "extremes": "input x[i, j]\noutput y[i], z, w[j]\ny[i] = max[j](x[i, j])\n"
        "z = min[i, j](x[i, j])\nw[j] = max[i where i >= 1](x[i, j])*2",
    "max of two": "input x[i], y[i]\noutput z[i]\nz[i] = max(x[i], y[i])*min(x[i], 1)",
    "padded pooling": "input x[h]\nindex u : size(h)\nindex p : 3\npad x = -inf\noutput y[u]\n"
        "y[u] = max[p](x[u + p - 1])",
    "mean under a condition": "input x[n, i]\nconst m[n] : int\noutput y[n]\n"
        "y[n] = mean[i where i >= m[n]](x[n, i]^2)",
    "functions": "input x[i]\nparam s\noutput y[i]\ndef f(z, a) = z*sigmoid(a*z) + abs(z)\n"
        "y[i] = f(x[i], s) + gelu(x[i]) + elu(x[i], 0.5) + leaky_relu(x[i], s) + silu(s*x[i])",
    "powers": "input x[i], a\noutput y[i]\ny[i] = (x[i]^2 + 1)^a + x[i]^3 - 2^x[i]",
    "indices as numbers": "input x[t]\nparam g\noutput y\n"
        "y = sum[t](x[t]*(g^2 + 1)^(0 - t)/(t + 1))",
    "logsumexp": "input z[n, k]\noutput y[n]\ny[n] = log(sum[k](exp(z[n, k]))) + z[n, 0]",
    "an input given out": "input x[i], w[i]\noutput x[i], y\ny = sum[i](x[i]*w[i])",
    "an input not read": "input x[i], w[i]\noutput y\ny = sum[i](x[i]^2)",
}  # fmt: skip

LAYERS = derive.layers()


def laid_out(text):
    tree = parse_tree(text)
    hypers = {line.name: line.default for line in tree.hypers}
    return tree, hypers, layout(tree, hypers)


def compare(text, backward, here, hypers, point):
    arrays, cotangents = point
    given = converted(arrays, NUMBERS.lift)
    g = converted(cotangents, NUMBERS.lift)
    expected = reverse(here.tree, given, NUMBERS, hypers).gradients(g)
    # what backward takes beside the forward's arrays: a cotangent per output, in order
    names = [array.name for array in backward.arrays if array.name not in given]
    found = interpret(backward, {**given, **dict(zip(names, g.values(), strict=True))}, NUMBERS)
    assert found.keys() == {f"d{name}" for name in expected}
    for name, gradient in expected.items():
        scale = max((abs(x) for x in gradient.flat), default=0) + 1
        for a, b in zip(found[f"d{name}"].flat, gradient.flat, strict=True):
            assert abs(a - b) <= TOLERANCE * scale, f"d{name} of {text}"


def check_everywhere(text, program):
    tree, hypers, here = laid_out(text)
    backward = adjoint(program)
    rng = np.random.default_rng(5)
    for sizes in (distinct(here, rng), equal(here)):
        domains = find(here, hypers, sizes, rng)
        assert isinstance(domains, Domains), domains
        there = point(here, domains, hypers, "", sizes, rng=rng)
        compare(text, backward, here, hypers, (there.arrays, there.cotangents))
        # small integers: zeros, ties and kinks, wherever the program has a value there
        ordinary = {n: k.name == "normal" for n, k in domains.kinds.items()}
        ties = Domains({n: Kind("integers") if ordinary[n] else domains.kinds[n]
                        for n in ordinary}, domains.caps)  # fmt: skip
        arrays = sample(here, ties, sizes, rng)
        done = reverse(tree, converted(arrays, float), floats(), hypers)
        ones = {n: np.full(a.shape, Fraction(1), dtype=object) for n, a in done.outputs.items()}
        if all(np.isfinite(a.astype(float)).all() for a in done.gradients(ones).values()):
            compare(text, backward, here, hypers, (arrays, there.cotangents))


@pytest.mark.parametrize("name", OWN)
def test_derived_equations_of_own_programs(name):
    check_everywhere(OWN[name], derive.parse(OWN[name]))


@pytest.mark.parametrize("name", LAYERS)
def test_derived_equations_of_every_layer(name):
    program = derive.load(name)
    check_everywhere(str(program), program)


@pytest.mark.parametrize(
    ("right", "x", "pole"),
    [
        ("log(x)", 0, True),
        ("log(x)", 1, False),
        ("sigmoid(log(x))", 0, True),  # the cotangent that arrives there is zero
        ("log(x) if x > 0 else 0", 0, False),  # nothing depends on it
        ("x*0", 0, False),
    ],
)
def test_an_infinite_derivative_on_the_way_is_a_pole(right, x, pole):
    tree = parse_tree(f"input x\noutput y\ny = {right}")
    assert reverse(tree, {"x": np.array(x)}, reals(30)).has_pole is pole


@pytest.mark.parametrize(
    ("right", "x", "cotangent", "stops"),
    [
        ("sqrt(x)", 0, 0, True),
        ("sqrt(x)", 0, 1, False),
        ("sigmoid(log(x))", 0, 1, True),  # the cotangent that arrives there is zero
        ("exp(x)/x", 0, 0, True),
        ("x^0.5", 0, 0, True),
        ("sigmoid(x*log(x))", 0, 0, False),  # an infinite value is no pole
        ("sin(x)", 0, 1, True),
    ],
)
def test_a_cotangent_of_zero_stops_at_a_pole(right, x, cotangent, stops):
    done = reverse(parse_tree(f"input x\noutput y\ny = {right}"), {"x": np.array(x)}, reals(30))
    assert done.stops({"y": np.array(cotangent)}) is stops
