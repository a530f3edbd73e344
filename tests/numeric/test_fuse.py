"""A network as one program: the same numbers, forward and back."""

from __future__ import annotations

import numpy as np
import pytest

import numeric
from numeric import Branches, Flatten, Last, Layer, Network, Repeat, Reshape, Residual, Transpose

SHARED = Layer("dense", i=5)
TIME_FIRST = Transpose((1, 0, 2))
NETWORKS = [
    ("dense", [Layer("dense", i=4), Layer("tanh"), Layer("layer_norm"), Layer("dense", i=3)], (5,)),
    ("shared", [SHARED, Layer("tanh"), SHARED, Residual([SHARED])], (5,)),
    ("branches", [Branches([Layer("dense", i=2), [], Layer("tanh")]),
                  Branches([Layer("dense", i=3), Layer("dense", i=3)], join="multiply")], (4,)),
    ("images", [Layer("conv2d", f=2, p=3, q=3, P=1), Layer("relu"), Layer("maxpool2d"), Flatten(),
                Reshape((4, 2)), Layer("dense", i=3)], (1, 4, 4)),
    ("sequence", [TIME_FIRST, Layer("rnn", i=3, o=4), Layer("dense", i=2), Last(), Repeat(3),
                  TIME_FIRST],
     (4, 2)),
    ("labels", [Layer("embedding", k=4, i=3), Layer("softmax")], (6,)),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "shape"), [n[1:] for n in NETWORKS], ids=[n[0] for n in NETWORKS])
def test_one_program_computes_what_the_network_does(steps, shape):
    network = Network(steps, loss="mse", shape=shape, dtype="float64", seed=4)
    rng = np.random.default_rng(1)
    labels = network.stages[0].name == "embedding"
    x = rng.integers(0, 4, (3, *shape)) if labels else rng.standard_normal((3, *shape))
    kernel = numeric.build(network.fused())
    parameters = {fused(name): value for name, value in network.parameters.items()}
    zeros = {"h0_1": np.zeros((3, 3))} if "1.W_hh" in network.parameters else {}
    outputs, saved = kernel.forward(x=x, **parameters, **zeros)
    ((name, y),) = outputs.items()
    assert y == pytest.approx(network.forward(x), rel=1e-12, abs=1e-13)
    # the same cotangent into both: that of a loss which is the sum of weighted outputs
    dy = rng.standard_normal(y.shape)
    found = kernel.backward(saved, **{name: dy})
    chain = network.__dict__["_chain"]
    dx, own = chain.backward(chain.forward(x)[1], dy)
    for key, value in network.parameters.items():
        gradients = [g for path, g in own.items() if network.__dict__["_names"][path] == key]
        assert found[fused(key)] == pytest.approx(sum(gradients), rel=1e-10, abs=1e-12), value.shape
    if dx is not None:
        assert found["x"] == pytest.approx(dx, rel=1e-10, abs=1e-12)


def fused(name: str) -> str:
    path, _, own = name.rpartition(".")
    return f"{own}_{path.replace('.', '_')}"


def test_it_is_a_program_like_any_other():
    network = Network([Layer("dense", i=2), Residual([Layer("tanh")])], loss="mse", shape=(3,))
    program = network.fused()
    assert [a.name for a in program.arrays] == ["x", "W_0", "b_0"]
    assert numeric.check(program, fast=True).verdict == "PROVED"
