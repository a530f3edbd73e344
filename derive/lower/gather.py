"""Reads at computed places: index arrays, whatever the index expressions are.

A place that may be off the grid is sent to one extra element at the end of its axis, which
holds the pad value; so no negative place ever wraps around.
"""

from __future__ import annotations

from fractions import Fraction

from derive.expr import Read
from derive.index import Exact, IndexExpr, Label, Mod, as_expr, number
from derive.lower.align import expanded, in_order, mapped, union
from derive.lower.context import Builder, Order
from derive.lower.grid import Overhang, grid, inside, is_affine, variables
from derive.lower.memory import padded
from derive.lower.plan import WHOLE, Gather, Integer, Literal, Part, Stored, Value
from derive.lower.slices import Cut, cut, cut_of, has_numeric_steps


def gathered(source: Stored, node: Read, order: Order, builder: Builder) -> Value:
    """The elements that ``node`` reads, by index arrays."""
    extents = builder.context.extents(node.array)
    doubtful = [_doubtful(node, axis, builder) for axis in range(len(extents))]
    hangs = [Overhang(number(0), number(1 if d else 0)) for d in doubtful]
    array = padded(source, hangs, builder)
    cuts: list[Cut] = []
    places: list[Value | None] = []
    for axis, expr in enumerate(node.indices):
        if doubtful[axis] or not _is_apart(node, axis, builder):
            own = array.axes[axis]
            assert own is not None, "an array has no axes of length one"
            cuts.append(Cut(WHOLE, (own,)))
            places.append(places_of(expr, extents[axis], doubtful[axis], order, builder))
        else:
            found = cut_of(expr, extents[axis], builder)
            cuts.append(found)
            places += [None] * len(found.axes)
    return in_order(_indexed(cut(array, cuts), places, order), order)


def _doubtful(node: Read, axis: int, builder: Builder) -> bool:
    """Whether the read may be off this axis, and something stands there then."""
    expr, extent = node.indices[axis], builder.context.extents(node.array)[axis]
    exact = any(isinstance(a, Exact) for a in expr.atoms())
    if builder.program.pad(node.array) is None and not builder.guarded and not exact:
        return False
    if isinstance(expr.atom, Label):
        return expr.atom.array in builder.doubted  # the others were checked at the call
    return not inside(expr, extent, builder)


def _is_apart(node: Read, axis: int, builder: Builder) -> bool:
    """Whether this axis is a plain slice: its one index, if any, is used by no other axis."""
    expr = node.indices[axis]
    if not is_affine(expr, builder) or not has_numeric_steps(expr, builder):
        return False
    used = variables(expr, builder)
    others = (*node.indices[:axis], *node.indices[axis + 1 :])
    return len(used) < 2 and not any(i in e.indices() for e in others for i in used)


def places_of(
    expr: IndexExpr, extent: IndexExpr, doubtful: bool, order: Order, builder: Builder
) -> Value:
    """The positions; those off the grid become ``extent``."""
    places = grid(expr, order, builder)
    if not doubtful:
        return places
    valid: Value | None = None
    for atom in (a for a in expr.atoms() if isinstance(a, Exact)):
        rest = grid(as_expr(Mod(atom.numerator, atom.denominator)), order, builder)
        valid = _both(valid, mapped("==", (rest, _ZERO), order), order)
    valid = _both(valid, mapped(">=", (places, _ZERO), order), order)
    valid = _both(valid, mapped("<", (places, Integer(extent)), order), order)
    return mapped("where", (valid, places, Integer(extent)), order)


_ZERO = Literal(Fraction(0))


def _both(left: Value | None, right: Value, order: Order) -> Value:
    return right if left is None else mapped("and", (left, right), order)


def _indexed(array: Value, places: list[Value | None], order: Order) -> Value:
    """Index ``array``; None leaves an axis as it is."""
    together = union([p for p in places if p is not None], order)
    parts: tuple[Part | Value, ...] = tuple(
        WHOLE if p is None else expanded(p, together) for p in places
    )
    where = [k for k, p in enumerate(places) if p is not None]
    # index arrays side by side stay where they are, others go to the front
    front = where[0] if where == list(range(where[0], where[-1] + 1)) else 0
    left = [axis for axis, p in zip(array.axes, places, strict=True) if p is None]
    return Gather(array, parts, (*left[:front], *together, *left[front:]))
