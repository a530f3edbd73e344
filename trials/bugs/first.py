"""Kernels written by hand: dense, recurrent, windows, pooling, losses, norms, tables."""

from __future__ import annotations

from trials.bugs.kernel import Kernel

DENSE = Kernel(
    """title Dense with relu
input  x[n, j]
param  W[i, j], b[i]
output a[n, i]
z[n, i] = sum[j](W[i, j] * x[n, j]) + b[i]
a[n, i] = relu(z[n, i])
""",
    """import numpy as np

COUNT = [0]


def forward(x, W, b):
    z = x @ W.T + b
    a = np.maximum(z, 0)
    return a, (x, W, z)


def backward(saved, da):
    x, W, z = saved
    dz = da * (z > 0)
    dW = dz.T @ x
    db = dz.sum(axis=0)
    dx = dz @ W
    return dx, dW, db
""",
)

RNN = Kernel(
    """title Recurrent
input  x[t, n, j], h0[n, i]
param  W[i, j], U[i, i]
output h[t, n, i]
h[t, n, i] = tanh(sum[j](W[i, j]*x[t, n, j]) + sum[k](U[i, k]*h[t-1, n, k]))
h[-1, n, i] = h0[n, i]
""",
    """import numpy as np


def forward(x, h0, W, U):
    T = x.shape[0]
    h = np.empty((T + 1, *h0.shape), x.dtype)
    h[0] = h0
    a = x @ W.T
    for t in range(T):
        h[t + 1] = np.tanh(a[t] + h[t] @ U.T)
    return h[1:].copy(), (x, W, U, h)


def backward(saved, dh):
    x, W, U, h = saved
    da = np.empty_like(dh)
    carry = np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        carry = carry + dh[t]
        da[t] = carry * (1 - h[t + 1] ** 2)
        carry = da[t] @ U
    dW = np.tensordot(da, x, ((0, 1), (0, 1)))
    dU = np.tensordot(da, h[:-1], ((0, 1), (0, 1)))
    dx = da @ W
    return dx, carry, dW, dU
""",
)

CONV = Kernel(
    """title Strided convolution
input  x[n, c, h]
param  W[f, c, p]
hyper  s = 2 : int
index  u : (size(h) - size(p))//s + 1
output y[n, f, u]
y[n, f, u] = sum[c, p](W[f, c, p]*x[n, c, s*u + p])
""",
    """import numpy as np


def forward(x, W):
    U = (x.shape[2] - W.shape[2]) // 2 + 1
    y = np.zeros((x.shape[0], W.shape[0], U), x.dtype)
    for p in range(W.shape[2]):
        y += W[:, :, p] @ x[:, :, p : p + 2 * U : 2]
    return y, (x, W)


def backward(saved, dy):
    x, W = saved
    U = dy.shape[2]
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for p in range(W.shape[2]):
        dx[:, :, p : p + 2 * U : 2] += W[:, :, p].T @ dy
        dW[:, :, p] = np.tensordot(dy, x[:, :, p : p + 2 * U : 2], ((0, 2), (0, 2)))
    return dx, dW
""",
)

POOL = Kernel(
    """title Overlapping max pooling
input  x[n, h]
index  p : 3
index  u : (size(h) - 3)//2 + 1
output y[n, u]
y[n, u] = max[p](x[n, 2*u + p])
""",
    """import numpy as np


def forward(x):
    U = (x.shape[1] - 3) // 2 + 1
    y = x[:, 0 : 2 * U : 2]
    for p in (1, 2):
        y = np.maximum(y, x[:, p : p + 2 * U : 2])
    return y, (x, y)


def backward(saved, dy):
    x, y = saved
    U = dy.shape[1]
    dx = np.zeros_like(x)
    free = np.ones(y.shape, bool)
    for p in range(3):
        first = free & (x[:, p : p + 2 * U : 2] == y)
        dx[:, p : p + 2 * U : 2] += dy * first
        free = free & ~first
    return dx
""",
)

CROSS_ENTROPY = Kernel(
    """title Softmax and cross-entropy
input  z[n, k]
const  t[n, k]
assume sum[k](t[n, k]) = 1
output loss
p[n, k] = exp(z[n, k])/sum[i](exp(z[n, i]))
loss = mean[n](-sum[k](t[n, k]*log(p[n, k])))
""",
    """import numpy as np


def forward(z, t):
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    loss = (t * (np.log(total) - z)).sum() / len(z)
    return loss, (e / total, t)


def backward(saved, dloss):
    p, t = saved
    return (p - t) * (dloss / len(p))
""",
)

LAYER_NORM = Kernel(
    """title Normalisation
input  x[n, i]
hyper  eps = 1e-5
output y[n, i]
m[n] = mean[i](x[n, i])
v[n] = mean[i]((x[n, i] - m[n])^2)
y[n, i] = (x[n, i] - m[n])/sqrt(v[n] + eps)
""",
    """import numpy as np


def forward(x):
    c = x - x.mean(axis=1, keepdims=True)
    s = np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)
    y = c / s
    return y, (y, s)


def backward(saved, dy):
    y, s = saved
    d = dy - dy.mean(axis=1, keepdims=True)
    return (d - y * (dy * y).mean(axis=1, keepdims=True)) / s
""",
)

EMBEDDING = Kernel(
    """title Embedding
const  id[n] : int
param  E[k, i]
output y[n, i]
y[n, i] = E[id[n], i]
""",
    """import numpy as np


def forward(id, E):
    return E[id], (id, E)


def backward(saved, dy):
    id, E = saved
    dE = np.zeros_like(E)
    np.add.at(dE, id, dy)
    return dE
""",
)

HUBER = Kernel(
    """title Huber
input  r[n]
output y[n]
y[n] = r[n]^2/2 if abs(r[n]) <= 2 else 2*abs(r[n]) - 2
""",
    """import numpy as np


def forward(r):
    a = np.abs(r)
    y = np.where(a <= 2, r * r / 2, 2 * a - 2)
    return y, r


def backward(saved, dy):
    r = saved
    return dy * np.minimum(np.maximum(r, -2), 2)
""",
)

BIAS = Kernel(
    """title Sum of two
input  x[n]
param  b[n]
output y[n], w[n]
y[n] = x[n] + b[n]
w[n] = softplus(x[n])
""",
    """import numpy as np


def forward(x, b):
    y = x + b
    w = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return y, w, (x,)


def backward(saved, dy, dw):
    (x,) = saved
    e = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))
    return dy + dw * e, dy.copy()
""",
)
