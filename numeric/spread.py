"""Equations written on other axes: names changed, one axis spread over several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import mul
from typing import cast

from derive.expr import Expr, IndexValue, Node, Read, Reduce, transform, walk
from derive.index import Atom, Index, IndexExpr, Label, Size, as_expr
from derive.program import Array, Assumption, Equation, Program

_MARK = "'"  # no name has it


@dataclass(frozen=True, slots=True)
class Spread:
    """What becomes of names.

    Attributes:
        array: the new name of an array.
        index: the new names of an index; several, where one axis becomes several.
    """

    array: Callable[[str], str]
    index: Callable[[str], tuple[str, ...]]

    def program(self, program: Program) -> Program:
        """A program with other names, on other axes."""
        rows = [
            (name, row)
            for own, extent in program.extents
            for name, row in zip(self.index(own), self.extents(extent, len(self.index(own))),
                                 strict=True)
        ]  # fmt: skip
        return replace(
            program,
            arrays=tuple(map(self.declared, program.arrays)),
            equations=tuple(map(self.equation, program.equations)),
            outputs=tuple(map(self.array, program.outputs)),
            extents=tuple(rows),
            pads=tuple(replace(pad, array=self.array(pad.array)) for pad in program.pads),
            assumptions=tuple(
                Assumption(self.node(a.left), self.node(a.right)) for a in program.assumptions
            ),
            agreements=tuple((self.expr(a), self.expr(b)) for a, b in program.agreements),
            steps=(),
            claims=(),
        )

    def declared(self, array: Array) -> Array:
        """A declared array."""
        axes = tuple(name for axis in array.axes for name in self.index(axis))
        return replace(array, name=self.array(array.name), axes=axes)

    def equation(self, equation: Equation) -> Equation:
        """An equation."""
        indices = self.indices(equation.indices)
        return Equation(self.array(equation.name), indices, self.node(equation.expr))

    def extents(self, extent: IndexExpr, count: int) -> tuple[IndexExpr, ...]:
        """The extents of what one index of that extent becomes."""
        atom = extent.atom
        if count > 1 and isinstance(atom, Size):
            return tuple(as_expr(Size(name)) for name in self.index(atom.name))
        return (self.expr(extent),) * count

    def indices(self, indices: tuple[IndexExpr, ...]) -> tuple[IndexExpr, ...]:
        """What stands between the brackets of a read."""
        found: list[IndexExpr] = []
        for expr in indices:
            plain = expr.index
            found += [self.expr(expr)] if plain is None else [
                as_expr(Index(name, plain.tag)) for name in self.index(plain.name)
            ]  # fmt: skip
        return tuple(found)

    def expr(self, expr: IndexExpr) -> IndexExpr:
        """An index expression; what it computes with stays one index."""
        return expr.rewrite(self._atom).rewrite(_unmarked)

    def _atom(self, atom: Atom) -> IndexExpr | None:
        # what stands inside a label comes here before the label: new names are marked
        if isinstance(atom, Size):
            return reduce(mul, (as_expr(Size(_MARK + n)) for n in self.index(atom.name)))
        if isinstance(atom, Label):
            inside = [e for index in atom.indices for e in self._inside(index)]
            return as_expr(Label(self.array(atom.array), tuple(inside)))
        if isinstance(atom, Index):
            names = self.index(atom.name)
            return as_expr(Index(_MARK + names[0], atom.tag)) if len(names) == 1 else None
        return None

    def _inside(self, expr: IndexExpr) -> tuple[IndexExpr, ...]:
        plain = expr.index
        if plain is None or plain.name.startswith(_MARK):
            return (expr,)
        return tuple(as_expr(Index(_MARK + name, plain.tag)) for name in self.index(plain.name))

    def node(self, node: Expr) -> Expr:
        """An expression."""
        return cast(Expr, transform(node, self._node))

    def _node(self, node: Node) -> Node:
        if isinstance(node, Read):
            return Read(self.array(node.array), self.indices(node.indices))
        if isinstance(node, IndexValue):
            return IndexValue(self.expr(node.expr))
        if isinstance(node, Reduce):
            bound = tuple(Index(n, i.tag) for i in node.indices for n in self.index(i.name))
            return replace(node, indices=bound)
        return node


def _unmarked(atom: Atom) -> IndexExpr | None:
    if isinstance(atom, Size):
        return as_expr(Size(atom.name.removeprefix(_MARK)))
    if isinstance(atom, Index):
        return as_expr(Index(atom.name.removeprefix(_MARK), atom.tag))
    return None


def renamed(arrays: Mapping[str, str], indices: Mapping[str, str]) -> Spread:
    """Names changed, axes as they are."""
    return Spread(lambda name: arrays.get(name, name), lambda name: (indices.get(name, name),))


def names_of(program: Program) -> tuple[str, ...]:
    """Every array of a program, declared or computed."""
    computed = (e.name for e in program.equations)
    return tuple(dict.fromkeys([*(a.name for a in program.arrays), *computed]))


def indices_of(program: Program) -> tuple[str, ...]:
    """Every index that stands in a program: axes, free and bound ones, and rows."""
    axes = [axis for name in names_of(program) for axis in program.axes(name)]
    bound = [
        index.name
        for equation in program.equations
        for node in walk(equation.expr)
        if isinstance(node, Reduce)
        for index in node.indices
    ]
    free = [index.name for equation in program.equations for index in equation.free]
    return tuple(dict.fromkeys([*axes, *free, *bound, *(name for name, _ in program.extents)]))
