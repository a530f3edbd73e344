"""Functions without equations: where to look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derive.errors import CallRefused, Span
from derive.program import Program
from derive.syntax import ArrayDeclaration, OutputDeclaration, Source, Tree
from numeric.check.bench import Session
from numeric.check.domains import Domains
from numeric.check.draws import draw
from numeric.check.indices import layout
from numeric.check.own.convention import Convention, Own
from numeric.check.own.declared import Given, parameter_names
from numeric.check.own.draw import KINDS, Drawing, ordinary, smallest, wider
from numeric.check.own.judge import Case, obstacle
from numeric.check.own.precise import Functions, OwnPrecisions
from numeric.check.own.trial import conventional
from numeric.check.plan import Points
from numeric.check.point import Array
from numeric.check.shim import read

_NOWHERE = Span(1, 1)


def case_alone(functions: Functions, lists: Sequence[Sequence[Given]], rng: Any) -> Case:
    """A case without equations.

    Raises:
        CallRefused: if forward cannot be called with arrays of these shapes.
    """
    if not lists:
        raise CallRefused(
            "no shapes are given",
            remedy="give one shape per array, as [(3, 4), (5, 4), (5,)], or a program",
        )
    count = len(lists[0])
    names = parameter_names(functions.forward, count) or tuple(f"x{i}" for i in range(count))
    named = [dict(zip(names, given, strict=True)) for given in lists]
    convention = _convention(functions, names, named[0], rng)
    tree = _tree(convention)
    subject = Own(
        tree=tree,
        program=Program((), (), convention.outputs),
        hypers={},
        source="",
        text=read(""),
        ordinary=functions.module,
        layout=layout(tree, {}),
        domains=Domains({}, {}),
        distinct={},
        equal=None,
        short=None,
        convention=convention,
        entries=1,
    )
    case = Case(
        session=Session(tree, rng, fast=False),
        subject=subject,
        functions=functions,
        precisions=OwnPrecisions(functions),
        points=Points(),
    )
    _look_around(case, named)
    return case


def _convention(
    functions: Functions, names: tuple[str, ...], given: Mapping[str, Given], rng: Any
) -> Convention:
    constants = frozenset(n for n, g in given.items() if g.constant)
    if len(constants) == len(names):
        raise CallRefused(
            "no array has a gradient: all are whole numbers",
            remedy="give shapes, or example arrays of floats, for the others",
        )

    def arrays(kind: Any) -> dict[str, Array]:
        return {
            n: draw(kind, g.shape, rng).astype(np.float64)
            if g.example is None
            else g.example.astype(g.example.dtype if g.constant else np.float64)
            for n, g in given.items()
        }

    bare = Convention(names, constants, (), False, functions.files, {}, {})
    return conventional(functions, bare, [arrays(kind) for kind in KINDS], None)


def _tree(convention: Convention) -> Tree:
    """Declarations of the arrays, and no equations."""
    roles = {n: "const" if n in convention.constants else "input" for n in convention.names}
    arrays = tuple(
        ArrayDeclaration(role, name, (), role == "const", _NOWHERE) for name, role in roles.items()
    )
    outputs = tuple(OutputDeclaration(name, (), _NOWHERE) for name in convention.outputs)
    return Tree(Source(""), arrays=arrays, outputs=outputs)


def _look_around(case: Case, named: Sequence[Mapping[str, Given]]) -> None:
    """Fill in the points."""
    module, subject = case.functions.module, case.subject

    def in_floats(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
        return subject.forward(module, arrays)[0]

    drawings = [Drawing(given, in_floats, case.session.rng) for given in named]
    labels = [f"shapes {', '.join(str(g) for g in given.values())}" for given in named]
    for drawing, label in zip(drawings, labels, strict=True):
        if not drawing.find():
            raise CallRefused(
                f"no data of {label} were found for which forward gives numbers: {drawing.reason}",
                remedy="give example arrays in place of shapes",
            )
    ordinary(drawings, labels, case.points)
    case.notes += _drawn(drawings)
    if not obstacle(case):
        at, small = case.precisions.first, smallest(drawings)

        def exact(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
            return subject.forward(at.module, arrays)[0]

        drawing = replace(drawings[small], forward=exact, lift=at.arithmetic.lift)
        wider(drawing, labels[small], case.points)


def _drawn(drawings: Sequence[Drawing]) -> list[str]:
    """What was found of the domain."""
    kinds = {n: k.name for n, k in drawings[0].kinds.items() if k != KINDS[0]}
    drawn, thrown = (sum(getattr(d, what) for d in drawings) for what in ("drawn", "thrown"))
    notes = [f"{name} is drawn {kind}" for name, kind in kinds.items()]
    if thrown:
        notes.append(f"{thrown} of {drawn} draws gave no numbers and were drawn again")
    return notes
