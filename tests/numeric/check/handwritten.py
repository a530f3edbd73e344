"""Layers as people write them in NumPy, to put mistakes into; one route more to every gradient."""

from __future__ import annotations

DENSE = """import numpy as np


def forward(x, W, b):
    z = x @ W.T + b
    return np.maximum(z, 0), (x, W, b, z)


def backward(saved, da):
    x, W, b, z = saved
    dz = da * (z > 0)
    dW = dz.T @ x
    db = dz.sum(axis=0)
    dx = dz @ W
    return dx, dW, db
"""

RNN = """import numpy as np


def forward(x, h0, W_hh, W_xh, W_hy):
    h = np.zeros((len(x) + 1, *h0.shape))
    h[0] = h0
    for t in range(len(x)):
        h[t + 1] = np.tanh(x[t] @ W_xh.T + h[t] @ W_hh.T)
    y = h[1:] @ W_hy.T
    return y, h[1:], (x, h, W_hh, W_xh, W_hy)


def backward(saved, dy, dh):
    x, h, W_hh, W_xh, W_hy = saved
    da = np.zeros_like(dh)
    carry = np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        total = dh[t] + dy[t] @ W_hy + carry
        da[t] = total * (1 - h[t + 1] ** 2)
        carry = da[t] @ W_hh
    dW_hh = np.einsum("tni,tnk->ik", da, h[:-1])
    dW_xh = np.einsum("tni,tnj->ij", da, x)
    dW_hy = np.einsum("tno,tni->oi", dy, h[1:])
    dx = da @ W_xh
    dh0 = carry
    return dx, dh0, dW_hh, dW_xh, dW_hy
"""

LSTM = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(x, h0, c0, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    steps = len(x)
    h, c = np.zeros((2, steps + 1, *h0.shape))
    f, i, o, g = np.zeros((4, steps, *h0.shape))
    h[0], c[0] = h0, c0
    for t in range(steps):
        f[t] = sigmoid(x[t] @ W_f.T + h[t] @ U_f.T + b_f)
        i[t] = sigmoid(x[t] @ W_i.T + h[t] @ U_i.T + b_i)
        o[t] = sigmoid(x[t] @ W_o.T + h[t] @ U_o.T + b_o)
        g[t] = np.tanh(x[t] @ W_g.T + h[t] @ U_g.T + b_g)
        c[t + 1] = f[t] * c[t] + i[t] * g[t]
        h[t + 1] = o[t] * np.tanh(c[t + 1])
    return h[1:], c[1:], (x, h, c, f, i, o, g, (W_f, W_i, W_o, W_g), (U_f, U_i, U_o, U_g))


def backward(saved, dh, dc):
    x, h, c, f, i, o, g, W, U = saved
    df, di, do, dg = np.zeros((4, *f.shape))
    back, cell = np.zeros((2, *h[0].shape))
    for t in reversed(range(len(x))):
        s = np.tanh(c[t + 1])
        dht = dh[t] + back
        dct = dc[t] + cell + dht * o[t] * (1 - s**2)
        df[t] = dct * c[t] * f[t] * (1 - f[t])
        di[t] = dct * g[t] * i[t] * (1 - i[t])
        do[t] = dht * s * o[t] * (1 - o[t])
        dg[t] = dct * i[t] * (1 - g[t] ** 2)
        back = df[t] @ U[0] + di[t] @ U[1] + do[t] @ U[2] + dg[t] @ U[3]
        cell = dct * f[t]
    dx = df @ W[0] + di @ W[1] + do @ W[2] + dg @ W[3]
    gates = []
    for d in (df, di, do, dg):
        gates.append(np.einsum("tni,tnj->ij", d, x))
        gates.append(np.einsum("tni,tnk->ik", d, h[:-1]))
        gates.append(d.sum(axis=(0, 1)))
    return dx, back, cell, *gates
"""

GRU = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(x, h0, W_r, U_r, b_r, W_z, U_z, b_z, W_g, U_g, b_g):
    steps = len(x)
    h = np.zeros((steps + 1, *h0.shape))
    r, z, g = np.zeros((3, steps, *h0.shape))
    h[0] = h0
    for t in range(steps):
        r[t] = sigmoid(x[t] @ W_r.T + h[t] @ U_r.T + b_r)
        z[t] = sigmoid(x[t] @ W_z.T + h[t] @ U_z.T + b_z)
        g[t] = np.tanh(x[t] @ W_g.T + (r[t] * h[t]) @ U_g.T + b_g)
        h[t + 1] = z[t] * h[t] + (1 - z[t]) * g[t]
    return h[1:], (x, h, r, z, g, (W_r, W_z, W_g), (U_r, U_z, U_g))


def backward(saved, dh):
    x, h, r, z, g, W, U = saved
    dr, dz, dg = np.zeros((3, *r.shape))
    back = np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        dht = dh[t] + back
        dg[t] = dht * (1 - z[t]) * (1 - g[t] ** 2)
        dz[t] = dht * (h[t] - g[t]) * z[t] * (1 - z[t])
        inner = dg[t] @ U[2]
        dr[t] = inner * h[t] * r[t] * (1 - r[t])
        back = dht * z[t] + inner * r[t] + dr[t] @ U[0] + dz[t] @ U[1]
    dx = dr @ W[0] + dz @ W[1] + dg @ W[2]
    gates = []
    for d, seen in ((dr, h[:-1]), (dz, h[:-1]), (dg, r * h[:-1])):
        gates.append(np.einsum("tni,tnj->ij", d, x))
        gates.append(np.einsum("tni,tnk->ik", d, seen))
        gates.append(d.sum(axis=(0, 1)))
    return dx, back, *gates
"""

# stride 2, padding 1, no dilation
CONV2D = """import numpy as np

S, P = 2, 1


def windows(x, p, q, U, V):
    return x[:, :, p : p + S * U : S, q : q + S * V : S]


def forward(x, W, b):
    (_, _, H, Q), (_, _, A, B) = x.shape, W.shape
    U, V = (H + 2 * P - A) // S + 1, (Q + 2 * P - B) // S + 1
    padded = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
    y = b[:, None, None] * np.ones((len(x), len(W), U, V))
    for p in range(A):
        for q in range(B):
            y = y + np.einsum("fc,ncuv->nfuv", W[:, :, p, q], windows(padded, p, q, U, V))
    return y, (x, padded, W)


def backward(saved, dy):
    x, padded, W = saved
    U, V = dy.shape[2:]
    dW, wide = np.zeros_like(W), np.zeros_like(padded)
    for p in range(W.shape[2]):
        for q in range(W.shape[3]):
            dW[:, :, p, q] = np.einsum("nfuv,ncuv->fc", dy, windows(padded, p, q, U, V))
            part = np.einsum("nfuv,fc->ncuv", dy, W[:, :, p, q])
            windows(wide, p, q, U, V)[...] += part
    dx = wide[:, :, P : P + x.shape[2], P : P + x.shape[3]]
    db = dy.sum(axis=(0, 2, 3))
    return dx, dW, db
"""

# windows of 3, step 2: they overlap
MAXPOOL2D = """import numpy as np


def windows(x):
    found = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return found[:, :, ::2, ::2]


def forward(x):
    return windows(x).max(axis=(4, 5)), x


def backward(saved, dy):
    x = saved
    dx = np.zeros_like(x)
    for place in np.ndindex(dy.shape):
        n, c, u, v = place
        window = x[n, c, 2 * u : 2 * u + 3, 2 * v : 2 * v + 3]
        ties = window == window.max()
        first = np.zeros_like(ties)
        first.flat[np.flatnonzero(ties)[0]] = True
        dx[n, c, 2 * u : 2 * u + 3, 2 * v : 2 * v + 3] += dy[place] * first
    return dx
"""

AVGPOOL2D = """import numpy as np


def forward(x):
    found = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return found[:, :, ::2, ::2].mean(axis=(4, 5)), x


def backward(saved, dy):
    x = saved
    dx = np.zeros_like(x)
    for place in np.ndindex(dy.shape):
        n, c, u, v = place
        dx[n, c, 2 * u : 2 * u + 3, 2 * v : 2 * v + 3] += dy[place] / 9
    return dx
"""

SOFTMAX_CROSS_ENTROPY = """import numpy as np


def forward(z, t):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -(t * np.log(p)).sum() / len(z), (z, p, t)


def backward(saved, dloss):
    z, p, t = saved
    return dloss * (p - t) / len(p)
"""

SOFTMAX = """import numpy as np


def forward(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, (z, p)


def backward(saved, dp):
    z, p = saved
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))
"""

LAYER_NORM = """import numpy as np


def forward(x, gamma, beta):
    mu = x.mean(axis=1, keepdims=True)
    var = ((x - mu) ** 2).mean(axis=1, keepdims=True)
    xhat = (x - mu) / np.sqrt(var + 1e-5)
    return gamma * xhat + beta, (x, gamma, mu, var, xhat)


def backward(saved, dy):
    x, gamma, mu, var, xhat = saved
    I = x.shape[1]
    dxhat = dy * gamma
    s = np.sqrt(var + 1e-5)
    dvar = (dxhat * (x - mu)).sum(axis=1, keepdims=True) * -0.5 / s**3
    dmu = (-dxhat / s).sum(axis=1, keepdims=True)
    dx = dxhat / s + dvar * 2 * (x - mu) / I + dmu / I
    dgamma = (dy * xhat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    return dx, dgamma, dbeta
"""

BATCH_NORM = """import numpy as np


def forward(x, gamma, beta):
    mu = x.mean(axis=0)
    var = ((x - mu) ** 2).mean(axis=0)
    xhat = (x - mu) / np.sqrt(var + 1e-5)
    return gamma * xhat + beta, mu, var, (x, gamma, mu, var, xhat)


def backward(saved, dy, dmu, dvar):
    x, gamma, mu, var, xhat = saved
    N = len(x)
    s = np.sqrt(var + 1e-5)
    dxhat = dy * gamma
    dvar = dvar + (dxhat * (x - mu)).sum(axis=0) * -0.5 / s**3
    dmu = dmu - (dxhat / s).sum(axis=0)
    dx = dxhat / s + dvar * 2 * (x - mu) / N + dmu / N
    dgamma = (dy * xhat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    return dx, dgamma, dbeta
"""

ATTENTION = """import numpy as np


def forward(Q, K, V):
    a = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[2])
    e = np.exp(a - a.max(axis=2, keepdims=True))
    p = e / e.sum(axis=2, keepdims=True)
    return p @ V, (Q, K, V, p)


def backward(saved, dy):
    Q, K, V, p = saved
    dV = p.transpose(0, 2, 1) @ dy
    dp = dy @ V.transpose(0, 2, 1)
    da = p * (dp - (dp * p).sum(axis=2, keepdims=True))
    dQ = da @ K / np.sqrt(Q.shape[2])
    dK = da.transpose(0, 2, 1) @ Q / np.sqrt(Q.shape[2])
    return dQ, dK, dV
"""

EMBEDDING = """import numpy as np


def forward(id, E):
    return E[id], (id, E)


def backward(saved, dy):
    id, E = saved
    dE = np.zeros_like(E)
    np.add.at(dE, id, dy)
    return dE
"""

HUBER = """import numpy as np


def forward(y, t):
    r = y - t
    a = np.abs(r)
    return np.where(a <= 1, r * r / 2, a - 0.5).sum() / len(y), r


def backward(saved, dloss):
    r = saved
    dr = np.where(np.abs(r) <= 1, r, np.sign(r))
    return dloss * dr / len(r)
"""

MSE = """import numpy as np


def forward(y, t):
    return ((y - t) ** 2).sum() / len(y), (y, t)


def backward(saved, dloss):
    y, t = saved
    return 2 * dloss * (y - t) / len(y)
"""

SILU = """import numpy as np


def forward(z):
    s = 1 / (1 + np.exp(-z))
    return z * s, (z, s)


def backward(saved, da):
    z, s = saved
    return da * s * (1 + z * (1 - s))
"""

SIGMOID = """import numpy as np


def forward(z):
    a = 1 / (1 + np.exp(-z))
    return a, (z, a)


def backward(saved, da):
    z, a = saved
    return da * a * (1 - a)
"""
