"""Right hand-written kernels: dense layers, activations, losses, normalisation."""

from __future__ import annotations

from textwrap import dedent

DENSE = dedent("""
    import numpy as np

    def forward(x, W, b):
        z = x @ W.T + b
        return np.maximum(z, 0), (x, W, z)

    def backward(saved, da):
        x, W, z = saved
        dz = da * (z > 0)
        dx = dz @ W
        dW = dz.T @ x
        db = dz.sum(axis=0)
        return dx, dW, db
""")

# loops and buffers made by hand, as a first exercise has them
DENSE_LOOPS = dedent("""
    import numpy as np

    def forward(x, W, b):
        n, j = x.shape
        i = W.shape[0]
        z = np.zeros((n, i))
        for a in range(n):
            for c in range(i):
                for e in range(j):
                    z[a, c] += W[c, e] * x[a, e]
                z[a, c] += b[c]
        y = np.where(z > 0, z, 0.0)
        return y, {"x": x, "W": W, "z": z}

    def backward(saved, dy):
        x, W, z = saved["x"], saved["W"], saved["z"]
        dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[0])
        for a in range(x.shape[0]):
            for c in range(W.shape[0]):
                if z[a, c] > 0:
                    db[c] += dy[a, c]
                    for e in range(x.shape[1]):
                        dx[a, e] += W[c, e] * dy[a, c]
                        dW[c, e] += x[a, e] * dy[a, c]
        return [dx, dW, db]
""")

SIGMOID_MLP = dedent("""
    import numpy
    from numpy import exp

    def sigmoid(z):
        return 1.0 / (1.0 + exp(-z))

    def sigmoid_prime(z):
        return sigmoid(z) * (1 - sigmoid(z))

    ACTIVATIONS = {"sigmoid": (sigmoid, sigmoid_prime)}

    def forward(x, W1, b1, W2, b2):
        f = ACTIVATIONS["sigmoid"][0]
        z1 = numpy.dot(x, W1) + b1
        a1 = f(z1)
        z2 = numpy.dot(a1, W2) + b2
        return f(z2), (x, z1, a1, W2, z2, W1)

    def backward(saved, dy):
        x, z1, a1, W2, z2, W1 = saved
        prime = ACTIVATIONS["sigmoid"][1]
        delta = dy * prime(z2)
        dW2, db2 = numpy.dot(a1.T, delta), delta.sum(0)
        delta = numpy.dot(delta, W2.T) * prime(z1)
        dx = numpy.dot(delta, W1.T)
        return dx, numpy.dot(x.T, delta), delta.sum(0), dW2, db2
""")

SOFTMAX_CE = dedent("""
    import numpy as np

    def log_softmax(z):
        shifted = z - z.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    def forward(z, y):
        lp = log_softmax(z)
        n = z.shape[0]
        loss = -lp[np.arange(n), y].mean()
        return loss, (lp, y)

    def backward(saved, dloss):
        lp, y = saved
        n = lp.shape[0]
        dz = np.exp(lp)
        dz[np.arange(n), y] -= 1
        dz /= n
        return dz * dloss
""")

# Python floats, a dict of gradients, scipy
LOGISTIC_LOSS = dedent("""
    import math
    import numpy as np
    from scipy.special import expit, log_expit

    def forward(z, t):
        total = 0.0
        for a, b in zip(z, t):
            total -= float(b * log_expit(a) + (1 - b) * log_expit(-a))
        return total / math.sqrt(len(z)), (z, t)

    def backward(saved, g):
        z, t = saved
        scale = g / math.sqrt(len(z))
        return {"dz": (expit(z) - t) * scale, "dt": -z * scale}
""")

MSE = dedent("""
    import numpy as np

    def forward(y, t):
        return float(np.mean((y - t) ** 2)), (y, t)

    def backward(saved, dloss):
        y, t = saved
        d = 2 * (y - t) / y.size * dloss
        return d, -d
""")

LONE = dedent("""
    import numpy as np

    def forward(x):
        return np.tanh(x) ** 2

    def backward(arrays, g):
        (x,) = arrays
        t = np.tanh(x)
        return 2 * t * (1 - t ** 2) * g
""")

GELU_TANH = dedent("""
    import numpy as np

    C = np.sqrt(2 / np.pi)
    A = 0.044715

    def forward(x):
        u = C * (x + A * x**3)
        return 0.5 * x * (1 + np.tanh(u)), (x, np.tanh(u))

    def backward(saved, dy):
        x, t = saved
        du = C * (1 + 3 * A * x**2)
        return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * du)
""")

LAYER_NORM = dedent("""
    import numpy as np

    def forward(x, gamma, beta, eps=1e-5):
        mu = np.mean(x, axis=-1, keepdims=True)
        var = np.var(x, axis=-1, keepdims=True)
        inv = 1 / np.sqrt(var + eps)
        xhat = (x - mu) * inv
        return gamma * xhat + beta, (xhat, inv, gamma)

    def backward(saved, dy):
        xhat, inv, gamma = saved
        n = xhat.shape[-1]
        axes = tuple(range(dy.ndim - 1))
        dxhat = dy * gamma
        dx = inv / n * (n * dxhat - dxhat.sum(-1, keepdims=True)
                        - xhat * (dxhat * xhat).sum(-1, keepdims=True))
        return dx, (dy * xhat).sum(axes), dy.sum(axes)
""")

# the classic backward in nine steps
BATCH_NORM = dedent("""
    import numpy as np

    EPS = 1e-5

    def forward(x, gamma, beta):
        N, D = x.shape
        mu = 1. / N * np.sum(x, axis=0)
        xmu = x - mu
        sq = xmu ** 2
        var = 1. / N * np.sum(sq, axis=0)
        sqrtvar = np.sqrt(var + EPS)
        ivar = 1. / sqrtvar
        xhat = xmu * ivar
        out = gamma * xhat + beta
        return out, (xhat, gamma, xmu, ivar, sqrtvar, var)

    def backward(cache, dout):
        xhat, gamma, xmu, ivar, sqrtvar, var = cache
        N, D = dout.shape
        dbeta = np.sum(dout, axis=0)
        dgamma = np.sum(dout * xhat, axis=0)
        dxhat = dout * gamma
        divar = np.sum(dxhat * xmu, axis=0)
        dxmu1 = dxhat * ivar
        dsqrtvar = -1. / (sqrtvar ** 2) * divar
        dvar = 0.5 * 1. / np.sqrt(var + EPS) * dsqrtvar
        dsq = 1. / N * np.ones((N, D)) * dvar
        dxmu2 = 2 * xmu * dsq
        dx1 = dxmu1 + dxmu2
        dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
        dx2 = 1. / N * np.ones((N, D)) * dmu
        return dx1 + dx2, dgamma, dbeta
""")

L2_NORMALISE = dedent("""
    import numpy as np

    def forward(x):
        norm = np.linalg.norm(x, axis=1, keepdims=True)
        return x / norm, (x, norm)

    def backward(saved, dy):
        x, norm = saved
        y = x / norm
        return (dy - y * np.sum(dy * y, axis=1, keepdims=True)) / norm
""")

HUBER = dedent("""
    import numpy as np

    DELTA = 1.0

    def forward(y, t):
        r = y - t
        small = np.abs(r) <= DELTA
        loss = np.where(small, 0.5 * r**2, DELTA * (np.abs(r) - 0.5 * DELTA))
        return loss.sum(), r

    def backward(r, g):
        d = np.clip(r, -DELTA, DELTA) * g
        return d, -d
""")

# an object whose methods are the functions
CLASS = dedent("""
    import numpy as np

    class Elu:
        def __init__(self, alpha):
            self.alpha = alpha

        def value(self, x):
            return np.where(x > 0, x, self.alpha * (np.exp(x) - 1))

        def forward(self, x):
            return self.value(x), x

        def backward(self, x, dy):
            return dy * np.where(x > 0, 1, self.value(x) + self.alpha)

    layer = Elu(0.7)
    forward, backward = layer.forward, layer.backward
""")

OUTER = dedent("""
    import numpy as np

    def forward(u, v, s):
        return np.outer(u, v) * s + np.linalg.norm(u), np.tensordot(u, u, 1) * v, (u, v, s)

    def backward(saved, dm, dw):
        u, v, s = saved
        du = dm @ v * s + dm.sum() * u / np.linalg.norm(u) + 2 * u * (dw @ v)
        dv = u @ dm * s + u @ u * dw
        return du, dv, np.einsum("ij,i,j->", dm, u, v)
""")

DROPOUT = dedent("""
    import numpy as np

    KEEP = 0.8

    def forward(x, mask):
        return x * mask / KEEP, mask

    def backward(mask, dy):
        return dy * mask / KEEP, None
""")
