"""Mistakes made in NumPy text: what the gradient that comes out must be called."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import derive
from numeric import build
from numeric.check.diagnose import Witness, diagnose
from numeric.check.likeness import rearrangements
from numeric.interpret.arithmetic import reals
from tests.numeric.check import handwritten

# (text, hyperparameters, extents at two points)
LAYERS = {
    "dense": (handwritten.DENSE, {}, ({"n": 3, "j": 4, "i": 2}, {"n": 5, "j": 2, "i": 3})),
    "rnn": (handwritten.RNN, {}, ({"t": 4, "n": 3, "j": 5, "i": 2, "o": 6},
                                  {"t": 3, "n": 2, "j": 4, "i": 3, "o": 1})),
    "lstm": (handwritten.LSTM, {}, ({"t": 4, "n": 3, "j": 5, "i": 2},
                                    {"t": 3, "n": 2, "j": 4, "i": 3})),
    "gru": (handwritten.GRU, {}, ({"t": 4, "n": 3, "j": 5, "i": 2},
                                  {"t": 3, "n": 2, "j": 4, "i": 3})),
    "conv2d": (handwritten.CONV2D, {"s": 2, "P": 1},
               ({"n": 2, "c": 3, "h": 7, "w": 9, "f": 4, "p": 3, "q": 5},
                {"n": 3, "c": 2, "h": 8, "w": 6, "f": 1, "p": 5, "q": 4})),
    "maxpool2d": (handwritten.MAXPOOL2D, {"k": 3}, ({"n": 2, "c": 3, "h": 7, "w": 9},
                                                    {"n": 3, "c": 1, "h": 9, "w": 5})),
    "avgpool2d": (handwritten.AVGPOOL2D, {"k": 3}, ({"n": 2, "c": 3, "h": 7, "w": 9},
                                                    {"n": 3, "c": 1, "h": 9, "w": 5})),
    "softmax_cross_entropy": (handwritten.SOFTMAX_CROSS_ENTROPY, {}, ({"n": 3, "k": 4},
                                                                      {"n": 5, "k": 2})),
    "softmax": (handwritten.SOFTMAX, {}, ({"n": 3, "i": 4}, {"n": 5, "i": 2})),
    "layer_norm": (handwritten.LAYER_NORM, {}, ({"n": 3, "i": 4}, {"n": 5, "i": 3})),
    "batch_norm": (handwritten.BATCH_NORM, {}, ({"n": 3, "i": 4}, {"n": 5, "i": 3})),
    "attention": (handwritten.ATTENTION, {}, ({"n": 2, "t": 4, "j": 5, "s": 3, "i": 6},
                                              {"n": 3, "t": 2, "j": 3, "s": 4, "i": 1})),
    "embedding": (handwritten.EMBEDDING, {}, ({"n": 6, "k": 4, "i": 3}, {"n": 7, "k": 3, "i": 2})),
    "huber": (handwritten.HUBER, {}, ({"n": 3, "i": 4}, {"n": 5, "i": 2})),
    "mse": (handwritten.MSE, {}, ({"n": 3, "i": 4}, {"n": 5, "i": 2})),
    "silu": (handwritten.SILU, {}, ({"n": 3, "i": 4}, {"n": 5, "i": 2})),
    "sigmoid": (handwritten.SIGMOID, {}, ({"n": 3, "i": 4}, {"n": 5, "i": 2})),
}  # fmt: skip


def drawn(array, sizes, rng, levels):
    shape = tuple(sizes[axis] for axis in array.axes)
    if array.integer:
        return rng.integers(0, sizes["k"], size=shape)
    if array.role == "const" and array.name == "t" and "k" in sizes:
        share = rng.random(shape) + 0.1
        return share / share.sum(axis=-1, keepdims=True)
    if levels:
        return rng.integers(0, levels, size=shape).astype(float)
    return rng.normal(size=shape) * 1.5


def gradients(name, source, seed=0, levels=0):
    """Points, and what the text of a kernel gives there."""
    _, hypers, points = LAYERS[name]
    program = derive.load(name)
    rng = np.random.default_rng(seed)
    module: dict = {}
    exec(source, module)
    wanted = [a.name for a in program.arrays if a.differentiable]
    found = []
    for sizes in points:
        arrays = {a.name: drawn(a, sizes, rng, levels) for a in program.arrays}
        *outputs, saved = module["forward"](*arrays.values())
        g = {o: rng.normal(size=np.shape(y)) for o, y in zip(program.outputs, outputs, strict=True)}
        back = module["backward"](saved, *g.values())
        back = back if isinstance(back, tuple) else (back,)
        found.append((arrays, g, dict(zip(wanted, back, strict=True))))
    return program, {k: Fraction(v) for k, v in hypers.items()}, found


def diagnosed(name, gradient, source, **options):
    program, hypers, found = gradients(name, source, **options)
    witnesses = [Witness(arrays, g, back[gradient]) for arrays, g, back in found]
    return diagnose(program, gradient, witnesses, hypers)


@pytest.mark.parametrize("name", LAYERS)
def test_the_text_is_right_before_a_mistake_is_put_in(name):
    program, hypers, found = gradients(name, LAYERS[name][0])
    kernel = build(program, **{k: int(v) for k, v in hypers.items()})
    for arrays, g, back in found:
        _, saved = kernel.forward(**arrays)
        true = kernel.backward(saved, **g)
        for wanted, value in back.items():
            np.testing.assert_allclose(value, true[wanted], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", LAYERS)
def test_a_right_gradient_has_no_cause(name):
    _, _, found = gradients(name, LAYERS[name][0])
    for wanted in list(found[0][2])[:2]:
        assert diagnosed(name, wanted, LAYERS[name][0]) == ""


# (layer, gradient, what to replace, by what, what the sentence must say)
MISTAKES = [
    # ---- dense
    ("dense", "b", "dz.sum(axis=0)", "dz[0]", "without the sum over n (only n = 0)"),
    ("dense", "b", "dz.sum(axis=0)", "dz[-1]", "without the sum over n (only the last n)"),
    ("dense", "b", "dz.sum(axis=0)", "dz.mean(axis=0)", "with the mean over n instead of the sum"),
    ("dense", "b", "dz.sum(axis=0)", "dz", "without the sum over n, which is still an axis"),
    ("dense", "b", "dz.sum(axis=0)", "da.sum(axis=0)", "without the factor [z[n, i] > 0] in dz"),
    ("dense", "b", "dz.sum(axis=0)", "dz.sum(axis=0)[None]", "with an axis too many"),
    ("dense", "W", "dz.T @ x", "x.T @ dz", "transposed"),
    ("dense", "W", "dz.T @ x", "-dz.T @ x", "with the wrong sign"),
    ("dense", "W", "dz.T @ x", "2 * dz.T @ x", "with a further factor 2"),
    ("dense", "W", "dz.T @ x", "0.3 * dz.T @ x", "equals 0.3 times the derived gradient"),
    ("dense", "W", "dz.T @ x", "dz.T @ x / len(x)", "with the mean over n instead of the sum"),
    ("dense", "W", "dz.T @ x", "dz.T @ x * len(x)", "with a further factor size(n)"),
    ("dense", "W", "dz.T @ x", "dz.T @ x * 0", "dW is zero everywhere"),
    ("dense", "W", "da * (z > 0)", "da", "without the factor [z[n, i] > 0] in dz"),
    ("dense", "W", "da * (z > 0)", "da * (z < 0)", "with z[n, i] <= 0 in place of z[n, i] > 0 in dz"),
    ("dense", "x", "da * (z > 0)", "(z > 0)", "without the cotangent da[n, i], as if it were 1"),
    ("dense", "x", "da * (z > 0)", "da**2 * (z > 0)", "^2 in place of d"),
    ("dense", "x", "da * (z > 0)", "da * z", "with z[n, i] in place of [z[n, i] > 0] in dz"),
    ("dense", "x", "da * (z > 0)", "da * np.maximum(z, 0)", "the value of relu in place of its der"),
    ("dense", "x", "da * (z > 0)", "da * (1 - np.tanh(z) ** 2)", "derivative of tanh in place of"),
    ("dense", "x", "da * (z > 0)", "-da * (z > 0)", "with the wrong sign"),
    # ---- recurrent: time
    ("rnn", "W_hh", "da, h[:-1]", "da, h[1:]", "with h[t, n, k] in place of h[t - 1, n, k]"),
    ("rnn", "W_hh", "da, h[:-1]", "da[-1:], h[-2:-1]", "without the sum over t (only the last t)"),
    ("rnn", "W_hh", "da, h[:-1]", "da[:1], h[:1]", "without the sum over t (only t = 0)"),
    ("rnn", "W_hh", "carry = da[t] @ W_hh", "carry = 0 * da[t]", "without the carry from the next"),
    ("rnn", "W_hh", "carry = da[t] @ W_hh", "carry = da[t] @ W_hh.T", "W_hh[i, k] in place of W_hh[k"),
    ("rnn", "W_hh", "h[t + 1] ** 2", "h[t] ** 2", "with h[t - 1, n, i] in place of h[t, n, i] in"),
    ("rnn", "W_hh", "total * (1 - h[t + 1] ** 2)", "total", "without the factor 1 - h[t, n, i]^2"),
    ("rnn", "W_hh", "(1 - h[t + 1] ** 2)", "(1 + h[t + 1] ** 2)", "wrong sign of the term h[t, n, i]"),
    ("rnn", "W_hh", "(1 - h[t + 1] ** 2)", "h[t + 1] * (1 - h[t + 1])", "derivative of sigmoid in"),
    ("rnn", "W_hh", "(1 - h[t + 1] ** 2)", "(1 - np.tanh(h[t + 1]) ** 2)", "tanh' taken at the out"),
    ("rnn", "W_xh", "da, x)", "da, x[::-1])", "reversed along t"),
    ("rnn", "x", "da @ W_xh", "(da @ W_xh)[::-1]", "reversed along t"),
    ("rnn", "h0", "dh0 = carry", "dh0 = 0 * carry", "dh0 is zero everywhere"),
    ("rnn", "h0", "dh0 = carry", "dh0 = da[0]", "without the product with W_hh[k, i]"),
    ("rnn", "W_xh", "dh[t] + dy[t] @ W_hy + carry", "dy[t] @ W_hy + carry", "without the term dh[t, n, i]"),
    ("rnn", "W_xh", "dh[t] + dy[t] @ W_hy + carry", "dh[t] + carry", "without the term sum[o](dy[t, n"),
    ("rnn", "W_xh", "dh[t] + dy", "dh[t] * (t < len(x) - 1) + dy", "without dh[t, n, i] of the last t"),
    ("rnn", "W_xh", "dh[t] + dy", "dh[t] * (t == len(x) - 1) + dy", "with dh[t, n, i] of the last t only"),
    ("rnn", "W_hy", "dy, h[1:]", "dy, h[:-1]", "with h[t - 1, n, i] in place of h[t, n, i]"),
    # ---- gates
    ("lstm", "W_f", "dct * c[t] * f[t]", "dct * c[t + 1] * f[t]", "with c[t, n, i] in place of c[t - 1"),
    ("lstm", "W_f", "cell = dct * f[t]", "cell = 0 * dct", "without the carry from the next step in dc"),
    ("lstm", "U_i", "* (1 - s**2)", "", "without the factor 1 - h_tanh[t, n, i]^2 in dc_total"),
    ("lstm", "W_f", "in (df, di, do, dg)", "in (di, df, do, dg)", "with di_in[t, n, i] in place of df_in"),
    ("lstm", "W_o", "dht * s * o[t]", "dht * c[t + 1] * o[t]", "with c[t, n, i] in place of h_tanh[t"),
    ("lstm", "W_g", "(1 - g[t] ** 2)", "g[t] * (1 - g[t])", "derivative of sigmoid in place of that of"),
    ("lstm", "x", "+ do @ W[2]", "- do @ W[2]", "with the wrong sign of the term sum[i](do_in[t, n, i]*W_o"),
    ("lstm", "x", "+ do @ W[2] ", "", "without the term sum[i](do_in[t, n, i]*W_o[i, j])"),
    ("gru", "W_z", "(h[t] - g[t]) * z[t]", "(h[t] + g[t]) * z[t]", "with the wrong sign of the term"),
    ("gru", "W_g", "dht * (1 - z[t]) * (1", "dht * z[t] * (1", "with z[t, n, i] in place of 1 - z[t, n, i] in dg_in"),
    ("gru", "W_r", "inner * h[t] * r", "inner * h[t + 1] * r", "with h[t, n, i] in place of h[t - 1, n, i]"),
    ("gru", "U_g", "(dg, r * h[:-1])", "(dg, h[:-1])", "without the factor r[t, n, k]"),
    ("gru", "h0", "back = dht * z[t] + inner", "back = inner", "without the carry dh_total[t + 1, n, i]*z[t + 1, n, i] in dh_total"),
    # ---- windows
    ("conv2d", "x", "...] += part", "...] = part", "with only the last of the contributions along p, q"),
    ("conv2d", "x", "W[:, :, p, q])\n            windows(wide",
     "W[:, :, -1 - p, -1 - q])\n            windows(wide", "reversed along p and q"),
    ("conv2d", "W", "dW[:, :, p, q] =", "dW[:, :, -1 - p, -1 - q] =", "reversed along p and q"),
    ("conv2d", "b", "dy.sum(axis=(0, 2, 3))", "dy.sum(axis=(2, 3))[0]", "without the sum over n (only"),
    ("conv2d", "b", "dy.sum(axis=(0, 2, 3))", "dy.mean(axis=(0, 2, 3))", "mean over n, u, v instead"),
    ("conv2d", "x", "wide[:, :, P : P + x.shape[2], P : P",
     "wide[:, :, P - 1 : P - 1 + x.shape[2], P : P", "in place of dy[n, f, (h - d*p + P)/s"),
    ("maxpool2d", "x", "+= dy[place] * first", "= dy[place] * first", "contributions along p, q, not"),
    ("maxpool2d", "x", "window.max()", "window.min()", "with argmin[p, q]"),
    ("avgpool2d", "x", "dy[place] / 9", "dy[place]", "without the division by size(p)*size(q)"),
    ("avgpool2d", "x", "dy[place] / 9", "dy[place] / 3", "with size(p) in place of size(p)*size(q)"),
    ("avgpool2d", "x", "+= dy[place] / 9", "= dy[place] / 9", "contributions along p, q, not their sum"),
    # ---- losses and softmax
    ("softmax_cross_entropy", "z", "/ len(p)", "", "without the division by size(n)"),
    ("softmax_cross_entropy", "z", "/ len(p)", "/ len(p) ** 2", "division by size(n)^2 in place of"),
    ("softmax_cross_entropy", "z", "(p - t)", "(t - p)", "with the wrong sign"),
    ("softmax_cross_entropy", "z", "(p - t)", "p", "with p[n, k] in place of p[n, k] - t[n, k]"),
    ("softmax_cross_entropy", "z", "dloss * (p", "(p", "without the cotangent dloss, as if it were 1"),
    ("softmax_cross_entropy", "z", "(p - t)", "p * (p - t)", "with a further factor p[n, k]"),
    ("softmax", "z", "(dp - (dp * p).sum(axis=1, keepdims=True))", "dp", "with dp[n, i] in place of dp"),
    ("softmax", "z", "p * (dp", "(dp", "without the factor p[n, i]"),
    ("softmax", "z", "p * (dp - (dp * p).sum(axis=1, keepdims=True))", "dp * p * (1 - p)", "with dp[n, i] in place of dp[n, i] - sum[k](dp[n, k]*p[n, k])"),
    ("huber", "y", "/ len(r)", "", "without the division by size(n)"),
    ("huber", "y", "np.where(np.abs(r) <= 1, r, np.sign(r))", "r", "with r[n, i] whatever the condition"),
    ("huber", "y", "np.where(np.abs(r) <= 1, r, np.sign(r))", "np.sign(r)", "with delta*sign(r[n, i]) whatever the condition"),
    ("huber", "y", "np.where(np.abs(r) <= 1, r, np.sign(r))", "np.minimum(r, 1)", "with r[n, i] in place of abs(r[n, i])"),
    ("mse", "y", "2 * dloss", "dloss", "without the factor 2"),
    ("mse", "y", "(y - t)", "(t - y)", "with the wrong sign"),
    ("mse", "y", "2 * dloss * (y - t)", "2 * (y - t)", "without the cotangent dloss"),
    # ---- normalisation
    ("layer_norm", "x", "+ dmu / I", "", "as with x held constant in mu"),
    ("layer_norm", "x", "+ dvar * 2 * (x - mu) / I", "", "as with x held constant in var"),
    ("layer_norm", "x", "dxhat = dy * gamma", "dxhat = dy", "without the factor gamma[i] in dxhat"),
    ("layer_norm", "x", "s = np.sqrt(var + 1e-5)", "s = np.sqrt(var) + 1e-5", "sqrt(var[n]) + eps"),
    ("layer_norm", "x", "s = np.sqrt(var + 1e-5)", "s = np.sqrt(var + 1e-8)", "with 1e-08 in place of eps"),
    ("layer_norm", "gamma", "(dy * xhat).sum(axis=0)", "(dy * x).sum(axis=0)", "with x[n, i] in place of"),
    ("layer_norm", "beta", "dbeta = dy.sum(axis=0)", "dbeta = dy.mean(axis=0)", "with the mean over n"),
    ("batch_norm", "x", "+ dmu / N", "", "without the term dmu_total[i]/size(n)"),
    ("batch_norm", "x", "+ dvar * 2 * (x - mu) / N", "", "without the term 2*dvar_total[i]*"),
    ("batch_norm", "x", "dxhat / s + dvar * 2 * (x - mu) / N + dmu / N", "dxhat / s", "with only the term"),
    ("batch_norm", "x", "s = np.sqrt(var + 1e-5)", "s = np.sqrt(var)", "with var[i] in place of var[i] + eps in xhat_sqrt"),
    ("batch_norm", "x", "N = len(x)", "N = len(x) - 1", "with size(n) - 1 in place of size(n)"),
    ("batch_norm", "x", "dvar = dvar + ", "dvar = ", "without the term dvar[i] in dvar_total"),
    ("batch_norm", "gamma", "dgamma = (dy * xhat)", "dgamma = (dy)", "without the factor xhat[n, i]"),
    # ---- attention
    ("attention", "Q", "dQ = da @ K / np.sqrt(Q.shape[2])", "dQ = da @ K", "division by sqrt(size(j))"),
    ("attention", "Q", "dQ = da @ K / np.sqrt(Q.shape[2])", "dQ = da @ K / Q.shape[2]", "with size(j) in place of sqrt(size(j))"),
    ("attention", "Q", "p * (dp - (dp * p).sum(axis=2, keepdims=True))", "dp", "with dp[n, t, s] in place of da[n, t, s]"),
    ("attention", "Q", "(dp - (dp * p).sum(axis=2, keepdims=True))", "dp", "with dp[n, t, s] in place of"),
    ("attention", "K", "p * (dp", "(dp", "without the factor p[n, t, s] in da"),
    ("attention", "V", "p.transpose(0, 2, 1) @ dy", "p.transpose(0, 2, 1)[:, :, :1] @ dy[:, :1]",
     "without the sum over t (only t = 0)"),
    # ---- lookups
    ("embedding", "E", "np.add.at(dE, id, dy)", "dE[id] += dy", "with only the last of the contributions"),
    ("embedding", "E", "np.add.at(dE, id, dy)", "dE[id] = dy", "with only the last of the contributions"),
    ("embedding", "E", "return dE", "return dE / len(id)", "with a further division by size(n)"),
    ("embedding", "E", "return dE",
     "return dE / np.maximum(np.bincount(id, minlength=len(E)), 1)[:, None]", "with the mean over n"),
    # ---- activations
    ("sigmoid", "z", "a * (1 - a)", "z * (1 - z)", "with the input z[n, i] in place of the output in"),
    ("sigmoid", "z", "a * (1 - a)", "(1 - a**2)", "derivative of tanh in place of that of sigmoid"),
    ("sigmoid", "z", "da * a * (1 - a)", "da * a", "without the factor 1 - a[n, i]"),
    ("silu", "z", "da * s * (1 + z * (1 - s))", "da * s * (1 - s)", "derivative of sigmoid in place of that of silu"),
    ("silu", "z", "da * s * (1 + z * (1 - s))", "da * s", "without the factor 1 + z[n, i]*(1 - sigmoid(z[n, i]))"),
    ("silu", "z", "(1 + z * (1 - s))", "(1 - z * (1 - s))", "with the wrong sign of the term"),
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda row: f"{row[0]}: {row[3]}")
def test_a_mistake_in_numpy_is_named(mistake):
    layer, gradient, old, new, expected = mistake
    source = LAYERS[layer][0]
    head, back = source.split("def backward", 1)
    assert back.count(old) == 1, "an edit that changes nothing, or two things, is no mistake"
    found = diagnosed(layer, gradient, f"{head}def backward{back.replace(old, new)}")
    assert found.startswith(f"d{gradient} ")
    assert expected in found


# Where several are largest: (what to replace, by what, what the sentence must say)
TIES = [
    ("first = np.zeros_like(ties)\n        first.flat[np.flatnonzero(ties)[0]] = True",
     "first = ties", "with the gradient to all of the ties"),
    ("flatnonzero(ties)[0]", "flatnonzero(ties)[-1]", "with the gradient to the last of the ties"),
    ("dy[place] * first", "dy[place] * ties / ties.sum()", "split evenly among the ties"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), TIES)
def test_a_tie_rule_is_named_where_there_are_ties(old, new, expected):
    source = handwritten.MAXPOOL2D
    assert source.count(old) == 1
    assert expected in diagnosed("maxpool2d", "x", source.replace(old, new), levels=3)
    assert diagnosed("maxpool2d", "x", source.replace(old, new)) == ""


# (gradient, the sentence, how to get it from the right ones by name)
REARRANGED = [
    ("W_hh", "dW_hh equals dW_xh: are the two exchanged?", lambda g: g["W_xh"]),
    ("h0", "dh0 equals the derived gradient transposed", lambda g: g["h0"].T),
    ("x", "dx equals the derived gradient reversed along j", lambda g: g["x"][..., ::-1]),
    ("x", "dx equals the derived gradient one place up along j, and round",
     lambda g: np.roll(g["x"], 1, axis=2)),
    ("x", "dx equals the derived gradient one place down along j",
     lambda g: np.concatenate([g["x"][..., 1:], 0 * g["x"][..., :1]], axis=2)),
    ("x", "dx equals the derived gradient summed over t too", lambda g: g["x"].sum(axis=0)),
    ("x", "dx equals the derived gradient summed over t too, at each t",
     lambda g: g["x"].sum(axis=0) + 0 * g["x"]),
    ("W_hh", "dW_hh equals -0.123 times the derived gradient", lambda g: -0.123 * g["W_hh"]),
]  # fmt: skip


def test_an_array_without_elements_can_be_rearranged():
    empty = np.zeros((0, 3))
    for _, rearrange in rearrangements(("n", "j")):
        assert rearrange(empty).size in (0, 3)  # summed over nothing there are zeros


@pytest.mark.parametrize(("gradient", "sentence", "rearrange"), REARRANGED)
def test_right_numbers_in_the_wrong_place_are_named(gradient, sentence, rearrange):
    # with J = I the two matrices have one shape
    sizes = [{"t": 4, "n": 3, "j": 5, "i": 5, "o": 2}, {"t": 3, "n": 2, "j": 4, "i": 6, "o": 1}]
    if "dW_xh" in sentence:
        sizes[1] = sizes[0] | {"t": 3, "n": 2}
    program = derive.load("rnn")
    kernel = build(program)
    rng = np.random.default_rng(3)
    witnesses = []
    for point in sizes:
        arrays = {a.name: drawn(a, point, rng, 0) for a in program.arrays}
        outputs, saved = kernel.forward(**arrays)
        g = {name: rng.normal(size=y.shape) for name, y in outputs.items()}
        witnesses.append(Witness(arrays, g, rearrange(kernel.backward(saved, **g))))
    if "dW_xh" in sentence:
        # and one point at which no gradient is wrong tells the extents apart
        arrays = {a.name: drawn(a, sizes[0] | {"j": 3}, rng, 0) for a in program.arrays}
        outputs, saved = kernel.forward(**arrays)
        g = {name: rng.normal(size=y.shape) for name, y in outputs.items()}
        witnesses.append(Witness(arrays, g, kernel.backward(saved, **g)["W_xh"]))
    assert diagnose(program, gradient, witnesses) == sentence


# Two mistakes at once: (gradient, edits, what the sentence must say)
TWICE = [
    ("b", [("dz.sum(axis=0)", "dz[0]"), ("da * (z > 0)", "da")],
     ["without the sum over n (only n = 0)", "without the factor [z[n, i] > 0] in dz"]),
    ("W", [("dz.T @ x", "-dz.T @ x"), ("da * (z > 0)", "da")],
     ["minus the derived gradient without the factor [z[n, i] > 0] in dz"]),
    ("W", [("dz.T @ x", "0.7 * dz.T @ x"), ("da * (z > 0)", "da")],
     ["0.7 times the derived gradient without the factor [z[n, i] > 0] in dz"]),
]  # fmt: skip


@pytest.mark.parametrize(("gradient", "edits", "expected"), TWICE)
def test_two_mistakes_are_both_named(gradient, edits, expected):
    source = handwritten.DENSE
    for old, new in edits:
        assert source.count(old) == 1
        source = source.replace(old, new)
    found = diagnosed("dense", gradient, source)
    assert all(part in found for part in expected), found


def dense(edit, points, rng, scale=np.random.Generator.normal):
    """Witnesses of a dense layer whose ``dW`` is ``edit`` of its operands."""
    found = []
    for n, j, i in points:
        x, W, b, g = (scale(rng, size=s) for s in ((n, j), (i, j), (i,), (n, i)))
        dz = g * (x @ W.T + b > 0)
        found.append(Witness({"x": x, "W": W, "b": b}, {"a": g}, edit(dz, x)))
    return found


DISTINCT = [(3, 4, 2), (5, 2, 3)]


@pytest.mark.parametrize(
    ("layer", "seed"), [("dense", 0), ("dense", 1), ("conv2d", 2), ("layer_norm", 3), ("rnn", 4)]
)
def test_random_numbers_have_no_cause(layer, seed):
    program, hypers, found = gradients(layer, LAYERS[layer][0], seed=seed)
    rng = np.random.default_rng(seed)
    for wanted in list(found[0][2])[:1]:
        witnesses = [Witness(a, g, rng.normal(size=b[wanted].shape)) for a, g, b in found]
        assert diagnose(program, wanted, witnesses, hypers) == ""


def test_one_wrong_entry_has_no_cause():
    def edit(dz, x):
        right = dz.T @ x
        right[0, 0] += 1e-3
        return right

    assert diagnose(derive.load("dense"), "W", dense(edit, DISTINCT, np.random.default_rng(0))) == ""


def test_what_explains_one_point_only_is_no_cause():
    rng = np.random.default_rng(0)
    first, second = dense(lambda dz, x: -(dz.T @ x), DISTINCT, rng)
    program = derive.load("dense")
    assert diagnose(program, "W", [first, second]) != ""
    other = Witness(second.arrays, second.cotangents, second.given + 1)
    assert diagnose(program, "W", [first, other]) == ""


def test_equal_extents_alone_do_not_tell():
    program = derive.load("dense")
    rng = np.random.default_rng(0)
    square = dense(lambda dz, x: x.T @ dz, [(3, 3, 3)], rng)
    assert diagnose(program, "W", square) == ""


def test_a_mistake_that_only_square_shapes_let_through_is_named():
    def edit(dz, x):
        return x.T @ dz if dz.shape == x.shape else dz.T @ x

    program = derive.load("dense")
    points = [(4, 3, 3), *DISTINCT]
    found = diagnose(program, "W", dense(edit, points, np.random.default_rng(0)))
    assert found == "dW equals the derived gradient transposed"


def test_data_without_variety_do_not_tell():
    def ones(_, size):
        return np.ones(size)

    program = derive.load("dense")
    rng = np.random.default_rng(0)
    assert diagnose(program, "W", dense(lambda dz, x: -(dz.T @ x), DISTINCT, rng, ones)) == ""


def test_without_witnesses_there_is_no_cause():
    assert diagnose(derive.load("dense"), "W", []) == ""


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_has_no_cause(value):
    rng = np.random.default_rng(0)
    witnesses = dense(lambda dz, x: dz.T @ x * value, DISTINCT, rng)
    with np.errstate(invalid="ignore"):
        assert diagnose(derive.load("dense"), "W", witnesses) == ""


WRONG_SIGN = "dW equals the derived gradient with the wrong sign"
NEARLY = "dW equals -1 times the derived gradient, to nine digits"


@pytest.mark.parametrize(
    ("error", "sentence"), [(0, WRONG_SIGN), (Fraction(1, 10**20), NEARLY)]
)
def test_many_digits_are_compared_to_all_of_them(error, sentence):
    number = reals(80).exact
    rng = np.random.default_rng(0)
    exact = np.vectorize(lambda x: number(Fraction(float(x))), otypes=[object])

    def edit(dz, x):
        return -(exact(dz).T @ exact(x)) * number(1 + Fraction(error))

    found = diagnose(derive.load("dense"), "W", dense(edit, DISTINCT, rng))
    assert found == sentence
