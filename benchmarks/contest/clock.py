"""Time a step: warm it up, then call it for a while."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

# Wall time is what a user waits for. On a machine that others use, the time that the process had
# a CPU says more, as long as it has one thread: it leaves out the turns of the others.
CLOCKS = {"wall": perf_counter, "cpu": process_time}
WARM = 0.2  # seconds of warming up, or
WARM_CALLS = 20  # so many calls, whichever is less; two at least: the first may compile


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of the calls of one round.

    Attributes:
        middle: their median.
        least: the fastest.
        calls: how many.
    """

    middle: float
    least: float
    calls: int


def warm_up(step: Callable[[], object]) -> None:
    """Call a step until caches, allocators and compilers have settled."""
    begun = perf_counter()
    for call in range(WARM_CALLS):
        step()
        if call and perf_counter() - begun > WARM:
            break


def timed(step: Callable[[], object], budget: float, clock: str = "wall") -> Times:
    """Call a step for ``budget`` seconds, once at least, with the garbage collector off."""
    now = CLOCKS[clock]
    times: list[float] = []
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    end = now() + budget
    try:
        while not times or now() < end:
            begun = now()
            step()
            times.append(now() - begun)
    finally:
        if collecting:
            gc.enable()
    return Times(median(times), min(times), len(times))
