"""How long the parts of the pipeline take."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

import derive
import numeric

PARTS = ("parse", "derive", "emit")


@dataclass(frozen=True, slots=True)
class Timing:
    """Median seconds of each part for one layer, and how many equations its adjoint has."""

    name: str
    equations: int
    seconds: dict[str, float]


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Measure the median time of ``work``."""
    times = []
    for _ in range(repeats):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return median(times)


def import_seconds(module: str, repeats: int) -> float:
    """Measure the median time to import ``module`` in a fresh interpreter."""
    code = (
        "from time import perf_counter as now\n"
        f"begun = now()\nimport {module}\nprint(now() - begun)"
    )
    command = [sys.executable, "-c", code]
    return median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(repeats)
    )


def layer_timing(name: str, repeats: int) -> Timing:
    """Measure one built-in layer: load it, derive its adjoint, build its kernel."""
    program = derive.load(name)
    backward = derive.adjoint(program)
    return Timing(
        name,
        len(backward.equations),
        {
            "parse": seconds(lambda: derive.load(name), repeats),
            "derive": seconds(lambda: derive.adjoint(program), repeats),
            "emit": seconds(lambda: numeric.build(program), repeats),
        },
    )


def network_check_seconds(repeats: int) -> float:
    """Measure the median time to prove the gradients of six dense layers, 20 units each."""
    steps = [*(numeric.Layer("dense", i=20) for _ in range(5)), numeric.Layer("dense", i=10)]
    network = numeric.Network(steps, loss="softmax_cross_entropy", shape=(64,))
    rng = np.random.default_rng(0)
    x, targets = rng.standard_normal((32, 64)), numeric.one_hot(rng.integers(0, 10, 32), 10)

    def work() -> None:
        result = network.check(x, targets)
        assert result.verdict == "PROVED", str(result)

    return seconds(work, repeats)
