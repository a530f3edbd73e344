"""Extents of the indices that nothing declares: each takes that of the axis it reads plainly.

    y[n,i] = sum[j](W[i,j]*x[n,j])      j reads the axes j of W and of x

A *binder* is one place that binds an index: a left side, or one reduction. Binders of one
name with different extents are told apart by renaming the later one: k, k2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, cast

from derive.expr import (
    Expr,
    IndexValue,
    Node,
    Read,
    Reduce,
    children,
    free_indices,
    map_index_exprs,
    rebuild,
)
from derive.index import Atom, Index, IndexExpr, Label, Size, as_expr

if TYPE_CHECKING:
    from derive.program import Array, Assumption, Equation

Pair = tuple[IndexExpr, IndexExpr]
Rows = Mapping[str, IndexExpr]
# A row may mention other rows; a chain longer than this does not end.
LONGEST_CHAIN = 64
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Missing:
    """An index without an extent: the place among equations, then assumptions, and its name."""

    place: int
    name: str


@dataclass(frozen=True, slots=True)
class Inferred:
    """What was found.

    Attributes:
        rows: the extents of all indices that are not roots, declared ones too, by name.
        equations: the equations, with binders renamed where one name had two extents.
        assumptions: the same for the assumptions.
        agreements: pairs of extents that the equations take to be equal.
        missing: the binders that read no axis plainly.
    """

    rows: tuple[tuple[str, IndexExpr], ...]
    equations: tuple[Equation, ...]
    assumptions: tuple[Assumption, ...]
    agreements: tuple[Pair, ...]
    missing: tuple[Missing, ...]


def expand(expr: IndexExpr, rows: Rows) -> IndexExpr:
    """``expr`` with every size replaced by its row until only sizes of roots are left."""
    for _ in range(LONGEST_CHAIN if rows else 0):
        changed = expr.rewrite(lambda a: rows.get(a.name) if isinstance(a, Size) else None)
        if changed == expr:
            break
        expr = changed
    return expr


def different(pairs: Iterable[Pair], rows: Rows) -> tuple[Pair, ...]:
    """Those pairs, expanded and each once, that are not the same extent already, by their text."""
    found: dict[frozenset[IndexExpr], Pair] = {}
    for pair in pairs:
        left, right = sorted((expand(end, rows) for end in pair), key=str)
        if left != right:
            found.setdefault(frozenset((left, right)), (left, right))
    return tuple(sorted(found.values(), key=lambda pair: (str(pair[0]), str(pair[1]))))


def infer(
    arrays: tuple[Array, ...],
    equations: tuple[Equation, ...],
    assumptions: tuple[Assumption, ...] = (),
    declared: Rows | None = None,
    taken: Iterable[str] = (),
) -> Inferred:
    """Find the extents of all indices.

    Args:
        arrays: what the caller gives; the axes name the roots.
        equations: definitions and starts, with untagged indices.
        assumptions: facts, whose free indices need extents too.
        declared: the extents that ``index`` lines give.
        taken: other names, which no renamed index may get.
    """
    return _Inference(arrays, equations, assumptions, declared or {}, taken).result()


@dataclass(slots=True)
class _Binder:
    """One binder. ``reads`` are the axes it reads plainly, as (array, position)."""

    place: int
    name: str
    reads: list[tuple[str, int]] = field(default_factory=list)
    extent: IndexExpr | None = None
    others: list[IndexExpr] = field(default_factory=list)


class _Inference:
    def __init__(
        self,
        arrays: tuple[Array, ...],
        equations: tuple[Equation, ...],
        assumptions: tuple[Assumption, ...],
        declared: Rows,
        taken: Iterable[str],
    ) -> None:
        self.equations, self.assumptions, self.declared = equations, assumptions, declared
        self.given = {array.name: array.axes for array in arrays}
        self.known = {axis for array in arrays for axis in array.axes} | set(declared)
        self.used = self.known | set(self.given) | set(taken)
        self.binders: list[_Binder] = []
        self.free: list[dict[str, _Binder]] = []
        self.blocks: list[list[dict[str, _Binder]]] = []
        self.definitions: dict[str, list[_Binder]] = {}

    def result(self) -> Inferred:
        self._gather()
        self._settle()
        self.used |= {b.name for b in self.binders} | set(self.definitions)
        naming, facts = self._names(), len(self.equations)
        return Inferred(
            tuple({**self.declared, **naming.rows}.items()),
            tuple(self._equation(i, e, naming) for i, e in enumerate(self.equations)),
            tuple(self._fact(i, a, naming) for i, a in enumerate(self.assumptions, facts)),
            self._agreements(),
            tuple(Missing(b.place, b.name) for b in self.binders if b.extent is None),
        )

    # ---- binders and what they read -------------------------------------------------------

    def _gather(self) -> None:
        for place, equation in enumerate(self.equations):
            scope = self._block(place, (i.name for i in equation.free))
            self.free.append(scope)
            self.blocks.append([])
            if equation.is_start:
                self._reads(equation.name, equation.indices, scope)
            else:
                self.definitions[equation.name] = list(scope.values())
            self._visit(equation.expr, scope, place)
        for place, fact in enumerate(self.assumptions, len(self.equations)):
            names = (i.name for i in (*free_indices(fact.left), *free_indices(fact.right)))
            scope = self._block(place, dict.fromkeys(names))
            self.free.append(scope)
            self.blocks.append([])
            self._visit(fact.left, scope, place)
            self._visit(fact.right, scope, place)

    def _block(self, place: int, names: Iterable[str]) -> dict[str, _Binder]:
        block = {name: _Binder(place, name) for name in names}
        for name, binder in block.items():
            if name in self.known:
                binder.extent = as_expr(Size(name))
        self.binders.extend(block.values())
        return block

    def _visit(self, node: Node, scope: dict[str, _Binder], place: int) -> None:
        if isinstance(node, Reduce):
            block = self._block(place, (i.name for i in node.indices))
            self.blocks[place].append(block)
            scope = {**scope, **block}
        elif isinstance(node, Read):
            self._reads(node.array, node.indices, scope)
        elif isinstance(node, IndexValue):
            self._labels(node.expr, scope)
        for part in children(node):
            self._visit(part, scope, place)

    def _reads(
        self, array: str, indices: tuple[IndexExpr, ...], scope: dict[str, _Binder]
    ) -> None:
        for position, expr in enumerate(indices):
            self._labels(expr, scope)
            if expr.index is not None and expr.index.name in scope:
                scope[expr.index.name].reads.append((array, position))

    def _labels(self, expr: IndexExpr, scope: dict[str, _Binder]) -> None:
        for atom in expr.atoms():
            if isinstance(atom, Label):
                self._reads(atom.array, atom.indices, scope)

    # ---- extents --------------------------------------------------------------------------

    def _settle(self) -> None:
        waiting = [b for b in self.binders if b.extent is None]
        while waiting:
            for binder in waiting:
                found = (self._axis(array, position) for array, position in binder.reads)
                binder.extent = next((e for e in found if e is not None), None)
            left = [b for b in waiting if b.extent is None]
            if len(left) == len(waiting):
                break
            waiting = left
        for binder in self.binders:
            if binder.name not in self.known:
                axes = (self._axis(array, position) for array, position in binder.reads)
                binder.others = [e for e in axes if e is not None]

    def _axis(self, array: str, position: int) -> IndexExpr | None:
        if array in self.given:
            axes = self.given[array]
            return as_expr(Size(axes[position])) if position < len(axes) else None
        binders = self.definitions.get(array, [])
        return binders[position].extent if position < len(binders) else None

    def _agreements(self) -> tuple[Pair, ...]:
        pairs = [(b.extent, o) for b in self.binders if b.extent is not None for o in b.others]
        for equation in self.equations:
            for position, expr in enumerate(equation.indices if equation.is_start else ()):
                axis = self._axis(equation.name, position)
                if expr.index is not None and axis is not None:
                    pairs.append((as_expr(Size(expr.index.name)), axis))
        return different(pairs, self.declared)

    # ---- names ----------------------------------------------------------------------------

    def _names(self) -> _Naming:
        rows: dict[str, IndexExpr] = {}
        renamed: dict[int, str] = {}
        for binder in self.binders:
            if binder.extent is None or binder.name in self.known:
                continue
            name = self._name(binder, rows)
            rows[name] = binder.extent
            if name != binder.name:
                renamed[id(binder)] = name
        return _Naming(rows, renamed)

    def _name(self, binder: _Binder, rows: dict[str, IndexExpr]) -> str:
        assert binder.extent is not None, "asked only for binders with an extent"
        extent = expand(binder.extent, self.declared)
        for name in _numbered(binder.name):
            taken = rows.get(name)
            if taken is None and (name == binder.name or name not in self.used):
                return name
            if taken is not None and expand(taken, self.declared) == extent:
                return name
        raise AssertionError("the supply of numbered names does not end")

    def _equation(self, place: int, equation: Equation, naming: _Naming) -> Equation:
        if not naming.renamed:
            return equation
        changes = naming.changes(self.free[place])
        indices = tuple(_rename(expr, changes) for expr in equation.indices)
        expr = _renamed(equation.expr, changes, naming, iter(self.blocks[place]))
        return replace(equation, indices=indices, expr=cast(Expr, expr))

    def _fact(self, place: int, fact: Assumption, naming: _Naming) -> Assumption:
        if not naming.renamed:
            return fact
        changes, blocks = naming.changes(self.free[place]), iter(self.blocks[place])
        left = _renamed(fact.left, changes, naming, blocks)
        right = _renamed(fact.right, changes, naming, blocks)
        return replace(fact, left=cast(Expr, left), right=cast(Expr, right))


@dataclass(frozen=True, slots=True)
class _Naming:
    """The rows of inferred names, and the new names of binders, by identity."""

    rows: dict[str, IndexExpr]
    renamed: dict[int, str]

    def changes(self, block: Mapping[str, _Binder]) -> dict[str, str]:
        """Old to new name for those binders of a block that are renamed."""
        return {b.name: self.renamed[id(b)] for b in block.values() if id(b) in self.renamed}


def _renamed(
    node: Node, changes: dict[str, str], naming: _Naming, blocks: Iterator[Mapping[str, _Binder]]
) -> Node:
    """``node`` with new names; ``blocks`` are its reductions' binders in the order of a walk."""
    if isinstance(node, Reduce):
        block = next(blocks)
        changes = {k: v for k, v in changes.items() if k not in block} | naming.changes(block)
        node = replace(
            node, indices=tuple(Index(changes.get(i.name, i.name)) for i in node.indices)
        )
    parts = children(node)
    if not parts:
        return map_index_exprs(node, lambda expr: _rename(expr, changes))
    return rebuild(node, tuple(_renamed(part, changes, naming, blocks) for part in parts))


def _rename(expr: IndexExpr, changes: Mapping[str, str]) -> IndexExpr:
    def rule(atom: Atom) -> IndexExpr | None:
        if isinstance(atom, (Index, Size)) and atom.name in changes:
            new = changes[atom.name]
            return as_expr(Index(new) if isinstance(atom, Index) else Size(new))
        return None

    return expr.rewrite(rule) if changes else expr


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        suffix = str(number)
        yield name[: LONGEST_NAME - len(suffix)] + suffix
