"""Who reads whom: the reads of an equation with what guards them, and ordered components."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from derive.algebra import negated
from derive.expr import (
    Compare,
    Condition,
    IndexValue,
    Logic,
    Node,
    Number,
    Read,
    Reduce,
    Select,
    children,
)
from derive.index import IndexExpr, number


@dataclass(frozen=True, slots=True)
class Site:
    """One read of an array, with every condition that holds wherever it is looked at."""

    array: str
    indices: tuple[IndexExpr, ...]
    guards: tuple[Condition, ...] = ()


def sites(node: Node, guards: tuple[Condition, ...] = ()) -> Iterator[Site]:
    """Every read inside ``node``, in written order."""
    if isinstance(node, Read):
        yield Site(node.array, node.indices, guards)
    elif isinstance(node, Select):
        yield from sites(node.condition, guards)
        yield from sites(node.then, (*guards, node.condition))
        yield from sites(node.other, (*guards, negated(node.condition)))
    elif isinstance(node, Reduce) and node.where is not None:
        yield from sites(node.where, guards)
        yield from sites(node.body, (*guards, node.where))
    else:
        for part in children(node):
            yield from sites(part, guards)


# ---- how far a read is from the element that is being computed --------------------------------


def most(site: Site, read: IndexExpr, here: IndexExpr) -> int | None:
    """The least known ``c`` with ``read <= here + c``, or None."""
    gap = read - here
    if gap.constant is not None:
        return gap.constant
    known = [
        bound + offset
        for difference, bound in _inequalities(site.guards)
        if (offset := (gap - difference).constant) is not None
    ]
    return min(known, default=None)


def least(site: Site, read: IndexExpr, here: IndexExpr) -> int | None:
    """The greatest known ``c`` with ``read >= here + c``, or None."""
    found = most(site, -read, -here)
    return None if found is None else -found


def _inequalities(guards: Sequence[Condition]) -> Iterator[tuple[IndexExpr, int]]:
    """Pairs ``(d, c)`` with ``d <= c`` under the guards, d over indices and sizes."""
    for guard in guards:
        if isinstance(guard, Logic):
            if guard.op == "and":
                yield from _inequalities(guard.args)
        elif isinstance(guard, Compare):
            left, right = _integer(guard.left), _integer(guard.right)
            if left is not None and right is not None:
                yield from _compared(guard.op, left - right)


def _compared(op: str, gap: IndexExpr) -> Iterator[tuple[IndexExpr, int]]:
    """What ``gap op 0`` says, as pairs ``(d, c)`` with ``d <= c``."""
    if op in ("<", "<=", "=="):
        yield gap, (-1 if op == "<" else 0)
    if op in (">", ">=", "=="):
        yield -gap, (-1 if op == ">" else 0)


def _integer(node: Node) -> IndexExpr | None:
    if isinstance(node, IndexValue):
        return node.expr
    if isinstance(node, Number) and node.value.denominator == 1:
        return number(int(node.value))
    return None


# ---- components -------------------------------------------------------------------------------


def components(count: int, targets: Callable[[int], Sequence[int]]) -> list[tuple[int, ...]]:
    """The strongly connected components of ``range(count)``, those that are read first.

    ``targets(node)`` are the nodes that ``node`` needs. Among components that could come next
    the one with the smallest member does, so that written order is kept where it can be.
    """
    found = _tarjan(count, targets)
    owner = {node: which for which, members in enumerate(found) for node in members}
    needs = [
        {owner[t] for node in members for t in targets(node)} - {which}
        for which, members in enumerate(found)
    ]
    ordered: list[tuple[int, ...]] = []
    placed: set[int] = set()
    waiting = sorted(range(len(found)), key=lambda which: found[which])
    while waiting:
        ready = next(which for which in waiting if needs[which] <= placed)
        waiting.remove(ready)
        placed.add(ready)
        ordered.append(found[ready])
    return ordered


def _tarjan(count: int, targets: Callable[[int], Sequence[int]]) -> list[tuple[int, ...]]:
    """Tarjan's algorithm with its own stack, since programs may be deeper than Python's."""
    number_of: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    found: list[tuple[int, ...]] = []

    def open_node(node: int) -> tuple[int, Iterator[int]]:
        number_of[node] = low[node] = len(number_of)
        path.append(node)
        on_path.add(node)
        return node, iter(targets(node))

    def close_node(node: int) -> None:
        if low[node] != number_of[node]:
            return
        members: list[int] = []
        while not members or members[-1] != node:
            members.append(path.pop())
            on_path.discard(members[-1])
        found.append(tuple(sorted(members)))

    for root in range(count):
        if root in number_of:
            continue
        work = [open_node(root)]
        while work:
            node, rest = work[-1]
            target = next(rest, None)
            if target is None:
                work.pop()
                close_node(node)
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
            elif target not in number_of:
                work.append(open_node(target))
            elif target in on_path:
                low[node] = min(low[node], number_of[target])
    return found
