"""Ranks and order: which nodes of a drawing stand side by side, and from left to right how.

A layered drawing (Sugiyama, Tagawa and Toda 1981): every link leads downwards by at least one
rank, and one that leads further passes a *waypoint* in every rank between. Waypoints take room
like nodes, so that no link has to cross a node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP, WAYPOINT = 7.0, 9.0  # between neighbours in a rank, and the room of a link that passes
SWEEPS = 14
NARROWER = 0.94


@dataclass(frozen=True, slots=True)
class Block:
    """What takes a place in a rank.

    Attributes:
        key: its name.
        width: the room it takes.
        height: the same, downwards.
        middle: where links meet it, from its left end.
        free: whether it may stand lower than the links to it ask for: what nothing leads to.
    """

    key: str
    width: float
    height: float
    middle: float
    free: bool = False


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where a link from ``source`` to ``target`` passes a rank."""

    source: str
    target: str
    rank: int


Member = str | Waypoint
Pair = tuple[str, str]
Rows = tuple[tuple[Member, ...], ...]


def rows(blocks: Sequence[Block], links: Sequence[Pair], room: float) -> Rows:
    """Arrange ``blocks`` in rows at most ``room`` wide, where that can be, so that few links cross.

    ``links`` are the pairs that lead downwards; they go round no circle.
    """
    width = {block.key: block.width for block in blocks}
    limit = room
    while True:
        ranks = _ranks(blocks, links, limit)
        arranged = _ordered(_filled(ranks, links), links)
        widest = max(_wide(row, width) for row in arranged)
        if widest <= room or limit < room / 2:
            return arranged
        limit *= NARROWER


def _wide(row: Sequence[Member], width: Mapping[str, float]) -> float:
    return sum(room_of(m, width) for m in row) + GAP * (len(row) - 1)


def room_of(member: Member, width: Mapping[str, float]) -> float:
    """Give the room that a member of a row takes."""
    return WAYPOINT if isinstance(member, Waypoint) else width[member]


# ---- ranks ------------------------------------------------------------------------------------


def _ranks(blocks: Sequence[Block], links: Sequence[Pair], limit: float) -> dict[str, int]:
    """The rank of every block: as high as links allow, what is free as low as they allow."""
    above: dict[str, list[str]] = {block.key: [] for block in blocks}
    below: dict[str, list[str]] = {block.key: [] for block in blocks}
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    by_key = {block.key: block for block in blocks}
    order = _topological([block.key for block in blocks], above)
    filled: dict[int, float] = {}
    ranks: dict[str, int] = {}

    def put(key: str, rank: int, step: int) -> None:
        room = by_key[key].width + GAP
        while filled.get(rank, 0.0) + room > limit + GAP and filled.get(rank, 0.0) > 0:
            rank += step
        ranks[key], filled[rank] = rank, filled.get(rank, 0.0) + room

    # what is computed stands below what it is computed from, however free
    loose: dict[str, bool] = {}
    for key in order:
        loose[key] = by_key[key].free and all(loose[k] for k in above[key])
    for key in order:
        if not loose[key]:
            put(key, max((ranks[k] + 1 for k in above[key] if k in ranks), default=0), 1)
    for key in reversed(order):
        if loose[key]:
            put(key, min((ranks[k] - 1 for k in below[key]), default=0), -1)
    used = {rank: n for n, rank in enumerate(sorted(set(ranks.values())))}
    return {key: used[ranks[key]] for key in order}


def _topological(keys: Sequence[str], above: Mapping[str, Iterable[str]]) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < len(keys):
        ready = [k for k in keys if k not in found and all(a in found for a in above[k])]
        if not ready:
            raise ValueError("the links go round a circle")
        found.update(dict.fromkeys(ready))
    return list(found)


def _filled(ranks: Mapping[str, int], links: Sequence[Pair]) -> list[list[Member]]:
    found: list[list[Member]] = [[] for _ in range(max(ranks.values()) + 1)]
    for key, rank in ranks.items():
        found[rank].append(key)
    for source, target in dict.fromkeys(links):
        for rank in range(ranks[source] + 1, ranks[target]):
            found[rank].append(Waypoint(source, target, rank))
    return found


# ---- order ------------------------------------------------------------------------------------


def steps(rows: Sequence[Sequence[Member]], links: Sequence[Pair]) -> list[tuple[Member, Member]]:
    """Cut every link into steps from one row to the next."""
    rank = {member: n for n, row in enumerate(rows) for member in row}
    found: list[tuple[Member, Member]] = []
    for source, target in dict.fromkeys(links):
        passed = [Waypoint(source, target, n) for n in range(rank[source] + 1, rank[target])]
        found += pairwise((source, *passed, target))
    return found


def _ordered(filled: list[list[Member]], links: Sequence[Pair]) -> Rows:
    """The order with the fewest crossings that going up and down by barycentres finds."""
    pieces = steps(filled, links)
    up: dict[Member, list[Member]] = {}
    down: dict[Member, list[Member]] = {}
    for a, b in pieces:
        down.setdefault(a, []).append(b)
        up.setdefault(b, []).append(a)
    current = [list(row) for row in filled]
    best, fewest = [list(row) for row in current], _crossings(current, pieces)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        numbers = range(1, len(current)) if downwards else range(len(current) - 2, -1, -1)
        near = up if downwards else down
        for n in numbers:
            other = current[n - 1 if downwards else n + 1]
            current[n] = _by_barycentre(current[n], other, near)
        found = _crossings(current, pieces)
        if found < fewest:
            best, fewest = [list(row) for row in current], found
    _exchange(best, up, down)
    return tuple(tuple(row) for row in best)


def _by_barycentre(
    row: list[Member], other: list[Member], near: Mapping[Member, list[Member]]
) -> list[Member]:
    place = {member: (n + 0.5) / len(other) for n, member in enumerate(other)}
    own = {member: (n + 0.5) / len(row) for n, member in enumerate(row)}

    def centre(member: Member) -> float:
        found = [place[m] for m in near.get(member, ())]
        return sum(found) / len(found) if found else own[member]

    return sorted(row, key=lambda member: (round(centre(member), 9), own[member]))


def _exchange(
    order: list[list[Member]],
    up: Mapping[Member, list[Member]],
    down: Mapping[Member, list[Member]],
) -> None:
    """Exchange neighbours as long as fewer links cross."""
    places = [{m: n for n, m in enumerate(row)} for row in order]

    def crossed(rank: int, left: Member, right: Member) -> int:
        total = 0
        for near, other in ((up, rank - 1), (down, rank + 1)):
            for a in near.get(left, ()):
                total += sum(places[other][a] > places[other][b] for b in near.get(right, ()))
        return total

    improved, rounds = True, 0
    while improved and rounds < SWEEPS:
        improved, rounds = False, rounds + 1
        for rank, row in enumerate(order):
            for n in range(len(row) - 1):
                left, right = row[n], row[n + 1]
                if crossed(rank, left, right) > crossed(rank, right, left):
                    row[n], row[n + 1] = right, left
                    places[rank][left], places[rank][right] = n + 1, n
                    improved = True


def _crossings(order: Sequence[Sequence[Member]], pieces: Sequence[tuple[Member, Member]]) -> int:
    rank = {m: (n, at) for n, row in enumerate(order) for at, m in enumerate(row)}
    between: dict[int, list[tuple[int, int]]] = {}
    for a, b in pieces:
        between.setdefault(rank[a][0], []).append((rank[a][1], rank[b][1]))
    return sum(
        (a - c) * (b - d) < 0
        for pairs in between.values()
        for n, (a, b) in enumerate(pairs)
        for c, d in pairs[:n]
    )
