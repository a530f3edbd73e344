"""Memory that is used again: nothing is made per step, and nothing handed out is written over."""

from __future__ import annotations

import math
import re
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric import Layer, Network
from numeric.axes import Flatten
from numeric.build import build
from numeric.optimise import SGD, Adam, Optimiser

LSTM = build(derive.load("lstm"), style="fast")
N, J, H = 4, 3, 8
# What NumPy and Python take for themselves: views, tuples, a buffer of 8192 numbers for sums.
LITTLE = 128 * 1024


def lstm(steps: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    axes = {"t": steps, "n": N, "j": J, "i": H}
    return {
        a.name: rng.uniform(-0.3, 0.3, tuple(axes[axis] for axis in a.axes))
        for a in LSTM.program.arrays
    }


def peak(action: Callable[[], Any]) -> int:
    """The bytes that ``action`` makes at most at a time."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def both(memory: dict[str, np.ndarray], arrays: dict[str, np.ndarray]) -> None:
    *outputs, saved = LSTM.run_forward(*arrays.values(), work=memory)
    LSTM.run_backward(saved, *outputs, work=memory)


def test_a_loop_over_time_makes_nothing() -> None:
    arrays, memory = lstm(2000), dict[str, np.ndarray]()
    cold = peak(lambda: both(memory, arrays))
    planned = sum(room.nbytes for room in memory.values())
    assert planned > 30 * LITTLE
    assert cold < planned + LITTLE
    assert peak(lambda: both(memory, arrays)) < LITTLE


def test_memory_grows_with_the_steps_as_the_plan_says() -> None:
    sizes = []
    for steps in (500, 1000, 2000):
        memory: dict[str, np.ndarray] = {}
        both(memory, lstm(steps))
        sizes.append(sum(room.nbytes for room in memory.values()))
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])
    rooms = re.findall(r' = new\("\w+", (.*)\)', LSTM.source)
    extents = [room.split(", ") for room in rooms]
    # a number is that of the arrays that lie side by side
    rows = sum(math.prod(map(int, filter(str.isdigit, e))) for e in extents if {"T", "T + 1"} & {*e})
    assert sizes[1] - sizes[0] <= rows * 500 * N * H * 8


def test_only_the_fast_style_says_where_its_arrays_lie() -> None:
    with pytest.raises(OptionRefused, match="readable style does not say where"):
        build(derive.load("dense")).reusing()
    with pytest.raises(OptionRefused, match="fast style without its pass 'out' does not say where"):
        build(derive.load("dense"), style="fast", without=("out",)).reusing()


# ---- networks --------------------------------------------------------------------------------


def network(style: str, dtype: str = "float32") -> Network:
    steps = [Layer("conv2d", f=3, p=3, q=3), Layer("relu"), Flatten(), Layer("dense", i=32), Layer("dense", i=5)]
    return Network(
        steps, loss="softmax_cross_entropy", shape=(2, 8, 8), seed=1, dtype=dtype, style=style
    )


def batch(samples: int, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((samples, 2, 8, 8)).astype(dtype)
    return x, np.eye(5, dtype=dtype)[rng.integers(0, 5, samples)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_gives_the_same_in_both_styles(dtype: str) -> None:
    x, targets = batch(6, dtype)
    one, other = network("readable", dtype), network("fast", dtype)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(one.forward(x), other.forward(x), rtol=tolerance, atol=tolerance)
    (loss, gradients), (value, found) = one.gradients(x, targets), other.gradients(x, targets)
    assert loss == pytest.approx(value, rel=tolerance)
    assert list(gradients) == list(found)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(found[name], gradient, rtol=tolerance, atol=tolerance)


def results(net: Network, samples: int) -> Iterator[np.ndarray]:
    x, targets = batch(samples)
    yield net.forward(x)
    yield net.evaluate(x, targets)[1]
    yield from net.gradients(x, targets)[1].values()
    yield from (g for g in net.cotangents(x, targets) if g is not None)


def test_what_a_network_hands_out_is_never_written_over() -> None:
    net = network("fast")
    first = list(results(net, 6))
    before = [array.copy() for array in first]
    second = list(results(net, 4))
    for array, kept in zip(first, before, strict=True):
        assert np.array_equal(array, kept)
        assert not any(np.shares_memory(array, other) for other in second)


def test_a_twin_in_another_precision_has_memory_of_its_own() -> None:
    net = network("fast")
    x, targets = batch(6)
    _, lent = net.gradients(x, targets, lent=True)
    before = {name: g.copy() for name, g in lent.items()}
    net.in_dtype("float64").gradients(x.astype(float), targets.astype(float), lent=True)
    assert all(np.array_equal(lent[name], g) for name, g in before.items())


@pytest.mark.parametrize("optimiser", [SGD(0.01), SGD(0.01, momentum=0.9), Adam()])
def test_a_step_of_training_makes_nothing(optimiser: Optimiser) -> None:
    net, (x, targets) = network("fast"), batch(256)

    def step() -> None:
        _, gradients = net.gradients(x, targets, lent=True)
        optimiser.step(net.parameters, gradients)

    first = peak(step)
    step()
    assert first > 4 * LITTLE
    assert peak(step) < LITTLE


def test_a_step_of_the_readable_style_is_seen_to_allocate() -> None:
    net, (x, targets) = network("readable"), batch(256)
    net.gradients(x, targets)
    assert peak(lambda: net.gradients(x, targets)) > 4 * LITTLE
