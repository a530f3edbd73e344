"""Recurrent layers: a function per time step, and loops that call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.workloads import Array

Arrays = Mapping[str, Array]
Results = dict[str, Array]


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def rnn_step_forward(x: Array, prev_h: Array, W: Array, U: Array, b: Array) -> tuple[Array, Any]:
    """The next state."""
    next_h = np.tanh(x.dot(W.T) + prev_h.dot(U.T) + b)
    return next_h, (x, prev_h, W, U, next_h)


def rnn_step_backward(dnext_h: Array, cache: Any) -> tuple[Array, ...]:
    """Gradients of x, the state before, W, U and b."""
    x, prev_h, W, U, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da.dot(W), da.dot(U), da.T.dot(x), da.T.dot(prev_h), da.sum(axis=0)


def rnn(p: Arrays, dh: Array) -> Results:
    """All steps forward and back."""
    x, prev, h, caches = p["x"], p["h0"], np.zeros_like(dh), []
    for t in range(x.shape[0]):
        prev, cache = rnn_step_forward(x[t], prev, p["W"], p["U"], p["b"])
        h[t] = prev
        caches.append(cache)
    dx = np.zeros_like(x)
    dW, dU, db = np.zeros_like(p["W"]), np.zeros_like(p["U"]), np.zeros_like(p["b"])
    dprev = np.zeros_like(p["h0"])
    for t in reversed(range(x.shape[0])):
        dx[t], dprev, dWt, dUt, dbt = rnn_step_backward(dh[t] + dprev, caches[t])
        dW += dWt
        dU += dUt
        db += dbt
    return {"h": h, "dx": dx, "dh0": dprev, "dW": dW, "dU": dU, "db": db}


def lstm_step_forward(
    x: Array, prev: tuple[Array, Array], W: Array, U: Array, b: Array
) -> tuple[Array, Array, Any]:
    """The next state and cell; the gates are i, f, g, o."""
    prev_h, prev_c = prev
    H = prev_h.shape[1]
    a = x.dot(W.T) + prev_h.dot(U.T) + b
    i, f = _sigmoid(a[:, :H]), _sigmoid(a[:, H : 2 * H])
    g, o = np.tanh(a[:, 2 * H : 3 * H]), _sigmoid(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    return o * tanh_c, next_c, (x, prev_h, prev_c, i, f, g, o, tanh_c, W, U)


def lstm_step_backward(dnext_h: Array, dnext_c: Array, cache: Any) -> tuple[Array, ...]:
    """Gradients of x, state and cell before, W, U and b."""
    x, prev_h, prev_c, i, f, g, o, tanh_c, W, U = cache
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    di, df, dg, do = dc * g, dc * prev_c, dc * i, dnext_h * tanh_c
    da = np.hstack((di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)))
    return da.dot(W), da.dot(U), dc * f, da.T.dot(x), da.T.dot(prev_h), da.sum(axis=0)


def lstm(p: Arrays, dh: Array) -> Results:
    """All steps forward and back."""
    x, state, h, caches = p["x"], (p["h0"], p["c0"]), np.zeros_like(dh), []
    for t in range(x.shape[0]):
        next_h, next_c, cache = lstm_step_forward(x[t], state, p["W"], p["U"], p["b"])
        state = (next_h, next_c)
        h[t] = next_h
        caches.append(cache)
    dx = np.zeros_like(x)
    dW, dU, db = np.zeros_like(p["W"]), np.zeros_like(p["U"]), np.zeros_like(p["b"])
    dprev, dc = np.zeros_like(p["h0"]), np.zeros_like(p["c0"])
    for t in reversed(range(x.shape[0])):
        dx[t], dprev, dc, dWt, dUt, dbt = lstm_step_backward(dh[t] + dprev, dc, caches[t])
        dW += dWt
        dU += dUt
        db += dbt
    return {"h": h, "dx": dx, "dh0": dprev, "dc0": dc, "dW": dW, "dU": dU, "db": db}


def gru_step_forward(x: Array, prev_h: Array, p: Arrays) -> tuple[Array, Any]:
    """The next state; the gates are r, z, g."""
    H = prev_h.shape[1]
    a, u = x.dot(p["W"].T) + p["b"], prev_h.dot(p["U"].T)
    r, z = _sigmoid(a[:, :H] + u[:, :H]), _sigmoid(a[:, H : 2 * H] + u[:, H : 2 * H])
    inner = u[:, 2 * H :] + p["c_g"]
    g = np.tanh(a[:, 2 * H :] + r * inner)
    return (1 - z) * g + z * prev_h, (x, prev_h, r, z, g, inner)


def gru_step_backward(dnext_h: Array, cache: Any, p: Arrays) -> tuple[Array, ...]:
    """Gradients of x, the state before, W, U, b and c_g."""
    x, prev_h, r, z, g, inner = cache
    dg = dnext_h * (1 - z) * (1 - g**2)
    dz = dnext_h * (prev_h - g) * z * (1 - z)
    dr = dg * inner * r * (1 - r)
    da, du = np.hstack((dr, dz, dg)), np.hstack((dr, dz, dg * r))
    dprev = dnext_h * z + du.dot(p["U"])
    dc_g = (dg * r).sum(axis=0)
    return da.dot(p["W"]), dprev, da.T.dot(x), du.T.dot(prev_h), da.sum(axis=0), dc_g


def gru(p: Arrays, dh: Array) -> Results:
    """All steps forward and back."""
    x, prev, h, caches = p["x"], p["h0"], np.zeros_like(dh), []
    for t in range(x.shape[0]):
        prev, cache = gru_step_forward(x[t], prev, p)
        h[t] = prev
        caches.append(cache)
    sums = {f"d{name}": np.zeros_like(p[name]) for name in ("W", "U", "b", "c_g")}
    dx, dprev = np.zeros_like(x), np.zeros_like(p["h0"])
    for t in reversed(range(x.shape[0])):
        dx[t], dprev, *parts = gru_step_backward(dh[t] + dprev, caches[t], p)
        for name, part in zip(sums, parts, strict=True):
            sums[name] += part
    return {"h": h, "dx": dx, "dh0": dprev, **sums}


RECURRENT: dict[str, Callable[[Arrays, Array], Results]] = {
    "rnn": rnn,
    "lstm": lstm,
    "lstm_s": lstm,
    "gru": gru,
}
