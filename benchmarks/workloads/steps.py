"""Whole networks with their loss, as one program each; a step is this and SGD."""

from __future__ import annotations

from benchmarks.workloads.workload import Sizes, Workload

MLP = """
title  Perceptron with two hidden layers, softmax and cross-entropy
const  x[n, j], t[n, o]
param  W1[i, j], b1[i], W2[k, i], b2[k], W3[o, k], b3[o]
assume sum[o](t[n, o]) = 1
output loss

a1[n, i] = relu(sum[j](W1[i, j]*x[n, j]) + b1[i])
a2[n, k] = relu(sum[i](W2[k, i]*a1[n, i]) + b2[k])
z[n, o] = sum[k](W3[o, k]*a2[n, k]) + b3[o]
p[n, o] = exp(z[n, o])/sum[l](exp(z[n, l]))
loss = mean[n](-sum[o](t[n, o]*log(p[n, o])))
"""

LENET = """
title  LeNet with ReLU and max pooling, softmax and cross-entropy
const  x[n, c, h, w], t[n, o]
param  K1[f, c, p, q], b1[f], K2[g, f, p, q], b2[g]
param  W3[i, g, u, v], b3[i], W4[j, i], b4[j], W5[o, j], b5[o]
assume sum[o](t[n, o]) = 1
index  y : size(h) - size(p) + 1
index  z : size(w) - size(q) + 1
index  a : size(y)//2
index  b : size(z)//2
index  d : size(a) - size(p) + 1
index  e : size(b) - size(q) + 1
index  r : 2
index  s : 2
output loss

y1[n, f, y, z] = relu(sum[c, p, q](K1[f, c, p, q]*x[n, c, y + p, z + q]) + b1[f])
p1[n, f, a, b] = max[r, s](y1[n, f, 2*a + r, 2*b + s])
y2[n, g, d, e] = relu(sum[f, p, q](K2[g, f, p, q]*p1[n, f, d + p, e + q]) + b2[g])
p2[n, g, u, v] = max[r, s](y2[n, g, 2*u + r, 2*v + s])
a3[n, i] = relu(sum[g, u, v](W3[i, g, u, v]*p2[n, g, u, v]) + b3[i])
a4[n, j] = relu(sum[i](W4[j, i]*a3[n, i]) + b4[j])
a5[n, o] = sum[j](W5[o, j]*a4[n, j]) + b5[o]
m[n, o] = exp(a5[n, o])/sum[l](exp(a5[n, l]))
loss = mean[n](-sum[o](t[n, o]*log(m[n, o])))
"""


def _mlp_flops(s: Sizes) -> int:
    first, later = s["i"] * s["j"], s["k"] * s["i"] + s["o"] * s["k"]
    return 2 * s["n"] * (2 * first + 3 * later)


def _lenet_flops(s: Sizes) -> int:
    window = s["p"] * s["q"]
    y, z = s["h"] - s["p"] + 1, s["w"] - s["q"] + 1
    d, e = y // 2 - s["p"] + 1, z // 2 - s["q"] + 1
    first = s["f"] * y * z * s["c"] * window
    second = s["g"] * d * e * s["f"] * window
    dense = s["i"] * s["g"] * s["u"] * s["v"] + s["j"] * s["i"] + s["o"] * s["j"]
    return 2 * s["n"] * (2 * first + 3 * (second + dense))


STEPS = (
    Workload(
        name="mlp",
        about="SGD step of 784-256-128-10, batch 128",
        equations=MLP,
        sizes={"n": 128, "j": 784, "i": 256, "k": 128, "o": 10},
        small={"n": 5, "j": 7, "i": 6, "k": 4, "o": 3},
        flops=_mlp_flops,
        outputs=("loss",),
        steps=True,
    ),
    Workload(
        name="lenet",
        about="SGD step of LeNet on 1x28x28, batch 64",
        equations=LENET,
        sizes={"n": 64, "c": 1, "h": 28, "w": 28, "f": 6, "g": 16, "p": 5, "q": 5}
        | {"u": 4, "v": 4, "i": 120, "j": 84, "o": 10},
        small={"n": 3, "c": 1, "h": 16, "w": 16, "f": 2, "g": 3, "p": 5, "q": 5}
        | {"u": 1, "v": 1, "i": 5, "j": 4, "o": 3},
        flops=_lenet_flops,
        outputs=("loss",),
        steps=True,
    ),
)
