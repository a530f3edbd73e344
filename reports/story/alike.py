"""Derivations that differ in the names of arrays only: one is told, the others follow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from derive.expr import Expr, Node, Read, map_index_exprs, transform
from derive.index import Atom, IndexExpr, Label, as_expr
from derive.program import Step

Shape = tuple[tuple[str, str], ...]


def shape(steps: Sequence[Step]) -> Shape:
    """Give what derivations that are alike have in common."""
    numbers: dict[str, str] = {}

    def token(name: str) -> str:
        return numbers.setdefault(name, f"A{len(numbers)}")

    def atom(found: Atom) -> IndexExpr | None:
        if not isinstance(found, Label):
            return None
        return as_expr(Label(token(found.array), found.indices))

    def node(found: Node) -> Node:
        return Read(token(found.array), found.indices) if isinstance(found, Read) else found

    def anonymous(expr: Expr) -> Expr:
        return cast(Expr, transform(map_index_exprs(expr, lambda e: e.rewrite(atom)), node))

    return tuple(
        (step.rule, f"{step.result.indices}{anonymous(step.result.expr)}") for step in steps
    )
