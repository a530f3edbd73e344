"""Convolution by im2col with fancy indices; pooling by reshaping, or by im2col."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.workloads import Array

Arrays = Mapping[str, Array]


def im2col_indices(
    shape: tuple[int, ...], field: int, padding: int, stride: int
) -> tuple[Array, Array, Array]:
    """Channel, row and column of every element of every window."""
    _, C, H, W = shape
    out_height = (H + 2 * padding - field) // stride + 1
    out_width = (W + 2 * padding - field) // stride + 1
    i0 = np.tile(np.repeat(np.arange(field), field), C)
    i1 = stride * np.repeat(np.arange(out_height), out_width)
    j0 = np.tile(np.arange(field), field * C)
    j1 = stride * np.tile(np.arange(out_width), out_height)
    k = np.repeat(np.arange(C), field * field).reshape(-1, 1)
    return k, i0.reshape(-1, 1) + i1, j0.reshape(-1, 1) + j1


def im2col(x: Array, field: int, padding: int, stride: int, pad: float = 0) -> Array:
    """Windows as columns."""
    p = padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant", constant_values=pad)
    k, i, j = im2col_indices(x.shape, field, padding, stride)
    columns = padded[:, k, i, j]
    found: Array = columns.transpose(1, 2, 0).reshape(field * field * x.shape[1], -1)
    return found


def col2im(columns: Array, shape: tuple[int, ...], field: int, padding: int, stride: int) -> Array:
    """The sum of columns where their elements came from."""
    N, C, H, W = shape
    padded: Array = np.zeros((N, C, H + 2 * padding, W + 2 * padding), columns.dtype)
    k, i, j = im2col_indices(shape, field, padding, stride)
    columns = columns.reshape(C * field * field, -1, N).transpose(2, 0, 1)
    places: Any = (slice(None), k, i, j)
    np.add.at(padded, places, columns)
    return padded[:, :, padding:-padding, padding:-padding] if padding else padded


def conv_forward(x: Array, W: Array, b: Array, padding: int) -> tuple[Array, Any]:
    """A convolution of stride 1."""
    N, _, H, width = x.shape
    F, _, field, _ = W.shape
    x_cols = im2col(x, field, padding, 1)
    out = W.reshape(F, -1).dot(x_cols) + b.reshape(-1, 1)
    rows, columns = H + 2 * padding - field + 1, width + 2 * padding - field + 1
    out = out.reshape(F, rows, columns, N).transpose(3, 0, 1, 2)
    return out, (x, W, padding, x_cols)


def conv_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Gradients of x, W and b."""
    x, W, padding, x_cols = cache
    F, _, field, _ = W.shape
    db = np.sum(dout, axis=(0, 2, 3))
    rows = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dW = rows.dot(x_cols.T).reshape(W.shape)
    dx_cols = W.reshape(F, -1).T.dot(rows)
    return col2im(dx_cols, x.shape, field, padding, 1), dW, db


def max_pool_forward(x: Array) -> tuple[Array, Any]:
    """Maxima of squares of 2 by 2."""
    N, C, H, W = x.shape
    x_reshaped = x.reshape(N, C, H // 2, 2, W // 2, 2)
    out = x_reshaped.max(axis=3).max(axis=4)
    return out, (x, x_reshaped, out)


def max_pool_backward(dout: Array, cache: Any) -> Array:
    """The gradient of x; ties share it, as the courses do it."""
    x, x_reshaped, out = cache
    dx_reshaped = np.zeros_like(x_reshaped)
    mask = x_reshaped == out[:, :, :, None, :, None]
    dout_broadcast, _ = np.broadcast_arrays(dout[:, :, :, None, :, None], dx_reshaped)
    dx_reshaped[mask] = dout_broadcast[mask]
    dx_reshaped /= np.sum(mask, axis=(3, 5), keepdims=True)
    dx: Array = dx_reshaped.reshape(x.shape)
    return dx


def max_pool_overlapping(x: Array, dout: Array) -> tuple[Array, Array]:
    """Maxima of windows of 3 by 3, stride 2, padding 1, and the gradient of x."""
    N, C, H, W = x.shape
    images = x.reshape(N * C, 1, H, W)
    x_cols = im2col(images, 3, 1, 2, -np.inf)
    best = np.argmax(x_cols, axis=0)
    places = np.arange(best.size)
    rows, columns = (H - 1) // 2 + 1, (W - 1) // 2 + 1
    out = x_cols[best, places].reshape(rows, columns, N, C).transpose(2, 3, 0, 1)
    dx_cols = np.zeros_like(x_cols)
    dx_cols[best, places] = dout.transpose(2, 3, 0, 1).flatten()
    return out, col2im(dx_cols, images.shape, 3, 1, 2).reshape(x.shape)


def average_pool(x: Array, dout: Array) -> tuple[Array, Array]:
    """Means of squares of 2 by 2, and the gradient of x."""
    N, C, H, W = x.shape
    out = x.reshape(N, C, H // 2, 2, W // 2, 2).mean(axis=(3, 5))
    return out, np.repeat(np.repeat(dout / 4, 2, axis=2), 2, axis=3)


def _conv(p: Arrays, dy: Array) -> dict[str, Array]:
    y, cache = conv_forward(p["x"], p["W"], p["b"], 1)
    dx, dW, db = conv_backward(dy, cache)
    return {"y": y, "dx": dx, "dW": dW, "db": db}


def _maxpool(p: Arrays, dy: Array) -> dict[str, Array]:
    y, cache = max_pool_forward(p["x"])
    return {"y": y, "dx": max_pool_backward(dy, cache)}


WINDOWS: dict[str, Callable[[Arrays, Array], dict[str, Array]]] = {
    "conv": _conv,
    "maxpool": _maxpool,
    "maxpool3": lambda p, dy: dict(zip(("y", "dx"), max_pool_overlapping(p["x"], dy), strict=True)),
    "avgpool": lambda p, dy: dict(zip(("y", "dx"), average_pool(p["x"], dy), strict=True)),
}
