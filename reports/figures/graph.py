"""A computation graph: values down, cotangents back up, recurrences round the side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.document import Figure
from reports.equations import Derived
from reports.figures import paint
from reports.figures.cards import groups
from reports.figures.flow import Flow, Link, Node, flow
from reports.figures.layers import WAYPOINT, Member, rows
from reports.figures.legend import legend
from reports.figures.places import Places, places
from reports.figures.routes import CHANNEL, Drawn, Route, drawn, margin, routes
from reports.figures.svg import Letters, number, prefix, root

WIDEST = 440.0
EDGE = 2.0
TO_LEGEND = 16.0
LEAST_WIDE = 400.0  # so that a legend needs no more than two lines


def graph(equations: Derived) -> Figure:
    """Draw which array is computed from which, and the way of every cotangent back."""
    found = flow(equations)
    placed = placement(found)
    alt = described(found, equations)
    letters = Letters(prefix([alt]))
    width = min(max(placed.right - placed.left, LEAST_WIDE), WIDEST - 2 * EDGE)
    middle = (placed.left + placed.right) / 2
    left, right = middle - width / 2, middle + width / 2
    parts = [paint.way(route) for route in placed.routes]
    parts += [paint.node(card, letters) for card in placed.cards]
    shown, low = legend(found, letters, left, placed.low + TO_LEGEND, right)
    place = f"translate({number(EDGE - left)} {number(EDGE - placed.top)})"
    body = "\n".join([letters.definitions(), f'<g transform="{place}">', *parts, shown, "</g>"])
    size = (width + 2 * EDGE, low - placed.top + 2 * EDGE)
    return Figure(svg=root(*size, body, alt), alt=alt, caption=(_caption(found),))


@dataclass(frozen=True, slots=True)
class Placement:
    """A drawing before it is painted: cards, ways, and how far they reach."""

    cards: tuple[Drawn, ...]
    routes: tuple[Route, ...]
    left: float
    top: float
    right: float
    low: float


def placement(found: Flow) -> Placement:
    """Give every card and every way of ``found`` its place."""
    blocks = groups(found)
    recurrent = [link for link in found.links if link.recurrent]
    beside = {card.node.key for group in blocks for card in group.cards[:-1]}
    ranked = [link for link in found.links if not link.recurrent and link.source not in beside]
    pairs = [(link.source, link.target) for link in ranked]
    room = WIDEST - 2 * EDGE - margin(_on_the_left(recurrent)) - margin(_on_the_right(recurrent))
    arranged = rows([group.block for group in blocks], pairs, room)
    narrowest = max(sum(b.block.width for b in blocks if b.block.key in row) for row in arranged)
    rank = {member: n for n, row in enumerate(arranged) for member in row}
    levels, runs = _levels(recurrent, rank, len(arranged))
    at = places(arranged, [group.block for group in blocks], pairs, max(room, narrowest), runs)
    cards = drawn(blocks, at)
    sides = _sides(recurrent, at, cards, levels)
    ways = routes(found.links, cards, at, sides)
    return _bounded(tuple(cards.values()), ways)


def _on_the_left(recurrent: Sequence[Link]) -> int:
    return len(recurrent) // 2


def _on_the_right(recurrent: Sequence[Link]) -> int:
    return len(recurrent) - len(recurrent) // 2


Levels = dict[Link, tuple[int, int]]


def _levels(
    recurrent: Sequence[Link], rank: Mapping[Member, int], count: int
) -> tuple[Levels, list[int]]:
    """The level lines of every recurrence, and how many lie above each row and below the last."""
    runs = [0] * (count + 1)
    found: Levels = {}
    for link in recurrent:
        below, above = rank[link.source] + 1, rank[link.target]
        found[link] = (runs[below], runs[above] + (1 if below == above else 0))
        runs[below] += 1
        runs[above] += 1
    return found, runs


def _sides(
    recurrent: Sequence[Link], at: Places, cards: dict[str, Drawn], levels: Levels
) -> dict[Link, tuple[float, int, int]]:
    """Where each recurrence runs upwards: the half that stands more to the left, on the left."""
    half_way = WAYPOINT / 2
    left = min(*(d.box[0] for d in cards.values()), *(x - half_way for x in at.middle.values()))
    right = max(*(d.box[2] for d in cards.values()), *(x + half_way for x in at.middle.values()))
    ordered = sorted(recurrent, key=lambda k: at.middle[k.source] + at.middle[k.target])
    found: dict[Link, tuple[float, int, int]] = {}
    half = _on_the_left(recurrent)
    for n, link in enumerate(ordered):
        beside = (
            left - CHANNEL * (half - n) + 2 if n < half else right + CHANNEL * (n - half + 1) - 2
        )
        found[link] = (beside, *levels[link])
    return found


def _bounded(cards: tuple[Drawn, ...], ways: tuple[Route, ...]) -> Placement:
    points = [p for r in ways for p in (r.start, *(c.end for c in r.curves))]
    xs = [x for d in cards for x in (d.box[0], d.box[2])] + [x for x, _ in points]
    ys = [y for d in cards for y in (d.box[1], d.box[3])] + [y for _, y in points]
    return Placement(cards, ways, min(xs), min(ys), max(xs), max(ys))


def described(found: Flow, equations: Derived) -> str:
    """Say what a drawing shows to those who do not see it."""
    given = [n for n in found.nodes if n.kind in ("input", "param", "const")]
    computed = [n for n in found.nodes if n.kind == "equation"]
    back = sum(bool(n.cotangents) for n in given)
    sentences = [
        f"Computation graph: {len(computed)} computed arrays from {len(given)} given ones, "
        f"in {len(equations.forward)} forward and {len(equations.cotangents)} backward equations."
    ]
    sentences += [_sentence(node, found) for node in found.nodes if node.kind == "equation"]
    sentences.append(f"Cotangents come back to {back} of the given arrays.")
    return " ".join(s for s in sentences if s)


def _sentence(node: Node, found: Flow) -> str:
    sources = [link.source for link in found.links if link.target == node.key]
    return f"{node.key} from {', '.join(sources)}." if sources else f"{node.key} from nothing."


def _caption(found: Flow) -> str:
    recurrent = any(link.recurrent for link in found.links)
    more = (
        " The thick arrow round the side is the recurrence: what a step computes, "
        "the next step reads, and its cotangent comes back a step later."
        if recurrent
        else ""
    )
    return (
        "Values flow down the solid arrows and cotangents back up the dashed ones; where several "
        f"dashed arrows meet, their cotangents add up.{more} "
        "A dot marks a value that the backward pass reads again."
    )
