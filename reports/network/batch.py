"""A batch to look at a network with, where none is given: drawn, and of the right shapes."""

from __future__ import annotations

import numpy as np

from derive.program import Program
from numeric.fit import feed
from numeric.network import Network
from numeric.shape import BATCH, extent, numbers
from numeric.stage import Stage
from numeric.step import Array

SAMPLES = 8


def drawn_batch(network: Network, seed: int, samples: int = SAMPLES) -> tuple[Array, Array]:
    """Draw samples and targets: standard normal numbers or labels, and one class for each sample.

    The targets of a loss that gives every sample one number are -1 and 1.
    """
    rng = np.random.default_rng(seed)
    before = network.stages[0].before if network.stages else network.shape
    x = _samples(network, numbers(before, samples), rng)
    shape = _targets(network, samples)
    if len(shape) == 1:
        return x, rng.choice([-1.0, 1.0], shape).astype(network.dtype)
    classes = rng.integers(0, shape[-1], shape[:-1])
    return x, np.eye(shape[-1], dtype=network.dtype)[classes]


def _samples(network: Network, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    stages = [inside for stage in network.stages for inside in stage.walk() if not inside.branches]
    reading = [stage for stage in stages if _reads_labels(stage)]
    if reading and _reads_labels(next(stage for stage in stages if stage.program is not None)):
        # a label picks along one axis of a parameter: below the shortest it fits every one
        shortest = min(n for s in reading for value in s.parameters.values() for n in value.shape)
        return rng.integers(0, shortest, shape)
    return rng.standard_normal(shape).astype(network.dtype)


def _reads_labels(stage: Stage) -> bool:
    read = None if stage.program is None else stage.program.array(feed(stage.program))
    return read is not None and read.integer


def _targets(network: Network, samples: int) -> tuple[int, ...]:
    loss = network.loss
    axes = loss.axes(feed(loss))
    # the leading axes that the loss takes as one stand in the targets as they are
    lead = len(network.shape) - len(axes) + 1
    read = network.shape if lead == 1 else (BATCH, *network.shape[lead:])
    sizes = dict(zip(axes, read, strict=True))
    shape = tuple(extent(loss, axis, sizes) for axis in loss.axes(_constant(loss)))
    return numbers((*network.shape[:lead], *shape[1:]) if lead > 1 else shape, samples)


def _constant(loss: Program) -> str:
    return next(array.name for array in loss.arrays if array.role == "const")
