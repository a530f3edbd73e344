"""Gradients of built-in layers against formulas done by hand, at kinks and in the tails too."""

import math

import numpy as np
import pytest

import derive
import numeric

RELATIVE = 1e-11
RNG = np.random.default_rng


def gradients(layer, arrays, hypers=None, **cotangents):
    kernel = numeric.build(derive.load(layer), **(hypers or {}))
    _, saved = kernel.forward(**arrays)
    return kernel.backward(saved, **cotangents)


def assert_close(found, expected):
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        assert np.shape(found[name]) == np.shape(wanted), name
        bound = RELATIVE * max(np.abs(wanted).max(), 1e-3)
        assert np.abs(found[name] - wanted).max() <= bound, name


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def normal_density(z):
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def normal_share(z):
    return (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2


# ---- pointwise: the slope, and its value at the kink --------------------------------------------

SLOPES = [
    # layer, slope away from 0, slope at 0
    ("relu", {}, lambda z: z > 0, 0),
    ("leaky_relu", {"alpha": 0.2}, lambda z: np.where(z > 0, 1, 0.2), 0.2),
    ("elu", {"alpha": 1.5}, lambda z: np.where(z > 0, 1, 1.5 * np.exp(z)), 1.5),
    ("sigmoid", {}, lambda z: sigmoid(z) * sigmoid(-z), 0.25),
    ("tanh", {}, lambda z: 1 / np.cosh(z) ** 2, 1),
    ("softplus", {}, sigmoid, 0.5),
    ("gelu", {}, lambda z: normal_share(z) + z * normal_density(z), 0.5),
    ("silu", {}, lambda z: sigmoid(z) + z * sigmoid(z) * sigmoid(-z), 0.5),
    ("step", {}, np.zeros_like, 0),
]


@pytest.mark.parametrize(("layer", "hypers", "slope", "at_zero"), SLOPES)
def test_slopes(layer, hypers, slope, at_zero):
    z, da = RNG(0).standard_normal((2, 4, 5))
    z[0, 0] = 0
    expected = da * slope(z)
    expected[0, 0] = da[0, 0] * at_zero
    assert_close(gradients(layer, {"z": z}, hypers, a=da), {"z": expected})


TAILS = [
    # layer, argument, value, slope: a formula that overflows or cancels gives something else
    ("sigmoid", 800.0, 1, 0),
    ("sigmoid", -40.0, math.exp(-40), math.exp(-40)),
    ("tanh", 400.0, 1, 0),
    ("softplus", 1000.0, 1000, 1),
    ("softplus", -40.0, math.exp(-40), math.exp(-40)),
    ("silu", -900.0, 0, 0),
    ("silu", 900.0, 900, 1),
    ("gelu", -50.0, 0, 0),
    ("gelu", 50.0, 50, 1),
    ("elu", 900.0, 900, 1),
    ("elu", -1e-12, -1e-12, 1),
]


@pytest.mark.parametrize(("layer", "z", "value", "slope"), TAILS)
def test_tails_are_exact_and_without_warnings(layer, z, value, slope):
    kernel = numeric.build(derive.load(layer))
    outputs, saved = kernel.forward(z=np.array([[z]]))
    found = kernel.backward(saved, a=np.ones((1, 1)))
    assert outputs["a"] == pytest.approx(value, rel=1e-11, abs=1e-300)
    assert found["z"] == pytest.approx(slope, rel=1e-11, abs=1e-300)


# ---- softmax and losses -------------------------------------------------------------------------


def test_softmax():
    z, dp = RNG(0).standard_normal((2, 4, 5))
    p = softmax(z)
    expected = p * (dp - (dp * p).sum(axis=1, keepdims=True))
    assert_close(gradients("softmax", {"z": z}, p=dp), {"z": expected})


def test_softmax_of_large_logits():
    z = np.array([[1000.0, 999.0, -1000.0]])
    outputs, saved = numeric.build(derive.load("softmax")).forward(z=z)
    assert outputs["p"] == pytest.approx(softmax(z), rel=1e-14)
    dp = np.array([[1.0, 2.0, 3.0]])
    found = numeric.build(derive.load("softmax")).backward(saved, p=dp)["z"]
    p = softmax(z)
    assert found == pytest.approx(p * (dp - (dp * p).sum()), rel=1e-12, abs=1e-300)


LOSSES = [
    # layer, what is fed, hyperparameters, gradient for N = 4 samples
    ("mse", "y", {}, lambda y, t: 2 * (y - t) / 4),
    ("binary_cross_entropy", "p", {}, lambda p, t: (p - t) / (p * (1 - p)) / 4),
    ("binary_cross_entropy_logits", "z", {}, lambda z, t: (sigmoid(z) - t) / 4),
    ("cross_entropy", "p", {}, lambda p, t: -t / p / 4),
    ("softmax_cross_entropy", "z", {}, lambda z, t: (softmax(z) - t) / 4),
    ("huber", "y", {"delta": 0.3}, lambda y, t: np.clip(y - t, -0.3, 0.3) / 4),
]


@pytest.mark.parametrize(("layer", "fed", "hypers", "formula"), LOSSES)
def test_losses(layer, fed, hypers, formula):
    x, t = RNG(0).dirichlet(np.ones(5), (2, 4))
    found = gradients(layer, {fed: x, "t": t}, hypers, loss=np.array(3.0))
    assert_close(found, {fed: 3 * formula(x, t)})


def test_hinge_at_its_margin_and_on_both_sides():
    z, t = np.array([0.5, 1.0, 2.0, -0.5]), np.array([1.0, 1.0, 1.0, -1.0])
    found = gradients("hinge", {"z": z, "t": t}, loss=np.ones(()))
    assert_close(found, {"z": np.array([-1, 0, 0, 1]) / 4})


def test_huber_is_quadratic_at_delta_itself():
    y = np.array([[1.0, -1.0, 1.5]])
    found = gradients("huber", {"y": y, "t": np.zeros((1, 3))}, {"delta": 1}, loss=np.ones(()))
    assert_close(found, {"y": np.array([[1.0, -1.0, 1.0]])})


def test_cross_entropy_of_large_logits():
    z, t = np.array([[1000.0, 0.0], [-1000.0, 1000.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
    kernel = numeric.build(derive.load("softmax_cross_entropy"))
    outputs, saved = kernel.forward(z=z, t=t)
    assert outputs["loss"] == pytest.approx(500)
    assert_close(kernel.backward(saved, loss=np.ones(())), {"z": np.array([[0.5, -0.5], [0, 0]])})


# ---- contractions and windows -------------------------------------------------------------------


def test_dense():
    rng = RNG(0)
    x, W, b = rng.standard_normal((4, 5)), rng.standard_normal((3, 5)), rng.standard_normal(3)
    da = rng.standard_normal((4, 3))
    dz = da * (x @ W.T + b > 0)
    found = gradients("dense", {"x": x, "W": W, "b": b}, a=da)
    assert_close(found, {"x": dz @ W, "W": dz.T @ x, "b": dz.sum(axis=0)})


@pytest.mark.parametrize(("s", "P", "d"), [(1, 0, 1), (2, 1, 1), (3, 2, 2)])
def test_conv2d(s, P, d):
    rng = RNG(0)
    x, W = rng.standard_normal((2, 3, 7, 8)), rng.standard_normal((4, 3, 2, 3))
    dy = rng.standard_normal((2, 4, (6 + 2 * P - d) // s + 1, (7 + 2 * P - 2 * d) // s + 1))
    padded = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
    dx, dW = np.zeros_like(padded), np.zeros_like(W)
    for u, v, p, q in np.ndindex(*dy.shape[2:], *W.shape[2:]):
        h, w = s * u + d * p, s * v + d * q
        dx[:, :, h, w] += dy[:, :, u, v] @ W[:, :, p, q]
        dW[:, :, p, q] += dy[:, :, u, v].T @ padded[:, :, h, w]
    dx = dx[:, :, P : dx.shape[2] - P, P : dx.shape[3] - P]
    arrays = {"x": x, "W": W, "b": rng.standard_normal(4)}
    found = gradients("conv2d", arrays, {"s": s, "P": P, "d": d}, y=dy)
    assert_close(found, {"x": dx, "W": dW, "b": dy.sum(axis=(0, 2, 3))})


def test_match1d():
    rng = RNG(0)
    x, W, dy = (rng.standard_normal(s) for s in ((2, 1, 6), (3, 1, 2), (2, 3, 5)))
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for n, f, u, p in np.ndindex(2, 3, 5, 2):
        pull = 2 * dy[n, f, u] * (x[n, 0, u + p] - W[f, 0, p])
        dx[n, 0, u + p] += pull
        dW[f, 0, p] -= pull
    assert_close(gradients("match1d", {"x": x, "W": W}, y=dy), {"x": dx, "W": dW})


def test_max_pooling_pays_the_first_of_the_ties():
    x = np.array([[[[1.0, 7.0, 7.0], [7.0, 2.0, 7.0], [0.0, 0.0, 0.0]]]])
    dy = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])
    expected = np.array([[[[0.0, 11.0, 0.0], [100.0, 0.0, 1000.0], [0.0, 0.0, 0.0]]]])
    assert_close(gradients("maxpool2d", {"x": x}, {"k": 2, "s": 1}, y=dy), {"x": expected})


def test_max_pooling_never_pays_the_padding():
    x = np.full((1, 1, 2, 2), -5.0)
    found = gradients("maxpool2d", {"x": x}, {"k": 3, "s": 2, "P": 1}, y=np.ones((1, 1, 1, 1)))
    assert_close(found, {"x": np.array([[[[1.0, 0.0], [0.0, 0.0]]]])})


def test_average_pooling_counts_the_padding():
    found = gradients(
        "avgpool1d", {"x": np.zeros((1, 1, 4))}, {"k": 3, "s": 2, "P": 1},
        y=np.array([[[3.0, 30.0]]]),
    )  # fmt: skip
    assert_close(found, {"x": np.array([[[1.0, 11.0, 10.0, 10.0]]])})


# ---- recurrences, norms, tables, attention ------------------------------------------------------


def test_rnn_through_time():
    rng = RNG(0)
    x, h0 = rng.standard_normal((4, 2, 3)), rng.standard_normal((2, 5))
    W, V, R = (rng.standard_normal(s) for s in ((5, 5), (5, 3), (2, 5)))
    states = [h0]
    for x_t in x:
        states.append(np.tanh(states[-1] @ W.T + x_t @ V.T))
    dy, dh = rng.standard_normal((4, 2, 2)), rng.standard_normal((4, 2, 5))
    dx, dW, dV, carried = np.zeros_like(x), np.zeros_like(W), np.zeros_like(V), np.zeros_like(h0)
    for t in reversed(range(4)):
        da = (carried + dh[t] + dy[t] @ R) * (1 - states[t + 1] ** 2)
        dx[t], carried = da @ V, da @ W
        dW += da.T @ states[t]
        dV += da.T @ x[t]
    dR = sum(dy[t].T @ states[t + 1] for t in range(4))
    arrays = {"x": x, "h0": h0, "W_hh": W, "W_xh": V, "W_hy": R}
    expected = {"x": dx, "h0": carried, "W_hh": dW, "W_xh": dV, "W_hy": dR}
    assert_close(gradients("rnn", arrays, y=dy, h=dh), expected)


def test_layer_norm():
    rng = RNG(0)
    x, gamma, dy = (rng.standard_normal(s) for s in ((4, 6), 6, (4, 6)))
    sd = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    xhat = (x - x.mean(axis=1, keepdims=True)) / sd
    g = gamma * dy
    away = g.mean(axis=1, keepdims=True) + xhat * (g * xhat).mean(axis=1, keepdims=True)
    expected = {"x": (g - away) / sd, "gamma": (dy * xhat).sum(axis=0), "beta": dy.sum(axis=0)}
    arrays = {"x": x, "gamma": gamma, "beta": np.zeros(6)}
    assert_close(gradients("layer_norm", arrays, y=dy), expected)


def test_embedding_adds_up_rows_read_twice():
    dy = RNG(0).standard_normal((3, 2))
    found = gradients("embedding", {"id": np.array([1, 3, 1]), "E": np.zeros((4, 2))}, y=dy)
    zero = np.zeros(2)
    assert_close(found, {"E": np.array([zero, dy[0] + dy[2], zero, dy[1]])})


def test_causal_attention_never_pays_the_future():
    rng = RNG(0)
    Q, K, V = (rng.standard_normal((1, 4, s)) for s in (3, 3, 2))
    dy = np.zeros((1, 4, 2))
    dy[0, 1] = rng.standard_normal(2)
    scores = Q[0, 1] @ K[0, :2].T / math.sqrt(3)
    p = softmax(scores)
    da = p * (V[0, :2] @ dy[0, 1] - p @ V[0, :2] @ dy[0, 1]) / math.sqrt(3)
    dQ, dK, dV = np.zeros_like(Q), np.zeros_like(K), np.zeros_like(V)
    dQ[0, 1], dK[0, :2], dV[0, :2] = da @ K[0, :2], np.outer(da, Q[0, 1]), np.outer(p, dy[0, 1])
    found = gradients("causal_attention", {"Q": Q, "K": K, "V": V}, y=dy)
    assert_close(found, {"Q": dQ, "K": dK, "V": dV})
    assert not found["K"][0, 2:].any()
    assert not found["V"][0, 2:].any()
