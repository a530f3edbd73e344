"""Cards, ways and a legend as shapes."""

from __future__ import annotations

from collections.abc import Sequence

from reports.figures import cards
from reports.figures.cards import Card, Text
from reports.figures.routes import Curve, Drawn, Point, Route
from reports.figures.svg import BACK, FORWARD, QUIET, Letters, number

_COLOURS = {cards.INK: "currentColor", cards.SOFT: QUIET, cards.BACK: BACK}
_EDGES = {
    "pill": "currentColor", "tag": "currentColor", "plain": "currentColor", "card": FORWARD,
    "dashed": FORWARD, "besides": BACK, "loss": "currentColor", "carried": "currentColor",
}  # fmt: skip
_FILLED = {"card": FORWARD, "besides": BACK}
_DASHED = {"dashed": "3 2", "plain": "1.2 1.6", "carried": "5 2"}
HEAD_LENGTH, HEAD_WIDTH = 5.0, 4.2
LINE, DASH = 1.0, "3.4 1.8"
POINT = 5.0  # how far a tag points


def ways(routes: Sequence[Route]) -> str:
    """Draw ways with their heads, all of a kind in one stroke."""
    there = [route for route in routes if not route.back]
    back = [route for route in routes if route.back]
    thin = [route for route in there if not route.link.recurrent]
    thick = [route for route in there if route.link.recurrent]
    strokes = (
        (_lines(thin), f'fill="none" stroke="{FORWARD}"'),
        (_lines(thick), f'fill="none" stroke="{FORWARD}" stroke-width="1.4"'),
        ("".join(_head(route) + "Z" for route in there), f'fill="{FORWARD}"'),
        (_lines(back), f'fill="none" stroke="{BACK}" stroke-dasharray="{DASH}"'),
        ("".join(_head(route) for route in back), f'fill="none" stroke="{BACK}"'),
    )
    return "\n".join(f'<path d="{path}" {style}/>' for path, style in strokes if path)


def _lines(routes: Sequence[Route]) -> str:
    return "".join(
        f"M{_pair(_start(route))}" + "".join(map(_curve, _shortened(route))) for route in routes
    )


def _last(route: Route) -> tuple[Point, Point]:
    """The end that the head points to, and a point before it."""
    if route.back:
        first = route.curves[0]
        return route.start, first.pulls[0] if first.pulls else first.end
    final = route.curves[-1]
    earlier = route.curves[-2].end if len(route.curves) > 1 else route.start
    return final.end, final.pulls[1] if final.pulls else earlier


def _start(route: Route) -> Point:
    return _cut(route.start, _last(route)[1]) if route.back else route.start


def _shortened(route: Route) -> Sequence[Curve]:
    if route.back:
        return route.curves
    return (*route.curves[:-1], Curve(_cut(route.end, _last(route)[1]), route.curves[-1].pulls))


def _cut(end: Point, before: Point) -> Point:
    """Leave room for the head."""
    dx, dy = before[0] - end[0], before[1] - end[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    return end[0] + dx / length * (HEAD_LENGTH - 1), end[1] + dy / length * (HEAD_LENGTH - 1)


def _head(route: Route) -> str:
    (x, y), before = _last(route)
    dx, dy = x - before[0], y - before[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    dx, dy, half = dx / length, dy / length, HEAD_WIDTH / 2
    base = (x - dx * HEAD_LENGTH, y - dy * HEAD_LENGTH)
    left = (base[0] - dy * half, base[1] + dx * half)
    right = (base[0] + dy * half, base[1] - dx * half)
    return f"M{_pair(left)}L{_pair((x, y))}L{_pair(right)}"


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _curve(curve: Curve) -> str:
    if curve.pulls is None:
        return f"L{_pair(curve.end)}"
    return f"C{_pair(curve.pulls[0])} {_pair(curve.pulls[1])} {_pair(curve.end)}"


def node(drawn: Drawn, letters: Letters) -> str:
    """Draw a card with what is written in it."""
    card = drawn.card
    parts = [outline(card.shape, drawn.box, points_down=card.rule > 0)]
    if card.rule:
        inset = 4.0 if card.shape == "pill" else 0.0
        x0, x1, y = drawn.x + inset, drawn.x + card.width - inset, drawn.y + card.rule
        line = f"M{number(x0)} {number(y)}H{number(x1)}"
        parts.append(f'<path d="{line}" stroke="{BACK}" stroke-width=".5" opacity=".6"/>')
    parts += [text(t, drawn.x, drawn.y, letters) for t in card.texts]
    if card.node.kept:
        parts.append(kept(drawn.x + _dot(card), drawn.y))
    return "".join(parts)


def _dot(card: Card) -> float:
    return 5.0 if card.rule else 3.0


def kept(x: float, y: float) -> str:
    """Draw the dot on what the backward pass reads again."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="2.1" fill="{BACK}"/>'


def text(shown: Text, x: float, y: float, letters: Letters) -> str:
    """Write a formula of a card whose corner is at ``(x, y)``."""
    colour = _COLOURS[shown.role]
    return letters.written(shown.setting, x + shown.x, y + shown.y, shown.size, colour)


def outline(shape: str, box: tuple[float, float, float, float], points_down: bool = False) -> str:
    """Draw the edge of a card and its ground."""
    x0, y0, x1, y1 = box
    edge = f'stroke="{_EDGES[shape]}" stroke-width="{".9" if shape in _FILLED else ".8"}"'
    if shape in _DASHED:
        edge += f' stroke-dasharray="{_DASHED[shape]}"'
    ground = f'fill="{_FILLED[shape]}" fill-opacity=".1"' if shape in _FILLED else 'fill="none"'
    if shape == "tag":
        return f'<path d="{_tag(box, points_down)}" {ground} {edge}/>'
    radius = {"pill": 10.0, "loss": 10.0, "plain": 0.0}.get(shape, 2.5)
    size = f'width="{number(x1 - x0)}" height="{number(y1 - y0)}"'
    body = f'<rect x="{number(x0)}" y="{number(y0)}" {size} rx="{number(radius)}" {ground} {edge}/>'
    if shape == "loss":
        inner = f'width="{number(x1 - x0 - 4)}" height="{number(y1 - y0 - 4)}" rx="8"'
        body += f'<rect x="{number(x0 + 2)}" y="{number(y0 + 2)}" {inner} {ground} {edge}/>'
    return body


def _tag(box: tuple[float, float, float, float], points_down: bool) -> str:
    x0, y0, x1, y1 = box
    if points_down:
        middle, low = (x0 + x1) / 2, y1 - POINT
        return (
            f"M{_pair((x0, y0))}H{number(x1)}V{number(low)}L{_pair((middle, y1))}"
            f"L{_pair((x0, low))}Z"
        )
    near = x1 - POINT
    return (
        f"M{_pair((x0, y0))}H{number(near)}L{_pair((x1, (y0 + y1) / 2))}L{_pair((near, y1))}"
        f"H{number(x0)}Z"
    )
