"""A computation graph: values down, cotangents back up, recurrences round the side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports.document import Figure
from reports.equations import Derived
from reports.figures import paint
from reports.figures.cards import groups
from reports.figures.flow import Flow, Link, Node, flow
from reports.figures.layers import WAYPOINT, Member, rows
from reports.figures.legend import legend
from reports.figures.parts import AGAIN, parts
from reports.figures.places import Places, places
from reports.figures.routes import CHANNEL, Drawn, Route, drawn, margin, routes
from reports.figures.svg import WIDEST, Letters, number, prefix, root

EDGE = 2.0
TO_LEGEND = 16.0
TALLEST, CARRIED = 590.0, 70.0  # of a page; what a row of carried arrays takes of it
COLUMN_GAP = 26.0
LEAST_WIDE = 400.0  # so that a legend needs no more than two lines


def graph(equations: Derived) -> Figure:
    """Draw which array is computed from which, and the way of every cotangent back.

    In one piece, however tall; ``graphs`` cuts what is taller than a page.
    """
    found = flow(equations)
    return _figure([found], equations)


def graphs(equations: Derived) -> tuple[Figure, ...]:
    """Draw the same in as many figures as it takes for none to be taller than a page.

    A drawing that is tall and narrow is one figure still, of columns side by side.
    """
    found = flow(equations)
    whole = placement(found)
    if whole.low - whole.top <= TALLEST:
        return (_figure([found], equations),)
    sheets: list[list[Flow]] = [[]]
    left = WIDEST
    for part in parts(found, whole.rank, whole.heights, TALLEST - CARRIED):
        wide = _wide(placement(part))
        if sheets[-1] and wide > left:
            sheets.append([])
            left = WIDEST
        sheets[-1].append(part)
        left -= wide + COLUMN_GAP
    return tuple(_figure(sheet, equations) for sheet in sheets)


def _wide(placed: Placement) -> float:
    return placed.right - placed.left + 2 * EDGE


def _figure(found: Sequence[Flow], equations: Derived) -> Figure:
    """Draw flows side by side, over one legend."""
    alt = described(found, equations)
    letters = Letters(prefix([alt]))
    columns = [placement(part) for part in found]
    room = sum(_wide(placed) for placed in columns) + COLUMN_GAP * (len(columns) - 1)
    width = max(room, LEAST_WIDE)
    shown, x = [], (width - room) / 2
    for placed in columns:
        place = f"translate({number(x + EDGE - placed.left)} {number(EDGE - placed.top)})"
        drawings = [paint.ways(placed.routes)]
        drawings += [paint.node(card, letters) for card in placed.cards]
        shown += [f'<g transform="{place}">', *drawings, "</g>"]
        x += _wide(placed) + COLUMN_GAP
    low = max(placed.low - placed.top for placed in columns) + EDGE
    signs, low = legend(found, letters, EDGE, low + TO_LEGEND, width - EDGE)
    body = "\n".join([letters.definitions(), *shown, signs])
    return Figure(svg=root(width, low + EDGE, body, alt), alt=alt, caption=(_caption(found),))


@dataclass(frozen=True, slots=True)
class Placement:
    """A drawing before it is painted: cards, ways, and how far they reach."""

    cards: tuple[Drawn, ...]
    routes: tuple[Route, ...]
    left: float
    top: float
    right: float
    low: float
    rank: Mapping[str, int]
    heights: tuple[float, ...]


def placement(found: Flow) -> Placement:
    """Give every card and every way of ``found`` its place; what is too tall stands tighter."""
    wide = _placement(found, tight=False)
    return wide if wide.low - wide.top <= TALLEST else _placement(found, tight=True)


def _placement(found: Flow, tight: bool) -> Placement:
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
    inside = [group.block for group in blocks]
    at = places(arranged, inside, pairs, max(room, narrowest), runs=runs, tight=tight)
    cards = drawn(blocks, at)
    sides = _sides(recurrent, at, cards, levels)
    ways = routes(found.links, cards, at, sides)
    tags = {card.node.key: group.block.key for group in blocks for card in group.cards}
    heights = tuple(low - high for high, low in pairwise((at.tops[0], *at.bottoms)))
    return _bounded(
        tuple(cards.values()),
        ways,
        rank={key: at.rank[block] for key, block in tags.items()},
        heights=heights,
    )


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


def _bounded(
    cards: tuple[Drawn, ...],
    ways: tuple[Route, ...],
    *,
    rank: Mapping[str, int],
    heights: tuple[float, ...],
) -> Placement:
    points = [p for r in ways for p in (r.start, *(c.end for c in r.curves))]
    xs = [x for d in cards for x in (d.box[0], d.box[2])] + [x for x, _ in points]
    ys = [y for d in cards for y in (d.box[1], d.box[3])] + [y for _, y in points]
    return Placement(cards, ways, min(xs), min(ys), max(xs), max(ys), rank, heights)


def described(found: Sequence[Flow], equations: Derived) -> str:
    """Say what a drawing shows to those who do not see it."""
    nodes = [node for part in found for node in part.nodes]
    links = [link for part in found for link in part.links]
    given = [node for node in nodes if node.kind in ("input", "param", "const")]
    computed = [node for node in nodes if node.kind == "equation"]
    whole = len(equations.forward), len(equations.cotangents)
    sentences = [
        f"Computation graph of {whole[0]} forward and {whole[1]} backward equations; here are "
        f"{len(given)} given and {len(computed)} computed arrays."
    ]
    sentences += [_sentence(node, links) for node in computed]
    back = [node.key for node in given if node.cotangents]
    if back:
        sentences.append(f"Cotangents come back to {', '.join(back)}.")
    return " ".join(sentences)


def _sentence(node: Node, links: Sequence[Link]) -> str:
    into = [link for link in links if link.target == node.key]
    sources = dict.fromkeys(link.source.removesuffix(AGAIN) for link in into)
    return f"{node.key} from {', '.join(sources)}." if sources else f"{node.key} from nothing."


def _caption(found: Sequence[Flow]) -> str:
    recurrent = any(link.recurrent for part in found for link in part.links)
    more = (
        " The thick arrow round the side is the recurrence: what a step computes, the next step "
        "reads, and its cotangent comes back by the same way."
    )
    return (
        "Values flow down the solid arrows and cotangents back up the dashed ones; where several "
        f"dashed arrows meet, their cotangents add up.{more if recurrent else ''} "
        "A dot marks a value that the backward pass reads again."
    )
