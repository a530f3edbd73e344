"""Which arrays are kept side by side, so that contractions of a recurrence become one product.

    f_in[t,n,i] = ... + sum[k](U_f[i,k]*h[t-1,n,k])       h[t-1] @ U, for all gates at once
    o_in[t,n,i] = ... + sum[k](U_o[i,k]*h[t-1,n,k])

    dh[t,n,i] = sum[k](df[t+1,n,k]*U_f[k,i])              da[t+1] @ U, da and U side by side
              + sum[k](do[t+1,n,k]*U_o[k,i])

A call of BLAS costs a microsecond beside its work, and so does every operation on the few
numbers of one step. What starts it are contractions inside a loop, or of what a loop computes;
whatever is alike and reads, or makes, arrays that are side by side already is taken along:
the gates' nonlinearities, the products ahead of the loop, the gradients of the weights behind it.
Given arrays are copied, once a call, if they do not have the axis of the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Union

from derive.expr import Add, Reduce, reads, walk
from derive.extent import same_extent
from derive.lower.alike import contraction, following, form
from derive.lower.levels import Level, arranged, levels
from derive.lower.liveness import mentioned
from derive.lower.packing import Host, Packing
from derive.lower.schedule import Block, Loop, equations_in
from derive.lower.storage import Placement
from derive.program import Equation, Program

LONGEST_NAME = 32
FEWEST_TERMS = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """Arrays that should lie side by side, along a new axis at ``position``, if that matters."""

    names: tuple[str, ...]
    position: int | None = None


Group = tuple[Level, Sequence[Equation]]
Seed = tuple[Sequence[Wish], Union[Group, None]]


def packing(
    program: Program,
    blocks: Sequence[tuple[Block, ...]],
    given: frozenset[str],
    stores: Placement,
) -> tuple[Packing, tuple[tuple[Block, ...], ...]]:
    """Decide for ``program``; the blocks of each function come back in an order that fits.

    Args:
        program: forward and backward equations.
        blocks: what each function computes, in order.
        given: the arrays that forward is called with.
        stores: how each computed array is kept that may be kept elsewhere.
    """
    found = _Packer(program, [Level(each) for each in blocks], given, stores)
    found.decide()
    groups = tuple(g for level in found.levels for g in level.groups)
    ordered = tuple(found.ordered(level) for level in found.functions)
    return Packing(tuple(found.hosts), groups), ordered


class _Packer:
    def __init__(
        self,
        program: Program,
        functions: Sequence[Level],
        given: frozenset[str],
        stores: Placement,
    ) -> None:
        self.program = program
        self.functions = functions
        self.levels = [inner for level in functions for inner in levels(level)]
        self.hosts: list[Host] = []
        self._stores = stores
        self._given = given
        self._where = {e.name: level for level in self.levels for e in level.equations}
        self._side = {
            e.name: k for k, level in enumerate(functions) for e in equations_in(level.blocks)
        }
        self._looped = frozenset(n for n, level in self._where.items() if level.loops)
        self._axes = {loop.index.name for level in self.levels for loop in level.loops}
        self._alike: dict[int, list[list[Equation]]] = {}
        self._forms = {
            e.name: form(program, e.expr, e.free) for lv in self.levels for e in lv.equations
        }

    # ---- what is wanted -----------------------------------------------------------------------

    def decide(self) -> None:
        """Find hosts and groups."""
        if not self._looped:
            return
        loops = [level for level in self.levels if level.loops]
        seeds: list[Seed] = [(wishes, None) for level in loops for wishes in self._sums(level)]
        for level in self.levels:
            seeds += [(self._wishes(g), (level, g)) for g in self._products(level)]
        for wishes, group in sorted(seeds, key=lambda s: -len(s[0][0].names)):
            self._take(wishes, group)
        while sum(map(self._follow, self.levels)):
            pass

    def _sums(self, level: Level) -> Iterator[list[Wish]]:
        """Sums of products in a loop: their factors are wanted side by side.

        Of less than three that does not pay: what is then written in pieces, a row of each at
        a time, costs as much as the product and the sum that are saved (gru: 6 % more).
        """
        for equation in level.equations:
            for node in (n for n in walk(equation.expr) if isinstance(n, Add)):
                groups: dict[object, list[Reduce]] = {}
                for term in node.terms:
                    if isinstance(term, Reduce) and contraction(term) and self._is_inner(term):
                        groups.setdefault(form(self.program, term).key, []).append(term)
                enough = (terms for terms in groups.values() if len(terms) >= FEWEST_TERMS)
                yield from (w for terms in enough if (w := self._factors(terms)))

    def _is_inner(self, term: Reduce) -> bool:
        return len(term.indices) == 1 and any(r.array in self._looped for r in reads(term))

    def _factors(self, terms: Sequence[Reduce]) -> list[Wish]:
        wishes = []
        for column in zip(*(reads(term) for term in terms), strict=True):
            names = tuple(read.array for read in column)
            place = [e.index for e in column[0].indices]
            if len(set(names)) < len(names) or terms[0].indices[0] not in place:
                return []
            wishes.append(Wish(names, place.index(terms[0].indices[0])))
        return wishes

    def _products(self, level: Level) -> Iterator[tuple[Equation, ...]]:
        """Equations alike, in a loop or read there, with products that share a factor."""
        for alike in self._families(level):
            if not any(map(contraction, walk(alike[0].expr))):
                continue
            for group in self._shared(alike):
                if level.loops or all(self._is_read_in_loop(e.name) for e in group):
                    yield group

    def _families(self, level: Level) -> list[list[Equation]]:
        if id(level) not in self._alike:
            groups: dict[object, list[Equation]] = {}
            for equation in level.equations:
                groups.setdefault(self._forms[equation.name].key, []).append(equation)
            self._alike[id(level)] = [g for g in groups.values() if len(g) > 1]
        return self._alike[id(level)]

    def _is_read_in_loop(self, name: str) -> bool:
        return any(name in mentioned(e) for lv in self.levels if lv.loops for e in lv.equations)

    def _shared(self, alike: Sequence[Equation]) -> Iterator[tuple[Equation, ...]]:
        """Of equations alike those whose contractions all share an array."""
        groups: dict[tuple[str, ...], list[Equation]] = {}
        rows = [self._forms[e.name].arrays for e in alike]
        for equation, row in zip(alike, rows, strict=True):
            same = tuple(a for k, a in enumerate(row) if sum(r[k] == a for r in rows) > 1)
            if any(s in same for n in walk(equation.expr) for r in contraction(n) or ()
                   for s in [r.array]):
                groups.setdefault(same, []).append(equation)
        yield from (tuple(g) for g in groups.values() if len(g) > 1)

    def _wishes(self, group: Sequence[Equation]) -> list[Wish]:
        """That the results lie side by side, and so whatever each reads for itself."""
        names = tuple(e.name for e in group)
        columns = dict.fromkeys(zip(*(self._forms[n].arrays for n in names), strict=True))
        return [Wish(names), *(Wish(c) for c in columns if len(set(c)) > 1)]

    # ---- what is granted ----------------------------------------------------------------------

    def _take(self, wishes: Sequence[Wish], group: Group | None) -> bool:
        """Grant all of the wishes, or none."""
        order = self._order(wishes)
        sorted_wishes = [Wish(tuple(w.names[k] for k in order), w.position) for w in wishes]
        new: list[Wish] = []
        for wish in sorted_wishes:
            if any(wish.names == other.names for other in new):
                continue
            if not self._lies(wish.names):
                taken = {n for other in new for n in other.names}
                if taken & set(wish.names) or not self._can_lie(wish):
                    return False
                new.append(wish)
        if group is not None:
            level, equations = group
            names = tuple(equations[k].name for k in order)
            if not self._fits(level, names):
                return False
            level.groups.append(names)
        for wish in new:
            position = self._front(wish.names[0]) if wish.position is None else wish.position
            self.hosts.append(Host(self._name(wish.names), wish.names, position))
        return True

    def _front(self, name: str) -> int:
        """The first axis of a step: what a step writes is then one piece of memory.

        An operation on three pieces of 512 numbers takes twice the time of one on all of them.
        """
        level = self._where.get(name)
        if level is None or not level.loops or self._stores[name].running:
            return 0
        return 1 + max(dict(loop.axes)[name] for loop in level.loops)

    def _order(self, wishes: Sequence[Wish]) -> list[int]:
        """The order in which arrays lie that lie side by side already."""
        count = len(wishes[0].names)
        for wish in wishes:
            host = self._host(wish.names[0])
            if host is not None and set(wish.names) <= set(host.members):
                return sorted(range(count), key=lambda k: host.members.index(wish.names[k]))
        return list(range(count))

    def _host(self, name: str) -> Host | None:
        return next((h for h in self.hosts if name in h.members), None)

    def _lies(self, names: tuple[str, ...]) -> bool:
        """Whether these follow each other in one host."""
        host = self._host(names[0])
        if host is None:
            return False
        start = host.members.index(names[0])
        return host.members[start : start + len(names)] == names

    def _can_lie(self, wish: Wish) -> bool:
        names, program = wish.names, self.program
        if len(set(names)) < len(names) or any(self._host(n) is not None for n in names):
            return False
        axes = [program.axes(n) for n in names]
        if not axes[0] or any(program.holds_integers(n) for n in names):
            return False
        if any(len(a) != len(axes[0]) for a in axes):
            return False
        pairs = [pair for own in axes for pair in zip(own, axes[0], strict=True)]
        if not all(same_extent(program, one, other) for one, other in pairs):
            return False
        return self._are_given(names) or self._are_made(wish)

    def _are_given(self, names: Sequence[str]) -> bool:
        """Whether all are given to forward, without an axis that a loop runs over."""
        axes = {axis for n in names for axis in self.program.axes(n)}
        over = any(same_extent(self.program, a, t) for a in axes for t in self._axes)
        return self._given.issuperset(names) and not over

    def _are_made(self, wish: Wish) -> bool:
        """Whether all are computed by one function, and kept in the same way."""
        names = wish.names
        if not all(n in self._where and n in self._stores for n in names):
            return False
        stores = [self._stores[n] for n in names]
        pads = {pad.value for n in names if (pad := self.program.pad(n)) is not None}
        sides = {self._side[n] for n in names}
        running = {store.running for store in stores}
        inside = {self._where[n].loops for n in names} if stores[0].running else {()}
        free = not any(self.program.starts(n) for n in names)
        left = len(stores[0].axes) - len(stores[0].running)
        alone = len(pads) < 2 and len(sides) == len(running) == len(inside) == 1
        return alone and free and 0 < left >= (wish.position or 0)

    def _name(self, names: Sequence[str]) -> str:
        taken = {a.name for a in self.program.arrays} | {e.name for e in self.program.equations}
        taken |= {h.name for h in self.hosts}
        stem = name = f"{names[0]}_to_{names[-1]}"[:LONGEST_NAME]
        count = 1
        while name in taken:
            count += 1
            name = f"{stem}{count}"
        return name

    # ---- what comes along ---------------------------------------------------------------------

    def _follow(self, level: Level) -> bool:
        """Take equations together that read, or make, what lies side by side."""
        found = False
        grouped = {n for g in level.groups for n in g}
        for alike in self._families(level):
            left = [e for e in alike if e.name not in grouped]
            for group in self._runs(left):
                if self._is_served(group) and self._take(self._wishes(group), (level, group)):
                    found = True
                    break
        return found

    def _runs(self, equations: Sequence[Equation]) -> Iterator[tuple[Equation, ...]]:
        """Equations whose results, or what they read, follow each other in a host."""
        width = len(self._forms[equations[0].name].arrays) if equations else 0
        for column in (-1, *range(width)):
            placed: dict[str, list[tuple[int, Equation]]] = {}
            for equation in equations:
                own = self._forms[equation.name].arrays
                name = equation.name if column < 0 else own[column]
                host = self._host(name)
                if host is not None:
                    place = host.members.index(name)
                    placed.setdefault(host.name, []).append((place, equation))
            for rows in placed.values():
                yield from following(sorted(rows, key=lambda row: row[0]))

    def _is_served(self, group: Sequence[Equation]) -> bool:
        """Whether it pays: outside of loops contractions and sums do, inside every call less."""
        has_product = any(
            isinstance(n, Reduce) and n.op == "sum" for n in walk(group[0].expr)
        )
        columns = zip(*(self._forms[e.name].arrays for e in group), strict=True)
        apart = [c for c in columns if len(set(c)) > 1]
        lying = [c for c in apart if self._lies(c)]
        inside = bool(self._where[group[0].name].loops)
        return bool(apart) and (has_product or (inside and bool(lying)))

    # ---- order --------------------------------------------------------------------------------

    def _fits(self, level: Level, names: tuple[str, ...]) -> bool:
        if any(n in g for g in level.groups for n in names):
            return False
        return arranged(level, [*level.groups, names]) is not None

    def ordered(self, level: Level) -> tuple[Block, ...]:
        """The blocks of a level, those of a group next to each other."""
        inner = {id(lv.loops[-1]): lv for lv in self.levels if lv.loops}
        own = next(lv for lv in self.levels if lv.blocks == level.blocks)
        found = arranged(own, own.groups)
        assert found is not None, "a group that fits no order is not taken"
        return tuple(
            Loop(b.index, b.descending, b.axes, self.ordered(inner[id(b)]))
            if isinstance(b, Loop)
            else b
            for b in found
        )
