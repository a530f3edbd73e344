"""How a kernel's time and memory grow with batch, length, width and image."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from math import log

import numeric
from benchmarks.contest.clock import timed, warm_up
from benchmarks.workloads import WORKLOADS
from benchmarks.workloads.workload import Case, Sizes
from numeric.threads import one_thread

# by workload: the indices that grow together, and what people call them
AXES = {
    "mlp": {"n": "batch", "i": "units"},
    "lstm": {"n": "batch", "t": "length", "i": "units"},
    "gru": {"n": "batch", "t": "length", "i": "units"},
    "conv": {"n": "batch", "c": "channels", "hw": "image"},
    "maxpool": {"n": "batch", "hw": "image"},
    "ln": {"n": "batch", "i": "units"},
    "attn": {"n": "batch", "ts": "length"},
}
FACTORS = (1, 2, 4)
SHRINK = {"lstm": {"n": 16, "t": 32, "i": 64}, "gru": {"n": 16, "t": 32, "i": 64}}
SHRINK |= {"conv": {"n": 4, "c": 8, "h": 32, "w": 32}, "ln": {"n": 1024, "i": 256}}


@dataclass(frozen=True, slots=True)
class Point:
    """A kernel at one size.

    Attributes:
        extent: of the axis that grows.
        work: what the time should be in proportion to: operations of the contractions, or bytes
            in and out where there are none.
        seconds: the fastest call, forward and backward.
        memory: the most bytes that were allocated at once, inputs not counted.
    """

    extent: int
    work: int
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Growth:
    """A kernel along one axis."""

    workload: str
    axis: str
    points: tuple[Point, ...]

    @property
    def exponent(self) -> float:
        """The p of time = c * work^p from the first point to the last; 1 is linear in the work."""
        first, last = self.points[0], self.points[-1]
        return log(last.seconds / first.seconds) / log(last.work / first.work)


def growth(name: str, axis: str, style: str, budget: float) -> Growth:
    """Measure one workload along one axis; ``axis`` is the letters of indices that grow."""
    workload = WORKLOADS[name]
    start = {**workload.sizes, **SHRINK.get(name, {})}
    kernel = numeric.build(
        workload.program(), style=style, dtype="float32", without=(), **workload.hypers
    )
    points = []
    for factor in FACTORS:
        sizes = {k: factor * v if k in axis else v for k, v in start.items()}
        points.append(_point(kernel, workload.case("float32", sizes=sizes), axis[0], budget))
    return Growth(name, AXES[name].get(axis, axis), tuple(points))


def _point(kernel: numeric.Kernel, case: Case, index: str, budget: float) -> Point:
    def call() -> None:
        _, saved = kernel.forward(**case.arrays)
        kernel.backward(saved, **case.cotangents)

    with one_thread():
        warm_up(call)
        least = timed(call, budget, "cpu").least
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Point(case.sizes[index], _work(case, case.sizes), least, most)


def _work(case: Case, sizes: Sizes) -> int:
    arrays = (*case.arrays.values(), *case.cotangents.values())
    return case.workload.flops(sizes) or sum(array.nbytes for array in arrays)
