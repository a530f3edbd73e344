"""Functions against a program: names, shapes and data come from its equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Any

import numpy as np

from derive.errors import CallRefused, OptionRefused
from derive.library import parse
from derive.parser import parse_tree
from derive.program import Program
from derive.syntax import Tree
from numeric.build import build
from numeric.check import domains, plan, vacuity
from numeric.check.bench import Session
from numeric.check.draws import PLAIN
from numeric.check.own.convention import Convention, Own
from numeric.check.own.declared import Given, parameter_names
from numeric.check.own.judge import Case
from numeric.check.own.precise import Functions, OwnPrecisions
from numeric.check.own.trial import conventional
from numeric.check.plan import Points
from numeric.check.point import Point, in_floats
from numeric.check.probe import Probe, look
from numeric.check.subject import KernelFailed, Subject
from numeric.interpret.arithmetic import reals

Sizes = Mapping[str, int]


def case_against(
    functions: Functions,
    program: Program | str,
    lists: Sequence[Sequence[Given]],
    rng: Any,
    hypers: Mapping[str, Any],
) -> Case:
    """A case with equations.

    Raises:
        DeriveError: if the shapes, names or outputs do not fit the program.
    """
    tree = parse_tree(str(program))
    values = {line.name: line.default for line in tree.hypers} | _given(tree, hypers)
    kernel = build(parse(str(program)), **hypers)
    found = plan.subject_for(tree, kernel.program, values, kernel.source, rng)
    if isinstance(found, str):
        raise CallRefused(f"the program has no data to check with: {found}")
    order, notes = _order(functions, tree)
    sizes = [_sizes(found, order, given) for given in lists]
    points = _points(found, sizes, rng)
    if not points.smooth:
        raise CallRefused(f"the program has no data to check with: {'; '.join(points.missing)}")
    subject = _subject(functions, found, order, points.smooth[0])
    case = Case(
        session=Session(tree, rng, fast=False),
        subject=subject,
        functions=functions,
        precisions=OwnPrecisions(functions),
        points=points,
        title=f"{functions.name} against {tree.title or 'the program'}",
        against=True,
        notes=notes,
    )
    _probe(case)
    _leave_out(case)
    return case


def _given(tree: Tree, hypers: Mapping[str, Any]) -> dict[str, Fraction]:
    declared = {line.name for line in tree.hypers}
    for name in hypers:
        if name not in declared:
            raise OptionRefused(
                f"the program has no hyperparameter {name}",
                remedy=f"it has {', '.join(sorted(declared)) or 'none'}",
            )
    return {
        n: Fraction(repr(v)) if isinstance(v, float) else Fraction(v) for n, v in hypers.items()
    }


def declared(tree: Tree) -> str:
    """The arrays of a program as it declares them."""
    parts = []
    for line in tree.arrays:
        axes = ", ".join(index.name for index in line.indices)
        parts.append(f"{line.name}[{axes}]" if axes else line.name)
    return ", ".join(parts)


def _order(functions: Functions, tree: Tree) -> tuple[tuple[str, ...], list[str]]:
    """The program's arrays in the order in which forward takes them."""
    names = tuple(line.name for line in tree.arrays)
    try:
        taken = parameter_names(functions.forward, len(names))
    except CallRefused:
        every = parameter_names(functions.forward, None) or ()
        raise CallRefused(
            f"forward takes {', '.join(every) or 'nothing'}, the program declares {declared(tree)}",
            remedy=f"let forward take {len(names)} arrays: {', '.join(names)}",
        ) from None
    if taken is None or taken == names:
        return names, []
    if set(taken) == set(names):
        return taken, [f"arrays are matched by name: forward takes {', '.join(taken)}"]
    pairs = ", ".join(
        f"{own} is {name}" for own, name in zip(taken, names, strict=True) if own != name
    )
    return names, [f"arrays are matched by position: {pairs}"]


def _sizes(subject: Subject, order: Sequence[str], given: Sequence[Given]) -> Sizes:
    """The extents that a list of shapes gives the program's indices."""
    tree, named = subject.tree, dict(zip(order, given, strict=False))
    if len(given) != len(order):
        raise CallRefused(
            f"{len(given)} shapes are given, the program declares {len(order)} arrays",
            remedy=f"give one for each of {', '.join(order)}, or none",
        )
    sizes: dict[str, int] = {}
    for line in tree.arrays:
        shape, axes = named[line.name].shape, [index.name for index in line.indices]
        if len(shape) != len(axes):
            raise _misfit(tree, line.name, shape, f"it has {len(axes)} axes")
        for axis, extent in zip(axes, shape, strict=True):
            if axis in subject.layout.roots and sizes.setdefault(axis, extent) != extent:
                raise _misfit(tree, line.name, shape, f"{axis} is {sizes[axis]} elsewhere")
    for name, wanted in subject.layout.shapes(sizes).items():
        if wanted != named[name].shape:
            raise _misfit(tree, name, named[name].shape, f"it must be {wanted}")
    if subject.layout.every(sizes, least=0) is None or not subject.layout.on_grid(sizes):
        told = ", ".join(f"{name} = {size}" for name, size in sizes.items())
        raise CallRefused(f"the program has no value for {told}", remedy="give other shapes")
    return sizes


def _misfit(tree: Tree, name: str, shape: tuple[int, ...], why: str) -> CallRefused:
    return CallRefused(
        f"the shape {shape} of {name} does not fit: {why}",
        remedy=f"the program declares {declared(tree)}",
    )


def _points(subject: Subject, sizes: Sequence[Sizes], rng: Any) -> Points:
    if not sizes:
        points = plan.main_points(subject, rng)
        plan.more_points(points, subject, rng)
        return points
    points = Points()
    for number, one in enumerate(sizes):
        label = "given shapes" if len(sizes) == 1 else f"given shapes {number}"
        _one(points, subject, label, one, rng)
    return points


def _one(points: Points, subject: Subject, label: str, sizes: Sizes, rng: Any) -> None:
    args = (subject.layout, subject.domains, subject.hypers)
    for name, spread, into in (
        (label, PLAIN, points.smooth),
        (label, PLAIN, points.smooth),
        ("tails", plan.TAILS, points.smooth),
        *((name, spread, points.scaled) for name, spread in plan.SCALED.items()),
    ):
        found = domains.point(*args, name, sizes, rng=rng, spread=spread)
        if isinstance(found, Point):
            into.append(found)
        else:
            points.missing.append(f"{name}: {found}")


def _subject(functions: Functions, found: Subject, order: tuple[str, ...], point: Point) -> Own:
    tree = found.tree
    constants = frozenset(line.name for line in tree.arrays if line.role == "const")
    bare = Convention(order, constants, (), False, functions.files, {}, {})
    outputs = [line.name for line in tree.outputs]
    convention = conventional(functions, bare, [in_floats(point.arrays)], outputs, declared(tree))
    kept = {field.name: getattr(found, field.name) for field in fields(found)}
    return Own(**{**kept, "ordinary": functions.module}, convention=convention)


def _probe(case: Case) -> None:
    """See the smooth points through the interpreter, and look for branches not yet taken."""
    session, subject, points = case.session, case.subject, case.points
    arithmetic = reals(80)

    def see(point: Point) -> Probe:
        return look(subject.tree, point, arithmetic, subject.hypers, session.watch)

    case.probes += [see(point) for point in points.smooth]
    known = len(points.smooth)
    plan.take_all_branches(points, subject, session.watch, see, session.rng)
    case.probes += [see(point) for point in points.smooth[known:]]
    for probe in case.probes:
        session.touched |= vacuity.touched(probe)
        here = set(probe.unreached)
        session.unreached = here if session.unreached is None else session.unreached & here


def _leave_out(case: Case) -> None:
    """Leave out the points for which forward itself raises: it need not take every shape."""
    refused = dict(_refused(case, (*case.points.smooth, *case.points.empty, *case.points.ties)))
    for told in dict.fromkeys(refused.values()):
        case.notes.append(f"not looked at: {told}")
    case.skipped = sum(id(p) in refused for p in case.points.smooth)
    case.probes = [p for p in case.probes if id(p.point) not in refused]
    for points in (case.points.smooth, case.points.empty, case.points.ties):
        points[:] = [p for p in points if id(p) not in refused]


def _refused(case: Case, points: Sequence[Point]) -> Iterator[tuple[int, str]]:
    for point in points:
        try:
            with np.errstate(all="ignore"):
                case.subject.forward(case.functions.module, in_floats(point.arrays))
        except KernelFailed as failed:
            sizes = ", ".join(f"{name} = {size}" for name, size in point.sizes.items())
            yield id(point), f"{sizes}: {failed}"
