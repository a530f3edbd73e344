"""Places in an expression, and how to put something else there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from derive.algebra import add, div, mul, power
from derive.canonical import canonical_expr
from derive.expr import (
    Add,
    Compare,
    Div,
    Expr,
    Logic,
    Mul,
    Node,
    Power,
    Read,
    Reduce,
    children,
    rebuild,
)
from derive.index import Index
from derive.text import expr_text


@dataclass(frozen=True, slots=True)
class Site:
    """A node of an expression.

    Attributes:
        node: what stands there.
        put: the whole expression with another node there.
        bound: the indices of the reductions around it.
        parent: the node around it, if there is one.
    """

    node: Node
    put: Callable[[Node], Expr]
    bound: tuple[Index, ...] = ()
    parent: Node | None = None


def sites(expr: Expr) -> Iterator[Site]:
    """Every node of ``expr``, itself first, in written order."""
    return _inside(Site(expr, lambda node: cast(Expr, node)))


def _inside(site: Site) -> Iterator[Site]:
    yield site
    node, parts = site.node, children(site.node)
    bound = (*site.bound, *node.indices) if isinstance(node, Reduce) else site.bound

    def putter(position: int) -> Callable[[Node], Expr]:
        def put(new: Node) -> Expr:
            return site.put(_rebuilt(node, (*parts[:position], new, *parts[position + 1 :])))

        return put

    for position, part in enumerate(parts):
        yield from _inside(Site(part, putter(position), bound, node))


def _rebuilt(node: Node, parts: tuple[Node, ...]) -> Node:
    """``node`` with other parts; arithmetic is flattened and folded as it is when derived."""
    inner = cast("tuple[Expr, ...]", parts)
    match node:
        case Add():
            return add(*inner)
        case Mul():
            return mul(*inner)
        case Div():
            return div(*inner)
        case Power():
            return power(*inner)
    return rebuild(node, parts)


def rows(expr: Expr) -> Iterator[Site]:
    """The products of ``expr``, those of one factor included: what is no factor itself."""
    for site in sites(expr):
        is_value = not isinstance(site.node, (Compare, Logic))
        if is_value and not isinstance(site.parent, (Mul, Div, Power, Compare)):
            yield site


def terms_of(expr: Expr) -> tuple[Expr, ...]:
    """The terms of a sum; a single one of anything else."""
    return expr.terms if isinstance(expr, Add) else (expr,)


def read_sites(expr: Expr) -> Iterator[tuple[Site, Read]]:
    """Every read of ``expr``."""
    for site in sites(expr):
        if isinstance(site.node, Read):
            yield site, site.node


def text(node: Expr) -> str:
    """An expression as it is read back."""
    return expr_text(canonical_expr(node))
