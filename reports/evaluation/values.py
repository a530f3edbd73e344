"""The values of all arrays of a derivation at one point, and of expressions over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import cast

import numpy as np

from derive.expr import Call, Compare, Expr, IndexValue, Iverson, Node, reads, transform
from derive.index import Exact, Index, IndexExpr
from derive.mutate import Scene
from derive.program import Equation, Pad, Program
from numeric.check.point import Array
from numeric.check.positions import Grid, Places
from numeric.check.vectorised import Numbers, Run
from numeric.check.whatif import WhatIf, inputs
from numeric.interpret import floats
from reports.equations import Derived
from reports.evaluation.point import Point

Rows = Sequence[tuple[str, IndexExpr]]


class Values:
    """All arrays of one derivation: forward, backward, and those that were put into others.

    Args:
        found: the derivation.
        point: the data.

    Attributes:
        known: the arrays by name; the start of a recurrence by its left side.
    """

    def __init__(self, found: Derived, point: Point) -> None:
        self._whole = whole(found)
        scene = Scene.of(found.program, found.joint, next(iter(found.joint.outputs), "d")[1:])
        scene = replace(scene, whole=self._whole)
        given = inputs(scene, found.program, point.arrays, point.cotangents)
        self._what = WhatIf(scene, given, point.hypers, Numbers.of(floats()))
        self.known: Mapping[str, Array] = self._what.known

    def of(self, expr: Expr, free: Sequence[Index], rows: Rows = ()) -> Array:
        """What an expression is at every place of its free indices.

        Args:
            expr: a side of a line; it may hold deltas.
            free: the indices of the left side.
            rows: extents of indices that only this line has.
        """
        what = self._what
        program = replace(
            self._whole, extents=tuple({**dict(self._whole.extents), **dict(rows)}.items())
        )
        grid = Grid(program, what.roots, what.hypers, what.labels)
        plain = cast(Expr, transform(expr, _without_delta))
        run = what.compiler.changed(program, grid, ()).value(plain, Places.of(free))
        with np.errstate(all="ignore"):
            return np.broadcast_to(run(self.known), grid.shape(i.name for i in free))

    def key(self, array: str, indices: Sequence[IndexExpr]) -> str:
        """By what name ``known`` has the elements of an array at such indices."""
        for name, equation in self._what.equations.items():
            if equation.name == array and _alike(equation.indices, indices):
                return name
        return array

    def equation(self, key: str) -> Equation:
        """The equation that defines the elements known by ``key``."""
        return self._what.equations[key]

    def run(self, key: str) -> Run:
        """What computes the elements known by ``key`` from all others."""
        return self._what.runs[key]


def whole(found: Derived) -> Program:
    """The joint program with the cotangents that were put into others in the end.

    Lines of a derivation may read more off the grid than the equations that are left; that is
    next to a cotangent which is zero there.
    """
    written = {equation.name for equation in found.joint.equations}
    last = {step.equation: step for step in found.steps if step.equation not in written}
    extents = [row for step in last.values() for row in step.extents]
    arrays = {array.name for array in found.joint.arrays}
    equations = _closed((*found.joint.equations, *(s.result for s in last.values())), arrays)
    names = dict.fromkeys((*(a.name for a in found.joint.arrays), *(e.name for e in equations)))
    padded = {pad.array for pad in found.joint.pads}
    return replace(
        found.joint,
        equations=equations,
        extents=tuple({**dict(extents), **dict(found.joint.extents)}.items()),
        pads=(*found.joint.pads, *(Pad(name) for name in names if name not in padded)),
    )


def _closed(equations: tuple[Equation, ...], given: AbstractSet[str]) -> tuple[Equation, ...]:
    """The equations that read nothing but each other and what is given."""
    while True:
        known = given | {equation.name for equation in equations}
        kept = tuple(e for e in equations if all(r.array in known for r in reads(e.expr)))
        if len(kept) == len(equations):
            return kept
        equations = kept


def _alike(pattern: Sequence[IndexExpr], indices: Sequence[IndexExpr]) -> bool:
    """Whether constants stand in the same places."""
    pairs = zip(pattern, indices, strict=True)
    return all(bool(a.indices()) == bool(b.indices()) and (a.indices() or a == b) for a, b in pairs)


def _without_delta(node: Node) -> Node:
    if not isinstance(node, Call) or node.name != "δ":
        return node
    left, right = node.args[:2]
    while isinstance(left, IndexValue) and isinstance(left.expr.atom, Exact):
        # a quotient that is not whole equals nothing
        quotient = left.expr.atom
        assert isinstance(right, IndexValue), "a delta is of two index expressions"
        left = IndexValue(quotient.numerator)
        right = IndexValue(quotient.denominator * right.expr)
    return Iverson(Compare("==", left, right))
