"""Components of a graph of equations, ordered by who reads whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


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
