"""The page that leads to the reports of a gallery: cards grouped by kind, or tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from reports.document import (
    Block,
    Display,
    Document,
    Inline,
    Judged,
    Line,
    Link,
    Mono,
    Paragraph,
    Section,
    Table,
)
from reports.gallery.pages import NOT_WRITTEN, Page
from reports.html import Show, page, with_formulas
from reports.lines import Piece, pieces
from reports.markdown import markdown
from reports.mathematics.layout import Layout, Mark, row

TITLE = "Backpropagation, layer by layer"
INTRODUCTION = (
    "Each report derives the backward equations of one layer from its forward equations, shows the "
    "NumPy code made from them, and gives the proofs that the code computes their gradients."
)

# The width of a card in ems of its mathematics.
_CARD = 19.5
_EQUALS = Mark("=", "relation")

Groups = Sequence[tuple[str, Sequence[Page]]]


def index_page(groups: Groups, formats: Sequence[str], math: str = "svg") -> str:
    """Write the index as a self-contained page with one card for each layer.

    Raises:
        OptionRefused: for ``svg`` where Typst is not installed.
    """
    body = with_formulas(lambda show: _body(groups, formats, show), math)
    return page(TITLE, body, "gallery.css")


def _body(groups: Groups, formats: Sequence[str], show: Show) -> str:
    kinds = "".join(
        f'<li><a href="#{_anchor(kind)}">{escape(kind)}</a> <span>{len(members)}</span></li>'
        for kind, members in groups
    )
    sections = "\n".join(_section(kind, members, formats, show) for kind, members in groups)
    return f"""<main class="gallery">
<header>
<h1>{TITLE}</h1>
<p class="subtitle">{escape(_summary(groups))}</p>
</header>
<p>{escape(INTRODUCTION)}</p>
<nav aria-label="Kinds of layers"><ul class="kinds">{kinds}</ul></nav>
{sections}
</main>"""


def index_text(groups: Groups, formats: Sequence[str]) -> str:
    """Write the index as Markdown with one table for each kind."""
    blocks: list[Block] = [Paragraph((INTRODUCTION,))]
    for kind, members in groups:
        blocks += [Section(kind), _table(members, formats)]
    return markdown(Document(TITLE, _summary(groups), (), tuple(blocks)))


def _summary(groups: Groups) -> str:
    found = sorted(p.verdict.lower() or NOT_WRITTEN for _, members in groups for p in members)
    counts = [(word, len(list(same))) for word, same in groupby(found)]
    told = ", ".join(f"{count} {word}" for word, count in sorted(counts, key=lambda c: -c[1]))
    return f"{len(found)} layers: {told}"


def _section(kind: str, members: Iterable[Page], formats: Sequence[str], show: Show) -> str:
    cards = "\n".join(_card(member, formats, show) for member in members)
    return f"""<section id="{_anchor(kind)}">
<h2>{escape(kind)}</h2>
<div class="cards">
{cards}
</div>
</section>"""


def _card(shown: Page, formats: Sequence[str], show: Show) -> str:
    title, name = escape(shown.title), f"<code>{escape(shown.name)}</code>"
    if shown.problem:
        return (
            f'<article class="card"><h3>{title}</h3><p class="meta">{name} '
            f'<span class="bad">{NOT_WRITTEN}</span></p><p>{escape(shown.problem)}</p></article>'
        )
    first = escape(_target(shown, formats[0]))
    links = "".join(f'<a href="{escape(_target(shown, kind))}">{kind}</a>' for kind in formats)
    more = f'<p class="links">{links}</p>' if len(formats) > 1 else ""
    verdict = f'<span class="{"good" if shown.good else "bad"}">{escape(shown.verdict)}</span>'
    return (
        f'<article class="card"><h3><a href="{first}">{title}</a></h3>'
        f'<p class="meta">{name} {verdict}</p>{_equations(shown, show)}{more}</article>'
    )


def _equations(shown: Page, show: Show) -> str:
    rows = "\n".join(_line(piece, show) for piece in pieces(Display(shown.forward), _CARD))
    return f'<div class="eq"><table role="presentation">\n{rows}\n</table></div>'


def _line(piece: Piece, show: Show) -> str:
    left = "" if piece.left is None else show(piece.left, False)
    kind = "right on" if piece.goes_on else "right"
    right = piece.right if piece.goes_on else row(_EQUALS, piece.right)
    return f'<tr><td class="left">{left}</td><td class="{kind}">{show(right, True)}</td></tr>'


def _table(members: Iterable[Page], formats: Sequence[str]) -> Table:
    heads = ("Layer", "Name", "Forward", "Verdict", *formats)
    return Table(heads, tuple(_row(member, formats) for member in members))


def _row(shown: Page, formats: Sequence[str]) -> tuple[Inline, ...]:
    name = Mono(shown.name)
    if shown.problem:
        gaps = ("",) * len(formats)
        return (shown.title, name, shown.problem, Judged(NOT_WRITTEN, good=False), *gaps)
    links = (Link(kind, _target(shown, kind)) for kind in formats)
    return (
        shown.title,
        name,
        _equation(shown.forward[-1]),
        Judged(shown.verdict, shown.good),
        *links,
    )


def _equation(line: Line) -> Layout:
    assert line.left is not None, "each line is an equation of its own"
    return row(line.left, _EQUALS, line.right)


def _target(shown: Page, kind: str) -> str:
    return f"{shown.name}.{kind}"


def _anchor(kind: str) -> str:
    return "-".join(kind.lower().split())
