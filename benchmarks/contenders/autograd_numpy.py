"""HIPS autograd: NumPy traced at every call, with its own convolution for images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import make_vjp
from autograd.scipy import signal, special

from benchmarks.contenders.packing import packed, unpacked
from benchmarks.contenders.prepared import NotOfferedError, Prepared, Results, results_of
from benchmarks.workloads import Case

Arrays = dict[str, Any]


def prepare(case: Case) -> Prepared:
    """A case for autograd.

    Raises:
        NotOfferedError: if it has no way to write the workload in a few lines.
    """
    name = case.workload.name
    forward = FORWARD.get(name)
    if forward is None:
        raise NotOfferedError("no windows that overlap")
    p = packed(case)
    held = {"x", "t"} if case.workload.steps else {"t"}
    given = {key: p.pop(key) for key in sorted(held & set(p))}
    pulled = make_vjp(lambda trained: forward({**trained, **given}))
    dy = case.cotangent()

    def layer() -> Any:
        pull, y = pulled(p)
        return y, pull(dy)

    def sgd() -> Any:
        loss, gradients = layer()
        for key, gradient in gradients.items():
            p[key] -= case.rate * gradient
        return loss

    def read(found: Any) -> Results:
        (output,) = case.workload.outputs
        return unpacked(name, results_of({output: np.asarray(found[0])}, found[1]))

    if case.workload.steps:
        return Prepared(sgd, lambda loss: {"loss": np.asarray(loss), **p})
    return Prepared(layer, read)


# ---- the functions ------------------------------------------------------------------------------


def _relu(z: Any) -> Any:
    return anp.maximum(z, 0)


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + anp.exp(-z))


def _loss(z: Any, t: Any) -> Any:
    z = z - anp.max(z, axis=1, keepdims=True)
    logs = z - anp.log(anp.sum(anp.exp(z), axis=1, keepdims=True))
    return -anp.sum(t * logs) / len(z)


def _mlp(p: Arrays) -> Any:
    a = _relu(anp.dot(p["x"], p["W1"].T) + p["b1"])
    a = _relu(anp.dot(a, p["W2"].T) + p["b2"])
    return _loss(anp.dot(a, p["W3"].T) + p["b3"], p["t"])


def _convolved(x: Any, kernels: Any, b: Any) -> Any:
    flipped = kernels[:, :, ::-1, ::-1]
    y = signal.convolve(x, flipped, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
    return y + b[None, :, None, None]


def _conv(p: Arrays) -> Any:
    x = anp.pad(p["x"], ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
    return _convolved(x, p["W"], p["b"])


def _quarters(x: Any) -> Any:
    n, c, h, w = x.shape
    return anp.reshape(x, (n, c, h // 2, 2, w // 2, 2))


def _largest(x: Any) -> Any:
    return anp.max(anp.max(_quarters(x), axis=5), axis=3)


def _lenet(p: Arrays) -> Any:
    y = _largest(_relu(_convolved(p["x"], p["K1"], p["b1"])))
    y = _largest(_relu(_convolved(y, p["K2"], p["b2"])))
    y = anp.reshape(y, (len(y), -1))
    a = _relu(anp.dot(y, anp.reshape(p["W3"], (len(p["W3"]), -1)).T) + p["b3"])
    a = _relu(anp.dot(a, p["W4"].T) + p["b4"])
    return _loss(anp.dot(a, p["W5"].T) + p["b5"], p["t"])


def _rnn(p: Arrays) -> Any:
    drive, h, states = anp.dot(p["x"], p["W"].T) + p["b"], p["h0"], []
    for t in range(len(p["x"])):
        h = anp.tanh(drive[t] + anp.dot(h, p["U"].T))
        states.append(h)
    return anp.stack(states)


def _lstm(p: Arrays) -> Any:
    drive, h, c, states = anp.dot(p["x"], p["W"].T) + p["b"], p["h0"], p["c0"], []
    for t in range(len(p["x"])):
        i, f, g, o = anp.split(drive[t] + anp.dot(h, p["U"].T), 4, axis=1)
        c = _sigmoid(f) * c + _sigmoid(i) * anp.tanh(g)
        h = _sigmoid(o) * anp.tanh(c)
        states.append(h)
    return anp.stack(states)


def _gru(p: Arrays) -> Any:
    drive, h, states = anp.dot(p["x"], p["W"].T) + p["b"], p["h0"], []
    for t in range(len(p["x"])):
        r, z, g = anp.split(drive[t], 3, axis=1)
        ur, uz, ug = anp.split(anp.dot(h, p["U"].T), 3, axis=1)
        z = _sigmoid(z + uz)
        g = anp.tanh(g + _sigmoid(r + ur) * (ug + p["c_g"]))
        h = (1 - z) * g + z * h
        states.append(h)
    return anp.stack(states)


def _norm(p: Arrays) -> Any:
    centred = p["x"] - anp.mean(p["x"], axis=1, keepdims=True)
    variance = anp.mean(centred * centred, axis=1, keepdims=True)
    return p["gamma"] * centred / anp.sqrt(variance + 1e-5) + p["beta"]


def _attention(p: Arrays) -> Any:
    scores = anp.matmul(p["Q"], anp.swapaxes(p["K"], 1, 2)) / p["Q"].shape[2] ** 0.5
    e = anp.exp(scores - anp.max(scores, axis=2, keepdims=True))
    return anp.matmul(e / anp.sum(e, axis=2, keepdims=True), p["V"])


def _gelu(p: Arrays) -> Any:
    z = p["z"]
    return 0.5 * z * (1 + anp.tanh((2 / anp.pi) ** 0.5 * (z + 0.044715 * z * z * z)))


FORWARD: dict[str, Callable[[Arrays], Any]] = {
    "mlp": _mlp,
    "smce": lambda p: _loss(p["z"], p["t"]),
    "lenet": _lenet,
    "conv": _conv,
    "maxpool": lambda p: _largest(p["x"]),
    "avgpool": lambda p: anp.mean(_quarters(p["x"]), axis=(3, 5)),
    "rnn": _rnn,
    "lstm": _lstm,
    "lstm_s": _lstm,
    "gru": _gru,
    "ln": _norm,
    "attn": _attention,
    "sigmoid": lambda p: _sigmoid(p["z"]),
    "tanh": lambda p: anp.tanh(p["z"]),
    "gelu": _gelu,
    "gelu_erf": lambda p: p["z"] * (0.5 * (1 + special.erf(p["z"] * 0.5**0.5))),
}
