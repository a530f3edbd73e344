"""Formulas as SVG for a page of HTML: one run of Typst for all, each glyph's outline written once.

A formula is a small ``<svg>`` that sits on the baseline of its line. Its ink is the colour of the
text round it, and its tints are classes, so that a page can be dark.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reports import palette
from reports.mathematics.layout import Layout
from reports.mathematics.typst import prelude, typst
from reports.typesetting import compiled_pages

_SIZE = 10.0  # points; sizes are given to the page in ems of it
_INK = "#000000"
_PAGE = f"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(font: "New Computer Modern", size: {_SIZE}pt, top-edge: "bounds", bottom-edge: "bounds")
#show math.equation: set text(font: "New Computer Modern Math")
// a line of no length marks where the baseline is
#let one(body) = page({{ box(width: 0pt, height: 0pt, line(length: 0.001pt)); body }})
"""
_TINTS = {f"#{colour}": f"index{number}" for number, colour in palette.INDEX.items()}
_TURNED = re.compile(r"matrix\(1 0 0 -1 (\S+) (\S+)\)")
_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = "{http://www.w3.org/1999/xlink}href"

Formula = tuple[Layout, bool]  # with whether it is set in display size


@dataclass(frozen=True, slots=True)
class Drawn:
    """Formulas as SVG.

    Attributes:
        definitions: the outlines that they share, to stand once before them on the page.
        pictures: the ``<svg>`` of each.
    """

    definitions: str
    pictures: Mapping[Formula, str]


def drawn(formulas: Iterable[Formula], prefix: str = "g") -> Drawn:
    """Draw ``formulas``; names on the page begin with ``prefix``, another for another report.

    Raises:
        OptionRefused: where Typst is not installed.
    """
    wanted = tuple(dict.fromkeys(formulas))
    if not wanted:
        return Drawn("", {})
    source = prelude({n: f"#{colour}" for n, colour in palette.INDEX.items()}) + _PAGE
    source += "\n".join(f"#one({_body(*formula)})" for formula in wanted)
    pages = compiled_pages(source, "svg")
    outlines = _Outlines(prefix)
    pictures = {f: _picture(page, outlines) for f, page in zip(wanted, pages, strict=True)}
    return Drawn(outlines.definitions(), pictures)


def _body(layout: Layout, display: bool) -> str:
    shown = typst(layout)
    return f"$display({shown})$" if display else f"${shown}$"


@dataclass(slots=True)
class _Outlines:
    """The outlines met so far, by the name that Typst gives them."""

    prefix: str
    names: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)

    def keep(self, symbol: ET.Element) -> None:
        identity = symbol.get("id", "")
        if identity not in self.shapes:
            path = next(part for part in symbol if _tag(part) == "path")
            self.shapes[identity] = _short(path.get("d", ""))

    def name(self, identity: str) -> str:
        return self.names.setdefault(identity, f"{self.prefix}{len(self.names):x}")

    def definitions(self) -> str:
        paths = "".join(
            f'<path id="{name}" transform="scale(1 -1)" d="{self.shapes[identity]}"/>'
            for identity, name in self.names.items()
        )
        return f'<svg class="glyphs" aria-hidden="true"><defs>{paths}</defs></svg>'


def _picture(page: bytes, outlines: _Outlines) -> str:
    root = ET.fromstring(page)
    _, _, wide, high = map(float, root.get("viewBox", "").split())
    mark, *parts = (part for part in root if _tag(part) != "defs")
    depth = high - float(mark.get("transform", "").rstrip(")").rpartition(" ")[2])
    for symbol in root.iter("{http://www.w3.org/2000/svg}symbol"):
        outlines.keep(symbol)
    body = "".join(_element(part, outlines) for part in parts)
    style = f"width:{_em(wide)};height:{_em(high)};vertical-align:{_em(-depth)}"
    return (
        f'<svg class="f" aria-hidden="true" viewBox="0 0 {_round(wide)} {_round(high)}" '
        f'style="{style}">{body}</svg>'
    )


def _element(element: ET.Element, outlines: _Outlines) -> str:
    """Write one element of a page of Typst's, with all that is in it."""
    tag = _tag(element)
    turned = _TURNED.fullmatch(element.get("transform", ""))
    if tag == "g" and turned is not None and {_tag(part) for part in element} == {"use"}:
        x, y = map(float, turned.groups())
        return "".join(_glyph(part, x, y, outlines) for part in element)
    if tag == "g":
        inner = "".join(_element(part, outlines) for part in element)
        return f"<g{_kept(element, 'transform')}>{inner}</g>"
    if tag == "path":
        line = f"{_kept(element, 'transform', 'stroke-width')}{_paint(element)}"
        return f'<path{line} d="{_short(element.get("d", ""))}"/>'
    raise ValueError(f"a formula holds an SVG element that is not known: {tag}")


def _glyph(element: ET.Element, x: float, y: float, outlines: _Outlines) -> str:
    """Write one glyph of a run that begins at a place; outlines are upright, Typst's are not."""
    name = outlines.name(element.get(_REFERENCE, "")[1:])
    left, low = x + float(element.get("x", "0")), y - float(element.get("y", "0"))
    return f'<use href="#{name}" x="{_round(left)}" y="{_round(low)}"{_paint(element)}/>'


def _kept(element: ET.Element, *names: str) -> str:
    values = ((name, element.get(name)) for name in names)
    return "".join(f' {name}="{_short(value)}"' for name, value in values if value is not None)


def _paint(element: ET.Element) -> str:
    """The colours of an element; ink is what the style sheet gives where nothing is said."""
    fill, stroke = element.get("fill", _INK), element.get("stroke")
    if stroke is not None:
        return f' class="{_TINTS.get(stroke, "ink")} line"'
    return "" if fill == _INK else f' class="{_TINTS[fill]}"'


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _short(path: str) -> str:
    """Write the numbers of a path with two decimals, and no space that is not needed."""
    rounded = _NUMBER.sub(lambda found: _round(float(found[0])), path.strip())
    return re.sub(r" ?([A-Za-z]) ?", r"\1", rounded.replace(" -", "-"))


def _round(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    text = "0" if text in {"-0", ""} else text
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _em(points: float) -> str:
    return f"{points / _SIZE:.3f}em"
