"""The forward program as it is differentiated and emitted: same values, every part with a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from derive.expr import Expr, Node, Read, map_index_exprs, transform
from derive.index import Atom, IndexExpr, Label, as_expr
from derive.naming import name_intermediates
from derive.program import Program
from derive.scope import Fresh, in_expr, numbered, rename_left, settle
from derive.stable import stabilise


def prepare(program: Program) -> Program:
    """Rewrite into stable forms and name intermediates.

    Outputs keep their places; one whose name is needed for a cotangent (``dx`` beside an input
    ``x``) is called ``dx_first`` inside.
    """
    program = replace(program, claims=())
    for step in PREPARATION:
        program = step(program)
    return program


def freshen(program: Program) -> Program:
    """Give every binder a tag of its own, so that later steps may move expressions."""
    fresh = Fresh()
    equations = []
    for equation in program.equations:
        renamed, values = rename_left(equation, fresh)
        back = {e.index: as_expr(i) for i, e in values.items() if e.index is not None}
        equations.append(replace(equation, expr=in_expr(renamed.expr, back)))
    return program.with_equations(tuple(equations))


def make_room(program: Program) -> Program:
    """Rename computed arrays that stand where the cotangent of a given array must stand."""
    wanted = {f"d{array.name}" for array in program.arrays if array.differentiable}
    taken = {e.name for e in program.equations} | {a.name for a in program.arrays}
    names: dict[str, str] = {}
    for equation in program.equations:
        if equation.name in wanted and equation.name not in names:
            stem = f"{equation.name[:24]}_first"
            new = stem if stem not in taken else next(n for n in numbered(stem) if n not in taken)
            names[equation.name] = new
            taken.add(new)
    return renamed_arrays(program, names) if names else program


def renamed_arrays(program: Program, names: Mapping[str, str]) -> Program:
    """``program`` with computed arrays called otherwise."""

    def in_index(expr: IndexExpr) -> IndexExpr:
        def rule(atom: Atom) -> IndexExpr | None:
            if isinstance(atom, Label) and atom.array in names:
                return as_expr(Label(names[atom.array], atom.indices))
            return None

        return expr.rewrite(rule)

    def rule(node: Node) -> Node:
        return Read(names.get(node.array, node.array), node.indices) if isinstance(
            node, Read
        ) else node

    equations = tuple(
        replace(
            e,
            name=names.get(e.name, e.name),
            expr=cast(Expr, transform(map_index_exprs(e.expr, in_index), rule)),
        )
        for e in program.equations
    )
    return replace(
        program,
        equations=equations,
        outputs=tuple(names.get(o, o) for o in program.outputs),
        pads=tuple(replace(p, array=names.get(p.array, p.array)) for p in program.pads),
    )


# In this order: names are settled once, at the end; stable forms come before naming because
# they change which parts there are to name.
PREPARATION: tuple[Callable[[Program], Program], ...] = (
    make_room,
    freshen,
    stabilise,
    name_intermediates,
    settle,
)
