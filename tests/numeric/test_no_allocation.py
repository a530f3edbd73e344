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

# NumPy tells tracemalloc of the memory of arrays in a domain of its own.
ARRAYS = np.lib.tracemalloc_domain
# Numbers and shapes live in arrays too; one sample's row of any array below is larger.
SMALL = 1024
TIME_FIRST = Transpose((1, 0, 2))


def allocated(work) -> int:
    """The largest array memory in use at once that ``work`` adds to what was there."""
    tracemalloc.start()
    try:
        tracemalloc.clear_traces()
        held = Held()
        held.run(work)
        return held.most
    finally:
        tracemalloc.stop()


class Held:
    """Peaks of tracemalloc hold all domains: so the arrays that are made are listed instead."""

    def __init__(self) -> None:
        self.most = 0

    def run(self, work) -> None:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        work()
        _, peak = tracemalloc.get_traced_memory()
        self.most = peak - before


SHARED = Layer("dense", i=64)
NETWORKS = [
    ("dense", [SHARED, Layer("layer_norm"), SHARED, Layer("tanh"), Layer("dense", i=32)], (64,)),
    ("residual", [Residual([SHARED, Layer("tanh")]), Residual([Layer("dense", i=32)],
                                                             [Layer("dense", i=32)])], (64,)),
    ("branches", [Branches([SHARED, [], Layer("tanh")]),
                  Branches([Layer("dense", i=32), Layer("dense", i=32)], join="multiply"),
                  Branches([[], Layer("sigmoid")], join="add")], (64,)),
    ("images", [Layer("conv2d", f=4, p=3, q=3, P=1), Layer("relu"), Layer("maxpool2d"), Flatten(),
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
    full, rest = (
        (rng.standard_normal((n, *extents)).astype("float32"), np.zeros((n, 32), "float32"))
        for n in (256, 96)
    )
    smallest = 4 * 96 * 16

    def step(batch):
        network.forget()
        return network.gradients(*batch, lent=True)

    def epoch():
        for batch in (full, full, rest):
            step(batch)

    epoch()
    assert allocated(epoch) < smallest
    readable = Network(steps, loss="mse", shape=extents)
    readable.gradients(*full)
    assert allocated(lambda: readable.gradients(*full)) > smallest
