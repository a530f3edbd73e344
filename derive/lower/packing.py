"""Arrays of one shape kept side by side in one, so that one operation computes them all.

    f[t,n,i], i[t,n,i], o[t,n,i]        f_to_o[g,t,n,i], where g = 0 is f, g = 1 is i, ...
    df[t,n,i], di[t,n,i]                df_to_di[t,n,g,i]: (g,i) is one axis of 2*size(i) in memory
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from derive.expr import Add, Expr, Node, Read, Reduce, transform
from derive.index import Index, IndexExpr, as_expr, number
from derive.lower.alike import ANY, as_one, contraction, following, form
from derive.lower.schedule import Block
from derive.lower.stack import stack_index
from derive.lower.storage import Placement, Store
from derive.program import Array, Equation, Pad, Program


@dataclass(frozen=True, slots=True)
class Host:
    """An array that holds others.

    Attributes:
        name: its own name.
        members: what it holds, in order.
        position: which of its axes, loops apart, tells them apart.
    """

    name: str
    members: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Packing:
    """What is kept side by side, and what is computed together.

    Attributes:
        hosts: the arrays that hold others.
        groups: equations that are computed as one, in the order of their host.
    """

    hosts: tuple[Host, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()

    def host(self, name: str) -> Host | None:
        """The array that holds ``name``."""
        return next((h for h in self.hosts if name in h.members), None)

    def members(self, name: str) -> tuple[str, ...]:
        """What the array called ``name`` holds: itself, if no others."""
        return next((h.members for h in self.hosts if h.name == name), (name,))

    def kept(self, names: Iterable[str]) -> tuple[str, ...]:
        """Where ``names`` are kept, each once."""
        hosts = {m: h.name for h in self.hosts for m in h.members}
        return tuple(dict.fromkeys(hosts.get(name, name) for name in names))

    def stacks(self) -> dict[str, int]:
        """For each array that holds others the axis, in memory, that tells them apart."""
        return {host.name: host.position for host in self.hosts}

    def runs(self, blocks: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
        """Blocks one by one, those that are computed together at once."""
        whole = {names[0]: names for names in self.groups}
        waiting = list(blocks)
        while waiting:
            first = waiting.pop(0)
            plain = isinstance(first, Equation) and not first.is_start
            rest = whole.get(first.name, ())[1:] if isinstance(first, Equation) and plain else ()
            yield (first, *(waiting.pop(0) for _ in rest))


NOTHING = Packing()


def stored(program: Program, placement: Placement, packing: Packing) -> Placement:
    """``placement`` with everything that is held by another array kept there."""
    found = dict(placement)
    for host in packing.hosts:
        first = host.members[0]
        none = (0,) * len(program.axes(first))
        plain = Store(program.axes(first), none, none)
        stores = [placement.get(m, plain) for m in host.members]
        before = tuple(map(max, *(s.before for s in stores)))
        after = tuple(map(max, *(s.after for s in stores)))
        for k, (member, store) in enumerate(zip(host.members, stores, strict=True)):
            found[member] = replace(
                store, before=before, after=after, host=host.name, member=k, stack=host.position
            )
        axis = _axis(stores[0], host.position)
        size = stack_index(len(host.members)).name
        axes = stores[0].axes
        found[host.name] = Store(
            (*axes[:axis], size, *axes[axis:]),
            (*before[:axis], 0, *before[axis:]),
            (*after[:axis], 0, *after[axis:]),
            frozenset(k + (k >= axis) for k in stores[0].running),
        )
    return found


def _axis(store: Store, position: int) -> int:
    """Before which axis of a member, those that loops fix among them, the new one stands."""
    kept = [k for k in range(len(store.axes)) if k not in store.running]
    return kept[position] if position < len(kept) else len(store.axes)


def declared(program: Program, packing: Packing) -> Program:
    """``program`` with the arrays that hold others, and their extents."""
    hosts, pads = [], []
    for host in packing.hosts:
        axes = list(program.axes(host.members[0]))
        axes.insert(host.position, stack_index(len(host.members)).name)
        hosts.append(Array(host.name, tuple(axes), "const"))
        held = [program.pad(m) for m in host.members]
        value = next((p.value for p in held if p is not None), None)
        if any(p is not None for p in held):
            pads.append(Pad(host.name, value))
    counts = {len(h.members) for h in packing.hosts} | {len(g) for g in packing.groups}
    counts |= set(range(2, max(counts, default=1)))
    extents = tuple((stack_index(n).name, number(n)) for n in sorted(counts))
    return replace(
        program,
        arrays=(*program.arrays, *hosts),
        pads=(*program.pads, *pads),
        extents=(*program.extents, *extents),
    )


# ---- after placing ----------------------------------------------------------------------------


def together(equations: Sequence[Equation]) -> Equation:
    """Equations of a group, placed, as one."""
    return equations[0] if len(equations) == 1 else as_one(equations, stack_index(len(equations)))


def with_sums_joined(
    program: Program, equation: Equation, stacks: Mapping[str, int]
) -> Equation:
    """``equation``, placed, with sums of products over parts of one array as one sum.

        sum[k](d[n,0,k]*U[0,k,i]) + sum[k](d[n,1,k]*U[1,k,i])  ⇒  sum[g,k](d[n,g,k]*U[g,k,i])

    Args:
        program: with the arrays that hold others.
        equation: over positions in memory.
        stacks: for each array that holds others the axis that tells them apart.
    """

    def join(node: Node) -> Node:
        if not isinstance(node, Add):
            return node
        terms = list(node.terms)
        for run in _runs(program, terms, stacks):
            index = stack_index(len(run))
            whole = cast(Reduce, _joined([cast(Reduce, terms[k]) for k in run], index))
            terms[run[0]] = whole
            for k in run[1:]:
                terms[k] = _GONE
        left = [t for t in terms if t is not _GONE]
        return left[0] if len(left) == 1 else Add(tuple(left))

    return replace(equation, expr=cast(Expr, transform(equation.expr, join)))


_GONE = Read(ANY, ())


def _runs(
    program: Program, terms: Sequence[Expr], stacks: Mapping[str, int]
) -> list[tuple[int, ...]]:
    """Terms that read parts which follow each other, by their places in the sum."""
    groups: dict[object, list[tuple[int, int]]] = {}
    for place, term in enumerate(terms):
        found = contraction(term)
        if found is None or not all(r.array in stacks for r in found):
            continue
        parts = [r.indices[stacks[r.array]].constant for r in found]
        if None in parts:
            continue
        start = cast(int, parts[0])
        arrays = tuple(r.array for r in found), cast(int, parts[1]) - start
        whole = form(program, _shifted(term, stacks)).key
        groups.setdefault((whole, arrays), []).append((start, place))
    return [run for group in groups.values() for run in following(sorted(group))]


def _shifted(term: Expr, stacks: Mapping[str, int]) -> Expr:
    """``term`` with the first part of every array in place of the one that it reads."""

    def first(node: Node) -> Node:
        if not isinstance(node, Read):
            return node
        axis = stacks[node.array]
        return Read(node.array, (*node.indices[:axis], number(0), *node.indices[axis + 1 :]))

    return cast(Expr, transform(term, first))


def _joined(terms: Sequence[Reduce], index: Index) -> Expr:
    wrapped = [Equation("", (), term) for term in terms]
    inner = as_one(wrapped, index).expr
    assert isinstance(inner, Reduce), "sums of products alike are one"
    return Reduce("sum", (index, *inner.indices), inner.body)


def part(host: Host, member: int, axes: Sequence[str], source: str) -> Equation:
    """The equation that copies ``source`` into its place in ``host``."""
    own: list[IndexExpr] = [as_expr(Index(axis, k)) for k, axis in enumerate(axes)]
    indices = (*own[: host.position], number(member), *own[host.position :])
    return Equation(host.name, tuple(indices), Read(source, tuple(own)))
