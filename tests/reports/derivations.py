"""Derivations and evaluations of layers and programs, each made once."""

from __future__ import annotations

from functools import cache

import derive
from derive.program import Program
from reports.equations import Derived, derived
from reports.evaluation.lines import Evaluated, evaluated
from tests.derive.programs import PROGRAMS


def program(name: str) -> Program:
    """A built-in layer, a program of the collection, or one from its text."""
    if name in PROGRAMS or "\n" in name:
        return derive.parse(PROGRAMS.get(name, name))
    return derive.load(name)


@cache
def derivation_of(name: str) -> Derived:
    return derived(program(name))


@cache
def evaluation_of(name: str) -> Evaluated:
    return evaluated(derivation_of(name))
