"""What a report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from numeric.check.result import CheckResult
from reports.equations import Derived


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made of.

    Attributes:
        name: what the user calls the layer: a built-in name or a file.
        equations: the program with its backward equations.
        source: the emitted module.
        result: the verdict on it.
        settings: the hyperparameters that were given another value than their default.
        fast: whether the check looked at fewer points.
    """

    name: str
    equations: Derived
    source: str
    result: CheckResult
    settings: Mapping[str, int | float]
    fast: bool = False
