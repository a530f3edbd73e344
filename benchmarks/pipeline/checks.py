"""How long it takes to check a layer, quickly and in full, and how much memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import numpy as np

import derive
import numeric
from benchmarks.contest.process import environment
from benchmarks.pipeline.stages import seconds

# What a check may take, in seconds: quickly, once the kernel is built, and in full.
FAST, FULL = 0.05, 2.0
# Memory is that of a fresh process: how much its largest size grows while it checks.
MEMORY = """
import resource, sys
import derive, numeric
program = derive.load(sys.argv[1])
numeric.build(program)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
numeric.check(program)
unit = 1 if sys.platform == "darwin" else 1024
print(unit * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@dataclass(frozen=True, slots=True)
class CheckTiming:
    """A fast check of a kernel that is built, and a full check.

    Attributes:
        name: of the layer.
        fast: median CPU seconds.
        full: CPU seconds.
        memory: bytes that a full check adds to the process at most; None where it was not asked.
    """

    name: str
    fast: float
    full: float
    memory: int | None = None


def check_timing(name: str, repeats: int, memory: bool = False) -> CheckTiming:
    """Measure the checks of one built-in layer."""
    program = derive.load(name)
    source = numeric.build(program).source
    return CheckTiming(
        name,
        seconds(lambda: numeric.check_source(program, source, fast=True), repeats),
        seconds(lambda: numeric.check(program), 1),
        check_memory(name) if memory else None,
    )


def check_memory(name: str) -> int:
    """Measure how many bytes a full check of a layer adds to a process."""
    command = [sys.executable, "-c", MEMORY, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(1))
    return int(done.stdout)


def network_check_seconds(repeats: int) -> float:
    """Measure the median CPU time to prove the gradients of six dense layers, 20 units each."""
    steps = [*(numeric.Layer("dense", i=20) for _ in range(5)), numeric.Layer("dense", i=10)]
    network = numeric.Network(steps, loss="softmax_cross_entropy", shape=(64,))
    rng = np.random.default_rng(0)
    x, targets = rng.standard_normal((32, 64)), numeric.one_hot(rng.integers(0, 10, 32), 10)

    def work() -> None:
        result = network.check(x, targets)
        assert result.verdict == "PROVED", str(result)

    return seconds(work, repeats)
