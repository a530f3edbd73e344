"""The recorded steps of each derived equation, as lines of a display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.program import Program
from reports.document import Line
from reports.mathematics.names import Names
from reports.mathematics.typeset import typeset_equation


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one equation came about: a line a step, the last of them the equation itself."""

    lines: tuple[Line, ...]


def derivations(program: Program, names: Names) -> Mapping[str, Derivation]:
    """Give the derivation of every array whose steps ``program`` has recorded."""
    told: dict[str, list[Line]] = {}
    for step in program.steps:
        if step.result is None:
            continue
        left, right = typeset_equation(step.result, names)
        lines = told.setdefault(step.equation, [])
        lines.append(Line(left if not lines else None, right, step.rule))
    return {name: Derivation(tuple(lines)) for name, lines in told.items()}
