"""Binding: fresh binders inside passes, readable names when a pass is done.

Inside a pass every binder carries its own tag, so an expression can be moved under another
sum without capture. ``settle`` gives display names back: the plain name where it is free, else
the name with a number, which then gets a row in the program's extents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import cast

from derive.expr import (
    Expr,
    Node,
    Reduce,
    children,
    free_indices,
    map_index_exprs,
    own_index_exprs,
    rebuild,
    walk,
)
from derive.extent import extent_of
from derive.index import Index, IndexExpr, Size, as_expr
from derive.program import Equation, Program


class Fresh:
    """A supply of indices that nothing else uses; lives as long as one pass."""

    def __init__(self) -> None:
        self._tags = count(1)

    def index(self, name: str) -> Index:
        """A new index with the extent of ``name``."""
        return Index(name, next(self._tags))

    def binders(self, node: Node) -> Node:
        """``node`` with every index that it binds renamed to a fresh one."""
        # earlier passes have left tags, and a fresh one must not be among them
        bound = (i.tag for n in walk(node) if isinstance(n, Reduce) for i in n.indices)
        taken = max((*bound, *(i.tag for i in free_indices(node))), default=0)
        self._tags = count(max(next(self._tags), taken + 1))
        return self._binders(node)

    def _binders(self, node: Node) -> Node:
        if not isinstance(node, Reduce):
            parts = children(node)
            renamed = tuple(self._binders(part) for part in parts)
            return node if renamed == parts else rebuild(node, renamed)
        names = {index: as_expr(self.index(index.name)) for index in node.indices}
        inner = (self._binders(substitute(part, names)) for part in children(node))
        indices = tuple(cast(Index, names[i].index) for i in node.indices)
        return rebuild(replace(node, indices=indices), tuple(inner))


def substitute(node: Node, values: Mapping[Index, IndexExpr]) -> Node:
    """Replace free indices; the binders inside must not bind anything that ``values`` mentions."""
    if not values or not any(i in values for i in free_indices(node)):
        return node
    return map_index_exprs(node, lambda expr: expr.substitute(values))


def in_expr(expr: Expr, values: Mapping[Index, IndexExpr]) -> Expr:
    """``substitute`` for an expression."""
    return cast(Expr, substitute(expr, values))


# ---- display names ----------------------------------------------------------------------------


def settle(program: Program, reserved: Iterable[str] = ()) -> Program:
    """Give every index a display name, and extents to the names that are new.

    The ``reserved`` names are for the indices that have them already.
    """
    names = _Names(program, frozenset(reserved))
    equations = tuple(names.equation(e) for e in program.equations)
    assumptions = tuple(
        replace(a, left=names.expr(a.left), right=names.expr(a.right))
        for a in program.assumptions
    )
    extents = dict(program.extents)
    extents.update({name: as_expr(Size(base)) for name, base in names.added.items()})
    return replace(
        program, equations=equations, assumptions=assumptions, extents=tuple(extents.items())
    )


class _Names:
    def __init__(self, program: Program, reserved: frozenset[str]) -> None:
        self.program = program
        self.taken = set(names_in(program))
        self.added: dict[str, str] = {}
        # Names that already run over the same numbers come before new ones: k for a second i.
        self.alike: dict[IndexExpr, tuple[str, ...]] = {}
        for name in (n for n in index_names(program) if n not in reserved):
            extent = extent_of(program, name)
            self.alike[extent] = (*self.alike.get(extent, ()), name)

    def equation(self, equation: Equation) -> Equation:
        used: set[str] = set()
        values: dict[Index, IndexExpr] = {}
        for index in equation.free:
            display = self._display(index, used)
            used.add(display)
            values[index] = as_expr(Index(display))
        indices = tuple(e.substitute(values) for e in equation.indices)
        # Rename the left side and the binders in one sweep: a binder may still carry a name
        # that the left side is about to take.
        expr = self._renamed(equation.expr, values, frozenset(used))
        return Equation(equation.name, indices, cast(Expr, expr))

    def expr(self, expr: Expr) -> Expr:
        scope = frozenset(index.name for index in free_indices(expr))
        return cast(Expr, self._renamed(expr, {}, scope))

    def _renamed(
        self, node: Node, values: Mapping[Index, IndexExpr], scope: frozenset[str]
    ) -> Node:
        if isinstance(node, Reduce):
            inner = dict(values)
            display: list[Index] = []
            for index in node.indices:
                name = self._display(index, scope | {i.name for i in display})
                display.append(Index(name))
                inner[index] = as_expr(Index(name))
            bound = scope | {i.name for i in display}
            parts = tuple(self._renamed(part, inner, bound) for part in children(node))
            return rebuild(replace(node, indices=tuple(display)), parts)
        parts = children(node)
        if parts:
            return rebuild(node, tuple(self._renamed(part, values, scope) for part in parts))
        return map_index_exprs(node, lambda expr: expr.substitute(values))

    def _display(self, index: Index, used: Iterable[str]) -> str:
        scope = set(used)
        if index.name not in scope:
            return index.name
        extent = extent_of(self.program, index.name)
        for name in self.alike.get(extent, ()):
            if name not in scope:
                return name
        name = next(n for n in numbered(re.sub(r"\d+$", "", index.name)) if n not in self.taken)
        self.taken.add(name)
        self.alike[extent] = (*self.alike.get(extent, ()), name)
        self.added[name] = index.name
        return name


def index_names(program: Program) -> tuple[str, ...]:
    """The names of indices that have an extent: axes of given arrays, then rows of extents."""
    axes = (axis for array in program.arrays for axis in array.axes)
    return tuple(dict.fromkeys((*axes, *(name for name, _ in program.extents))))


def numbered(base: str) -> Iterator[str]:
    """``base2``, ``base3``, ..."""
    return (f"{base}{number}" for number in count(2))


def names_in(program: Program) -> frozenset[str]:
    """Every name of an array, an index or a hyperparameter."""
    names = {name for name, _ in program.extents}
    names.update(h.name for h in program.hypers)
    for array in program.arrays:
        names.update((array.name, *array.axes))
    for equation in program.equations:
        names.add(equation.name)
        names.update(i.name for i in equation.free)
        names.update(
            i.name for n in walk(equation.expr) if isinstance(n, Reduce) for i in n.indices
        )
    return frozenset(names)


def rename_left(equation: Equation, fresh: Fresh) -> tuple[Equation, dict[Index, IndexExpr]]:
    """``equation`` with fresh free indices and fresh binders, and the renaming that was used."""
    values = {index: as_expr(fresh.index(index.name)) for index in equation.free}
    indices = tuple(e.substitute(values) for e in equation.indices)
    body = in_expr(cast(Expr, fresh.binders(equation.expr)), values)
    return Equation(equation.name, indices, body), values


def without_unused_rows(program: Program) -> Program:
    """``program`` without extents of indices that nothing mentions any more."""
    rows = dict(program.extents)
    pending = [name for array in program.arrays for name in array.axes]
    exprs = [e.expr for e in program.equations]
    exprs += [side for a in program.assumptions for side in (a.left, a.right)]
    for equation in program.equations:
        pending += [name for e in equation.indices for name in _index_names(e)]
    for node in (n for expr in exprs for n in walk(expr)):
        if isinstance(node, Reduce):
            pending += [i.name for i in node.indices]
        pending += [name for e in own_index_exprs(node) for name in _index_names(e)]
    used: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in used:
            used.add(name)
            pending += _index_names(rows[name]) if name in rows else []
    return replace(program, extents=tuple(row for row in program.extents if row[0] in used))


def _index_names(expr: IndexExpr) -> list[str]:
    return [a.name for a in expr.atoms() if isinstance(a, (Index, Size))]
