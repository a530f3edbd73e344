"""How long it takes to check a layer, quickly and in full."""

from __future__ import annotations

from dataclasses import dataclass

import derive
import numeric
from benchmarks.timing import seconds

# What a check may take, in seconds: quickly, once the kernel is built, and in full.
FAST, FULL = 0.05, 2.0


@dataclass(frozen=True, slots=True)
class CheckTiming:
    """Median seconds of a fast check of a kernel that is built, and of a full check."""

    name: str
    fast: float
    full: float


def check_timing(name: str, repeats: int) -> CheckTiming:
    """Measure the checks of one built-in layer."""
    program = derive.load(name)
    source = numeric.build(program).source
    return CheckTiming(
        name,
        seconds(lambda: numeric.check_source(program, source, fast=True), repeats),
        seconds(lambda: numeric.check(program), 1),
    )
