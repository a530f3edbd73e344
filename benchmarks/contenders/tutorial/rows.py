"""Layer norm, attention, and the loss by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.contenders.tutorial.dense import softmax_loss
from benchmarks.workloads import Array

Arrays = Mapping[str, Array]
Results = dict[str, Array]


def layer_norm(p: Arrays, dy: Array) -> Results:
    """Rows to mean 0 and variance 1, scaled and moved."""
    x, gamma, beta = p["x"], p["gamma"], p["beta"]
    std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    x_norm = (x - x.mean(axis=1, keepdims=True)) / std
    y = gamma * x_norm + beta
    dgamma, dbeta = np.sum(dy * x_norm, axis=0), np.sum(dy, axis=0)
    dx_norm = dy * gamma
    mean = dx_norm.mean(axis=1, keepdims=True)
    along = (dx_norm * x_norm).mean(axis=1, keepdims=True)
    dx = (dx_norm - mean - x_norm * along) / std
    return {"y": y, "dx": dx, "dgamma": dgamma, "dbeta": dbeta}


def attention(p: Arrays, dy: Array) -> Results:
    """Softmax of products of queries and keys, by values."""
    Q, K, V = p["Q"], p["K"], p["V"]
    root = float(np.sqrt(Q.shape[-1]))
    scores = Q @ K.transpose(0, 2, 1) / root
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = e / e.sum(axis=-1, keepdims=True)
    y = weights @ V
    dV = weights.transpose(0, 2, 1) @ dy
    dweights = dy @ V.transpose(0, 2, 1)
    dscores = weights * (dweights - (dweights * weights).sum(axis=-1, keepdims=True))
    dscores /= root
    return {"y": y, "dQ": dscores @ K, "dK": dscores.transpose(0, 2, 1) @ Q, "dV": dV}


def _loss(p: Arrays, dy: Array) -> Results:
    loss, dz = softmax_loss(p["z"], p["t"])
    return {"loss": loss, "dz": dy * dz}


ROWS: dict[str, Callable[[Arrays, Array], Results]] = {
    "smce": _loss,
    "ln": layer_norm,
    "attn": attention,
}
