"""Hyperparameters that the user sets, in programs that keep them as symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import derive
import numeric
from derive.program import Program
from numeric.check.result import CheckResult

# Arguments of numeric.check itself; a hyperparameter may have the same name.
_OWN = frozenset({"seed", "fast"})


def configured(program: Program, values: Mapping[str, int | float]) -> Program:
    """Give ``program`` these values as the defaults of its hyperparameters.

    Raises:
        OptionRefused: if there is no such hyperparameter, or the value is not of its kind.
        DeriveError: where the equations have no meaning with these values.
    """
    derive.bind(program, **values)
    hypers = tuple(
        replace(h, default=Fraction(str(values[h.name]))) if h.name in values else h
        for h in program.hypers
    )
    return replace(program, hypers=hypers)


def checked(program: Program, seed: int, values: Mapping[str, int | float]) -> CheckResult:
    """Check ``program`` at these values; the integer hyperparameters not among them are varied."""
    # a dict of numbers may hold no `fast`, which the type checker cannot see
    given: dict[str, Any] = {name: v for name, v in values.items() if name not in _OWN}
    return numeric.check(configured(program, values), seed=seed, **given)
