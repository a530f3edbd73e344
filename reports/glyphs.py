"""Formulas as Typst draws them, in few bytes: an outline is written once, and so is a run of them.

Typst writes each page with all its outlines, upside down. Here they are upright and shared by all
pages, so that a glyph is a name and a place; and glyphs that often stand side by side, as the
indices of an array do, have one name together.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Union

_INK = "#000000"
_SPACE = "{http://www.w3.org/2000/svg}"
_REFERENCE = "{http://www.w3.org/1999/xlink}href"
_TURNED = re.compile(r"matrix\(1 0 0 -1 (\S+) (\S+)\)")
_MOVED = re.compile(r"(?:translate\(|matrix\(1 0 0 1 )(\S+?)(?: (\S+))?\)")
_NUMBER = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Glyph:
    """An outline, where its baseline begins, and the class of its colour."""

    outline: str
    x: float
    y: float
    colour: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path that is drawn as it is, and where it begins."""

    path: str
    x: float
    y: float
    breadth: str
    colour: str


Part = Union[Glyph, Stroke]
Run = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of Typst's: its size in points, where its baseline is, and what is on it."""

    width: float
    height: float
    baseline: float
    parts: tuple[Part, ...]


def read(page: bytes, colours: Mapping[str, str], outlines: dict[str, str]) -> Picture:
    """Read one page, on which the first thing drawn marks the baseline.

    ``colours`` gives the class of each colour that is not ink; new outlines go to ``outlines``.

    Raises:
        ValueError: for an element that formulas do not have.
    """
    root = ET.fromstring(page)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for symbol in root.iter(f"{_SPACE}symbol"):
        identity = symbol.get("id", "")
        if identity not in outlines:
            outlines[identity] = "".join(short(path.get("d", "")) for path in symbol)
    elements = (element for element in root if element.tag != f"{_SPACE}defs")
    mark, *parts = (part for element in elements for part in _parts(element, 0.0, 0.0, colours))
    return Picture(width, height, mark.y, tuple(parts))


def _parts(element: ET.Element, x: float, y: float, colours: Mapping[str, str]) -> Iterator[Part]:
    """What ``element`` draws, in a group that is moved by ``x`` and ``y``."""
    turned = _TURNED.fullmatch(element.get("transform", ""))
    if turned is not None:
        left, low = map(float, turned.groups())
        for use in element:
            yield _glyph(use, x + left, y + low, colours)
        return
    left, top = _place(element)
    if element.tag == f"{_SPACE}g":
        for inner in element:
            yield from _parts(inner, x + left, y + top, colours)
    elif element.tag == f"{_SPACE}path":
        yield Stroke(
            path=short(element.get("d", "")), x=x + left, y=y + top,
            breadth=short(element.get("stroke-width", "0")),
            colour=_class(element.get("stroke", _INK), colours),
        )  # fmt: skip
    else:
        raise ValueError(f"a formula holds an SVG element that is not known: {element.tag}")


def _place(element: ET.Element) -> tuple[float, float]:
    transform = element.get("transform")
    if transform is None:
        return 0.0, 0.0
    moved = _MOVED.fullmatch(transform)
    if moved is None:
        raise ValueError(f"a formula is transformed in a way that is not known: {transform}")
    return float(moved[1]), float(moved[2] or 0.0)


def _glyph(use: ET.Element, x: float, y: float, colours: Mapping[str, str]) -> Glyph:
    if use.tag != f"{_SPACE}use":
        raise ValueError(f"a run of glyphs holds an SVG element that is not known: {use.tag}")
    left, low = x + float(use.get("x", "0")), y - float(use.get("y", "0"))
    outline = use.get(_REFERENCE, "").removeprefix("#")
    return Glyph(outline, left, low, _class(use.get("fill", _INK), colours))


def _class(colour: str, colours: Mapping[str, str]) -> str:
    return "" if colour == _INK else colours[colour]


class Sharing:
    """Names for what several pictures share.

    Attributes:
        prefix: what each name begins with.
    """

    def __init__(self, prefix: str, pictures: Iterable[Picture], outlines: Mapping[str, str]):
        """Look for the runs that are met more than once in ``pictures``."""
        self.prefix = prefix
        self._outlines = outlines
        counted = Counter(_run(run) for picture in pictures for run in _runs(picture.parts))
        self._runs = {run for run, count in counted.items() if count > 1 and len(run) > 1}
        self._names: dict[str | Run, str] = {}

    def written(self, picture: Picture) -> str:
        """Write what is on a picture."""
        shown = []
        for part in _runs(picture.parts):
            if isinstance(part, Stroke):
                shown.append(_stroke(part))
            elif (run := _run(part)) in self._runs:
                shown.append(_use(self._named(run), part[0]))
            else:
                shown += [_use(self._named(glyph.outline), glyph) for glyph in part]
        return "".join(shown)

    def definitions(self) -> str:
        """Write what the pictures written so far share."""
        for run in [name for name in self._names if isinstance(name, tuple)]:
            for outline, _ in run:
                self._named(outline)
        shown = []
        for shared, name in self._names.items():
            if isinstance(shared, str):
                path = f'<path id="{name}" transform="scale(1 -1)" d="{self._outlines[shared]}"/>'
                shown.append(path)
            else:
                uses = (f'<use href="#{self._named(o)}" x="{x}"/>' for o, x in shared)
                shown.append(f'<g id="{name}">{"".join(uses)}</g>')
        return "".join(shown)

    def _named(self, shared: str | Run) -> str:
        return self._names.setdefault(shared, f"{self.prefix}{len(self._names):x}")


def _runs(parts: Sequence[Part]) -> Iterator[Stroke | tuple[Glyph, ...]]:
    """Strokes, and glyphs together that follow each other on one line in one colour."""
    for line, group in groupby(parts, lambda p: (type(p), round(p.y, 2), p.colour)):
        if line[0] is Stroke:
            yield from (part for part in group if isinstance(part, Stroke))
        else:
            yield tuple(part for part in group if isinstance(part, Glyph))


def _run(part: Stroke | tuple[Glyph, ...]) -> Run:
    if isinstance(part, Stroke):
        return ()
    return tuple((glyph.outline, rounded(glyph.x - part[0].x)) for glyph in part)


def _use(name: str, glyph: Glyph) -> str:
    colour = f' class="{glyph.colour}"' if glyph.colour else ""
    return f'<use href="#{name}" x="{rounded(glyph.x)}" y="{rounded(glyph.y)}"{colour}/>'


def _stroke(stroke: Stroke) -> str:
    colour = f"{stroke.colour} line".strip()
    return (
        f'<path class="{colour}" stroke-width="{stroke.breadth}" '
        f'd="{stroke.path}" transform="translate({rounded(stroke.x)} {rounded(stroke.y)})"/>'
    )


def short(path: str) -> str:
    """Write the numbers of a path with two decimals, and no space that is not needed."""
    found = _NUMBER.sub(lambda number: rounded(float(number[0])), path.strip())
    return re.sub(r" ?([A-Za-z]) ?", r"\1", found.replace(" -", "-"))


def rounded(value: float) -> str:
    """Write a length with two decimals at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    text = "0" if text in {"-0", ""} else text
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
