"""A document as the Typst source of its PDF.

Every text enters as an escaped string literal and every formula by the printer of formulas; what is
markup stands in ``page.typ``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from importlib.resources import files

from reports import palette
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
from reports.lines import Piece, Rows, laid
from reports.mathematics.layout import Layout
from reports.mathematics.spoken import spoken
from reports.mathematics.typst import literal, prelude, string, typst
from reports.mathematics.width import TEXT, width

_WORD = 12.0  # ems
_COLOURS = {
    "INK": palette.INK,
    "SOFT": palette.SOFT,
    "TINT": palette.TINT,
    "RULE": palette.RULE,
    "ACCENT": palette.ACCENT,
    "GOOD": palette.GOOD,
    "BAD": palette.BAD,
    "KEYWORD": palette.KEYWORD,
    "STRING": palette.STRING,
    "NUMBER": palette.NUMBER,
}


def typ(document: Document) -> str:
    """Write ``document`` as Typst source."""
    page = files("reports").joinpath("page.typ").read_text(encoding="utf-8")
    for name, colour in _COLOURS.items():
        page = page.replace(f"@{name}", f"#{colour}")
    sources = ", ".join(literal(source) for source in document.sources)
    head = (
        f"#show: report.with({literal(document.title)}, {literal(document.subtitle)}, ({sources},))"
        if document.sources
        else f"#show: report.with({literal(document.title)}, {literal(document.subtitle)}, ())"
    )
    colours = prelude({number: f"#{colour}" for number, colour in palette.INDEX.items()})
    return "\n".join([colours + page + head, *_blocks(document)]) + "\n"


def _blocks(document: Document) -> Iterator[str]:
    blocks = laid(document)
    for block, following in zip(blocks, (*blocks[1:], None), strict=True):
        text = _write(block)
        # words that lead to equations stand on their page, and steps on that of their result
        leads = isinstance(following, Rows) and (
            isinstance(block, Paragraph)
            or (isinstance(block, Rows) and block.is_whole and following.result)
        )
        yield f"#block(sticky: true, {text.removeprefix('#')})" if leads else text


@singledispatch
def _write(block: object) -> str:
    raise TypeError(f"{type(block).__name__} is not a block: add a rule to reports.typ")


@_write.register
def _(block: Section) -> str:
    label = f" #label({literal(block.anchor)})" if block.anchor else ""
    return f"#heading(level: {block.level}, {literal(block.title)}){label}"


@_write.register
def _(block: Paragraph) -> str:
    return f"#par[{_inlines(block.parts)}]"


@_write.register
def _(block: Rows) -> str:
    rows = ",\n".join(f"  {_row(piece)}" for piece in block.pieces)
    result, whole = _flag(block.result), _flag(block.is_whole)
    return f"#equations(result: {result}, whole: {whole}, (\n{rows},\n))"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _row(piece: Piece) -> str:
    left = "none" if piece.left is None else _formula(piece.left)
    relation = "" if piece.goes_on else "= "
    right = f"$display({relation}{typst(piece.right)})$"
    alt = literal(("" if piece.goes_on else "equals ") + spoken(piece.right))
    return (
        f"(left: {left}, right: formula({alt}, {right}), goes-on: {_flag(piece.goes_on)}, "
        f"note: {_note(piece)}, tag: {literal(piece.tag)}, target: {_flag(piece.is_target)})"
    )


def _note(piece: Piece) -> str:
    return f"[{_inlines(piece.reason)}]" if piece.reason else "none"


def _formula(layout: Layout) -> str:
    return f"formula({literal(spoken(layout))}, ${typst(layout)}$)"


@_write.register
def _(block: Table) -> str:
    alignment = ", ".join("right" if i in block.numeric else "left" for i in range(len(block.head)))
    head = ", ".join(literal(title) for title in block.head)
    cells = "\n".join("  " + "".join(f"[{_inline(c)}], " for c in cells) for cells in block.rows)
    caption = f"[{_inlines(block.caption)}]" if block.caption else "none"
    return f"#ruled(({alignment},), ({head},), {caption},\n{cells}\n)"


@_write.register
def _(block: Facts) -> str:
    items = "".join(
        f"({literal(item.label.upper())}, [{_inline(item.symbol)}], [{_inline(item.value)}]), "
        for item in block.items
    )
    return f"#facts(({items}))"


@_write.register
def _(block: Figure) -> str:
    caption = f"[{_inlines(block.caption)}]" if block.caption else "none"
    return f"#drawing({string(block.svg)}, {literal(block.alt)}, {caption})"


@_write.register
def _(block: Code) -> str:
    text = "\n".join(
        "".join(c if c.isprintable() else " " for c in line.expandtabs(4))
        for line in block.text.rstrip("\n").split("\n")
    )
    language = literal(block.language) if block.language == "python" else "none"
    return f"#code({string(text)}, {language})"


@_write.register
def _(block: Verdict) -> str:
    return f"#verdict({literal(block.word)}, {literal(block.meaning)}, {_flag(block.good)})"


def _inlines(parts: tuple[Inline, ...]) -> str:
    return "".join(map(_inline, parts))


def _inline(part: Inline) -> str:  # noqa: PLR0911  one line per kind
    match part:
        case str():
            return f"#{literal(part)};"
        case Reference(tag):
            return f"#cited({literal(tag)});"
        case Link(text, target):
            # a page beside this one is not beside a PDF that was sent to someone
            if not target.startswith("https://"):
                return f"#{literal(text)};"
            return f"#link({literal(target)}, {literal(text)});"
        case Mono(text):
            return f"#mono({literal(text)});"
        case Judged(text, good):
            return f"#judged({literal(text)}, {_flag(good)});"
    # a formula as short as a word is broken as little
    shown = _formula(part)
    return f"#box({shown});" if width(part, TEXT) <= _WORD else f"#{shown};"
