"""Expressions that are alike but for the arrays they read, and such expressions as one.

    sum[j](W_f[i,j]*x[t,n,j]) and sum[k](W_o[i,k]*x[t,n,k])     alike: (W_f, x) and (W_o, x)

    r[0,n,i] = sigmoid(a[0,n,i]), r[1,n,i] = sigmoid(a[1,n,i])
        ⇒   r[g,n,i] = sigmoid(a[g,n,i]), for both g at once
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from derive.expr import (
    Expr,
    IndexValue,
    Mul,
    Node,
    Read,
    Reduce,
    children,
    map_index_exprs,
    rebuild,
)
from derive.extent import extent_of
from derive.index import Index, IndexExpr, as_expr
from derive.program import Equation, Program

T = TypeVar("T")
ANY = "#"  # stands for an array in a form; no array is called so


@dataclass(frozen=True, slots=True)
class Form:
    """An expression apart from its arrays.

    Attributes:
        key: equal for expressions that differ in nothing else.
        arrays: the arrays that it reads, in written order.
    """

    key: object
    arrays: tuple[str, ...]


def form(program: Program, expr: Expr, free: Sequence[Index] = ()) -> Form:
    """The form of ``expr``; the names of ``free`` indices and of bound ones do not matter."""
    names = {index: Index(f"_{k}") for k, index in enumerate(free)}
    extents = [extent_of(program, index.name) for index in free]
    arrays: list[str] = []

    def visit(node: Node, inside: Mapping[Index, Index]) -> Node:
        if isinstance(node, Reduce):
            inner = dict(inside)
            for index in node.indices:
                extents.append(extent_of(program, index.name))
                inner[index] = Index(f"_{len(extents)}", 1)
            parts = tuple(visit(part, inner) for part in children(node))
            return rebuild(replace(node, indices=tuple(inner[i] for i in node.indices)), parts)
        if isinstance(node, Read):
            arrays.append(node.array)
            values = {old: as_expr(new) for old, new in inside.items()}
            return Read(ANY, tuple(e.substitute(values) for e in node.indices))
        parts = children(node)
        if parts:
            return rebuild(node, tuple(visit(part, inside) for part in parts))
        values = {old: as_expr(new) for old, new in inside.items()}
        return map_index_exprs(node, lambda e: e.substitute(values))

    key = visit(expr, names)
    return Form((key, tuple(extents)), tuple(arrays))


def following(rows: Sequence[tuple[int, T]]) -> Iterator[tuple[T, ...]]:
    """Of things with places, in order, two and more that follow each other without a gap."""
    run: list[tuple[int, T]] = []
    for place, thing in rows:
        if run and place != run[-1][0] + 1:
            yield from _several(run)
            run = []
        run.append((place, thing))
    yield from _several(run)


def _several(run: Sequence[tuple[int, T]]) -> Iterator[tuple[T, ...]]:
    if len(run) > 1:
        yield tuple(thing for _, thing in run)


def contraction(node: Node) -> tuple[Read, Read] | None:
    """The two arrays of a sum of products of just these, or None if ``node`` is no such sum."""
    if not isinstance(node, Reduce) or node.op != "sum" or node.where is not None:
        return None
    body = node.body
    if not isinstance(body, Mul) or len(body.factors) != 2:
        return None
    left, right = body.factors
    return (left, right) if isinstance(left, Read) and isinstance(right, Read) else None


def as_one(equations: Sequence[Equation], index: Index) -> Equation:
    """Equations alike, at places that follow each other, as one over ``index``."""
    first = equations[0]
    names = [
        {own: as_expr(kept) for own, kept in zip(e.free, first.free, strict=True)}
        for e in equations
    ]
    lefts = [
        tuple(expr.substitute(n) for expr in e.indices)
        for e, n in zip(equations, names, strict=True)
    ]
    expr = _as_one([e.expr for e in equations], names, index)
    return Equation(first.name, _places(lefts, index), cast(Expr, expr))


Names = Mapping[Index, IndexExpr]


def _as_one(nodes: Sequence[Node], names: Sequence[Names], index: Index) -> Node:
    first = nodes[0]
    if isinstance(first, Read):
        reads = [cast(Read, node) for node in nodes]
        rows = [
            tuple(e.substitute(n) for e in r.indices)
            for r, n in zip(reads, names, strict=True)
        ]
        return Read(first.array, _places(rows, index))
    if isinstance(first, IndexValue):
        return first
    if isinstance(first, Reduce):
        bound = [zip(cast(Reduce, n).indices, first.indices, strict=True) for n in nodes]
        names = [
            {**outer, **{own: as_expr(kept) for own, kept in pairs}}
            for outer, pairs in zip(names, bound, strict=True)
        ]
    rows_of_parts = zip(*(children(node) for node in nodes), strict=True)
    parts = tuple(_as_one(part, names, index) for part in rows_of_parts)
    return rebuild(first, parts) if parts else first


def _places(rows: Sequence[tuple[IndexExpr, ...]], index: Index) -> tuple[IndexExpr, ...]:
    """The places of all rows: those that differ are ``index`` further on."""
    return tuple(
        column[0] if all(e == column[0] for e in column) else _run(column, index)
        for column in zip(*rows, strict=True)
    )


def _run(column: Sequence[IndexExpr], index: Index) -> IndexExpr:
    steps = [(e - column[0]).constant for e in column]
    assert steps == list(range(len(column))), "only what follows each other is taken together"
    return as_expr(index) + column[0] if column[0].constant != 0 else as_expr(index)
