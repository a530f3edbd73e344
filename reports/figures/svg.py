"""The text of an SVG: shapes, ways and letters, in colours for light, dark and grey.

Ink is the colour of the root, which is light where the reader wants dark pages; the other
colours are between, and read on both. Nothing in a drawing depends on colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from itertools import groupby

from reports.figures.lettering import Glyph, Piece, Setting, outline

EM = 1000.0  # in the units of outlines
WIDEST = 440.0  # of a drawing, in points: the width of a page of text
INK, PALE_INK = "#1b1f24", "#e4e7ea"
FORWARD, BACK, QUIET = "#2f7ab8", "#c8601f", "#7c8794"
PALE = {FORWARD: "#64a6dd", BACK: "#ea9055", QUIET: "#9aa5b1"}
# A page may hold several drawings, and a drawing stands in pages that have styles of their own.
ROOT = "backproof-drawing"


def number(value: float) -> str:
    """Write a length: two decimals and no more."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def root(width: float, height: float, body: str, alt: str) -> str:
    """Write the whole drawing, its size in points; one that is too wide is made smaller."""
    size = f"{number(width)} {number(height)}"
    scale = min(1.0, WIDEST / width)
    shown = f'width="{number(width * scale)}pt" height="{number(height * scale)}pt"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="{ROOT}" role="img" {shown}'
    lines = (
        f'{head} viewBox="0 0 {size}" color="{INK}">',
        f"<title>{escape(alt)}</title>",
        f"<style>{_dark()}</style>",
        body,
        "</svg>\n",
    )
    return "\n".join(lines)


def _dark() -> str:
    """Paler colours for dark pages; plots keep theirs, which have no small letters."""
    rules = [f".{ROOT}{{color:{PALE_INK}}}"]
    rules += [
        f'.{ROOT} [{what}="{colour}"]{{{what}:{pale}}}'
        for colour, pale in PALE.items()
        for what in ("fill", "stroke")
    ]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"


@dataclass(slots=True)
class Letters:
    """The outlines that a drawing uses, each written once.

    Attributes:
        prefix: what their names begin with; other drawings on a page have another.
        names: the name of each outline.
    """

    prefix: str
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def written(self, setting: Setting, x: float, y: float, size: float, colour: str) -> str:
        """Write a formula whose baseline begins at ``(x, y)``."""
        shown = []
        for (scale, low), pieces in groupby(setting.pieces, key=_line):
            inside = "".join(self._piece(piece, low, scale) for piece in pieces)
            if (scale, low) == (1.0, 0.0):
                shown.append(inside)
            else:
                move = f"translate(0 {number(-low * EM)})scale({number(scale)})"
                shown.append(f'<g transform="{move}">{inside}</g>')
        place = f"translate({number(x)} {number(y)})scale({size / EM:g})"
        return f'<g fill="{colour}" transform="{place}">{"".join(shown)}</g>'

    def _piece(self, piece: Piece, low: float, scale: float) -> str:
        x = f"{piece.x / scale * EM:.0f}"
        if isinstance(piece, Glyph):
            place = f' x="{x}"' if x != "0" else ""
            return f'<use href="#{self._name(piece.font, piece.character)}"{place}/>'
        w, h = (f"{length / scale * EM:.0f}" for length in (piece.length, piece.height))
        top = f"{-(piece.y - low + piece.height) / scale * EM:.0f}"
        return f'<rect x="{x}" y="{top}" width="{w}" height="{h}"/>'

    def definitions(self) -> str:
        """Write the outlines that were used."""
        shapes = (f'<path id="{name}" d="{outline(*key)}"/>' for key, name in self.names.items())
        return f"<defs>{''.join(shapes)}</defs>"

    def _name(self, font: str, character: str) -> str:
        return self.names.setdefault((font, character), f"{self.prefix}{len(self.names)}")


def _line(piece: Piece) -> tuple[float, float]:
    """The size and the baseline of a piece; a bar belongs to the line of its letters."""
    return (piece.size, piece.y) if isinstance(piece, Glyph) else (1.0, 0.0)


def prefix(parts: Sequence[str]) -> str:
    """Give a name that belongs to a drawing of ``parts`` alone."""
    return "d" + sha256("\n".join(parts).encode()).hexdigest()[:5] + "-"
