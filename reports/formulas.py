"""Formulas as SVG for a page of HTML: one run of Typst for all, each glyph's outline written once.

A formula is a small ``<svg>`` that sits on the baseline of its line. Its ink is the colour of the
text round it, and its tints are classes, so that a page can be dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports import palette
from reports.glyphs import Picture, read, rounded
from reports.mathematics.layout import Layout
from reports.mathematics.typst import prelude, typst
from reports.sharing import Sharing
from reports.typesetting import compiled_pages

_SIZE = 10.0  # points; sizes are given to the page in ems of it
_PAGE = f"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(font: "New Computer Modern", size: {_SIZE}pt, top-edge: "bounds", bottom-edge: "bounds")
#show math.equation: set text(font: "New Computer Modern Math")
// a line of no length marks where the baseline is
#let one(body) = page({{ box(width: 0pt, height: 0pt, line(length: 0.001pt)); body }})
"""
_TINTS = {f"#{colour}": f"index{number}" for number, colour in palette.INDEX.items()}
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
    outlines: dict[str, str] = {}
    pages = [read(page, _TINTS, outlines) for page in compiled_pages(source, "svg")]
    sharing = Sharing(prefix, pages, outlines)
    pictures = {f: _picture(page, sharing) for f, page in zip(wanted, pages, strict=True)}
    shared = f'<svg class="glyphs" aria-hidden="true"><defs>{sharing.definitions()}</defs></svg>'
    return Drawn(shared, pictures)


def _body(layout: Layout, display: bool) -> str:
    shown = typst(layout)
    return f"$display({shown})$" if display else f"${shown}$"


def _picture(page: Picture, sharing: Sharing) -> str:
    lengths = (page.width, page.height, page.baseline - page.height)
    width, height, align = (f"{round(length / _SIZE, 3):g}em" for length in lengths)
    return (
        f'<svg class="f" aria-hidden="true" viewBox="0 0 {rounded(page.width)} '
        f'{rounded(page.height)}" style="width:{width};height:{height};vertical-align:{align}">'
        f"{sharing.written(page)}</svg>"
    )
