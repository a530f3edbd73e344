"""Places: where the members of the rows of a drawing stand.

Along a row, every member is drawn to those that it is linked to, in least squares under the
order and the gaps of its row; the exact solution pools members that would overlap (isotonic
regression). Links that pass a row weigh more than nodes, so that long links come out straight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.figures.layers import GAP, WAYPOINT, Block, Member, Pair, Rows, Waypoint, steps

SWEEPS = 60
STRAIGHT = 16.0  # the weight of a waypoint beside a node
LEAST_DROP, MOST_DROP, TIGHT_DROP, SLOPE = (
    27.0,
    50.0,
    21.0,
    0.085,
)  # between two rows: more where links go aside


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything stands.

    Attributes:
        middle: where links meet each member, from the left.
        tops: the upper end of each row.
        bottoms: the lower end of each row.
        rank: the row of each member.
    """

    middle: Mapping[Member, float]
    tops: tuple[float, ...]
    bottoms: tuple[float, ...]
    rank: Mapping[Member, int]


def places(  # noqa: PLR0913  what is placed, and within what
    rows: Rows,
    blocks: Sequence[Block],
    links: Sequence[Pair],
    room: float,
    *,
    runs: Sequence[int],
    tight: bool = False,
) -> Places:
    """Place the members of ``rows`` within ``room``.

    ``runs`` says how many lines run level above each row, and below the last; ``tight`` rows
    are as near as can be.
    """
    by_key = {block.key: block for block in blocks}
    pieces = steps(rows, links)
    middle = _along(rows, by_key, pieces, room)
    rank = {member: n for n, row in enumerate(rows) for member in row}
    tops, bottoms, y = [], [], 0.0
    for n, row in enumerate(rows):
        aside = max((abs(middle[a] - middle[b]) for a, b in pieces if rank[b] == n), default=0.0)
        eased = min(max(LEAST_DROP, aside * SLOPE + 18), MOST_DROP)
        drop = (TIGHT_DROP if tight else eased) if n else 0.0
        tops.append(y + drop + RUN * runs[n])
        y = tops[-1] + max((by_key[m].height for m in row if isinstance(m, str)), default=0.0)
        bottoms.append(y)
    return Places(middle, tuple(tops), tuple(bottoms), rank)


RUN = 7.0  # the room of a line that runs level between two rows


def _along(
    rows: Rows, blocks: Mapping[str, Block], pieces: Sequence[tuple[Member, Member]], room: float
) -> dict[Member, float]:
    near: tuple[dict[Member, list[Member]], ...] = ({}, {})
    for a, b in pieces:
        near[0].setdefault(b, []).append(a)
        near[1].setdefault(a, []).append(b)
    x = {m: v for row in rows for m, v in zip(row, _packed(row, blocks, room), strict=True)}
    for sweep in range(SWEEPS):
        order = range(len(rows)) if sweep % 2 == 0 else range(len(rows) - 1, -1, -1)
        sides = (0, 1) if sweep >= SWEEPS - 6 else (sweep % 2,)
        for n in order:
            wanted, weights = [], []
            for m in rows[n]:
                linked = [o for side in sides for o in near[side].get(m, ())]
                wanted.append(_wanted(m, linked, x))
                weights.append(_weight(m, linked))
            x.update(zip(rows[n], _fitted(rows[n], blocks, wanted, weights, room), strict=True))
    return x


def _wanted(member: Member, linked: Sequence[Member], x: Mapping[Member, float]) -> float:
    if not linked:
        return x[member]
    weights = [_pull(member, other) for other in linked]
    return sum(w * x[o] for w, o in zip(weights, linked, strict=True)) / sum(weights)


def _pull(member: Member, other: Member) -> float:
    both = isinstance(member, Waypoint) and isinstance(other, Waypoint)
    return STRAIGHT if both else 1.0


def _weight(member: Member, linked: Sequence[Member]) -> float:
    if isinstance(member, Waypoint):
        return STRAIGHT
    return 1.0 + len(linked) if linked else 0.2


def _left(member: Member, blocks: Mapping[str, Block]) -> float:
    """How far a member reaches to the left of where links meet it."""
    return WAYPOINT / 2 if isinstance(member, Waypoint) else blocks[member].middle


def _right(member: Member, blocks: Mapping[str, Block]) -> float:
    if isinstance(member, Waypoint):
        return _left(member, blocks)
    return blocks[member].width - blocks[member].middle


def _offsets(row: Sequence[Member], blocks: Mapping[str, Block]) -> list[float]:
    """Where links meet each member, if the row is packed from 0 on."""
    found, x = [], 0.0
    for member in row:
        found.append(x + _left(member, blocks))
        x = found[-1] + _right(member, blocks) + GAP
    return found


def _packed(row: Sequence[Member], blocks: Mapping[str, Block], room: float) -> list[float]:
    offsets = _offsets(row, blocks)
    rest = room - (offsets[-1] + _right(row[-1], blocks))
    return [offset + rest / 2 for offset in offsets]


def _fitted(
    row: Sequence[Member],
    blocks: Mapping[str, Block],
    wanted: Sequence[float],
    weights: Sequence[float],
    room: float,
) -> list[float]:
    offsets = _offsets(row, blocks)
    rest = max(0.0, room - (offsets[-1] + _right(row[-1], blocks)))
    moves = pooled([w - o for w, o in zip(wanted, offsets, strict=True)], weights)
    return [o + min(max(move, 0.0), rest) for o, move in zip(offsets, moves, strict=True)]


def pooled(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Give the nearest numbers that do not fall, in weighted least squares."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = value, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, members = pools.pop()
            mean = (mean * total + other * more) / (total + more)
            total, count = total + more, count + members
        pools.append((mean, total, count))
    return [mean for mean, _, count in pools for _ in range(count)]
