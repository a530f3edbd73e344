"""What the formulas of a page have in common, written once: outlines, and groups of them.

Two parts that stand side by side in the same way again and again are a group with a name, and so
are two groups: the indices of an array, the array with its indices, a sum over them. A part that
is met once stays where it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Union

from reports.glyphs import Glyph, Part, Picture, rounded

# a group of two costs about as much as it saves where it is met twice
_LEAST = 3


class Line(NamedTuple):
    """A stroke, wherever it stands."""

    path: str
    breadth: str


class Pair(NamedTuple):
    """Two units, the second so many hundredths of a point from the first, with their colours."""

    first: int
    second: int
    x: int
    y: int
    colours: tuple[str, str]


Unit = Union[str, Line, Pair]  # the name of an outline, or one of these


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit, by its number, where it begins, and the class of its colour."""

    unit: int
    x: float
    y: float
    colour: str


class Sharing:
    """Names for what several pictures share.

    Attributes:
        prefix: what each name begins with.
    """

    def __init__(self, prefix: str, pictures: Iterable[Picture], outlines: Mapping[str, str]):
        """Look for what is met again in ``pictures``, whose ``outlines`` are given by name."""
        self.prefix = prefix
        self._outlines = outlines
        self._numbers: dict[Unit, int] = {}
        self._units: list[Unit] = []
        found = {id(picture): [self._placed(p) for p in picture.parts] for picture in pictures}
        self._shown: dict[int, list[Placed]] = self._grouped(found)
        self._met = self._counted()
        self._names: dict[int, str] = {}

    def written(self, picture: Picture) -> str:
        """Write what is on one of the pictures."""
        return "".join(map(self._write, self._shown[id(picture)]))

    def definitions(self) -> str:
        """Write what the pictures written so far share."""
        shown: dict[int, str] = {}
        while len(shown) < len(self._names):
            # a group may name others that have not been met so far
            for unit, name in [(u, n) for u, n in self._names.items() if u not in shown]:
                shown[unit] = self._define(unit, name)
        return "".join(shown[unit] for unit in self._names)

    # ---- finding what is alike ------------------------------------------------------------------

    def _placed(self, part: Part) -> Placed:
        unit: Unit = part.outline if isinstance(part, Glyph) else Line(part.path, part.breadth)
        return Placed(self._number(unit), part.x, part.y, part.colour)

    def _number(self, unit: Unit) -> int:
        if unit not in self._numbers:
            self._numbers[unit] = len(self._units)
            self._units.append(unit)
        return self._numbers[unit]

    def _grouped(self, rows: dict[int, list[Placed]]) -> dict[int, list[Placed]]:
        """Pair what stands together often, and pairs again, until nothing does."""
        while True:
            counted = Counter(
                _pair(a, b)[0] for row in rows.values() for a, b in pairwise(row)
            )
            often = {pair: count for pair, count in counted.items() if count >= _LEAST}
            if not often:
                return rows
            before = sum(map(len, rows.values()))
            rows = {key: list(self._joined(row, often)) for key, row in rows.items()}
            if sum(map(len, rows.values())) == before:
                return rows

    def _joined(self, row: Sequence[Placed], often: Mapping[Pair, int]) -> Iterator[Placed]:
        """One row with its pairs joined; of two that overlap, that which is met more often."""
        place = 0
        while place < len(row):
            here = _at(row, place, often)
            if here is None or _count(_at(row, place + 1, often), often) > often[here[0]]:
                yield row[place]
                place += 1
            else:
                pair, colour = here
                yield Placed(self._number(pair), row[place].x, row[place].y, colour)
                place += 2

    def _counted(self) -> Counter[int]:
        """How often each unit is written, in pictures and in groups."""
        met = Counter(placed.unit for row in self._shown.values() for placed in row)
        # a group has a higher number than its parts, and is written once where it is shared
        for unit in range(len(self._units) - 1, -1, -1):
            pair = self._units[unit]
            if isinstance(pair, Pair):
                times = 1 if met[unit] > 1 else met[unit]
                met[pair.first] += times
                met[pair.second] += times
        return met

    # ---- writing --------------------------------------------------------------------------------

    def _write(self, placed: Placed) -> str:
        unit = self._units[placed.unit]
        if isinstance(unit, str) or self._met[placed.unit] > 1:
            return self._use(placed)
        if isinstance(unit, Pair):
            return "".join(map(self._write, _parts(unit, placed.x, placed.y, placed.colour)))
        move = f' transform="translate({rounded(placed.x)} {rounded(placed.y)})"'
        return _stroke(unit, f"{placed.colour} line".strip(), move)

    def _use(self, placed: Placed) -> str:
        name = self._names.setdefault(placed.unit, f"{self.prefix}{len(self._names):x}")
        colour = f' class="{placed.colour}"' if placed.colour else ""
        sides = (("x", rounded(placed.x)), ("y", rounded(placed.y)))
        place = "".join(f' {side}="{length}"' for side, length in sides if length != "0")
        return f'<use href="#{name}"{place}{colour}/>'

    def _define(self, number: int, name: str) -> str:
        unit = self._units[number]
        if isinstance(unit, str):
            return f'<path id="{name}" d="{self._outlines[unit]}"/>'
        if isinstance(unit, Pair):
            parts = "".join(map(self._write, _parts(unit, 0.0, 0.0, "")))
            return f'<g id="{name}">{parts}</g>'
        return _stroke(unit, "line", f' id="{name}"')


def _pair(first: Placed, second: Placed) -> tuple[Pair, str]:
    """How two stand together, and the colour of both, if they have one."""
    x, y = (round(100 * (b - a)) for a, b in ((first.x, second.x), (first.y, second.y)))
    colours = first.colour, second.colour
    both = colours[0] if colours[0] == colours[1] else ""
    return Pair(first.unit, second.unit, x, y, ("", "") if both else colours), both


def _at(row: Sequence[Placed], place: int, often: Mapping[Pair, int]) -> tuple[Pair, str] | None:
    """The pair that begins at a place, if it is met often."""
    if place + 1 >= len(row):
        return None
    found = _pair(row[place], row[place + 1])
    return found if found[0] in often else None


def _count(found: tuple[Pair, str] | None, often: Mapping[Pair, int]) -> int:
    return 0 if found is None else often[found[0]]


def _parts(pair: Pair, x: float, y: float, colour: str) -> tuple[Placed, Placed]:
    own = tuple(c or colour for c in pair.colours)
    return (
        Placed(pair.first, x, y, own[0]),
        Placed(pair.second, x + pair.x / 100, y + pair.y / 100, own[1]),
    )


def _stroke(line: Line, kind: str, more: str) -> str:
    return f'<path class="{kind}" stroke-width="{line.breadth}" d="{line.path}"{more}/>'

