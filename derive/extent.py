"""Extents compared: two indices run over the same numbers if their extents expand alike."""

from __future__ import annotations

from collections.abc import Mapping

from derive.index import IndexExpr, Size, as_expr, parts
from derive.program import Program

# A row of the extents may mention other rows; a chain longer than this is a cycle.
LONGEST_CHAIN = 64


def expanded(program: Program, expr: IndexExpr) -> IndexExpr:
    """``expr`` with every size replaced until only sizes of roots are left."""
    if not any(isinstance(a, Size) or parts(a) for _, m in expr.terms for a in m):
        return expr
    rows = _rows(program)
    for _ in range(LONGEST_CHAIN):
        changed = _through(rows, expr)
        if changed == expr:
            return expr
        expr = changed
    return expr


def _rows(program: Program) -> dict[str, IndexExpr]:
    """Extents, and roots that agree with something else as that."""
    rows = dict(program.extents)
    for one, other in program.agreements:
        left, right = (_through(rows, side) for side in (one, other))
        for side, value in ((right, left), (left, right)):
            atom = side.atom
            if isinstance(atom, Size) and atom.name not in rows and atom not in value.atoms():
                rows[atom.name] = value
                break
    return rows


def _through(rows: Mapping[str, IndexExpr], expr: IndexExpr) -> IndexExpr:
    return expr.rewrite(lambda atom: rows.get(atom.name) if isinstance(atom, Size) else None)


def extent_of(program: Program, name: str) -> IndexExpr:
    """The extent of the index called ``name``, over sizes of roots."""
    return expanded(program, as_expr(Size(name)))


def same_extent(program: Program, left: str, right: str) -> bool:
    """Whether two index names are known to run over the same numbers."""
    return left == right or extent_of(program, left) == extent_of(program, right)


def runs_over(program: Program, expr: IndexExpr, name: str) -> bool:
    """Whether ``expr`` surely lies in the range of the index called ``name``."""
    index = expr.index
    if index is not None:
        return same_extent(program, index.name, name)
    # a reversal, size(t) - 1 - t, stays inside as well
    mirrored = expanded(program, as_expr(Size(name)) - 1 - expr).index
    return mirrored is not None and same_extent(program, mirrored.name, name)
