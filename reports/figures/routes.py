"""Routes: how links run from card to card without crossing any.

Between two rows a link is one smooth curve; through a row it runs straight down at its waypoint.
A recurrence runs round: level below its row, up beside the drawing, and down into the delayed
element. So no link meets a card but at its two ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import dist

from reports.figures.cards import PORT, Card, Group
from reports.figures.flow import Link
from reports.figures.layers import Member, Waypoint
from reports.figures.places import RUN, Places

HALF = 2.1  # half of what is between a value's way and its cotangent's way back
CHANNEL = 10.0  # the room of a recurrence beside the drawing
ROUND = 5.0
TINY = 1e-6
FIRST_RUN = 9.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A cubic: two points that pull it, and its end. A straight line has None."""

    end: Point
    pulls: tuple[Point, Point] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A way: where it starts, and its pieces; ``back`` goes against its link."""

    link: Link
    start: Point
    curves: tuple[Curve, ...]
    back: bool = False

    @property
    def end(self) -> Point:
        """Where it ends."""
        return self.curves[-1].end


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card at its place in the drawing."""

    card: Card
    x: float
    y: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Its left, upper, right and lower end."""
        return self.x, self.y, self.x + self.card.width, self.y + self.card.height


def drawn(groups: Sequence[Group], at: Places) -> dict[str, Drawn]:
    """Put every card where its block stands; blocks of a row have their middles level."""
    found: dict[str, Drawn] = {}
    for group in groups:
        rank = at.rank[group.block.key]
        x = at.middle[group.block.key] - group.block.middle
        y = (at.tops[rank] + at.bottoms[rank] - group.block.height) / 2
        for card in group.cards:
            found[card.node.key] = Drawn(card, x + card.x, y + card.y)
    return found


def routes(
    links: Sequence[Link],
    cards: Mapping[str, Drawn],
    at: Places,
    sides: Mapping[Link, tuple[float, int, int]],
) -> tuple[Route, ...]:
    """Find the ways of all links, there and, where a cotangent comes back, back.

    ``sides`` gives, for a recurrence, where it runs upwards and which of the level lines below
    its row and above its end are its own.
    """
    ports = _ports(links, cards, at, sides)
    found: list[Route] = []
    for link in links:
        if link.source not in at.rank:
            found += _beside(link, cards)
        elif link.recurrent:
            found += _around(link, cards, at, ports, sides[link])
        else:
            found += _down(link, cards, at, ports)
    return tuple(found)


def passed(link: Link, at: Places) -> list[Member]:
    """The members that a link leads along, its ends with them."""
    first, last = at.rank[link.source], at.rank[link.target]
    between = (Waypoint(link.source, link.target, n) for n in range(first + 1, last))
    return [link.source, *between, link.target]


Ports = Mapping[tuple[Link, str], float]


def _ports(
    links: Sequence[Link],
    cards: Mapping[str, Drawn],
    at: Places,
    sides: Mapping[Link, tuple[float, int, int]],
) -> dict[tuple[Link, str], float]:
    """Where each link meets the lower edge of its source and the upper edge of its target."""
    edges: dict[tuple[str, str], list[tuple[float, Link]]] = {}
    for link in links:
        if link.source not in at.rank:
            continue
        if link.recurrent:
            aims = (sides[link][0],) * 2
        else:
            way = passed(link, at)
            aims = (at.middle[way[1]], at.middle[way[-2]])
        edges.setdefault((link.source, "low"), []).append((aims[0], link))
        edges.setdefault((link.target, "top"), []).append((aims[1], link))
    found: dict[tuple[Link, str], float] = {}
    for (key, edge), meeting in edges.items():
        left, _, right, _ = cards[key].box
        ordered = sorted(meeting, key=lambda pair: pair[0])
        gap = min(PORT * 1.3, (right - left - 8.0) / max(len(ordered), 1))
        first = (left + right - gap * (len(ordered) - 1)) / 2
        for n, (_, link) in enumerate(ordered):
            found[link, edge] = first + n * gap
    return found


def _both(link: Link, pieces: Sequence[tuple[Point, Point]], low: float) -> list[Route]:
    """The ways along the gaps between rows, given as ends of curves, in both directions."""
    half = HALF if link.backward else 0.0
    ways = [(-half, False), (half, True)] if link.backward else [(0.0, False)]
    found = []
    for shift, back in ways:
        start = (pieces[0][0][0] + shift, low)
        curves = [Curve((start[0], pieces[0][0][1]))]
        for (x0, y0), (x1, y1) in pieces:
            if curves[-1].end != (x0 + shift, y0):
                curves.append(Curve((x0 + shift, y0)))
            aside = 0.0 if abs(x1 - x0) < HALF else (1.0 if x1 > x0 else -1.0)
            level = (y0 + y1) / 2 - shift * aside
            pulls = ((x0 + shift, level), (x1 + shift, level))
            curves.append(Curve((x1 + shift, y1), pulls))
        found.append(Route(link, start, tuple(curves), back))
    return found


def _moving(start: Point, curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """The pieces that lead anywhere: a head at the end of one that does not has no direction."""
    ends = (start, *(curve.end for curve in curves))
    return tuple(c for before, c in zip(ends, curves, strict=False) if dist(before, c.end) > TINY)


def _down(link: Link, cards: Mapping[str, Drawn], at: Places, ports: Ports) -> list[Route]:
    way = passed(link, at)
    low, top = cards[link.source].box[3], cards[link.target].box[1]
    pieces: list[tuple[Point, Point]] = []
    for n, (a, b) in enumerate(pairwise(way)):
        rank = at.rank[a]
        x0 = ports[link, "low"] if n == 0 else at.middle[a]
        x1 = ports[link, "top"] if n == len(way) - 2 else at.middle[b]
        pieces.append(((x0, at.bottoms[rank]), (x1, at.tops[rank + 1])))
    return [
        Route(r.link, r.start, _moving(r.start, (*r.curves, Curve((r.end[0], top)))), r.back)
        for r in _both(link, pieces, low)
    ]


def _beside(link: Link, cards: Mapping[str, Drawn]) -> list[Route]:
    """From a tag straight into the card at its right."""
    _, top, right, low = cards[link.source].box
    middle = (top + low) / 2
    half = HALF if link.backward else 0.0
    found = [Route(link, (right, middle - half), (Curve((_end(link, cards), middle - half)),))]
    if link.backward:
        found.append(
            Route(link, (right, middle + half), (Curve((_end(link, cards), middle + half)),), True)
        )
    return found


def _end(link: Link, cards: Mapping[str, Drawn]) -> float:
    return cards[link.target].box[0]


def _around(
    link: Link,
    cards: Mapping[str, Drawn],
    at: Places,
    ports: Ports,
    side: tuple[float, int, int],
) -> list[Route]:
    channel, below, above = side
    low, top = cards[link.source].box[3], cards[link.target].box[1]
    found = []
    for sign in (-1, 1) if link.backward else (0,):
        # the way back runs inside the way there, all round
        shift = HALF * sign
        outwards = 1 if channel > ports[link, "low"] else -1
        x0, x1 = ports[link, "low"] - shift * outwards, ports[link, "top"] - shift * outwards
        y0 = at.bottoms[at.rank[link.source]] + FIRST_RUN + RUN * below - shift
        y1 = at.tops[at.rank[link.target]] - FIRST_RUN - RUN * above + shift
        beside = channel - shift * outwards
        corners = [(x0, y0), (beside, y0), (beside, y1), (x1, y1)]
        found.append(_rounded(link, (x0, low), corners, (x1, top), back=sign == 1))
    return found


def _rounded(link: Link, start: Point, corners: list[Point], end: Point, back: bool) -> Route:
    curves: list[Curve] = []
    points = [start, *corners, end]
    for before, corner, after in zip(points, corners, points[2:], strict=False):
        enter, leave = _towards(corner, before), _towards(corner, after)
        curves += [Curve(enter), Curve(leave, (_mid(enter, corner), _mid(leave, corner)))]
    return Route(link, start, (*curves, Curve(end)), back)


def _towards(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx), abs(dy), 1e-9)
    reach = min(ROUND, length / 2)
    return corner[0] + dx / length * reach, corner[1] + dy / length * reach


def _mid(a: Point, b: Point) -> Point:
    return a[0] + (b[0] - a[0]) * 0.55, a[1] + (b[1] - a[1]) * 0.55


def margin(count: int) -> float:
    """Give the room beside the drawing that ``count`` recurrences take."""
    return CHANNEL * count + 2.0 if count else 0.0
