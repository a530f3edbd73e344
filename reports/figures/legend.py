"""The legend of a computation graph: a small sample of each sign in it, and a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reports.figures import paint
from reports.figures.cards import SMALL
from reports.figures.flow import Flow, Link
from reports.figures.lettering import lettered
from reports.figures.routes import Curve, Route
from reports.figures.svg import Letters
from reports.mathematics.layout import Prose

SAMPLE, TO_WORD, GAP, LINE = 18.0, 4.0, 13.0, 13.0
TALL = 8.0
Sample = Callable[[float, float], str]
Entry = tuple[Sample, str]


def legend(
    found: Sequence[Flow], letters: Letters, left: float, top: float, right: float
) -> tuple[str, float]:
    """Draw the legend in centred lines from ``top`` on; give it and where it ends."""
    y, shown = top, []
    for line in _lines(found, right - left):
        x = (left + right - sum(_wide(word) for _, word in line) - GAP * (len(line) - 1)) / 2
        for sample, word in line:
            base = y + TALL / 2 + 2.2
            shown.append(sample(x, y))
            at = x + SAMPLE + TO_WORD
            shown.append(letters.written(lettered(Prose(word)), at, base, SMALL, "currentColor"))
            x += _wide(word) + GAP
        y += LINE
    return "".join(shown), y - LINE + TALL


def _wide(word: str) -> float:
    return SAMPLE + TO_WORD + lettered(Prose(word)).width * SMALL


def _lines(found: Sequence[Flow], room: float) -> list[list[Entry]]:
    """The entries in as few lines as there is room for."""
    lines: list[list[Entry]] = [[]]
    left = room
    for sample, word in _entries(found):
        if lines[-1] and _wide(word) > left:
            lines.append([])
            left = room
        lines[-1].append((sample, word))
        left -= _wide(word) + GAP
    return lines


_SHAPES = (
    ("input", "pill", "input"),
    ("param", "tag", "parameter"),
    ("const", "plain", "constant"),
    ("equation", "card", "computed"),
    ("delay", "dashed", "from another step"),
    ("besides", "besides", "for backward alone"),
    ("carried", "carried", "from the part before"),
)


def _entries(found: Sequence[Flow]) -> Iterator[Entry]:
    kinds = {node.kind for flow in found for node in flow.nodes}
    links = [link for flow in found for link in flow.links]
    for kind, shape, word in _SHAPES:
        if kind in kinds:
            yield _box(shape), word
    yield _arrow(backward=False, recurrent=False), "value"
    if any(link.backward for link in links):
        yield _arrow(backward=True, recurrent=False), "cotangent"
    if any(link.recurrent for link in links):
        yield _arrow(backward=False, recurrent=True), "recurrence"
    if any(node.kept for flow in found for node in flow.nodes):
        yield _kept, "kept for backward"


def _box(shape: str) -> Sample:
    def draw(x: float, y: float) -> str:
        return paint.outline(shape, (x, y, x + SAMPLE, y + TALL))

    return draw


def _arrow(backward: bool, recurrent: bool) -> Sample:
    link = Link("", "", backward, recurrent)

    def draw(x: float, y: float) -> str:
        middle = y + TALL / 2
        ends = ((x, middle), (x + SAMPLE, middle))
        return paint.ways([Route(link, ends[0], (Curve(ends[1]),), backward)])

    return draw


def _kept(x: float, y: float) -> str:
    return paint.kept(x + SAMPLE / 2, y + TALL / 2)
