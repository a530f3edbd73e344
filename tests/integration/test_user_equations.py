"""Equations that no built-in layer has, as a user would write them, through the whole chain."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

import derive
import numeric

# Forward values are compared at float64; this is some thousand roundings of the largest entry.
RELATIVE = 1e-12


@dataclass(frozen=True)
class Row:
    name: str
    text: str
    sizes: Mapping[str, int]
    formula: Callable
    hypers: Mapping[str, float] = field(default_factory=dict)

    def __str__(self):
        return self.name

    def arrays(self, program):
        rng = np.random.default_rng(11)
        return {
            a.name: _draw(rng, tuple(self.sizes[i] for i in a.axes), a.integer)
            for a in program.arrays
        }


def _draw(rng, shape, integer):
    return rng.integers(0, 4, shape) if integer else rng.standard_normal(shape)


# ---- formulas that take more than a line --------------------------------------------------------


def causal(x, W, b, d):
    y = np.zeros((len(x), len(W), x.shape[2])) + b[:, None]
    for p in range(W.shape[2]):
        past = np.pad(x, ((0, 0), (0, 0), (d * p, 0)))[:, :, : x.shape[2]]
        y += np.einsum("fc,nct->nft", W[:, :, p], past)
    return y


def elman(x, W, U):
    states, h = [], np.zeros((x.shape[1], len(U)))
    for x_t in x:
        h = np.tanh(x_t @ W.T + h @ U.T)
        states.append(h)
    return np.array(states)


def two_steps(x, h1, h2, U, V):
    states = []
    for x_t in x:
        h1, h2 = np.tanh(x_t + h1 @ U.T + h2 @ V.T), h1
        states.append(h1)
    return np.array(states)


def returns(r, gamma):
    powers = [gamma**k for k in range(len(r))]
    return np.array([np.dot(r[t:], powers[: len(r) - t]) for t in range(len(r))])


def soft_edit_distance(x, y, g):
    D = np.zeros((len(x) + 1, len(y) + 1))
    D[0], D[:, 0] = g * np.arange(len(y) + 1), g * np.arange(len(x) + 1)
    for i, j in np.ndindex(len(x), len(y)):
        paths = [D[i, j + 1] + g, D[i + 1, j] + g, D[i, j] + (x[i] - y[j]) ** 2]
        D[i + 1, j + 1] = -math.log(sum(math.exp(-path) for path in paths))
    return D[-1, -1]


def history(x, w):
    h = np.zeros_like(x)
    for t in range(len(x)):
        h[t] = np.tanh(x[t] + sum(w[t - s] * h[s] for s in range(t)))
    return h


def group_norm(x, gamma, beta, m, eps):
    grouped = x.reshape(len(x), -1, m * x.shape[2])
    centred = grouped - grouped.mean(axis=2, keepdims=True)
    scaled = centred / np.sqrt(grouped.var(axis=2, keepdims=True) + eps)
    return gamma[:, None] * scaled.reshape(x.shape) + beta[:, None]


def grouped_convolution(x, W, m, r):
    y = np.zeros((len(x), len(W), x.shape[2] - W.shape[2] + 1))
    for f, row in enumerate(W):
        start = f // r * m
        for k, kernel in enumerate(row):
            y[:, f] += [np.correlate(sample[start + k], kernel, "valid") for sample in x]
    return y


def oscillator(u, x0, v0, dt):
    x, v, path = x0, v0, []
    for force in u:
        x = x + dt * v
        v = v + dt * (force - x)
        path.append(x)
    return np.array(path)


def pixel_shuffle(x, r):
    n, c, h, w = x.shape
    blocks = x.reshape(n, c // r**2, r, r, h, w).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(n, c // r**2, h * r, w * r)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def silu(z):
    return z / (1 + np.exp(-z))


ROWS = [
    # reads that move: shifts, mirrors, strides, clamps, quotients
    Row("dilated causal convolution", """
        input x[n, c, t]
        param W[f, c, p], b[f]
        hyper d = 2 : int
        pad x = 0
        output y[n, f, t]
        y[n, f, t] = sum[c, p](W[f, c, p]*x[n, c, t - d*p]) + b[f]
    """, {"n": 2, "c": 2, "t": 7, "f": 3, "p": 3}, causal, {"d": 2}),
    Row("grouped convolution", """
        input x[n, c, h]
        param W[f, k, p]
        hyper m = 2 : int, r = 3 : int
        index k : m
        index u : size(h) - size(p) + 1
        output y[n, f, u]
        y[n, f, u] = sum[k, p](W[f, k, p]*x[n, m*(f//r) + k, u + p])
    """, {"n": 2, "c": 4, "h": 6, "f": 6, "k": 2, "p": 3}, grouped_convolution,
        {"m": 2, "r": 3}),
    Row("pixel shuffle", """
        input x[n, c, h, w]
        hyper r = 2 : int
        index f : size(c)//(r*r)
        index u : r*size(h)
        index v : r*size(w)
        output y[n, f, u, v]
        y[n, f, u, v] = x[n, r*r*f + r*(u % r) + v % r, u//r, v//r]
    """, {"n": 2, "c": 8, "h": 2, "w": 3}, pixel_shuffle, {"r": 2}),
    Row("edge clamp", """
        input x[n, i]
        output y[n, i]
        y[n, i] = (x[n, min(i + 1, size(i) - 1)] - x[n, max(i - 1, 0)])/2
    """, {"n": 2, "i": 5}, lambda x: (
        np.pad(x, ((0, 0), (0, 1)), "edge")[:, 1:] - np.pad(x, ((0, 0), (1, 0)), "edge")[:, :-1]
    ) / 2),
    Row("guarded difference", """
        input x[n, i]
        output y[n, i]
        y[n, i] = x[n, i] - (x[n, i - 1] if i >= 1 else 0)
    """, {"n": 2, "i": 5}, lambda x: np.diff(x, axis=1, prepend=0)),
    Row("trace and diagonal", """
        input X[i, i]
        output tr, d[i]
        tr = sum[i](X[i, i])
        d[i] = X[i, i]^2
    """, {"i": 4}, lambda X: (np.trace(X), np.diag(X) ** 2)),
    Row("relative-position bias", """
        input q[i, c], k[j, c]
        param b[m]
        output a[i, j]
        a[i, j] = sum[c](q[i, c]*k[j, c]) + b[i - j + size(j) - 1]
    """, {"i": 3, "j": 4, "c": 2, "m": 6}, lambda q, k, b: q @ k.T + [
        [b[i - j + 3] for j in range(4)] for i in range(3)
    ]),
    Row("toeplitz product", """
        input x[j]
        param w[m]
        output y[j]
        y[j] = sum[i](w[j - i + size(j) - 1]*x[i])
    """, {"j": 4, "m": 7}, lambda x, w: np.convolve(x, w)[3:7]),
    Row("halves, one gating the other", """
        input x[n, c]
        index i : size(c)//2
        output y[n, i]
        y[n, i] = x[n, i]*sigmoid(x[n, i + size(i)])
    """, {"n": 3, "c": 6}, lambda x: x[:, :3] / (1 + np.exp(-x[:, 3:]))),
    Row("mirrored pairs", """
        input x[n, i]
        output y[n, i]
        y[n, i] = x[n, i]*x[n, size(i) - 1 - i]
    """, {"n": 2, "i": 5}, lambda x: x * x[:, ::-1]),
    # recurrences
    Row("bidirectional recurrence", """
        input x[t, n, j]
        param W[i, j], U[i, i], V[i, j], R[i, i]
        output y[t, n, i]
        a[-1, n, i] = 0
        a[t, n, i] = tanh(sum[j](W[i, j]*x[t, n, j]) + sum[k](U[i, k]*a[t - 1, n, k]))
        z[-1, n, i] = 0
        z[t, n, i] = tanh(sum[j](V[i, j]*x[size(t) - 1 - t, n, j]) + sum[k](R[i, k]*z[t - 1, n, k]))
        y[t, n, i] = a[t, n, i] + z[size(t) - 1 - t, n, i]
    """, {"t": 4, "n": 2, "j": 3, "i": 2},
        lambda x, W, U, V, R: elman(x, W, U) + elman(x[::-1], V, R)[::-1]),
    Row("two steps back", """
        input x[t, n, i], h1[n, i], h2[n, i]
        param U[i, i], V[i, i]
        output h[t, n, i]
        h[-1, n, i] = h1[n, i]
        h[-2, n, i] = h2[n, i]
        h[t, n, i] = tanh(x[t, n, i] + sum[k](U[i, k]*h[t - 1, n, k])
                          + sum[k](V[i, k]*h[t - 2, n, k]))
    """, {"t": 5, "n": 2, "i": 3}, two_steps),
    Row("discounted return, backwards in time", """
        input r[t]
        hyper gamma = 0.9
        output G[t]
        G[size(t)] = 0
        G[t] = r[t] + gamma*G[t + 1]
    """, {"t": 6}, returns, {"gamma": 0.8}),
    Row("soft edit distance over two axes", """
        input x[i], y[j]
        hyper g = 0.7
        output total
        D[-1, -1] = 0
        D[-1, j] = g*(j + 1)
        D[i, -1] = g*(i + 1)
        D[i, j] = -log(exp(-D[i - 1, j] - g) + exp(-D[i, j - 1] - g)
                       + exp(-D[i - 1, j - 1] - (x[i] - y[j])^2))
        total = D[size(i) - 1, size(j) - 1]
    """, {"i": 4, "j": 3}, soft_edit_distance, {"g": 0.7}),
    Row("sum over the whole history", """
        input x[t, n]
        param w[t]
        output h[t, n]
        h[t, n] = tanh(x[t, n] + sum[s where s < t](w[t - s]*h[s, n]))
    """, {"t": 5, "n": 2}, history),
    Row("Markov chain", """
        input p0[i]
        param P[i, i]
        hyper steps = 4 : int
        index t : steps
        output p[t, i]
        p[-1, i] = p0[i]
        p[t, i] = sum[j](p[t - 1, j]*P[j, i])
    """, {"i": 3}, lambda p0, P, steps: np.array([
        p0 @ np.linalg.matrix_power(P, t + 1) for t in range(steps)
    ]), {"steps": 4}),
    Row("Euler steps of an oscillator", """
        input u[t], x0, v0
        hyper dt = 0.1
        output x[t]
        x[-1] = x0
        v[-1] = v0
        x[t] = x[t - 1] + dt*v[t - 1]
        v[t] = v[t - 1] + dt*(u[t] - x[t])
    """, {"t": 4}, oscillator, {"dt": 0.1}),
    # contractions and products
    Row("bilinear layer", """
        input x[n, i], z[n, j]
        param W[f, i, j], b[f]
        output y[n, f]
        y[n, f] = sum[i, j](x[n, i]*W[f, i, j]*z[n, j]) + b[f]
    """, {"n": 3, "i": 2, "j": 4, "f": 3},
        lambda x, z, W, b: np.einsum("ni,fij,nj->nf", x, W, z) + b),
    Row("outer product of three", """
        input a[n, i], b[n, j], c[n, k]
        output y[n, i, j, k]
        y[n, i, j, k] = a[n, i]*b[n, j]*c[n, k]
    """, {"n": 2, "i": 2, "j": 3, "k": 4}, lambda a, b, c: (
        a[:, :, None, None] * b[:, None, :, None] * c[:, None, None, :]
    )),
    Row("trilinear form", """
        input a[n, i], b[n, j], c[n, k]
        param T[i, j, k]
        output y[n]
        y[n] = sum[i, j, k](T[i, j, k]*a[n, i]*b[n, j]*c[n, k])
    """, {"n": 2, "i": 2, "j": 3, "k": 4},
        lambda a, b, c, T: np.einsum("ijk,ni,nj,nk->n", T, a, b, c)),
    Row("neural tensor layer", """
        input x[n, i]
        param V[f, i, i], W[f, i]
        output y[n, f]
        y[n, f] = tanh(sum[i, j](x[n, i]*V[f, i, j]*x[n, j]) + sum[i](W[f, i]*x[n, i]))
    """, {"n": 3, "i": 2, "f": 3},
        lambda x, V, W: np.tanh(np.einsum("ni,fij,nj->nf", x, V, x) + x @ W.T)),
    Row("Hopfield energy", """
        input s[i]
        param W[i, i]
        output E
        E = -sum[i, j](W[i, j]*s[i]*s[j])/2
    """, {"i": 4}, lambda s, W: -s @ W @ s / 2),
    Row("SwiGLU", """
        def swish(z) = z*sigmoid(z)
        input x[n, j]
        param W[k, j], V[k, j], U[i, k]
        output y[n, i]
        a[n, k] = swish(sum[j](W[k, j]*x[n, j]))*sum[j](V[k, j]*x[n, j])
        y[n, i] = sum[k](U[i, k]*a[n, k])
    """, {"n": 3, "j": 2, "k": 4, "i": 3},
        lambda x, W, V, U: (silu(x @ W.T) * (x @ V.T)) @ U.T),
    Row("highway layer", """
        input x[n, i]
        param W[i, i], V[i, i]
        output y[n, i]
        g[n, i] = sigmoid(sum[j](V[i, j]*x[n, j]))
        y[n, i] = g[n, i]*tanh(sum[j](W[i, j]*x[n, j])) + (1 - g[n, i])*x[n, i]
    """, {"n": 3, "i": 4}, lambda x, W, V: x + (np.tanh(x @ W.T) - x) / (1 + np.exp(-x @ V.T))),
    # norms and similarities
    Row("cosine similarity", """
        input x[n, i], y[n, i]
        output c[n]
        c[n] = sum[i](x[n, i]*y[n, i])/(sqrt(sum[i](x[n, i]^2))*sqrt(sum[i](y[n, i]^2)))
    """, {"n": 3, "i": 4}, lambda x, y: (unit(x) * unit(y)).sum(axis=1)),
    Row("pairwise distances", """
        input x[n, i], y[m, i]
        output d[n, m]
        d[n, m] = sqrt(sum[i]((x[n, i] - y[m, i])^2))
    """, {"n": 3, "m": 2, "i": 4},
        lambda x, y: np.linalg.norm(x[:, None] - y, axis=2)),
    Row("group norm", """
        input x[n, c, h]
        param gamma[c], beta[c]
        hyper m = 2 : int, eps = 1e-3
        index g : size(c)//m
        index k : m
        output y[n, c, h]
        mu[n, g] = mean[k, h](x[n, m*g + k, h])
        var[n, g] = mean[k, h]((x[n, m*g + k, h] - mu[n, g])^2)
        y[n, c, h] = gamma[c]*(x[n, c, h] - mu[n, c//m])/sqrt(var[n, c//m] + eps) + beta[c]
    """, {"n": 2, "c": 4, "h": 3}, group_norm, {"m": 2, "eps": 1e-3}),
    # reductions under conditions
    Row("cumulative sum", """
        input x[n, i]
        output y[n, i]
        y[n, i] = sum[j where j <= i](x[n, j])
    """, {"n": 2, "i": 5}, lambda x: x.cumsum(axis=1)),
    Row("running maximum", """
        input x[n, i]
        output y[n, i]
        y[n, i] = max[j where j <= i](x[n, j])
    """, {"n": 2, "i": 5}, lambda x: np.maximum.accumulate(x, axis=1)),
    Row("moving average over what there is", """
        input x[n, t]
        output y[n, t]
        y[n, t] = mean[s where s <= t and s > t - 3](x[n, s])
    """, {"n": 2, "t": 5}, lambda x: np.array([
        x[:, max(0, t - 2) : t + 1].mean(axis=1) for t in range(5)
    ]).T),
    Row("product of all others", """
        input x[n, i]
        output y[n, i]
        y[n, i] = prod[j where j != i](x[n, j])
    """, {"n": 2, "i": 4}, lambda x: x.prod(axis=1, keepdims=True) / x),
    Row("product and spread", """
        input x[n, i]
        output p[n], r[n]
        p[n] = prod[i](x[n, i])
        r[n] = max[i](x[n, i]) - min[i](x[n, i])
    """, {"n": 3, "i": 4}, lambda x: (x.prod(axis=1), np.ptp(x, axis=1))),
    Row("smooth maximum", """
        input z[n, k]
        hyper beta = 2.0
        output s[n]
        s[n] = logsumexp[k](beta*z[n, k])/beta
    """, {"n": 3, "k": 4}, lambda z, beta: np.log(np.exp(beta * z).sum(axis=1)) / beta,
        {"beta": 2.0}),
    Row("upper triangle", """
        input X[i, i]
        output s
        s = sum[i, j where i < j](X[i, j]^2)
    """, {"i": 4}, lambda X: (np.triu(X, 1) ** 2).sum()),
    Row("decayed sum, an index as a number", """
        input x[t], a
        output y
        y = sum[t](a^(size(t) - 1 - t)*x[t])
    """, {"t": 5}, lambda x, a: np.polyval(p=x, x=a)),
    Row("tiling, round and round", """
        input s[b, k]
        index m : 3*size(k)
        output y[b, m]
        y[b, m] = s[b, m % size(k)]
    """, {"b": 2, "k": 4}, lambda s: np.tile(s, (1, 3))),
    # tables read by labels
    Row("embedding bag", """
        const id[n, m] : int
        param E[k, i]
        output y[n, i]
        y[n, i] = sum[m](E[id[n, m], i])
    """, {"n": 3, "m": 4, "k": 4, "i": 2}, lambda id, E: E[id].sum(axis=1)),
    Row("loss by integer labels", """
        input z[n, k]
        const label[n] : int
        output loss
        loss = mean[n](logsumexp[k](z[n, k]) - z[n, label[n]])
    """, {"n": 3, "k": 4}, lambda z, label: -np.mean([
        row[k] - math.log(sum(np.exp(row))) for row, k in zip(z, label, strict=True)
    ])),
]  # fmt: skip


@pytest.fixture(params=ROWS, ids=str)
def row(request):
    return request.param


def test_the_printed_text_parses_back(row):
    program = derive.parse(row.text)
    assert derive.parse(str(program)) == program


def test_the_backward_equations_parse_back(row):
    backward = derive.adjoint(derive.parse(row.text))
    assert derive.parse(str(backward)) == backward


def test_the_kernel_gives_the_formula_and_what_the_interpreter_gives(row):
    program = derive.parse(row.text)
    arrays = row.arrays(program)
    outputs, _ = numeric.build(program, **row.hypers).forward(**arrays)
    meant = numeric.interpret(program, arrays, **row.hypers)
    found = row.formula(**arrays, **row.hypers)
    expected = found if isinstance(found, tuple) else (found,)
    for (name, value), wanted in zip(outputs.items(), expected, strict=True):
        assert np.shape(value) == np.shape(wanted)
        bound = RELATIVE * np.abs(wanted).max()
        assert np.abs(value - wanted).max() <= bound
        assert np.abs(np.asarray(meant[name], dtype=float) - wanted).max() <= bound


def test_the_backward_equations_are_proved(row):
    result = numeric.check(derive.parse(row.text))
    assert result.exit_code == 0, str(result)
