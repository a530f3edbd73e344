"""A program with the backward equations derived from it, numbered as in its emitted module."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import derive
from derive.cotangent import prepare
from derive.lower.liveness import split
from derive.program import Equation, Program, Step
from reports.mathematics.names import Names, names_of


@dataclass(frozen=True, slots=True)
class Derived:
    """Forward and backward equations of one program.

    Attributes:
        program: as its author wrote it.
        forward: its equations in the form that is differentiated and emitted.
        cotangents: the equations of the adjoint that the forward program does not have.
        joint: both as one program, whose outputs are the gradients.
        names: the names in the equations and in the steps that lead to them.
        numbers: the number of each equation in the emitted module, from 1 on: first those that
            its forward function needs, then the others.
        steps: how the cotangent equations came about.
        outputs: what the outputs are called in these equations.
        prefix: what the numbers begin with, where several derivations stand in one document.
    """

    program: Program
    forward: tuple[Equation, ...]
    cotangents: tuple[Equation, ...]
    joint: Program
    names: Names
    numbers: Mapping[Equation, str]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]
    prefix: str = ""

    def place(self, equation: Equation) -> int:
        """Where an equation stands in the emitted module: its number as an integer."""
        return int(self.numbers[equation].removeprefix(self.prefix))


def derived(program: Program) -> Derived:
    """Derive the backward equations of ``program``.

    Raises:
        DeriveError: if it cannot be differentiated.
    """
    forward, backward = prepare(program), derive.adjoint(program)
    primal = {equation.name for equation in forward.equations}
    cotangents = tuple(e for e in backward.equations if e.name not in primal)
    both = (*forward.equations, *cotangents)
    joint = replace(
        backward,
        equations=both,
        extents=tuple((dict(forward.extents) | dict(backward.extents)).items()),
        pads=tuple({pad.array: pad for pad in (*forward.pads, *backward.pads)}.values()),
    )
    names, written = names_of(joint), names_of(program)
    told = frozenset(step.equation for step in backward.steps)
    return Derived(
        program=program,
        forward=forward.equations,
        cotangents=cotangents,
        joint=joint,
        names=Names(
            names.arrays | written.arrays | told,
            names.indices | written.indices,
            hypers=written.hypers,
        ),
        numbers=_numbers(joint, forward.outputs, {a.name for a in program.arrays}),
        steps=backward.steps,
        outputs=forward.outputs,
    )


def _numbers(
    joint: Program, outputs: tuple[str, ...], given: AbstractSet[str]
) -> dict[Equation, str]:
    cotangents = tuple(array.name for array in joint.arrays if array.name not in given)
    parts = split(joint, outputs, joint.outputs, cotangents)
    ordered = sorted(
        joint.equations, key=lambda e: (e.name not in parts.forward, e.name not in parts.backward)
    )
    return {equation: str(number) for number, equation in enumerate(ordered, 1)}
