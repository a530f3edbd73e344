"""Mutants of derived equations: one mistake in the backward equations, then lowered and emitted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from unittest import mock

import derive
import numeric
from derive.lower import arrange
from derive.mutate import Mutant as Mistake
from derive.mutate import every_mutant
from derive.program import Program
from trials.mutants.mutant import Mutant, program_of

# The layers with gates have thousands of such mistakes, of the same kinds as the smaller ones.
MANY_EQUATIONS = 6


def listed() -> Iterator[Mutant]:
    """Every mistake in the backward equations of every built-in layer that is not too long."""
    for name in derive.layers():
        if len(program_of(name).equations) <= MANY_EQUATIONS:
            for number, mistake in enumerate(_mistakes(name)):
                yield Mutant(name, "equation", f"backward {mistake.phrase}", (number,))


def source(mutant: Mutant) -> str:
    """The kernel whose backward pass computes the wrong equations."""
    (number,) = mutant.key
    wrong = next(islice(_mistakes(mutant.program), int(number), None)).program

    def adjoint(_: Program) -> Program:
        return derive.bind(wrong, **settings)

    declared = {hyper.name for hyper in wrong.hypers}
    settings = {name: value for name, value in mutant.settings.items() if name in declared}
    with mock.patch.object(arrange, "adjoint", adjoint):
        return numeric.build(mutant.base, **mutant.settings).source


def _mistakes(name: str) -> Iterator[Mistake]:
    program = program_of(name)
    return every_mutant(program, derive.adjoint(program))
