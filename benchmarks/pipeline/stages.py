"""How long the parts of the pipeline take."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time

import derive
import numeric
from numeric.threads import one_thread

PARTS = ("parse", "derive", "emit")


@dataclass(frozen=True, slots=True)
class Timing:
    """Median seconds of each part for one layer, and how many equations its adjoint has."""

    name: str
    equations: int
    seconds: dict[str, float]


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Measure the median CPU time of ``work``, one thread: what others run does not count."""
    times = []
    with one_thread():
        for _ in range(repeats):
            begun = process_time()
            work()
            times.append(process_time() - begun)
    return median(times)


def import_seconds(module: str, repeats: int) -> float:
    """Measure the median CPU time to import ``module`` in a fresh interpreter."""
    code = (
        "from time import process_time as now\n"
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
