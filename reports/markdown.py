r"""A document as Markdown, as GitHub and Jupyter read it: formulas in dollars, tables with pipes.

A figure is told by its alternative text and its caption. A drawing inside the file would have to
be a data URI: GitHub drops those, and the text would no longer be one that a person reads. Colours
are left out too, as every renderer of TeX names them in its own way.

Free text stays text: what Markdown or HTML would read as a sign is escaped, and what TeX would
(the backslash and the dollar) stands in a span of code, where no renderer looks for formulas.
"""

from __future__ import annotations

import re
from functools import singledispatch

from reports.document import (
    Code,
    Display,
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
from reports.lines import Piece, pieces
from reports.mathematics import latex as tex
from reports.mathematics.layout import Layout

_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "&#96;"} | {c: f"\\{c}" for c in "*_[]|~#"}
_OF_TEX = re.compile(r"[\\$]+")
# what opens a list, a heading's underline or a definition where it stands first
_OPENING = re.compile(r"^(?:([-+=:])|(\d+)([.)]))")
_TINT = re.compile(r"\\(?:text)?color\{\w+\} ?")
_LONGEST_RUN = re.compile(r"`+")


def markdown(document: Document) -> str:
    """Write ``document`` as one Markdown file."""
    head = [f"# {escape(document.title)}"]
    head += [_emphatic(escape(document.subtitle))] if document.subtitle.strip() else []
    if document.sources:
        head.append("\n".join(f"- {_starting(escape(source))}" for source in document.sources))
    return "\n\n".join([*head, *_numbered(document)]) + "\n"


def fragment(document: Document) -> str:
    """Write what stands below the title of ``document``."""
    return "\n\n".join(_numbered(document))


def escape(text: str) -> str:
    """Write free text so that a reader of Markdown sees exactly it, on one line."""
    spans = _OF_TEX.split(text), _OF_TEX.findall(text)
    plain = [_plain(part) for part in spans[0]]
    coded = [f"`{part}`" for part in spans[1]]
    return "".join(a + b for a, b in zip(plain, [*coded, ""], strict=True))


def formula(layout: Layout) -> str:
    """Write a formula as LaTeX that MathJax, KaTeX and TeX take alike."""
    # a pipe would end the cell of a table; a group without its colour looks the same
    return _TINT.sub("", tex.latex(layout)).replace("|", r"\vert ")


def aligned(display: Display) -> str:
    r"""Write a display as an ``aligned`` environment: reasons and numbers are columns of it."""
    body = " \\\\\n".join(_row(piece) for piece in pieces(display))
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _row(piece: Piece) -> str:
    left = "" if piece.left is None else formula(piece.left)
    sign = r"&\qquad" if piece.goes_on else "&="
    note = rf" && \text{{{tex.escape(piece.note)}}}" if piece.note else ""
    tag = rf" && \text{{({tex.escape(piece.tag)})}}" if piece.tag else ""
    gap = " &&" if tag and not note else ""
    return f"{left} {sign} {formula(piece.right)}{note}{gap}{tag}".strip()


def _plain(text: str) -> str:
    return "".join(_SIGNS.get(c, c if c.isprintable() else " ") for c in text)


def _emphatic(shown: str) -> str:
    """Mark as emphatic; a mark beside a space would be a sign of another kind."""
    return f"*{shown.strip()}*" if shown.strip() else ""


def _starting(text: str) -> str:
    """Escape what would be a sign at the start of a line only."""
    return _OPENING.sub(lambda m: f"{m[2] or ''}\\{m[1] or m[3]}", text.lstrip())


def _numbered(document: Document) -> list[str]:
    shown: list[str] = []
    major = minor = 0
    for block in document.blocks:
        if not isinstance(block, Section):
            shown.append(_write(block))
        elif block.level == 1:
            major, minor = major + 1, 0
            shown.append(f"## {major}. {escape(block.title)}")
        else:
            minor += 1
            shown.append(f"### {major}.{minor} {escape(block.title)}")
    return shown


@singledispatch
def _write(block: object) -> str:
    raise TypeError(f"{type(block).__name__} is not a block: add a rule to reports.markdown")


@_write.register
def _(block: Paragraph) -> str:
    return _starting(_text(block.parts))


@_write.register
def _(block: Display) -> str:
    return f"$$\n{aligned(block)}\n$$"


@_write.register
def _(block: Table) -> str:
    rule = ("---:" if i in block.numeric else "---" for i in range(len(block.head)))
    lines = [_cells(block.head), f"| {' | '.join(rule)} |", *map(_cells, block.rows)]
    caption = [f"\n{_emphatic(_text(block.caption))}"] if block.caption else []
    return "\n".join([*lines, *caption])


def _cells(row: tuple[Inline, ...]) -> str:
    return f"| {' | '.join(map(_cell, row))} |"


def _cell(part: Inline) -> str:
    # the only sign that ends a cell, even within a span of code
    return _mono(part.text).replace("|", r"\|") if isinstance(part, Mono) else _inline(part)


@_write.register
def _(block: Facts) -> str:
    items = (
        f"- {_starting(escape(item.label))}: ${formula(item.symbol)}$ {_inline(item.value)}"
        for item in block.items
    )
    return "\n".join(item.rstrip() for item in items)


@_write.register
def _(block: Figure) -> str:
    told = f"> **Figure.** {escape(block.alt)}"
    return f"{told}\n>\n> {_emphatic(_text(block.caption))}" if block.caption else told


@_write.register
def _(block: Code) -> str:
    runs = map(len, _LONGEST_RUN.findall(block.text))
    fence = "`" * max(3, 1 + max(runs, default=0))
    language = "python" if block.language == "python" else ""
    end = "" if block.text.endswith("\n") else "\n"
    return f"{fence}{language}\n{block.text}{end}{fence}"


@_write.register
def _(block: Verdict) -> str:
    return f"> **{'✓' if block.good else '✗'} {escape(block.word)}** {escape(block.meaning)}"


def _text(parts: tuple[Inline, ...]) -> str:
    return "".join(map(_inline, parts))


def _inline(part: Inline) -> str:
    match part:
        case str():
            return escape(part)
        case Reference(tag):
            return f"({escape(tag)})"
        case Link(text, target):
            return f"[{escape(text)}](<{_address(target)}>)"
        case Mono(text):
            return _mono(text)
        case Judged(text, good):
            return f"{'✓' if good else '✗'} {escape(text)}"
    return f"${formula(part)}$"


def _address(target: str) -> str:
    """A target between angle brackets."""
    return "".join(f"%{ord(c):02X}" if c in '<>\\"`$| ' else c for c in target if c.isprintable())


def _mono(text: str) -> str:
    """A span of code, fenced by more backticks than it holds in a row."""
    runs = map(len, _LONGEST_RUN.findall(text))
    fence = "`" * (1 + max(runs, default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{' '.join(text.split())}{pad}{fence}"
