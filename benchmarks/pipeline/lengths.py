"""Whether the time to derive and emit depends on extents: the same layer, called at each length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import derive
import numeric
from benchmarks.pipeline.stages import seconds
from benchmarks.workloads import WORKLOADS, Case

LENGTHS = (16, 64, 256, 1024)
LAYER = "lstm_s"


@dataclass(frozen=True, slots=True)
class AtLength:
    """Median CPU seconds to derive and to emit an LSTM, and of a call at this length."""

    length: int
    derived: float
    emitted: float
    called: float


def at_lengths(repeats: int) -> list[AtLength]:
    """Derive, emit and call an LSTM at each length."""
    workload = WORKLOADS[LAYER]
    found = []
    for length in LENGTHS:
        program = workload.program()
        case = workload.case("float32", sizes={**workload.sizes, "t": length})
        kernel = numeric.build(program, dtype="float32")

        def call(kernel: numeric.Kernel = kernel, case: Case = case) -> None:
            _, saved = kernel.forward(**case.arrays)
            kernel.backward(saved, **case.cotangents)

        derived = seconds(partial(derive.adjoint, program), repeats)
        emitted = seconds(partial(numeric.build, program), repeats)
        found.append(AtLength(length, derived, emitted, seconds(call, repeats)))
    return found
