"""Kernels written by hand: reductions, contractions, attention, gates, windows."""

from __future__ import annotations

from trials.bugs.kernel import Kernel

BATCH_NORM = Kernel(
    """title Batch normalisation
input  x[n, i]
param  gamma[i], beta[i]
hyper  eps = 1e-5
output y[n, i]
m[i] = mean[n](x[n, i])
v[i] = mean[n]((x[n, i] - m[i])^2)
y[n, i] = gamma[i]*(x[n, i] - m[i])/sqrt(v[i] + eps) + beta[i]
""",
    """import numpy as np


def forward(x, gamma, beta):
    c = x - x.mean(axis=0)
    s = np.sqrt((c * c).mean(axis=0) + 1e-5)
    u = c / s
    y = gamma * u + beta
    return y, (u, s, gamma)


def backward(saved, dy):
    u, s, gamma = saved
    dgamma = (dy * u).sum(axis=0)
    dbeta = dy.sum(axis=0)
    du = dy * gamma
    dx = (du - du.mean(axis=0) - u * (du * u).mean(axis=0)) / s
    return dx, dgamma, dbeta
""",
)

RMS_NORM = Kernel(
    """title Root-mean-square normalisation
input  x[n, i]
hyper  eps = 1e-3
output y[n, i]
y[n, i] = x[n, i]/sqrt(mean[k](x[n, k]^2) + eps)
""",
    """import numpy as np


def forward(x):
    r = np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-3)
    y = x / r
    return y, (y, r)


def backward(saved, dy):
    y, r = saved
    return (dy - y * (dy * y).mean(axis=1, keepdims=True)) / r
""",
)

SOFTMAX = Kernel(
    """title Softmax
input  z[n, i]
output p[n, i]
p[n, i] = exp(z[n, i])/sum[k](exp(z[n, k]))
""",
    """import numpy as np


def forward(z):
    e = np.exp(z - z.max(axis=1, keepdims=True, initial=-np.inf))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p


def backward(saved, dp):
    p = saved
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))
""",
)

LOGSUMEXP = Kernel(
    """title Log of a sum
input  z[n, i]
output y[n]
y[n] = logsumexp[i](z[n, i])
""",
    """import numpy as np


def forward(z):
    m = z.max(axis=1, keepdims=True)
    e = np.exp(z - m)
    t = e.sum(axis=1, keepdims=True)
    y = (np.log(t) + m)[:, 0].copy()
    return y, e / t


def backward(saved, dy):
    p = saved
    return p * dy[:, None]
""",
)

PRODUCT = Kernel(
    """title Product
input  x[n, i]
output y[n]
y[n] = prod[i](x[n, i])
""",
    """import numpy as np


def forward(x):
    y = x.prod(axis=1)
    return y, x


def backward(saved, dy):
    x = saved
    dx = np.zeros_like(x)
    for i in range(x.shape[1]):
        others = [k for k in range(x.shape[1]) if k != i]
        dx[:, i] = dy * x[:, others].prod(axis=1)
    return dx
""",
)

CUMSUM = Kernel(
    """title Running sum
input  x[n]
output y[n]
y[n] = sum[m where m <= n](x[m]^2)
""",
    """import numpy as np


def forward(x):
    y = np.cumsum(x * x)
    return y, x


def backward(saved, dy):
    x = saved
    return 2 * x * np.cumsum(dy[::-1])[::-1]
""",
)

BILINEAR = Kernel(
    """title Bilinear form
input  x[n, i], w[n, j]
param  A[k, i, j]
output z[n, k]
z[n, k] = sum[i, j](x[n, i]*A[k, i, j]*w[n, j])
""",
    """import numpy as np


def forward(x, w, A):
    z = np.einsum("ni,kij,nj->nk", x, A, w)
    return z, (x, w, A)


def backward(saved, dz):
    x, w, A = saved
    dx = np.einsum("nk,kij,nj->ni", dz, A, w)
    dw = np.einsum("nk,kij,ni->nj", dz, A, x)
    dA = np.einsum("nk,ni,nj->kij", dz, x, w)
    return dx, dw, dA
""",
)

DIAGONAL = Kernel(
    """title Diagonal and trace
input  A[i, i], x[i]
output y[i], r
y[i] = A[i, i]*x[i]
r = sum[i](A[i, i]) + sum[i, k](A[i, k]*x[k])
""",
    """import numpy as np


def forward(A, x):
    d = A.diagonal()
    y = d * x
    r = d.sum() + (A @ x).sum()
    return y, r, (A, x)


def backward(saved, dy, dr):
    A, x = saved
    dA = np.zeros_like(A) + dr * x
    for i in range(len(x)):
        dA[i, i] += dy[i] * x[i] + dr
    dx = dy * A.diagonal() + dr * A.sum(axis=0)
    return dA, dx
""",
)

TWICE = Kernel(
    """title A variable used twice
input  x[n, i]
param  W[i, i]
output y[n, i]
y[n, i] = x[n, i] + tanh(sum[k](W[i, k]*x[n, k]))
""",
    """import numpy as np


def forward(x, W):
    h = np.tanh(x @ W.T)
    y = x + h
    return y, (x, W, h)


def backward(saved, dy):
    x, W, h = saved
    dz = dy * (1 - h) * (1 + h)
    dx = dy + dz @ W
    dW = dz.T @ x
    return dx, dW
""",
)

ATTENTION = Kernel(
    """title Attention
input  Q[n, t, j], K[n, s, j], V[n, s, i]
output y[n, t, i]
a[n, t, s] = sum[j](Q[n, t, j]*K[n, s, j])/sqrt(size(j))
p[n, t, s] = exp(a[n, t, s])/sum[k](exp(a[n, t, k]))
y[n, t, i] = sum[s](p[n, t, s]*V[n, s, i])
""",
    """import numpy as np


def forward(Q, K, V):
    scale = Q.shape[2] ** 0.5
    a = Q @ K.transpose(0, 2, 1) / scale
    e = np.exp(a - a.max(axis=2, keepdims=True, initial=-np.inf))
    p = e / e.sum(axis=2, keepdims=True)
    y = p @ V
    return y, (Q, K, V, p, scale)


def backward(saved, dy):
    Q, K, V, p, scale = saved
    dV = p.transpose(0, 2, 1) @ dy
    dp = dy @ V.transpose(0, 2, 1)
    da = p * (dp - (dp * p).sum(axis=2, keepdims=True)) / scale
    dQ = da @ K
    dK = da.transpose(0, 2, 1) @ Q
    return dQ, dK, dV
""",
)

GATED = Kernel(
    """title Gated cell
input  x[t, n, i], c0[n, i]
param  u[i], v[i], w[i]
output h[t, n, i]
c[-1, n, i] = c0[n, i]
f[t, n, i] = sigmoid(u[i]*x[t, n, i])
g[t, n, i] = tanh(v[i]*x[t, n, i])
o[t, n, i] = sigmoid(w[i]*x[t, n, i])
c[t, n, i] = f[t, n, i]*c[t-1, n, i] + (1 - f[t, n, i])*g[t, n, i]
h[t, n, i] = o[t, n, i]*tanh(c[t, n, i])
""",
    """import numpy as np


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z > 0, 1, e) / (1 + e)


def forward(x, c0, u, v, w):
    f, g, o = sigmoid(u * x), np.tanh(v * x), sigmoid(w * x)
    c = np.empty((len(x) + 1, *c0.shape), x.dtype)
    c[0] = c0
    for t in range(len(x)):
        c[t + 1] = f[t] * c[t] + (1 - f[t]) * g[t]
    q = np.tanh(c[1:])
    h = o * q
    return h, (x, u, v, w, f, g, o, c, q)


def backward(saved, dh):
    x, u, v, w, f, g, o, c, q = saved
    dc = dh * o * (1 - q) * (1 + q)
    for t in range(len(x) - 1, 0, -1):
        dc[t - 1] += dc[t] * f[t]
    df = dc * (c[:-1] - g) * f * (1 - f)
    dg = dc * (1 - f) * (1 - g) * (1 + g)
    do = dh * q * o * (1 - o)
    dx = df * u + dg * v + do * w
    dc0 = (dc[:1] * f[:1]).sum(axis=0)
    du = (df * x).sum(axis=(0, 1))
    dv = (dg * x).sum(axis=(0, 1))
    dw = (do * x).sum(axis=(0, 1))
    return dx, dc0, du, dv, dw
""",
)

DILATED = Kernel(
    """title Padded and dilated convolution
input  x[n, c, h]
param  W[f, c, p], b[f]
index  u : (size(h) + 2 - 2*(size(p) - 1) - 1)//3 + 1
pad    x = 0
output y[n, f, u]
y[n, f, u] = sum[c, p](W[f, c, p]*x[n, c, 3*u + 2*p - 1]) + b[f]
""",
    """import numpy as np


def forward(x, W, b):
    N, C, H = x.shape
    U = (H + 2 - 2 * (W.shape[2] - 1) - 1) // 3 + 1
    xp = np.zeros((N, C, H + 2), x.dtype)
    xp[:, :, 1 : H + 1] = x
    y = np.zeros((N, len(W), U), x.dtype) + b[:, None]
    for p in range(W.shape[2]):
        y += W[:, :, p] @ xp[:, :, 2 * p : 2 * p + 3 * U : 3][:, :, :U]
    return y, (xp, W)


def backward(saved, dy):
    xp, W = saved
    U = dy.shape[2]
    dxp, dW = np.zeros_like(xp), np.zeros_like(W)
    for p in range(W.shape[2]):
        dxp[:, :, 2 * p : 2 * p + 3 * U : 3][:, :, :U] += W[:, :, p].T @ dy
        window = xp[:, :, 2 * p : 2 * p + 3 * U : 3][:, :, :U]
        dW[:, :, p] = np.tensordot(dy, window, ((0, 2), (0, 2)))
    dx = dxp[:, :, 1:-1].copy()
    db = dy.sum(axis=(0, 2))
    return dx, dW, db
""",
)

AVERAGE = Kernel(
    """title Overlapping mean pooling
input  x[n, h]
index  p : 3
index  u : (size(h) - 3)//2 + 1
output y[n, u]
y[n, u] = mean[p](x[n, 2*u + p])
""",
    """import numpy as np


def forward(x):
    U = (x.shape[1] - 3) // 2 + 1
    y = np.zeros((len(x), U), x.dtype)
    for p in range(3):
        y += x[:, p : p + 2 * U : 2]
    return y / 3, x


def backward(saved, dy):
    x = saved
    U = dy.shape[1]
    dx = np.zeros_like(x)
    for p in range(3):
        dx[:, p : p + 2 * U : 2] += dy / 3
    return dx
""",
)
