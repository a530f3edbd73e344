"""Where a formula that is too wide is broken.

No engine breaks displayed equations, so the tree is broken here, at the first of these that there
is, and again in what is still too wide:

1. before a + or − of the formula itself,
2. between two factors, where the next line then starts with a ⋅, or before a ⊙ or ⊘,
3. in its widest bracket, which the next line closes,
4. in a fraction, which is written with a slash for it,
5. in the widest value of a choice of cases.

Nothing is lost and nothing moves: read one after the other, the lines are the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from reports.mathematics.layout import (
    THIN,
    TIMES,
    Cases,
    Fenced,
    Fraction,
    Layout,
    Mark,
    Prose,
    Row,
    Scripts,
    Tinted,
    row,
    tallness,
)
from reports.mathematics.width import width

_LEAST = 2.0  # ems: no line is asked to be narrower
_WORTH = 0.25  # of a line, that must be left for a bracket to be opened on it
_SLASH = Mark("/")

Items = tuple[Layout, ...]


def broken(layout: Layout, limit: float, later: float | None = None) -> tuple[Layout, ...]:
    """Break ``layout`` into lines of at most ``limit`` ems, and ``later`` for those after the
    first, where there is a place to break at.
    """
    rest = limit if later is None else later
    if width(layout) <= limit:
        return (layout,)
    items = layout.items if isinstance(layout, Row) else (layout,)
    lines: list[Items] = []
    for term in _split(items, _starts_term):
        _append(lines, term, limit, rest)
    return tuple(row(*line) for line in lines)


def _append(lines: list[Items], piece: Items, limit: float, rest: float) -> None:
    """Put ``piece`` at the end of the last line, or below it, itself broken where it must be."""
    space = rest if lines else limit
    if lines and _total((*lines[-1], *piece)) <= (rest if len(lines) > 1 else limit):
        lines[-1] = (*lines[-1], *piece)
    elif _total(piece) <= space:
        lines.append(piece)
    else:
        lines.extend(_factors(piece, space, rest))


def _factors(term: Items, limit: float, rest: float) -> list[Items]:
    """The lines of one term: broken between its factors, and a factor within its bracket."""
    lines: list[Items] = [()]
    for factor in _split(term, _starts_factor):
        space = limit if len(lines) == 1 else rest
        left = space - _total(lines[-1])
        if _total(factor) <= left:
            lines[-1] = (*lines[-1], *factor)
        elif lines[-1] and (_total(factor) <= rest or left < rest * _WORTH):
            continued = (TIMES, *factor[1:]) if factor[0] == THIN else factor
            lines.extend(
                _opened(continued, rest, rest) if _total(continued) > rest else [continued]
            )
        else:
            lines[-1:] = _opened((*lines[-1], *factor), space, rest)
    return lines


def _opened(items: Items, limit: float, rest: float) -> list[Items]:
    """Break within the widest of ``items``."""
    place = max(range(len(items)), key=lambda i: width(items[i]))
    before, after = items[:place], items[place + 1 :]
    first = max(limit - _total(before), _LEAST)
    parts: list[Items] = [(p,) for p in _inside(items[place], first, rest, _total(after))]
    parts[0] = (*before, *parts[0])
    parts[-1] = (*parts[-1], *after)
    return parts


def _inside(item: Layout, limit: float, rest: float, tail: float) -> Iterator[Layout]:
    """The lines of one item, the last with room for a ``tail``; itself if it has no such place."""
    match item:
        case Fenced(left, body, right, 0):
            fence = (width(item) - width(body)) / 2
            lines = _tailed(body, limit - fence, rest, fence + tail)
            yield from _fenced(left, lines, right)
        case Scripts(Fenced() as base, below, above):
            scripts = width(item) - width(base)
            *most, last = _inside(base, limit, rest, tail + scripts)
            yield from most
            yield Scripts(last, below, above)
        case Tinted(body, _):
            yield from (replace(item, body=part) for part in _tailed(body, limit, rest, tail))
        case Fraction(above, below) if width(above) >= width(below):
            under = row(_SLASH, _held(below))
            *most, last = _inside(Fenced("(", above, ")"), limit, rest, tail + width(under))
            yield from most
            yield row(last, under) if most else item
        case Cases(rows):
            brace = width(item) - max(width(value) for value, _ in rows)
            yield Cases(tuple(line for pair in rows for line in _case(pair, limit - brace)))
        case _:
            yield item


def _fenced(left: str, lines: tuple[Layout, ...], right: str) -> Iterator[Layout]:
    """Lines between fences that are of one size, though they stand on different lines."""
    if len(lines) == 1:
        yield Fenced(left, lines[0], right)
        return
    size = max(map(tallness, lines))
    first, *more, last = lines
    yield Fenced(left, first, "", size)
    yield from more
    yield Fenced("", last, right, size)


def _tailed(body: Layout, limit: float, rest: float, tail: float) -> tuple[Layout, ...]:
    """Break ``body`` so that its last line has room for what follows it."""
    lines = broken(body, max(limit, _LEAST), rest)
    if len(lines) > 1 and width(lines[-1]) + tail <= rest:
        return lines
    return broken(body, max(limit - tail * (len(lines) == 1), _LEAST), max(rest - tail, _LEAST))


def _held(layout: Layout) -> Layout:
    """What stands after a slash, in brackets unless it is one thing."""
    return Fenced("(", layout, ")") if isinstance(layout, Row) else layout


def _case(pair: tuple[Layout, Layout], limit: float) -> Iterator[tuple[Layout, Layout]]:
    """The lines of one case: its value, and beside the last of them its condition."""
    value, words = pair
    *most, last = broken(value, max(limit, _LEAST))
    yield from ((part, Prose("")) for part in most)
    yield last, words


def _split(items: tuple[Layout, ...], starts: Callable[[Layout], bool]) -> Iterator[Items]:
    """The pieces of a row; each but the first begins with an item that ``starts`` one."""
    begin = 0
    for place, item in enumerate(items):
        if place > begin and starts(item):
            yield items[begin:place]
            begin = place
    yield items[begin:]


def _starts_term(item: Layout) -> bool:
    return isinstance(item, Mark) and item.spacing == "binary" and item.character in "+−"


def _starts_factor(item: Layout) -> bool:
    return item == THIN or (isinstance(item, Mark) and item.character in {"⊙", "⊘"})


def _total(items: Items) -> float:
    return sum(map(width, items))
