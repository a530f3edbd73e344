"""The page that leads to the reports of a gallery: cards grouped by kind, or tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby

from reports.document import (
    Block,
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
from reports.markdown import markdown
from reports.mathematics.layout import Layout, Mark, row
from reports.mathematics.mathml import mathml

TITLE = "Backpropagation, layer by layer"
INTRODUCTION = (
    "Each report derives the backward equations of one layer from its forward equations, shows the "
    "NumPy code made from them, and gives the proofs that the code computes their gradients."
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""

Groups = Sequence[tuple[str, Sequence[Page]]]


def index_page(groups: Groups, formats: Sequence[str]) -> str:
    """Write the index as a self-contained page with one card for each layer."""
    style = "".join(
        files("reports").joinpath(name).read_text(encoding="utf-8")
        for name in ("report.css", "gallery.css")
    )
    kinds = "".join(
        f'<li><a href="#{_anchor(kind)}">{escape(kind)}</a> <span>{len(members)}</span></li>'
        for kind, members in groups
    )
    sections = "\n".join(_section(kind, members, formats) for kind, members in groups)
    body = f"""<header>
<h1>{TITLE}</h1>
<p class="subtitle">{escape(_summary(groups))}</p>
</header>
<p>{escape(INTRODUCTION)}</p>
<nav aria-label="Kinds of layers"><ul class="kinds">{kinds}</ul></nav>
{sections}
"""
    return _PAGE.format(title=TITLE, style=style, body=body)


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


def _section(kind: str, members: Iterable[Page], formats: Sequence[str]) -> str:
    cards = "\n".join(_card(member, formats) for member in members)
    return f"""<section id="{_anchor(kind)}">
<h2>{escape(kind)}</h2>
<div class="cards">
{cards}
</div>
</section>"""


def _card(shown: Page, formats: Sequence[str]) -> str:
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
    lines = "\n".join(
        f"<div>{mathml(_equation(line), display=True)}</div>" for line in shown.forward
    )
    return (
        f'<article class="card"><h3><a href="{first}">{title}</a></h3>'
        f'<p class="meta">{name} {verdict}</p><div class="eq" tabindex="0">{lines}</div>'
        f"{more}</article>"
    )


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
    return row(line.left, Mark("=", "relation"), line.right)


def _target(shown: Page, kind: str) -> str:
    return f"{shown.name}.{kind}"


def _anchor(kind: str) -> str:
    return "-".join(kind.lower().split())
