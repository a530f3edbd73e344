"""The workloads, by name: plain equations at the sizes that the comparison is about."""

from __future__ import annotations

from benchmarks.workloads.layers import LOSS, POINTWISE, ROWS, WINDOWS
from benchmarks.workloads.recurrent import RECURRENT
from benchmarks.workloads.steps import STEPS
from benchmarks.workloads.workload import Array, Case, Workload

MLP, LENET = STEPS
WORKLOADS = {
    workload.name: workload
    for workload in (MLP, LOSS, LENET, *WINDOWS, *RECURRENT, *ROWS, *POINTWISE)
}

__all__ = ["WORKLOADS", "Array", "Case", "Workload"]
