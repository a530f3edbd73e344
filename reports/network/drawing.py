"""A network as a drawing: its steps from above, values on their way down, cotangents back up."""

from __future__ import annotations

from collections.abc import Sequence

from numeric.network import Network
from numeric.shape import Shape
from reports.document import Figure
from reports.figures.lettering import Setting, lettered
from reports.figures.svg import BACK, FORWARD, QUIET, Letters, number, prefix, root
from reports.mathematics.layout import Layout, Prose
from reports.network.chain import INPUT, Link, cotangent
from reports.network.positions import Place, placed
from reports.network.table import shape

_WIDTH, _MIDDLE = 400.0, 200.0
_BOX, _HIGH, _GAP = 230.0, 24.0, 30.0
_APART = 26.0  # of each arrow from the middle
_HEAD, _HALF = 5.0, 2.2
_SIZE, _SMALL = 10.0, 8.5
_ROOM = _BOX - 34.0  # for a title beside its number
_EDGE = 3.0
_ON_A_PAGE = 11  # boxes, which fit on a page of A4


def drawings(network: Network, chain: Sequence[Link]) -> tuple[Figure, ...]:
    """Draw the steps of ``network`` and the loss, with what goes between them; on pages if long."""
    shapes = [link.stage.before for link in chain if link.stage is not None] + [network.shape]
    parts = range(0, len(chain), _ON_A_PAGE)
    return tuple(
        _drawing(chain[first : first + _ON_A_PAGE], shapes[first : first + _ON_A_PAGE])
        for first in parts
    )


def _drawing(chain: Sequence[Link], shapes: Sequence[Shape]) -> Figure:
    alt = _told(chain)
    letters = Letters(prefix([alt]))
    parts: list[str] = []
    y = _EDGE
    if chain[0].before == INPUT:
        parts.append(_value(INPUT, shapes[0], y + 10.0, letters))
        y += 16.0
    for link, before in zip(chain, shapes, strict=True):
        named = None if link.before == INPUT else link.before
        parts.append(_between(named, before, y, letters))
        y += _GAP
        parts.append(_box(link, y, letters))
        y += _HIGH
    body = "\n".join([letters.definitions(), *parts])
    caption = (
        f"{_extent(chain)} of the network. Arrows down: values, with their shapes. Dashed arrows "
        "up: cotangents, which the backward pass computes from the loss back."
    )
    return Figure(svg=root(_WIDTH, y + _EDGE, body, alt), alt=alt, caption=(caption,))


def _extent(chain: Sequence[Link]) -> str:
    """Which steps are shown."""
    steps = [link.stage.path for link in chain if link.stage is not None]
    if not steps:
        return "The loss"
    words = f"Steps {steps[0]} to {steps[-1]}" if len(steps) > 1 else f"Step {steps[0]}"
    return words if len(steps) == len(chain) else f"{words} and the loss"


def _told(chain: Sequence[Link]) -> str:
    names = [
        f"the loss {link.title}"
        if link.stage is None
        else f"step {link.stage.path} {link.title}"
        for link in chain
    ]
    return f"A chain of steps from the samples to the loss: {', then '.join(names)}."


def _value(place: Place, extents: Shape, y: float, letters: Letters) -> str:
    """The samples, over the first arrow."""
    name, size = lettered(placed(place)), lettered(shape(extents))
    left = _MIDDLE - _APART - name.width * _SIZE / 2
    right = left + name.width * _SIZE + 8
    return _written(name, left, y, letters) + _small(size, right, y, letters)


def _between(place: Place | None, extents: Shape, y: float, letters: Letters) -> str:
    """Both arrows over a step, with what goes along them."""
    left, right = _MIDDLE - _APART, _MIDDLE + _APART
    parts = [_down(left, y), _up(right, y)]
    middle = y + _GAP / 2 + 3
    if place is not None:
        size = lettered(shape(extents))
        name = lettered(placed(place))
        x = left - 7 - name.width * _SIZE
        parts.append(_written(name, x, middle, letters))
        x -= 9 + size.width * _SMALL
        parts.append(_small(size, x, middle, letters))
    back: Layout = cotangent(place or INPUT)
    parts.append(_written(lettered(back), right + 8, middle, letters, BACK))
    return "".join(parts)


def _down(x: float, y: float) -> str:
    end = y + _GAP - 1.5
    head = (
        f"M{number(x - _HALF)} {number(end - _HEAD)}H{number(x + _HALF)}L{number(x)} {number(end)}Z"
    )
    return (
        f'<path d="M{number(x)} {number(y + 1)}V{number(end - _HEAD)}" fill="none" '
        f'stroke="{FORWARD}"/><path d="{head}" fill="{FORWARD}"/>'
    )


def _up(x: float, y: float) -> str:
    end, low = y + 1.5, y + _GAP - 1
    head = (
        f"M{number(x - _HALF)} {number(end + _HEAD)}L{number(x)} {number(end)}"
        f"L{number(x + _HALF)} {number(end + _HEAD)}"
    )
    return (
        f'<path d="M{number(x)} {number(low)}V{number(end)}" fill="none" stroke="{BACK}" '
        f'stroke-dasharray="3.4 1.8"/><path d="{head}" fill="none" stroke="{BACK}"/>'
    )


def _box(link: Link, y: float, letters: Letters) -> str:
    is_loss = link.stage is None
    colour, ground = ("currentColor", ".04") if is_loss else (FORWARD, ".1")
    frame = (
        f'<rect x="{number(_MIDDLE - _BOX / 2)}" y="{number(y)}" width="{number(_BOX)}" '
        f'height="{number(_HIGH)}" rx="{number(_HIGH / 2 if is_loss else 2.5)}" '
        f'fill="{colour}" fill-opacity="{ground}" stroke="{colour}" stroke-width=".9"/>'
    )
    title = _fitting(link.title, _ROOM)
    base = y + _HIGH / 2 + 3.4
    shown = _written(title, _MIDDLE - title.width * _SIZE / 2, base, letters)
    if link.stage is not None:
        shown += _small(
            lettered(Prose(str(link.stage.path))), _MIDDLE - _BOX / 2 + 6, base, letters
        )
    return frame + shown


def _fitting(title: str, room: float) -> Setting:
    """A title, cut where it is too long for its box."""
    found = lettered(Prose(title))
    kept = len(title)
    while found.width * _SIZE > room and kept > 1:
        kept -= 1
        found = lettered(Prose(title[:kept].rstrip() + "..."))
    return found


def _written(
    setting: Setting, x: float, y: float, letters: Letters, colour: str = "currentColor"
) -> str:
    return letters.written(setting, x, y, _SIZE, colour)


def _small(setting: Setting, x: float, y: float, letters: Letters) -> str:
    return letters.written(setting, x, y, _SMALL, QUIET)
