"""Hyperparameters that the user sets, in programs that keep them as symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from inspect import signature
from typing import Any

import derive
import numeric
from derive.program import Program
from numeric.check.result import CheckResult

# Arguments of numeric.check itself; a hyperparameter may have the same name.
_OWN = frozenset(
    name for name, p in signature(numeric.check).parameters.items() if p.kind is p.KEYWORD_ONLY
)


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


def checked(
    program: Program, values: Mapping[str, int | float], options: Mapping[str, Any]
) -> CheckResult:
    """Check ``program`` at these values; the integer hyperparameters not among them are varied."""
    return numeric.check(configured(program, values), **arguments(values, options))


def arguments(values: Mapping[str, int | float], options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments of a check: hyperparameters, unless one has an option's name, and options.

    One that has is set all the same: ``configured`` makes the value its default.
    """
    return {name: value for name, value in values.items() if name not in _OWN} | dict(options)
