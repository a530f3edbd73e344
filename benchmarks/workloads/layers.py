"""Single layers: windows, rows, attention, pointwise functions, the loss."""

from __future__ import annotations

from benchmarks.workloads.workload import Sizes, Workload

GELU_TANH = """
title  Gaussian error linear unit, the form with tanh
source Hendrycks and Gimpel 2016, Gaussian error linear units, arXiv:1606.08415, sec. 2
input  z[n, i]
output a[n, i]

a[n, i] = z[n, i]/2*(1 + tanh(sqrt(2/pi)*(z[n, i] + 0.044715*z[n, i]^3)))
"""

IMAGES = {"n": 32, "c": 32, "h": 32, "w": 32}
FEW_IMAGES = {"n": 2, "c": 3, "h": 8, "w": 8}
MILLION = {"n": 1000, "i": 1000}
FEW = {"n": 3, "i": 5}


def _none(_: Sizes) -> int:
    return 0


def _conv_flops(s: Sizes) -> int:
    return 3 * 2 * s["n"] * s["h"] * s["w"] * s["f"] * s["c"] * s["p"] * s["q"]


def _attention_flops(s: Sizes) -> int:
    """Two products forward and four back."""
    return 3 * 2 * s["n"] * s["t"] * s["s"] * (s["j"] + s["i"])


def _pointwise(name: str, about: str, equations: str, fused: str = "") -> Workload:
    return Workload(
        name=name,
        about=f"{about} of 10^6",
        equations=equations,
        sizes=MILLION,
        small=FEW,
        flops=_none,
        outputs=("a",),
        fused=fused,
    )


def _pooling(name: str, about: str, equations: str, **hypers: int) -> Workload:
    return Workload(
        name=name,
        about=f"{about} on 32x32x32x32",
        equations=equations,
        sizes=IMAGES,
        small=FEW_IMAGES,
        flops=_none,
        outputs=("y",),
        hypers=hypers,
    )


LOSS = Workload(
    name="smce",
    about="softmax and cross-entropy, 128x1000",
    equations="softmax_cross_entropy",
    sizes={"n": 128, "k": 1000},
    small={"n": 4, "k": 6},
    flops=_none,
    outputs=("loss",),
    fused="log-softmax is one kernel that reads a row once; the labels stay integers",
)

WINDOWS = (
    Workload(
        name="conv",
        about="3x3, 32 to 64 channels, 32x32, N 16, padding 1",
        equations="conv2d",
        sizes={"n": 16, "c": 32, "h": 32, "w": 32, "f": 64, "p": 3, "q": 3},
        small={"n": 2, "c": 3, "h": 6, "w": 6, "f": 4, "p": 3, "q": 3},
        flops=_conv_flops,
        outputs=("y",),
        hypers={"P": 1},
        fused="an oneDNN kernel convolves in a blocked layout, without windows in memory",
    ),
    _pooling("maxpool", "max pooling 2x2", "maxpool2d", k=2, s=2),
    _pooling("maxpool3", "max pooling 3x3, stride 2, padding 1", "maxpool2d", k=3, s=2, P=1),
    _pooling("avgpool", "average pooling 2x2", "avgpool2d", k=2, s=2),
)

ROWS = (
    Workload(
        name="ln",
        about="layer norm, 4096x512",
        equations="layer_norm",
        sizes={"n": 4096, "i": 512},
        small={"n": 4, "i": 6},
        flops=_none,
        outputs=("y",),
        fused="forward and backward are one kernel each, which read every row once",
    ),
    Workload(
        name="attn",
        about="attention, B 8, 4 heads, T 128, d 32",
        equations="attention",
        sizes={"n": 32, "t": 128, "s": 128, "j": 32, "i": 32},
        small={"n": 2, "t": 4, "s": 4, "j": 3, "i": 3},
        flops=_attention_flops,
        outputs=("y",),
    ),
)

POINTWISE = (
    _pointwise("sigmoid", "sigmoid", "sigmoid", "one vectorised pass with an exp of its own"),
    _pointwise("tanh", "tanh", "tanh"),
    _pointwise("gelu", "GELU in its tanh form", GELU_TANH),
    _pointwise("gelu_erf", "exact GELU", "gelu", "one vectorised pass; NumPy has no erf"),
)
