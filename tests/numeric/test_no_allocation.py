"""In the fast style no batch allocates an array once one of its shape has been through."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from numeric.axes import Flatten, Transpose
from numeric.compose import Branches, Residual
from numeric.dropout import Dropout
from numeric.layer import Layer
from numeric.network import Network
from numeric.sequence import Last, Repeat

# What NumPy and Python take for themselves: views, tuples, a buffer of 8192 numbers for sums.
LITTLE = 96 * 1024
# The smallest array with an axis for samples, h0 of 16 units, is larger.
SAMPLES = 2048
TIME_FIRST = Transpose((1, 0, 2))


def peak(work) -> int:
    """The bytes that ``work`` makes at most at a time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


SHARED = Layer("dense", i=64)
NETWORKS = [
    ("dense", [SHARED, Layer("layer_norm"), SHARED, Layer("tanh"), Layer("dense", i=32)], (64,)),
    ("residual", [Residual([SHARED, Layer("tanh")]), Residual([Layer("dense", i=32)],
                                                             [Layer("dense", i=32)])], (64,)),
    ("branches", [Branches([SHARED, [], Layer("tanh")]),
                  Branches([Layer("dense", i=32), Layer("dense", i=32)], join="multiply"),
                  Branches([[], Layer("sigmoid")], join="add")], (64,)),
    ("images", [Layer("conv2d", f=4, p=3, q=3, P=1), Layer("relu"), Layer("avgpool2d"), Flatten(),
                Dropout(0.5), Layer("dense", i=32)], (2, 8, 8)),
    ("statistics", [Layer("batch_norm"), Layer("dense", i=32)], (64,)),
    ("sequences", [TIME_FIRST, Layer("lstm", i=32, carry=True), Layer("dense", i=48), Last(),
                   Repeat(6), Layer("rnn", i=16, o=48), Last(), Layer("dense", i=32)], (6, 24)),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "extents"), [row[1:] for row in NETWORKS],
                         ids=[row[0] for row in NETWORKS])  # fmt: skip
def test_a_training_step_allocates_no_array(steps, extents):
    network = Network(steps, loss="mse", shape=extents, style="fast")
    rng = np.random.default_rng(0)
    whole, rest = (
        (rng.standard_normal((n, *extents)).astype("float32"), np.zeros((n, 32), "float32"))
        for n in (SAMPLES, SAMPLES - 300)
    )

    def epoch() -> None:
        for batch in (whole, whole, rest):
            network.forget()
            network.gradients(*batch, lent=True)
            network.gradients(*batch, lent=True)

    assert peak(epoch) > 10 * LITTLE
    assert peak(epoch) < LITTLE
