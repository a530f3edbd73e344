"""Reductions over the windows of an array, one strided slice for each offset in the window.

    y[n,u] = max[p](x[n, s*u + p])      for p in range(P):
                                            np.maximum(y, x[:, p : p + s*U : s], out=y)

Only offsets are looped over. An index is an offset beside a position if its extent is a number,
or if the extent of the position is computed from it; see ``offsets``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.expr import Expr, Node, Read, Reduce, free_indices, reads
from derive.extent import expanded, extent_of, same_extent
from derive.index import Exact, Floor, Index, IndexExpr, Size, as_expr, number
from derive.lower.align import expanded as aligned
from derive.lower.align import mapped
from derive.lower.arithmetic import real
from derive.lower.context import Builder, Order
from derive.lower.grid import is_affine, variables
from derive.lower.mask import masked
from derive.lower.plan import (
    INT,
    REAL,
    WHOLE,
    Assign,
    At,
    Filled,
    For,
    Integer,
    Literal,
    Map,
    Named,
    Slice,
    Stmt,
    Stored,
    Update,
    Value,
)
from derive.lower.positions import fits_a_byte
from derive.program import Program

NEUTRAL: dict[str, Literal | Named] = {
    "sum": Literal(Fraction(0)),
    "prod": Literal(Fraction(1)),
    "max": Named("-inf"),
    "min": Named("inf"),
    "argmax": Named("-inf"),
    "argmin": Named("inf"),
    "logsumexp": Named("-inf"),
}
_STEP = {"sum": "+=", "prod": "*=", "max": "maximum", "min": "minimum"}


# ---- which indices are offsets ----------------------------------------------------------------


def joint(node: Node, builder: Builder) -> list[tuple[Read, int]]:
    """The reads, and their axes, whose place depends on more than one index."""
    return [
        (read, axis)
        for read in reads(node)
        for axis, expr in enumerate(read.indices)
        if len(variables(expr, builder)) > 1
    ]


def offsets(node: Node, bound: Sequence[Index], builder: Builder) -> tuple[Index, ...]:
    """Those of ``bound`` that are offsets in a window, beside an index that is a position."""
    found: dict[Index, None] = {}
    for read, axis in joint(node, builder):
        place = read.indices[axis]
        if isinstance(place.atom, Exact):
            place = place.atom.numerator
        if not is_affine(place, builder):
            continue
        both = variables(place, builder)
        here = [i for i in both if _is_offset(i, both, read, axis, builder)]
        if not here:
            here = _of_parameters(both, builder.program)
        if len(here) == len(both):
            here = _shortest(both, builder.program)
        found.update((i, None) for i in here)
    return tuple(i for i in bound if i in found)


def _of_parameters(indices: Sequence[Index], program: Program) -> list[Index]:
    """The indices that run over an axis of a parameter, where not all of them do."""
    own = {axis for array in program.arrays if array.role == "param" for axis in array.axes}
    found = [i for i in indices if i.name in own]
    return found if len(found) < len(indices) else []


def _shortest(indices: Sequence[Index], program: Program) -> list[Index]:
    """The index with the smallest extent, if extents are numbers and one is the smallest."""
    sizes = [(extent_of(program, i.name).constant, i) for i in indices]
    known = sorted((size for size, _ in sizes if size is not None))
    if len(known) < len(sizes) or known[0] == known[1]:
        return []
    return [i for size, i in sizes if size == known[0]]


def _is_offset(
    index: Index, both: Sequence[Index], read: Read, axis: int, builder: Builder
) -> bool:
    program = builder.program
    others = [i for i in both if i != index]
    extent = expanded(program, builder.context.extents(read.array)[axis])
    if extent == extent_of(program, index.name):
        return False
    if extent_of(program, index.name).constant is not None:
        return True
    if any(_mentions(program, other, index, extent) for other in others):
        return True
    if any(extent == extent_of(program, other.name) for other in others):
        return True
    return _shrinks(extent, index.name, program)


def _mentions(program: Program, other: Index, index: Index, axis: IndexExpr) -> bool:
    """Whether the extent of ``other`` is computed from those of ``index`` and of the axis."""
    own = extent_of(program, index.name)
    inside = list(extent_of(program, other.name).atoms())
    return (
        not same_extent(program, other.name, index.name)
        and own.atom in inside
        and any(atom in inside for atom in axis.atoms() if isinstance(atom, Size))
    )


def _shrinks(extent: IndexExpr, name: str, program: Program) -> bool:
    """Whether ``extent`` gets smaller as the index ``name`` gets longer."""
    size = extent_of(program, name).atom
    for coefficient, monomial in extent.terms:
        for atom in monomial:
            if atom == size and coefficient < 0:
                return True
            if isinstance(atom, (Floor, Exact)) and _shrinks(atom.numerator, name, program):
                return coefficient > 0
    return False


def free_offsets(node: Reduce, order: Order, builder: Builder) -> tuple[Index, ...]:
    """The offsets that ``node`` is computed for one by one."""
    free = [i for i in free_indices(node) if i not in builder.scalars]
    found = offsets(node.body, free, builder)
    return tuple(i for i in order if i in found)


# ---- loops over offsets -----------------------------------------------------------------------


def looped(node: Reduce, over: tuple[Index, ...], order: Order, builder: Builder) -> Value:
    """``node`` with a loop over the offsets ``over``, and the rest reduced in the body."""
    if node.op in ("argmax", "argmin"):
        return _first_extreme(node, order, builder)
    axes = _result_axes(node, order, builder)
    result = _filled(f"{builder.owner}_{node.op}", NEUTRAL[node.op], axes, REAL, builder)
    inner = builder.child(over)
    rest = tuple(i for i in node.indices if i not in over)
    body: Expr = Reduce(node.op, rest, node.body, node.where) if rest else node.body
    value = (
        inner.lower(body, order)
        if rest or node.where is None
        else masked(body, node.where, NEUTRAL[node.op], order, inner)
    )
    update = Update(result, _STEP[node.op], aligned(real(value), axes))
    builder.statements.append(nest(over, (*inner.statements, update)))
    return result


def looped_outside(
    node: Reduce, over: tuple[Index, ...], order: Order, builder: Builder
) -> Value:
    """``node`` for one of its free offsets after the other."""
    axes = _result_axes(node, order, builder)
    result = _filled(f"{builder.owner}_{node.op}", Literal(Fraction(0)), axes, REAL, builder)
    inner = builder.child(over)
    left = tuple(i for i in axes if i not in over)
    value = real(inner.lower(node, tuple(i for i in order if i not in over)))
    parts = tuple(At(as_expr(i)) if i in over else WHOLE for i in axes)
    update = Update(Slice(result, parts, left), "=", aligned(value, left))
    builder.statements.append(nest(over, (*inner.statements, update)))
    return result


def nest(over: Sequence[Index], body: Sequence[Stmt]) -> Stmt:
    """Loops over ``over``, the first outermost."""
    found = tuple(body)
    for index in reversed(over):
        found = (For(index, found),)
    return found[0]


def _result_axes(node: Reduce, order: Order, builder: Builder) -> tuple[Index, ...]:
    free = [i for i in free_indices(node) if i not in builder.scalars]
    return tuple(i for i in order if i in free)


def _filled(  # noqa: PLR0913, PLR0917  what a new array is
    stem: str,
    value: Literal | Named,
    axes: tuple[Index, ...],
    kind: str,
    builder: Builder,
    small: bool = False,
) -> Stored:
    shape = tuple(as_expr(Size(i.name)) for i in axes)
    name = builder.claim(stem)
    filled = Filled(shape, value, axes, kind, small)
    builder.statements.append(Assign(name, filled, temporary=True))
    return Stored(name, axes, kind, temporary=True)


def position(indices: Sequence[Index]) -> IndexExpr:
    """The row-major position of an element among those of ``indices``."""
    place = number(0)
    for index in indices:
        place = place * as_expr(Size(index.name)) + as_expr(index)
    return place


def _first_extreme(node: Reduce, order: Order, builder: Builder) -> Value:
    """The position of the first extreme member: a later one has to be better."""
    axes = _result_axes(node, order, builder)
    least = node.op == "argmin"
    best = _filled(f"{builder.owner}_best", NEUTRAL[node.op], axes, REAL, builder)
    small = _is_small(node, builder)
    place = _filled(f"{builder.owner}_place", Literal(Fraction(0)), axes, INT, builder, small)
    inner = builder.child(node.indices)
    value = (
        inner.lower(node.body, order)
        if node.where is None
        else masked(node.body, node.where, NEUTRAL[node.op], order, inner)
    )
    value = inner.temporary(f"{builder.owner}_here", real(value))
    better = mapped("<" if least else ">", (value, best), order)
    # positions grow from one offset to the next, so the last that was better is the largest
    offset: Value = Integer(position(node.indices))
    if small:
        offset = Map("int8", (offset,), ())
    here = mapped("*", (better, offset), order)
    step = Update(place, "maximum", here)
    keep = Update(best, "minimum" if least else "maximum", aligned(value, axes))
    builder.statements.append(nest(node.indices, (*inner.statements, step, keep)))
    return place


def _is_small(node: Reduce, builder: Builder) -> bool:
    """Whether the positions are a whole array of the program that can be kept in bytes."""
    whole = builder.program.definition(builder.owner)
    alone = whole is not None and whole.expr == node and not builder.context.loops
    return alone and fits_a_byte(builder.owner, node.indices, builder.program)
