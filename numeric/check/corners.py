"""Whether all reads stay on their grid, told from the corners of the loops around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from derive.errors import DeriveError, Span
from derive.syntax import (
    Chain,
    Element,
    Expr,
    Name,
    Negation,
    Node,
    Number,
    Size,
    Tree,
    children,
)
from numeric.interpret.extents import Extents
from numeric.interpret.positions import position
from numeric.interpret.scope import Scope

_NOWHERE = Span(1, 1)


def inside(tree: Tree, extents: Extents, integers: Mapping[str, int]) -> bool:
    """Whether every read is on its grid for certain; false where that is not plain to see.

    An index that is a sum of multiples of loop variables is least and largest at corners.
    """
    labels = {a.name for a in tree.arrays if a.integer}
    pads = {pad.array for pad in tree.pads}
    axes: dict[str, tuple[Expr, ...]] = {line.name: line.indices for line in tree.equations}
    axes.update({line.name: line.indices for line in tree.arrays})
    try:
        before = _before(tree, extents)
        return all(
            is_linear(index, integers)
            and all(
                0 <= place < size or place in before.get((read.array, axis), ())
                for place in _corners(index, extents, integers)
            )
            for equation in tree.equations
            for read in _reads(equation.expr)
            if read.array not in pads
            for axis, (index, own) in enumerate(zip(read.indices, axes[read.array], strict=True))
            # labels are drawn to fit, and an axis has room for the index that it is named by
            if not (isinstance(index, Element) and index.array in labels)
            and not (isinstance(index, Name) and getattr(own, "name", "") == index.name)
            for size in (extents.shape(read.array, read.span)[axis],)
        )
    except (DeriveError, KeyError, ValueError):
        return False


def _before(tree: Tree, extents: Extents) -> dict[tuple[str, int], set[int]]:
    """The places off the grid that a recurrence starts from, by array and axis."""
    found: dict[tuple[str, int], set[int]] = {}
    for equation in tree.equations:
        for axis, index in enumerate(equation.indices):
            if not isinstance(index, Name):
                place = position(extents, index, Scope())
                found.setdefault((equation.name, axis), set()).update(
                    () if place is None else (place,)
                )
    return found


def _corners(index: Expr, extents: Extents, integers: Mapping[str, int]) -> Iterator[int]:
    """The places that an index stands for where its variables are first or last."""
    names = dict.fromkeys(n for n in _names(index) if n not in integers)
    ends = [(0, extents.size(name, _NOWHERE) - 1) for name in names]
    for corner in product(*ends):
        place = position(extents, index, Scope(dict(zip(names, corner, strict=True))))
        yield -1 if place is None else place


def _reads(node: Node) -> Iterator[Element]:
    if isinstance(node, Element):
        yield node
    for part in children(node):
        yield from _reads(part)


def is_linear(node: Expr, integers: Mapping[str, int]) -> bool:
    """Whether an index is a sum of multiples of loop variables."""
    if isinstance(node, Chain):
        parts = (node.first, *(part for _, part in node.rest))
        operators = {op for op, _ in node.rest}
        moving = sum(any(n not in integers for n in _names(part)) for part in parts)
        plain = operators <= {"+", "-"} or (operators == {"*"} and moving <= 1)
        return plain and all(is_linear(part, integers) for part in parts)
    if isinstance(node, Negation):
        return is_linear(node.operand, integers)
    return isinstance(node, (Name, Number, Size))


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for part in children(node):
        yield from _names(part)
