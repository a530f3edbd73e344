"""Where the elements of a recurrence are kept: start rows and steps, as plain shifted reads.

    h[t,n,i] = tanh(... h[t-1,n,k] ...), h[-1,n,i] = h0[n,i]
        ⇒   h has size(t) + 1 rows, h[0,n,i] = h0[n,i], h[t+1,n,i] = tanh(... h[t,n,k] ...)

    dh[t,n,i], read nowhere but in the same step
        ⇒   dh[n,i], computed anew at every step

Afterwards a read is a position in memory, and whatever computes it need not know of starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from derive.errors import ProgramRefused
from derive.expr import Expr, Node, Read, reads, transform
from derive.extent import expanded, extent_of, same_extent
from derive.index import Index, IndexExpr, Size, as_expr, number
from derive.lower.schedule import Block, Loop
from derive.program import Equation, Program
from derive.scope import in_expr


@dataclass(frozen=True, slots=True)
class Store:
    """How an array is kept.

    Attributes:
        axes: the index name of each axis.
        before: for each axis the elements kept before the first.
        after: for each axis the elements kept after the last.
        running: axes of which only the current step is kept; the array does not have them.
        host: the array in which it is kept, beside others; empty if in memory of its own.
        member: which of the arrays in ``host`` it is.
        stack: the axis of ``host`` that tells them apart.
    """

    axes: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    running: frozenset[int] = frozenset()
    host: str = ""
    member: int = 0
    stack: int = 0

    @property
    def extents(self) -> tuple[IndexExpr, ...]:
        """The extent of every axis that is kept."""
        return tuple(
            as_expr(Size(name)) + self.before[axis] + self.after[axis]
            for axis, name in enumerate(self.axes)
            if axis not in self.running
        )

    @property
    def extended(self) -> bool:
        """Whether any element beyond the array's own extent is kept."""
        return any(self.before) or any(self.after)

    def place(self, indices: Sequence[IndexExpr]) -> tuple[IndexExpr, ...]:
        """Where the element at ``indices`` is kept."""
        places = [
            expr + self.before[axis]
            for axis, expr in enumerate(indices)
            if axis not in self.running
        ]
        if self.host:
            places.insert(self.stack, number(self.member))
        return tuple(places)


@dataclass(frozen=True, slots=True)
class Placed:
    """An equation over positions in memory, inside the loops over ``running``."""

    equation: Equation
    running: tuple[Index, ...] = ()


Placement = dict[str, Store]


def placement(program: Program, blocks: Sequence[Block], kept: frozenset[str]) -> Placement:
    """Decide how every computed array is kept; all of the arrays ``kept`` are read later."""
    readers = [(e, chain) for e, chain in _with_loops(blocks, ()) if not e.is_start]
    chains = {equation.name: chain for equation, chain in readers}
    found: Placement = {}
    for equation in program.equations:
        if equation.is_start or equation.name not in chains:
            continue
        chain = chains[equation.name]
        before, after = _margins(program, equation, chain, readers)
        running = frozenset[int]()
        if equation.name not in kept and not any(before) and not any(after):
            running = _running(program, equation.name, chains)
        axes = tuple(index.name for index in equation.free)
        found[equation.name] = Store(axes, before, after, running)
    return found


def place(equation: Equation, loops: Sequence[Loop], stores: Mapping[str, Store]) -> Placed:
    """``equation`` with all positions those in memory, and its loop indices named as the loops'."""
    names = {
        equation.free[dict(loop.axes)[equation.name]]: as_expr(loop.index)
        for loop in loops
        if not equation.is_start
    }
    indices = tuple(expr.substitute(names) for expr in equation.indices)
    store = stores.get(equation.name)
    placed = Equation(
        (store.host if store is not None else "") or equation.name,
        store.place(indices) if store is not None else indices,
        cast(Expr, transform(in_expr(equation.expr, names), lambda node: _placed(node, stores))),
    )
    return Placed(placed, () if equation.is_start else tuple(loop.index for loop in loops))


def _placed(node: Node, stores: Mapping[str, Store]) -> Node:
    if not isinstance(node, Read) or node.array not in stores:
        return node
    store = stores[node.array]
    return Read(store.host or node.array, store.place(node.indices))


def _with_loops(
    blocks: Sequence[Block], loops: tuple[Loop, ...]
) -> Iterator[tuple[Equation, tuple[Loop, ...]]]:
    for block in blocks:
        if isinstance(block, Loop):
            yield from _with_loops(block.body, (*loops, block))
        else:
            yield block, loops


def _margins(
    program: Program,
    equation: Equation,
    chain: Sequence[Loop],
    readers: Sequence[tuple[Equation, tuple[Loop, ...]]],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How many elements before and after each axis its starts and the loops that read it need."""
    before, after = [0] * len(equation.indices), [0] * len(equation.indices)
    for start in program.starts(equation.name):
        for axis, expr in enumerate(start.indices):
            if not expr.indices():
                low, high = _outside(program, start, expr, equation.free[axis].name)
                before[axis], after[axis] = max(before[axis], low), max(after[axis], high)
    for reader, loops in readers:
        for read in (r for r in reads(reader.expr) if r.array == equation.name):
            for axis, shift in _shifts(program, equation, read, reader, loops, chain):
                before[axis] = max(before[axis], -shift)
                after[axis] = max(after[axis], shift)
    return tuple(before), tuple(after)


def _shifts(  # noqa: PLR0913, PLR0917  where a read stands and what it reads
    program: Program,
    equation: Equation,
    read: Read,
    reader: Equation,
    loops: Sequence[Loop],
    chain: Sequence[Loop],
) -> Iterator[tuple[int, int]]:
    """The axes of ``equation`` that a step of a loop reads at another step, and how far off."""
    for loop in loops:
        here = reader.indices[dict(loop.axes)[reader.name]]
        for axis, expr in enumerate(read.indices):
            shift = (expr - here).constant
            own = loop in chain and dict(loop.axes)[equation.name] == axis
            same = same_extent(program, equation.free[axis].name, loop.index.name)
            if shift and (own or (same and program.pad(equation.name) is not None)):
                yield axis, shift


def _outside(program: Program, start: Equation, expr: IndexExpr, axis: str) -> tuple[int, int]:
    """How far before the first, or after the last, element of ``axis`` a start lies."""
    place = expanded(program, expr)
    low, high = place.constant, (place - extent_of(program, axis)).constant
    if high is not None and high >= 0:
        return 0, high + 1
    if low is not None and low < 0:
        return -low, 0
    raise ProgramRefused(
        f"the start {start.name}[{', '.join(map(str, start.indices))}] lies inside the array",
        remedy=f"give starts at -1, -2, ... or from size({axis}) on",
    )


def _running(
    program: Program, name: str, chains: Mapping[str, tuple[Loop, ...]]
) -> frozenset[int]:
    """The loop axes of ``name`` if nothing but the same step of the same loops reads it."""
    chain = chains[name]
    for reader in program.equations:
        for found in (r for r in reads(reader.expr) if r.array == name):
            loops = chains.get(reader.name, ())
            if reader.is_start or loops[: len(chain)] != chain:
                return frozenset()
            for loop in chain:
                position = dict(loop.axes)
                if found.indices[position[name]] != reader.indices[position[reader.name]]:
                    return frozenset()
    return frozenset(dict(loop.axes)[name] for loop in chain)
