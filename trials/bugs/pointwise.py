"""Kernels written by hand: functions of one element, losses, broadcasts."""

from __future__ import annotations

from trials.bugs.kernel import Kernel

ELU = Kernel(
    """title Elu
input  z[n]
output a[n]
a[n] = elu(z[n], 2)
""",
    """import numpy as np


def forward(z):
    e = np.exp(np.minimum(z, 0))
    a = np.where(z > 0, z, 2 * e - 2)
    return a, (z, e)


def backward(saved, da):
    z, e = saved
    return da * np.where(z > 0, 1, 2 * e)
""",
)

LEAKY = Kernel(
    """title Leaky relu
input  z[n, i]
output a[n, i]
a[n, i] = leaky_relu(z[n, i], 0.125)
""",
    """import numpy as np


def forward(z):
    a = np.where(z > 0, z, z / 8)
    return a, z


def backward(saved, da):
    z = saved
    return np.where(z > 0, da, da / 8)
""",
)

SIGMOID = Kernel(
    """title Logistic
input  z[n]
output a[n]
a[n] = sigmoid(z[n])
""",
    """import numpy as np


def forward(z):
    e = np.exp(-np.abs(z))
    a = np.where(z > 0, 1, e) / (1 + e)
    return a, e


def backward(saved, da):
    e = saved
    return da * e / (1 + e) ** 2
""",
)

SILU = Kernel(
    """title Swish
input  z[n]
output a[n]
a[n] = z[n]*sigmoid(z[n])
""",
    """import numpy as np


def forward(z):
    e = np.exp(-np.abs(z))
    s = np.where(z > 0, 1, e) / (1 + e)
    a = z * s
    return a, (z, s, e)


def backward(saved, da):
    z, s, e = saved
    return da * (s + z * e / (1 + e) ** 2)
""",
)

ROOT = Kernel(
    """title Root where there is one
input  x[n]
output y[n]
y[n] = sqrt(x[n]) if x[n] > 0 else 0
""",
    """import numpy as np


def forward(x):
    y = np.sqrt(np.maximum(x, 0))
    return y, (x, y)


def backward(saved, dy):
    x, y = saved
    return np.where(x > 0, dy / (2 * np.where(x > 0, y, 1)), 0)
""",
)

QUOTIENT = Kernel(
    """title Quotient
input  x[n], w[n]
output y[n]
y[n] = x[n]/(1 + w[n]^2)
""",
    """import numpy as np


def forward(x, w):
    d = 1 + w * w
    y = x / d
    return y, (y, w, d)


def backward(saved, dy):
    y, w, d = saved
    dx = dy / d
    dw = -2 * w * y * dy / d
    return dx, dw
""",
)

POWER = Kernel(
    """title Power
input  x[n], p
output y[n]
y[n] = x[n]^p
assume x[n]^0 = 1
""",
    """import numpy as np


def forward(x, p):
    y = x**p
    return y, (x, p, y)


def backward(saved, dy):
    x, p, y = saved
    dx = dy * p * y / x
    dp = (dy * y * np.log(x)).sum()
    return dx, dp
""",
)

TINY = Kernel(
    """title Very small values
input  x[n]
output y[n]
y[n] = tanh(x[n])/100000000.0
""",
    """import numpy as np


def forward(x):
    t = np.tanh(x)
    y = t / 100000000
    return y, t


def backward(saved, dy):
    t = saved
    return dy * (1 - t) * (1 + t) / 100000000
""",
)

MSE = Kernel(
    """title Mean squared error
input  y[n, i]
const  t[n, i]
output loss
loss = mean[n](sum[i]((y[n, i] - t[n, i])^2))
""",
    """import numpy as np


def forward(y, t):
    r = y - t
    loss = (r * r).sum() / len(y)
    return loss, r


def backward(saved, dloss):
    r = saved
    return r * (2 * dloss / len(r))
""",
)

BCE = Kernel(
    """title Binary cross-entropy of logits
input  z[n, i]
const  t[n, i]
output loss
loss = mean[n](sum[i](softplus(z[n, i]) - t[n, i]*z[n, i]))
""",
    """import numpy as np


def forward(z, t):
    e = np.exp(-np.abs(z))
    loss = (np.maximum(z, 0) + np.log1p(e) - t * z).sum() / len(z)
    return loss, (z, t, e)


def backward(saved, dloss):
    z, t, e = saved
    s = np.where(z > 0, 1, e) / (1 + e)
    return (s - t) * (dloss / len(z))
""",
)

HINGE = Kernel(
    """title Hinge
input  z[n]
const  t[n]
output loss
loss = mean[n](relu(1 - t[n]*z[n]))
""",
    """import numpy as np


def forward(z, t):
    r = 1 - t * z
    loss = np.maximum(r, 0).sum() / len(z)
    return loss, (r, t)


def backward(saved, dloss):
    r, t = saved
    return -t * (r > 0) * (dloss / len(t))
""",
)

SCALE = Kernel(
    """title Scale and shift
input  x[n, i]
param  s[i], c
const  m[n, i]
output y[n, i]
y[n, i] = 2*x[n, i]*m[n, i]*s[i] + c
""",
    """import numpy as np


def forward(x, s, c, m):
    k = 2 * x * m
    y = k * s + c
    return y, (k, s, m)


def backward(saved, dy):
    k, s, m = saved
    dx = dy * (2 * m * s)
    ds = (dy * k).sum(axis=0)
    dc = dy.sum()
    return dx, ds, dc
""",
)
