"""Fully connected layers, ReLU, and softmax with cross-entropy."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Array

Pair = tuple[Array, Array]
Triple = tuple[Array, Array, Array]


def affine_forward(x: Array, W: Array, b: Array) -> tuple[Array, Pair]:
    """Samples are flattened to rows; W has one row per unit."""
    return x.reshape(x.shape[0], -1).dot(W.T) + b, (x, W)


def affine_backward(dout: Array, cache: Pair) -> Triple:
    """Gradients of x, W and b."""
    x, W = cache
    dx = dout.dot(W).reshape(x.shape)
    dW = dout.T.dot(x.reshape(x.shape[0], -1))
    return dx, dW, np.sum(dout, axis=0)


def relu_forward(x: Array) -> Pair:
    """The output, and x as the cache."""
    return np.maximum(0, x), x


def relu_backward(dout: Array, x: Array) -> Array:
    """The gradient of x."""
    dx: Array = dout.copy()
    dx[x <= 0] = 0
    return dx


def softmax_loss(x: Array, t: Array) -> Pair:
    """The mean loss of rows of scores, and its gradient; t is one-hot."""
    y = t.argmax(axis=1)
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    logs = shifted - np.log(Z)
    N = x.shape[0]
    loss = -np.sum(logs[np.arange(N), y]) / N
    dx = np.exp(logs)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
