"""How wide a formula is, estimated, and where one that is too wide is broken.

No engine breaks displayed equations, so the tree is broken here: before the top-level + and − of
the right side, and a term that is still too wide between its factors, where the next line then
starts with a ⋅. The widths are in ems of the surrounding text.
"""

from __future__ import annotations

from collections.abc import Callable

from reports.mathematics.layout import (
    THIN,
    TIMES,
    Accent,
    Bar,
    Bold,
    Cases,
    Digits,
    Fenced,
    Fraction,
    Layout,
    Letter,
    Limits,
    Mark,
    Prose,
    Root,
    Row,
    Scripts,
    Stack,
    Tinted,
    Word,
    row,
)

_LETTER, _DIGIT, _UPRIGHT = 0.55, 0.5, 0.48
_MARKS = {
    "binary": 1.22,
    "relation": 1.33,
    "comma": 0.44,
    "prefix": 0.78,
    "large": 1.44,
    "thin": 0.17,
}
_SCRIPT, _FENCE, _ROOT, _BRACE = 0.72, 0.4, 0.85, 1.0


def width(layout: Layout) -> float:  # noqa: PLR0911, PLR0912  one line per node
    """Estimate the width of ``layout``."""
    match layout:
        case Letter() | Bold():
            return _LETTER
        case Digits(text):
            return _DIGIT * len(text)
        case Word(text) | Prose(text):
            return _UPRIGHT * (len(text) + 1)
        case Mark(_, spacing):
            return _MARKS.get(spacing, 0.3)
        case Row(items):
            return sum(map(width, items))
        case Scripts(base, below, above):
            scripts = max(width(s) if s is not None else 0.0 for s in (below, above))
            return width(base) + _SCRIPT * scripts
        case Bar(body) | Accent(body, _) | Tinted(body, _):
            return width(body)
        case Fraction(above, below):
            return max(width(above), width(below)) + 0.2
        case Root(body):
            return _ROOT + width(body)
        case Limits(operator, below):
            return max(width(operator), _SCRIPT * width(below))
        case Fenced(_, body, _):
            return 2 * _FENCE + width(body)
        case Stack(lines):
            return max(map(width, lines))
        case Cases(rows):
            values, words = (max(map(width, column)) for column in zip(*rows, strict=True))
            return _BRACE + values + 1.0 + words
    raise TypeError(f"{type(layout).__name__} is not a layout: add it to mathematics.width")


def broken(layout: Layout, limit: float) -> tuple[Layout, ...]:
    """Break ``layout`` into lines of at most ``limit`` where its top-level signs allow."""
    if not isinstance(layout, Row) or width(layout) <= limit:
        return (layout,)
    lines: list[list[Layout]] = [[]]
    for term in _split(layout.items, _starts_term):
        if lines[-1] and _total(lines[-1]) + _total(term) <= limit:
            lines[-1].extend(term)
        else:
            lines.extend(_factors(term, limit))
    return tuple(row(*line) for line in lines if line)


def _factors(term: list[Layout], limit: float) -> list[list[Layout]]:
    """The lines of one term: it alone, or broken between its factors."""
    lines: list[list[Layout]] = [[]]
    for factor in _split(tuple(term), lambda item: item == THIN):
        if lines[-1] and _total(lines[-1]) + _total(factor) > limit:
            lines.append([TIMES, *factor[1:]])
        else:
            lines[-1].extend(factor)
    return lines


def _split(items: tuple[Layout, ...], starts: Callable[[Layout], bool]) -> list[list[Layout]]:
    """The pieces of a row; each but the first begins with an item that ``starts`` one."""
    pieces: list[list[Layout]] = [[]]
    for item in items:
        if starts(item) and pieces[-1]:
            pieces.append([])
        pieces[-1].append(item)
    return pieces


def _starts_term(item: Layout) -> bool:
    return isinstance(item, Mark) and item.spacing == "binary" and item.character in "+−"


def _total(items: list[Layout]) -> float:
    return sum(map(width, items))
