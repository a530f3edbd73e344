"""A document as one HTML file: no script, no font, nothing fetched; every text escaped.

A formula is a picture made by Typst, the same in every browser, beside MathML that is read aloud
and copied but not seen; or MathML alone, which the browser sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import singledispatch
from html import escape
from importlib.resources import files
from urllib.parse import quote

from reports.document import (
    Code,
    Document,
    Facts,
    Figure,
    Inline,
    Judged,
    Link,
    Mono,
    Paragraph,
    Reference,
    Section,
    Table,
    Verdict,
)
from reports.formulas import Formula, drawn
from reports.highlight import highlighted
from reports.lines import Laid, Piece, Rows, laid
from reports.mathematics.layout import Layout, Mark, row, untinted
from reports.mathematics.mathml import mathml
from reports.tex import aligned

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# how MathML is spaced, and what only tells how an element looks
_SPACING = re.compile(r"<mspace [^>]*/>|(?<=<mo) [^>]*(?=>)|(?<=<mtable) [^>]*(?=>)")
_EQUALS = Mark("=", "relation")
# what may stand as it is in a data URI within an attribute; base64 would take a third more
_PLAIN = " !$'()*+,-./:;=?@[]^_`{|}~"
_TAG = re.compile(r"<[^<>]*>")

# gives the markup of a formula, in display size or not
Show = Callable[[Layout, bool], str]


def html(document: Document, math: str = "svg", prefix: str = "g") -> str:
    """Write ``document`` as a self-contained page.

    Args:
        document: what it says.
        math: what formulas are: ``svg`` with MathML for those who do not see, or ``mathml`` alone.
        prefix: what the names within its pictures begin with.

    Raises:
        OptionRefused: for ``svg`` where Typst is not installed.
    """
    return page(document.title, main(document, math, prefix))


def page(title: str, body: str, sheet: str = "") -> str:
    """Write a whole page round ``body``, in the style of all reports and of ``sheet`` besides."""
    style = "".join(
        files("reports").joinpath(name).read_text(encoding="utf-8")
        for name in ("report.css", sheet)
        if name
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def main(document: Document, math: str = "svg", prefix: str = "g") -> str:
    """Write what stands on the page, for one that has the style sheet already.

    Raises:
        OptionRefused: for ``svg`` where Typst is not installed.
    """
    blocks = laid(document)
    return with_formulas(lambda show: _main(document, blocks, show), math, prefix)


def with_formulas(body: Callable[[Show], str], math: str = "svg", prefix: str = "g") -> str:
    """Write ``body``, given how formulas are shown; it is asked twice, first for what it shows.

    Raises:
        OptionRefused: for ``svg`` where Typst is not installed.
    """
    if math == "mathml":
        return body(_mathml)
    met: list[Formula] = []

    def note(layout: Layout, display: bool) -> str:
        met.append((layout, display))
        return ""

    body(note)
    found = drawn(met, prefix)

    def show(layout: Layout, display: bool) -> str:
        # what is not seen needs no spaces, no colours and no size
        spoken = _SPACING.sub("", mathml(untinted(layout)))
        return f'<span class="m">{found.pictures[layout, display]}{spoken}</span>'

    return found.definitions + "\n" + body(show)


def _mathml(layout: Layout, display: bool) -> str:
    return mathml(layout, display=display)


def _main(document: Document, blocks: tuple[Laid, ...], show: Show) -> str:
    sources = "".join(f"<li>{escape(source)}</li>" for source in document.sources)
    body = "\n".join(_numbered(blocks, show))
    return f"""<main>
<header>
<h1>{escape(document.title)}</h1>
<p class="subtitle">{escape(document.subtitle)}</p>
<ul class="sources">{sources}</ul>
</header>
{body}
</main>"""


def _numbered(blocks: tuple[Laid, ...], show: Show) -> list[str]:
    shown: list[str] = []
    numbers = [0, 0]
    cited = {piece.tag for block in blocks if isinstance(block, Rows) for piece in block.pieces}
    for block in blocks:
        if isinstance(block, Section):
            numbers = [numbers[0] + 1, 0] if block.level == 1 else [numbers[0], numbers[1] + 1]
            number = ".".join(map(str, numbers[: block.level]))
            name = f' id="{escape(block.anchor)}"' if block.anchor else ""
            tag = f"h{block.level + 1}"
            title = f'<span class="number">{number}</span>{escape(block.title)}'
            shown.append(f"<{tag}{name}>{title}</{tag}>")
        elif isinstance(block, Code):
            shown.append(_code(block, cited))
        else:
            shown.append(_write(block, show))
    return shown


@singledispatch
def _write(block: object, show: Show) -> str:  # noqa: ARG001  the default of a table of rules
    raise TypeError(f"{type(block).__name__} is not a block: add a rule to reports.html")


@_write.register
def _(block: Paragraph, show: Show) -> str:
    return f"<p>{_inlines(block.parts, show)}</p>"


@_write.register
def _(block: Rows, show: Show) -> str:
    facts = {"result": block.result, "reasoned": block.has_reasons, "whole": block.is_whole}
    kinds = ["eq", *(kind for kind, holds in facts.items() if holds)]
    lines = "\n".join(_row(piece, show) for piece in block.pieces)
    source = f"<details><summary>LaTeX</summary><pre>{escape(aligned(block))}</pre></details>"
    rows = f'<table role="presentation">\n{lines}\n</table>'
    return f'<div class="{" ".join(kinds)}">{rows}{source}</div>'


def _row(piece: Piece, show: Show) -> str:
    left = "" if piece.left is None else show(piece.left, False)
    right = piece.right if piece.goes_on else row(_EQUALS, piece.right)
    name = f' id="eq-{escape(piece.tag)}"' if piece.is_target else ""
    tag = escape(piece.tag)
    number = f'<a href="#eq-{tag}">({tag})</a>' if piece.tag else ""
    kind = "right on" if piece.goes_on else "right"
    return (
        f'<tr{name}><td class="left">{left}</td><td class="{kind}">{show(right, True)}</td>'
        f'<td class="note">{_inlines(piece.reason, show)}</td><td class="tag">{number}</td></tr>'
    )


@_write.register
def _(block: Table, show: Show) -> str:
    def cells(kind: str, cells: tuple[Inline, ...]) -> str:
        classes = (' class="number"' if i in block.numeric else "" for i in range(len(cells)))
        return "".join(
            f"<{kind}{chosen}>{_inline(cell, show)}</{kind}>"
            for chosen, cell in zip(classes, cells, strict=True)
        )

    rows = "\n".join(f"<tr>{cells('td', line)}</tr>" for line in block.rows)
    caption = f"<caption>{_inlines(block.caption, show)}</caption>" if block.caption else ""
    return (
        f'<div class="wide"><table class="data">{caption}<thead><tr>{cells("th", block.head)}</tr>'
        f"</thead>\n<tbody>{rows}</tbody></table></div>"
    )


@_write.register
def _(block: Facts, show: Show) -> str:
    items = "".join(
        f"<div><dt>{escape(item.label)}</dt><dd>{_inline(item.symbol, show)} "
        f'<span class="value">{_inline(item.value, show)}</span></dd></div>'
        for item in block.items
    )
    return f'<dl class="facts">{items}</dl>'


@_write.register
def _(block: Figure, show: Show) -> str:
    # as a picture, not as part of the page: nothing in it can act, and no name of it can clash
    picture = quote(_TAG.sub(_quoted, block.svg), safe=_PLAIN)
    caption = f"<figcaption>{_inlines(block.caption, show)}</figcaption>" if block.caption else ""
    return (
        f'<figure><img src="data:image/svg+xml,{picture}" alt="{escape(block.alt)}">'
        f"{caption}</figure>"
    )


def _quoted(tag: re.Match[str]) -> str:
    """A tag with single quotes, which need no escape within an attribute."""
    return tag[0] if "'" in tag[0] else tag[0].replace('"', "'")


@_write.register
def _(block: Verdict, show: Show) -> str:  # noqa: ARG001  rules share a signature
    kind = "good" if block.good else "bad"
    word = f"<strong>{escape(block.word)}</strong>"
    return f'<p class="verdict {kind}">{word} {escape(block.meaning)}</p>'


def _code(block: Code, cited: set[str]) -> str:
    python = block.language == "python"
    shown = highlighted(block.text, cited) if python else escape(block.text)
    return f'<pre class="code"><code>{shown}</code></pre>'


def _inlines(parts: tuple[Inline, ...], show: Show) -> str:
    return "".join(_inline(part, show) for part in parts)


def _inline(part: Inline, show: Show) -> str:
    match part:
        case str():
            return escape(part)
        case Reference(tag):
            return f'<a href="#eq-{escape(tag)}">({escape(tag)})</a>'
        case Link(text, target):
            return f'<a href="{escape(target)}">{escape(text)}</a>'
        case Mono(text):
            return f"<code>{escape(text)}</code>"
        case Judged(text, good):
            return f'<span class="{"good" if good else "bad"}">{escape(text)}</span>'
    return show(part, False)
