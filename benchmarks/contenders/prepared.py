"""What a contender makes of a case: something to call, and how to read what the call gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.workloads import Array, Case

Results = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case ready to be timed.

    Attributes:
        step: forward and backward once, or one SGD step; this is what is timed.
        read: the results of a step as NumPy arrays by name: ``y`` an output, ``dW`` a gradient;
            of an SGD step ``loss`` and the parameters after it.
    """

    step: Callable[[], Any]
    read: Callable[[Any], Results]


class NotOfferedError(Exception):
    """A contender has no code for a workload; the table leaves the place open."""


def results_of(outputs: Mapping[str, Array], gradients: Mapping[str, Array]) -> Results:
    """Outputs under their names and gradients under ``d`` and theirs."""
    return {**outputs, **{f"d{name}": value for name, value in gradients.items()}}


def at_full_rate(case: Case) -> Case:
    """The case with steps so long that a wrong gradient shows in what they change."""
    return replace(case, rate=1.0)


def first_results(case: Case, prepared: Prepared) -> Results:
    """The results of the first step, and of an SGD step how far it moved every parameter."""
    found = {name: value.copy() for name, value in prepared.read(prepared.step()).items()}
    moved = {name: (case.arrays[name] - found[name]) for name in case.parameters if name in found}
    return {**found, **{f"d{name}": change for name, change in moved.items()}}
