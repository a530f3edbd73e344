"""Formulas as Typst draws them: outlines by name, and where each stands.

Typst writes each page with all its outlines, upside down. Here they are upright and shared by all
pages, so that a glyph is a name and a place.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Union

_INK = "#000000"
_SPACE = "{http://www.w3.org/2000/svg}"
_REFERENCE = "{http://www.w3.org/1999/xlink}href"
_TURNED = re.compile(r"matrix\(1 0 0 -1 (\S+) (\S+)\)")
_MOVED = re.compile(r"(?:translate\(|matrix\(1 0 0 1 )(\S+?)(?: (\S+))?\)")
_COMMAND = re.compile(r"([A-Za-z])([^A-Za-z]*)")
# a move to 0 before one from there
_AT_ZERO = re.compile(r"^\s*M 0 0\s*(?=m)")
# by what each number of a command is multiplied where up is down
_SIDES: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys("mMlLcCqQ", (1, -1)), "h": (1,), "H": (1,), "v": (-1,), "V": (-1,),
    "z": (1,), "Z": (1,),
}  # fmt: skip
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
            outlines[identity] = "".join(flipped(path.get("d", "")) for path in symbol)
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


def flipped(path: str) -> str:
    """Write a path upside down, with two decimals and no space that is not needed.

    Raises:
        ValueError: for a command that outlines do not have.
    """
    shown = ""
    for command, text in _COMMAND.findall(_AT_ZERO.sub("", path)):
        numbers = [float(number) for number in text.split()]
        sides = _SIDES.get(command)
        if sides is None:
            raise ValueError(f"an outline has a command that is not known: {command}")
        turned = (n * sides[place % len(sides)] for place, n in enumerate(numbers))
        shown += command + _joined(map(rounded, turned))
    return shown


def _joined(numbers: Iterable[str]) -> str:
    """Numbers as near to each other as a path allows."""
    shown, before = "", "-"
    for number in numbers:
        is_apart = number[0] == "-" or (number[0] == "." and "." in before) or not shown
        shown += number if is_apart else f" {number}"
        before = number
    return shown


def short(path: str) -> str:
    """Write the numbers of a path with two decimals, and no space that is not needed."""
    found = _NUMBER.sub(lambda number: rounded(float(number[0])), path.strip())
    return re.sub(r" ?([A-Za-z]) ?", r"\1", found.replace(" -", "-"))


def rounded(value: float) -> str:
    """Write a length with two decimals at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    text = "0" if text in {"-0", ""} else text
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
