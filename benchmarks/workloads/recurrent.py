"""Recurrent layers through time, all steps forward and back."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.workloads.workload import Sizes, Workload

RNN = """
title  Vanilla recurrent network
input  x[t, n, j], h0[n, i]
param  W[i, j], U[i, i], b[i]
output h[t, n, i]

h[-1, n, i] = h0[n, i]
h[t, n, i] = tanh(sum[j](W[i, j]*x[t, n, j]) + sum[k](U[i, k]*h[t-1, n, k]) + b[i])
"""

# the reset gate acts after the product, and that product has a bias: PyTorch's form
GRU = """
title  Gated recurrent unit, reset after the product
input  x[t, n, j], h0[n, i]
param  W_r[i, j], U_r[i, i], b_r[i]
param  W_z[i, j], U_z[i, i], b_z[i]
param  W_g[i, j], U_g[i, i], b_g[i], c_g[i]
output h[t, n, i]

h[-1, n, i] = h0[n, i]

r[t, n, i] = sigmoid(sum[j](W_r[i, j]*x[t, n, j]) + sum[k](U_r[i, k]*h[t-1, n, k]) + b_r[i])
z[t, n, i] = sigmoid(sum[j](W_z[i, j]*x[t, n, j]) + sum[k](U_z[i, k]*h[t-1, n, k]) + b_z[i])
u[t, n, i] = sum[k](U_g[i, k]*h[t-1, n, k]) + c_g[i]
g[t, n, i] = tanh(sum[j](W_g[i, j]*x[t, n, j]) + b_g[i] + r[t, n, i]*u[t, n, i])
h[t, n, i] = (1 - z[t, n, i])*g[t, n, i] + z[t, n, i]*h[t-1, n, i]
"""

LARGE = {"t": 64, "n": 32, "j": 64, "i": 128}
SHORT = {"t": 50, "n": 16, "j": 32, "i": 32}
SMALL = {"t": 4, "n": 3, "j": 2, "i": 5}


def _flops(gates: int) -> Callable[[Sizes], int]:
    """Forward, and twice as many back: one for the operand, one for the weights."""
    return lambda s: 3 * 2 * gates * s["t"] * s["n"] * s["i"] * (s["j"] + s["i"])


RECURRENT = (
    Workload(
        name="rnn",
        about="tanh RNN, T 64, N 32, D 64, H 128",
        equations=RNN,
        sizes=LARGE,
        small=SMALL,
        flops=_flops(1),
        outputs=("h",),
    ),
    Workload(
        name="lstm",
        about="LSTM, T 64, N 32, D 64, H 128",
        equations="lstm",
        sizes=LARGE,
        small=SMALL,
        flops=_flops(4),
        outputs=("h",),
        fused="in float32 the whole sequence is one oneDNN kernel",
    ),
    Workload(
        name="lstm_s",
        about="LSTM, T 50, N 16, D 32, H 32",
        equations="lstm",
        sizes=SHORT,
        small=SMALL,
        flops=_flops(4),
        outputs=("h",),
        fused="in float32 the whole sequence is one oneDNN kernel; NumPy calls a thousand",
    ),
    Workload(
        name="gru",
        about="GRU, T 64, N 32, D 64, H 128",
        equations=GRU,
        sizes=LARGE,
        small=SMALL,
        flops=_flops(3),
        outputs=("h",),
    ),
)
