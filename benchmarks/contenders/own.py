"""Kernels of this project: built from the workload's equations, in each style, and as a Network."""

from __future__ import annotations

from typing import Any

import numpy as np

import derive
import numeric
from benchmarks.contenders.prepared import NotOfferedError, Prepared, Results, results_of
from benchmarks.workloads import Array, Case

LINEAR = """
title  Linear layer
input  x[n, j]
param  W[i, j], b[i]
output z[n, i]

z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]
"""


def built(case: Case, style: str, without: tuple[str, ...] = ()) -> numeric.Kernel:
    """The kernel of a case; in the fast style in memory of its own, as a training loop has it.

    Raises:
        DeriveError: if there is no such style, or the style refuses the equations.
    """
    workload = case.workload
    dtype = next(iter(case.cotangents.values())).dtype
    kernel = numeric.build(
        workload.program(), style=style, dtype=dtype, without=without, **workload.hypers
    )
    # without its pass "out" the fast style has nothing that could be written into
    return kernel.reusing() if style == "fast" and "out" not in without else kernel


def prepare(case: Case, style: str, without: tuple[str, ...] = ()) -> Prepared:
    """A layer's forward and backward, or a program's with an SGD step after it."""
    kernel = built(case, style, without)
    arrays = case.fresh()
    if case.workload.steps:
        return _stepping(kernel, case, arrays)

    def step() -> tuple[dict[str, Array], dict[str, Array]]:
        outputs, saved = kernel.forward(**arrays)
        return outputs, kernel.backward(saved, **case.cotangents)

    return Prepared(step, lambda found: results_of(*found))


def _stepping(kernel: numeric.Kernel, case: Case, arrays: dict[str, Array]) -> Prepared:
    parameters = {name: arrays[name] for name in case.parameters}
    optimiser = numeric.SGD(case.rate)

    def step() -> Array:
        outputs, saved = kernel.forward(**arrays)
        optimiser.step(parameters, kernel.backward(saved, **case.cotangents))
        return outputs["loss"]

    return Prepared(step, lambda loss: {"loss": loss, **parameters})


def network(case: Case, style: str) -> Prepared:
    """The same SGD step by ``numeric.Network``, as ``numeric.train`` takes it.

    Raises:
        NotOfferedError: if the workload is not a network.
    """
    arrays = case.fresh()
    made = {"mlp": _mlp, "lenet": _lenet}.get(case.workload.name)
    if made is None:
        raise NotOfferedError("it is one layer")
    steps, places = made(arrays)
    x, t = arrays["x"], arrays["t"]
    loss = "softmax_cross_entropy"
    net = numeric.Network(steps, loss=loss, shape=x.shape[1:], dtype=x.dtype, style=style)
    optimiser = numeric.SGD(case.rate)

    def step() -> float:
        loss, gradients = net.gradients(x, t, lent=True)
        optimiser.step(net.parameters, gradients)
        return loss

    def read(loss: float) -> Results:
        shaped = {
            name: net.parameters[place].reshape(arrays[name].shape)
            for name, place in places.items()
        }
        return {"loss": np.asarray(loss, x.dtype), **shaped}

    return Prepared(step, read)


Made = tuple[list[Any], dict[str, str]]


def _mlp(arrays: dict[str, Array]) -> Made:
    """The steps, and where each parameter of the program stands in the network."""
    steps = [_dense(arrays, 1), _dense(arrays, 2), _dense(arrays, 3, derive.parse(LINEAR))]
    places = {f"{w}{k + 1}": f"{k}.{w}" for k in range(3) for w in ("W", "b")}
    return steps, places


def _lenet(arrays: dict[str, Array]) -> Made:
    steps = [
        *_convolution(arrays, 1),
        *_convolution(arrays, 2),
        numeric.Flatten(),
        _dense(arrays, 3),
        _dense(arrays, 4),
        _dense(arrays, 5, derive.parse(LINEAR)),
    ]
    places = {"K1": "0.W", "b1": "0.b", "K2": "3.W", "b2": "3.b"}
    places |= {f"{w}{k}": f"{k + 4}.{w}" for k in (3, 4, 5) for w in ("W", "b")}
    return steps, places


def _dense(
    arrays: dict[str, Array], k: int, program: derive.Program | str = "dense"
) -> numeric.Layer:
    weights = arrays[f"W{k}"]
    weights = weights.reshape(len(weights), -1)
    return numeric.Layer(program, i=len(weights), initial={"W": weights, "b": arrays[f"b{k}"]})


def _convolution(arrays: dict[str, Array], k: int) -> list[numeric.Layer]:
    kernels = arrays[f"K{k}"]
    f, _, p, q = kernels.shape
    start = {"W": kernels, "b": arrays[f"b{k}"]}
    convolution = numeric.Layer("conv2d", f=f, p=p, q=q, initial=start)
    return [convolution, numeric.Layer("relu"), numeric.Layer("maxpool2d")]
