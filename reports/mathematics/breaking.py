"""Where a formula that is too wide is broken.

No engine breaks displayed equations, so the tree is broken here, at the first of these that there
is, and again in what is still too wide:

1. before a + or − of the formula itself,
2. between two factors, where the next line then starts with a ⋅,
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
)
from reports.mathematics.width import width

_LEAST = 4.0  # ems: what is narrower than this is not broken, wherever it stands
_SLASH = Mark("/")


def broken(layout: Layout, limit: float, later: float | None = None) -> tuple[Layout, ...]:
    """Break ``layout`` into lines of at most ``limit`` ems, and ``later`` for those after the
    first, where there is a place to break at.
    """
    rest = limit if later is None else later
    if width(layout) <= limit:
        return (layout,)
    items = layout.items if isinstance(layout, Row) else (layout,)
    lines: list[tuple[Layout, ...]] = []
    for term in _split(items, _starts_term):
        _append(lines, term, limit, rest)
    return tuple(row(*line) for line in lines)


def _append(
    lines: list[tuple[Layout, ...]], piece: tuple[Layout, ...], limit: float, rest: float
) -> None:
    """Put ``piece`` at the end of the last line, or below it, itself broken where it must be."""
    space = rest if lines else limit
    if lines and _total((*lines[-1], *piece)) <= (rest if len(lines) > 1 else limit):
        lines[-1] = (*lines[-1], *piece)
    elif _total(piece) <= space:
        lines.append(piece)
    else:
        lines.extend(_factors(piece, space, rest))


def _factors(term: tuple[Layout, ...], limit: float, rest: float) -> list[tuple[Layout, ...]]:
    """The lines of one term: broken between its factors, and a factor within its bracket."""
    lines: list[tuple[Layout, ...]] = [()]
    for factor in _split(term, lambda item: item == THIN):
        space = limit if len(lines) == 1 else rest
        if _total((*lines[-1], *factor)) <= space:
            lines[-1] = (*lines[-1], *factor)
            continue
        # a bracket that would not fit into a line of its own is opened where it stands
        if lines[-1] and _total(factor) <= rest:
            lines.append((TIMES, *factor[1:]))
            continue
        head, *tail = _opened((*lines[-1], *factor), space, rest)
        lines[-1:] = [head, *tail]
    return lines


def _opened(items: tuple[Layout, ...], limit: float, rest: float) -> list[tuple[Layout, ...]]:
    """Break within the widest of ``items``."""
    place = max(range(len(items)), key=lambda i: width(items[i]))
    before, after = items[:place], items[place + 1 :]
    first = limit - _total(before)
    parts = list(_inside(items[place], max(first, _LEAST), rest))
    if len(parts) == 1:
        return [items]
    found = [(*before, parts[0]), *((part,) for part in parts[1:])]
    found[-1] = (*found[-1], *after)
    return found


def _inside(item: Layout, limit: float, rest: float) -> Iterator[Layout]:
    """The lines of one item; itself, where there is no place to break at."""
    match item:
        case Fenced(left, body, right):
            inner = broken(body, limit, rest)
            if len(inner) == 1:
                yield item
                return
            yield Fenced(left, inner[0], "")
            yield from inner[1:-1]
            yield Fenced("", inner[-1], right)
        case Scripts(Fenced() as base, below, above):
            *most, last = _inside(base, limit, rest)
            yield from most
            yield Scripts(last, below, above)
        case Tinted(body, _):
            yield from (replace(item, body=part) for part in broken(body, limit, rest))
        case Fraction(above, below) if width(above) >= width(below):
            *most, last = _inside(Fenced("(", above, ")"), limit, rest)
            if most:
                yield from most
                yield row(last, _SLASH, _held(below))
            else:
                yield item
        case Cases(rows):
            yield Cases(tuple(line for pair in rows for line in _case(pair, limit, rest)))
        case _:
            yield item


def _held(layout: Layout) -> Layout:
    """What stands after a slash, in brackets unless it is one thing."""
    return Fenced("(", layout, ")") if isinstance(layout, Row) else layout


def _case(
    pair: tuple[Layout, Layout], limit: float, rest: float
) -> Iterator[tuple[Layout, Layout]]:
    value, words = pair
    *most, last = broken(value, limit - width(words), rest - width(words))
    yield from ((part, Prose("")) for part in most)
    yield last, words


def _split(
    items: tuple[Layout, ...], starts: Callable[[Layout], bool]
) -> Iterator[tuple[Layout, ...]]:
    """The pieces of a row; each but the first begins with an item that ``starts`` one."""
    begin = 0
    for place, item in enumerate(items):
        if place > begin and starts(item):
            yield items[begin:place]
            begin = place
    yield items[begin:]


def _starts_term(item: Layout) -> bool:
    return isinstance(item, Mark) and item.spacing == "binary" and item.character in "+−"


def _total(items: tuple[Layout, ...]) -> float:
    return sum(map(width, items))
