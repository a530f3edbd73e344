"""A document as one HTML file: no script, no font, nothing fetched; every text escaped."""

from __future__ import annotations

import keyword
from base64 import b64encode
from functools import singledispatch
from html import escape
from importlib.resources import files
from io import StringIO
from tokenize import COMMENT, NAME, NUMBER, STRING, TokenError, generate_tokens

from reports.document import (
    Code,
    Display,
    Document,
    Facts,
    Figure,
    Inline,
    Judged,
    Line,
    Link,
    Mono,
    Paragraph,
    Reference,
    Section,
    Table,
    Verdict,
    room,
)
from reports.mathematics.mathml import mathml
from reports.mathematics.width import broken

# The width of a display in ems of its mathematics, without the columns of relations and numbers.
DISPLAY_WIDTH = 42.0
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html(document: Document) -> str:
    """Write ``document`` as a self-contained page."""
    style = files("reports").joinpath("report.css").read_text(encoding="utf-8")
    body = "\n".join(_numbered(document))
    sources = "".join(f"<li>{escape(source)}</li>" for source in document.sources)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(document.title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
<header>
<h1>{escape(document.title)}</h1>
<p class="subtitle">{escape(document.subtitle)}</p>
<ul class="sources">{sources}</ul>
</header>
{body}
</main>
</body>
</html>
"""


def _numbered(document: Document) -> list[str]:
    shown: list[str] = []
    number = 0
    for block in document.blocks:
        if isinstance(block, Section):
            number += 1
            shown.append(f'<h2><span class="number">{number}</span>{escape(block.title)}</h2>')
        else:
            shown.append(_write(block))
    return shown


@singledispatch
def _write(block: object) -> str:
    raise TypeError(f"{type(block).__name__} is not a block: add a rule to reports.html")


@_write.register
def _(block: Paragraph) -> str:
    return f"<p>{''.join(map(_inline, block.parts))}</p>"


@_write.register
def _(block: Display) -> str:
    kind = "display result" if block.result else "display"
    space = room(block, DISPLAY_WIDTH)
    lines = "\n".join(row for line in block.lines for row in _rows(line, space))
    return f'<div class="{kind}"><table role="presentation">\n{lines}\n</table></div>'


def _rows(line: Line, room: float) -> list[str]:
    left = "" if line.left is None else mathml(line.left)
    rows: list[str] = []
    parts = broken(line.right, room)
    for position, part in enumerate(parts):
        first = position == 0
        relation = "=" if first else ""
        indent = "" if first else ' class="continued"'
        note = escape(line.note) if first else ""
        tag = f"({escape(line.tag)})" if line.tag and position == len(parts) - 1 else ""
        shown = mathml(part, display=True)
        rows.append(
            f'<tr><td class="left">{left if first else ""}</td><td class="relation">{relation}</td>'
            f'<td{indent}>{shown}</td><td class="note">{note}</td><td class="tag">{tag}</td></tr>'
        )
    return rows


@_write.register
def _(block: Table) -> str:
    def cells(kind: str, row: tuple[Inline, ...]) -> str:
        classes = (' class="number"' if i in block.numeric else "" for i in range(len(row)))
        return "".join(
            f"<{kind}{chosen}>{_inline(cell)}</{kind}>"
            for chosen, cell in zip(classes, row, strict=True)
        )

    rows = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in block.rows)
    return (
        f'<div class="wide"><table class="data"><thead><tr>{cells("th", block.head)}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>"
    )


@_write.register
def _(block: Facts) -> str:
    items = "".join(
        f"<div><dt>{escape(item.label)}</dt>"
        f"<dd>{mathml(item.symbol)} {_inline(item.value)}</dd></div>"
        for item in block.items
    )
    return f'<dl class="facts">{items}</dl>'


@_write.register
def _(block: Figure) -> str:
    picture = b64encode(block.svg.encode()).decode("ascii")
    caption = "".join(map(_inline, block.caption))
    return (
        f'<figure><img src="data:image/svg+xml;base64,{picture}" alt="{escape(block.alt)}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


@_write.register
def _(block: Code) -> str:
    shown = highlighted(block.text) if block.language == "python" else escape(block.text)
    return f'<pre class="code"><code>{shown}</code></pre>'


@_write.register
def _(block: Verdict) -> str:
    kind = "good" if block.good else "bad"
    word = f"<strong>{escape(block.word)}</strong>"
    return f'<p class="verdict {kind}">{word} {escape(block.meaning)}</p>'


def _inline(part: Inline) -> str:
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
    return mathml(part)


def highlighted(source: str) -> str:
    """Mark comments, strings, numbers and keywords of Python text; the text itself is unchanged."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    spans: list[tuple[int, int, str]] = []
    try:
        for token in generate_tokens(StringIO(source).readline):
            kind = _kind(token.type, token.string)
            if kind:
                begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
                spans.append((begin, end, kind))
    except (TokenError, SyntaxError):
        return escape(source)
    shown, position = "", 0
    for begin, end, kind in spans:
        shown += escape(source[position:begin])
        shown += f'<span class="{kind}">{escape(source[begin:end])}</span>'
        position = end
    return shown + escape(source[position:])


def _kind(kind: int, text: str) -> str:
    if kind == NAME and keyword.iskeyword(text):
        return "k"
    return {COMMENT: "c", STRING: "s", NUMBER: "m"}.get(kind, "")
