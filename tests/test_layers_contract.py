"""Every built-in layer through the whole chain, and its values against independent formulas."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import derive
import numeric

# Forward values are compared at float64; this is some thousand roundings of the largest entry.
RELATIVE = 1e-12


@dataclass(frozen=True)
class Row:
    name: str
    sizes: Mapping[str, int]
    formula: Callable
    hypers: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, Callable] = field(default_factory=dict)

    def __str__(self):
        return "-".join([self.name, *(f"{k}{v}" for k, v in self.hypers.items())])

    def arrays(self, program):
        rng = np.random.default_rng(7)
        shapes = {a.name: tuple(self.sizes[i] for i in a.axes) for a in program.arrays}
        draw = {name: self.values.get(name, _normal) for name in shapes}
        return {name: draw[name](rng, shape) for name, shape in shapes.items()}


def _normal(rng, shape):
    return rng.standard_normal(shape)


def _probability(rng, shape):
    return rng.uniform(0.05, 0.95, shape)


def _simplex(rng, shape):
    return rng.dirichlet(np.ones(shape[1]), shape[0])


def _sign(rng, shape):
    return rng.choice([-1.0, 1.0], shape)


def _labels(rng, shape):
    return rng.integers(0, 5, shape)


# ---- formulas, each written without looking at the .eqn file ------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy(p, t):
    return -(t * np.log(p)).sum(axis=1).mean()


def binary_cross_entropy(p, t):
    return -(t * np.log(p) + (1 - t) * np.log1p(-p)).sum(axis=1).mean()


def huber(y, t, delta):
    r = np.abs(y - t)
    return np.where(r <= delta, r**2 / 2, delta * r - delta**2 / 2).sum(axis=1).mean()


def channels(sample, filters):
    pairs = zip(sample, filters, strict=True)
    return sum(np.convolve(row, kernel[::-1], "valid") for row, kernel in pairs)


def conv1d(x, W, b, *, s, P, d):
    spread = np.zeros((*W.shape[:2], d * (W.shape[2] - 1) + 1))
    spread[:, :, ::d] = W
    padded = np.pad(x, ((0, 0), (0, 0), (P, P)))
    y = [[channels(sample, filters)[::s] for filters in spread] for sample in padded]
    return np.array(y) + b[:, None]


def conv2d(x, W, b, *, s, P, d):
    spread = np.zeros((*W.shape[:2], d * (W.shape[2] - 1) + 1, d * (W.shape[3] - 1) + 1))
    spread[:, :, ::d, ::d] = W
    padded = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
    windows = sliding_window_view(padded, spread.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    return np.einsum("ncuvpq,fcpq->nfuv", windows, spread) + b[:, None, None]


def conv_transpose2d(x, W, b, *, s, P, d, a):
    (n, _, h, w), (_, f, p, q) = x.shape, W.shape
    y = np.zeros((n, f, s * (h - 1) + d * (p - 1) + 1 + a, s * (w - 1) + d * (q - 1) + 1 + a))
    for i, j, k, m in np.ndindex(h, w, p, q):
        y[:, :, s * i + d * k, s * j + d * m] += x[:, :, i, j] @ W[:, :, k, m]
    return y[:, :, P : y.shape[2] - P, P : y.shape[3] - P] + b[:, None, None]


def match1d(x, W):
    windows = sliding_window_view(x, W.shape[2], axis=2)
    return ((windows[:, None] - W[None, :, :, None]) ** 2).sum(axis=(2, 4))


def match2d(x, W):
    windows = sliding_window_view(x, W.shape[2:], axis=(2, 3))
    return ((windows[:, None] - W[None, :, :, None, None]) ** 2).sum(axis=(2, 5, 6))


def pool1d(reduction, fill):
    def formula(x, k, s, P):
        padded = np.pad(x, ((0, 0), (0, 0), (P, P)), constant_values=fill)
        return reduction(sliding_window_view(padded, k, axis=2)[:, :, ::s], axis=-1)

    return formula


def pool2d(reduction, fill):
    def formula(x, k, s, P):
        padded = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), constant_values=fill)
        windows = sliding_window_view(padded, (k, k), axis=(2, 3))[:, :, ::s, ::s]
        return reduction(windows, axis=(-2, -1))

    return formula


def rnn(x, h0, W_hh, W_xh, W_hy):
    hs = []
    for x_t in x:
        h0 = np.tanh(h0 @ W_hh.T + x_t @ W_xh.T)
        hs.append(h0)
    return np.array(hs) @ W_hy.T, np.array(hs)


def lstm(x, h0, c0, **q):
    hs, cs = [], []
    for x_t in x:
        f, i, o, g = (x_t @ q[f"W_{k}"].T + h0 @ q[f"U_{k}"].T + q[f"b_{k}"] for k in "fiog")
        past = c0
        c0 = sigmoid(f + q.get("p_f", 0) * past) * past
        c0 = c0 + sigmoid(i + q.get("p_i", 0) * past) * np.tanh(g)
        h0 = sigmoid(o + q.get("p_o", 0) * c0) * np.tanh(c0)
        hs.append(h0)
        cs.append(c0)
    return np.array(hs), np.array(cs)


def gru(x, h0, **q):
    hs = []
    for x_t in x:
        r, z = (sigmoid(x_t @ q[f"W_{k}"].T + h0 @ q[f"U_{k}"].T + q[f"b_{k}"]) for k in "rz")
        g = np.tanh(x_t @ q["W_g"].T + (r * h0) @ q["U_g"].T + q["b_g"])
        h0 = z * h0 + (1 - z) * g
        hs.append(h0)
    return np.array(hs)


def layer_norm(x, gamma, beta, eps):
    centred = x - x.mean(axis=1, keepdims=True)
    return gamma * centred / np.sqrt(x.var(axis=1, keepdims=True) + eps) + beta


def batch_norm(x, gamma, beta, eps):
    y = gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps) + beta
    return y, x.mean(axis=0), x.var(axis=0)


def attention(Q, K, V):
    return softmax(Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])) @ V


def causal_attention(Q, K, V):
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    future = np.triu(np.ones(scores.shape[1:], bool), 1)
    return softmax(np.where(future, -np.inf, scores)) @ V


# ---- rows ---------------------------------------------------------------------------------------

NI = {"n": 4, "i": 5}
IMAGE = {"n": 2, "c": 3, "h": 6, "w": 7}
SEQUENCE = {"t": 4, "n": 3, "j": 2, "i": 3}
WINDOWS = [{"k": 2, "s": 2, "P": 0}, {"k": 3, "s": 2, "P": 1}, {"k": 3, "s": 1, "P": 0}]
CONVOLUTIONS = [{"s": 1, "P": 0, "d": 1}, {"s": 2, "P": 1, "d": 1}, {"s": 1, "P": 2, "d": 2}]

ROWS = [
    # neurons and pointwise functions
    Row("neuron", {"j": 4}, lambda x, w, b: sigmoid(w @ x + b)),
    Row("dense", {"n": 4, "i": 3, "j": 5}, lambda x, W, b: np.maximum(x @ W.T + b, 0)),
    Row("relu", NI, lambda z: (z + np.abs(z)) / 2),
    Row("leaky_relu", NI, lambda z, alpha: np.maximum(z, alpha * z), {"alpha": 0.2}),
    Row("elu", NI, lambda z, alpha: np.where(z > 0, z, alpha * np.expm1(z)), {"alpha": 1.5}),
    Row("sigmoid", NI, sigmoid),
    Row("tanh", NI, lambda z: 1 - 2 / (np.exp(2 * z) + 1)),
    Row("softplus", NI, lambda z: np.log(1 + np.exp(z))),
    Row("gelu", NI, lambda z: z / 2 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))),
    Row("silu", NI, lambda z: z * sigmoid(z)),
    Row("step", NI, lambda z: np.heaviside(z, 0)),
    Row("softmax", NI, softmax),
    # losses
    Row("mse", NI, lambda y, t: np.linalg.norm(y - t) ** 2 / len(y)),
    Row(
        "binary_cross_entropy", NI, binary_cross_entropy,
        values={"p": _probability, "t": _probability},
    ),
    Row(
        "binary_cross_entropy_logits", NI, lambda z, t: binary_cross_entropy(sigmoid(z), t),
        values={"t": _probability},
    ),
    Row(
        "cross_entropy", {"n": 4, "k": 3}, cross_entropy,
        values={"p": _simplex, "t": _simplex},
    ),
    Row(
        "softmax_cross_entropy", {"n": 4, "k": 3}, lambda z, t: cross_entropy(softmax(z), t),
        values={"t": _simplex},
    ),
    Row("huber", NI, huber, {"delta": 0.8}),
    Row(
        "hinge", {"n": 6}, lambda z, t: np.maximum(0, 1 - t * z).mean(), values={"t": _sign}
    ),
    # windows
    *(Row("conv1d", {**IMAGE, "f": 2, "p": 3}, conv1d, h) for h in CONVOLUTIONS),
    *(Row("conv2d", {**IMAGE, "f": 2, "p": 3, "q": 2}, conv2d, h) for h in CONVOLUTIONS),
    *(
        Row("conv_transpose2d", {**IMAGE, "f": 2, "p": 3, "q": 2}, conv_transpose2d, h)
        for h in (
            {"s": 1, "P": 0, "d": 1, "a": 0},
            {"s": 2, "P": 1, "d": 1, "a": 1},
            {"s": 3, "P": 1, "d": 2, "a": 0},
        )
    ),
    Row("match1d", {**IMAGE, "f": 2, "p": 3}, match1d),
    Row("match2d", {**IMAGE, "f": 2, "p": 3, "q": 2}, match2d),
    *(Row("maxpool1d", IMAGE, pool1d(np.max, -np.inf), h) for h in WINDOWS),
    *(Row("maxpool2d", IMAGE, pool2d(np.max, -np.inf), h) for h in WINDOWS),
    *(Row("avgpool1d", IMAGE, pool1d(np.mean, 0), h) for h in WINDOWS),
    *(Row("avgpool2d", IMAGE, pool2d(np.mean, 0), h) for h in WINDOWS),
    *(Row("sumpool2d", IMAGE, pool2d(np.sum, 0), h) for h in WINDOWS),
    # recurrences
    Row("rnn", {**SEQUENCE, "o": 2}, rnn),
    Row("lstm", SEQUENCE, lstm),
    Row("lstm_peephole", SEQUENCE, lstm),
    Row("gru", SEQUENCE, gru),
    # norms, tables and attention
    Row("layer_norm", NI, layer_norm, {"eps": 1e-3}),
    Row("batch_norm", NI, batch_norm, {"eps": 1e-3}),
    Row(
        "rms_norm", NI,
        lambda x, gamma, eps: gamma * x / np.sqrt((x**2).mean(axis=1, keepdims=True) + eps),
        {"eps": 1e-3},
    ),
    Row("embedding", {"n": 6, "k": 5, "i": 3}, lambda id, E: E[id], values={"id": _labels}),
    Row("attention", {"n": 2, "t": 3, "s": 4, "j": 5, "i": 2}, attention),
    Row("causal_attention", {"n": 2, "t": 4, "j": 5, "i": 2}, causal_attention),
]  # fmt: skip


def test_every_built_in_layer_has_a_row():
    assert {row.name for row in ROWS} == set(derive.layers())


def test_the_catalogue_is_the_one_promised():
    promised = """
        neuron dense relu leaky_relu elu sigmoid tanh softplus gelu silu step softmax
        mse binary_cross_entropy binary_cross_entropy_logits cross_entropy softmax_cross_entropy
        huber hinge conv1d conv2d conv_transpose2d match1d match2d maxpool1d maxpool2d avgpool1d
        avgpool2d sumpool2d rnn lstm lstm_peephole gru layer_norm batch_norm rms_norm embedding
        attention causal_attention
    """
    assert sorted(derive.layers()) == sorted(promised.split())


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_kernel_and_the_interpreter_give_the_formula(row):
    program = derive.load(row.name)
    arrays = row.arrays(program)
    outputs, _ = numeric.build(program, **row.hypers).forward(**arrays)
    meant = numeric.interpret(program, arrays, **row.hypers)
    found = row.formula(**arrays, **row.hypers)
    expected = found if isinstance(found, tuple) else (found,)
    assert list(outputs) == list(program.outputs)
    for (name, value), wanted in zip(outputs.items(), expected, strict=True):
        assert np.shape(value) == np.shape(wanted)
        bound = RELATIVE * np.abs(wanted).max()
        assert np.abs(value - wanted).max() <= bound
        assert np.abs(np.asarray(meant[name], dtype=float) - wanted).max() <= bound


@pytest.mark.parametrize("name", derive.layers())
def test_the_backward_equations_are_proved(name):
    result = numeric.check(derive.load(name))
    assert result.exit_code == 0, str(result)


def test_modules_are_the_same_bytes_whatever_the_hash_seed():
    code = """
import derive, numeric
for name in derive.layers():
    print(numeric.build(derive.load(name)).source)
"""
    texts = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert texts[0].count(b"def backward(") == len(derive.layers())
