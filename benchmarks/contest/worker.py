"""One contender in its process: reads a request a line, writes an answer a line, as JSON.

``python -m benchmarks.contest.worker CONTENDER DTYPE FOLDER CPU...``; the first contender leaves
its results in FOLDER, for the others to be compared with.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import derive
from benchmarks.comparison import wrong
from benchmarks.contenders import BASE, NotOfferedError, Prepared, contender
from benchmarks.contenders.prepared import at_full_rate, first_results
from benchmarks.contest.clock import timed, warm_up
from benchmarks.contest.roofline import measured_by_numpy, measured_by_torch
from benchmarks.workloads import WORKLOADS, Case

Answer = dict[str, Any]


class Worker:
    """Answers requests about one contender."""

    def __init__(self, name: str, dtype: str, folder: Path) -> None:
        self.name = name
        self.contender = contender(name)
        self.dtype = dtype
        self.folder = folder
        self.prepared: Prepared | None = None

    def answer(self, request: Answer) -> Answer:
        """Do what a request says."""
        doing: dict[str, Callable[..., Answer]] = {
            "peaks": self.peaks,
            "verify": self.verify,
            "prepare": self.prepare,
            "round": self.round,
        }
        return doing[request.pop("do")](**request)

    def peaks(self, clock: str) -> Answer:
        """Measure what the machine can do at most with this library."""
        measured = measured_by_torch if self.contender.needs == "torch" else measured_by_numpy
        return asdict(measured(self.dtype, clock))

    def verify(self, workload: str) -> Answer:
        """Compute the results once, and compare them with those of the first contender."""
        case = at_full_rate(WORKLOADS[workload].case(self.dtype))
        try:
            prepared = self.contender.prepare(case)
        except ImportError as missing:
            return {"status": "not installed", "note": str(missing)}
        except NotOfferedError as reason:
            return {"status": "none", "note": str(reason)}
        except derive.DeriveError as refusal:
            return {"status": "refused", "note": refusal.problem}
        found = first_results(case, prepared)
        path = self.folder / f"{workload}.npz"
        if self.name == BASE:
            arrays: dict[str, Any] = dict(found)
            np.savez(path, **arrays)
            return {"status": "timed", "error": 0.0, "moved": _moved(case, found)}
        with np.load(path) as reference:
            error, note = wrong(found, dict(reference), self.dtype)
        return {"status": "wrong" if note else "timed", "note": note, "error": error}

    def prepare(self, workload: str) -> Answer:
        """Make a workload ready, and warm it up."""
        self.prepared = self.contender.prepare(WORKLOADS[workload].case(self.dtype))
        warm_up(self.prepared.step)
        return {}

    def round(self, budget: float, clock: str) -> Answer:
        """Time the workload that is ready."""
        assert self.prepared is not None, "a round before prepare"
        return asdict(timed(self.prepared.step, budget, clock))


def _moved(case: Case, found: dict[str, Any]) -> int:
    """Bytes of all that goes in and comes out once; of an SGD step no gradient comes out."""
    kept = {"loss", *case.parameters} if case.workload.steps else set(found)
    results = [found[name] for name in kept]
    return sum(a.nbytes for a in (*case.arrays.values(), *case.cotangents.values(), *results))


def serve(worker: Worker, requests: TextIO, answers: TextIO) -> None:
    """Answer line by line, until there are no more requests."""
    for line in requests:
        answers.write(json.dumps(worker.answer(json.loads(line))) + "\n")
        answers.flush()


def main(arguments: list[str]) -> None:
    """Stay on the CPUs given, and keep what libraries print away from the answers."""
    name, dtype, folder, *cpus = arguments
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(map(int, cpus)))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(Worker(name, dtype, Path(folder)), sys.stdin, answers)


if __name__ == "__main__":
    main(sys.argv[1:])
