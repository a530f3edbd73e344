"""Gates in one matrix, as everyone writes them by hand; our equations keep them apart.

Packing and unpacking is never timed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.contenders.prepared import Results
from benchmarks.workloads import Array, Case

# PyTorch's order of the gates, by the letters of the equations
GATES = {"lstm": "ifgo", "lstm_s": "ifgo", "gru": "rzg"}
STACKED = ("W", "U", "b")


def packed(case: Case) -> dict[str, Array]:
    """The arrays of a case, the gates' weights stacked: ``W_i``, ``W_f`` ... become ``W``."""
    gates = GATES.get(case.workload.name, "")
    arrays = case.fresh()
    if not gates:
        return arrays
    stacks = {s: np.concatenate([arrays.pop(f"{s}_{g}") for g in gates]) for s in STACKED}
    return {**arrays, **stacks}


def unpacked(name: str, results: Mapping[str, Array]) -> Results:
    """The results of workload ``name``, every gate's gradient under its own name again."""
    gates = GATES.get(name, "")
    found = dict(results)
    for stack in STACKED if gates else ():
        parts = np.split(found.pop(f"d{stack}"), len(gates))
        found |= {f"d{stack}_{gate}": part for gate, part in zip(gates, parts, strict=True)}
    return found
