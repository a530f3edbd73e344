r"""A document as LaTeX source that pdflatex and lualatex compile without shell escape.

Packages: iftex, lmodern, geometry, amsmath, amssymb, graphicx, booktabs, longtable, xcolor,
listings, hyperref; all are in TeX Live's recommended set. Drawings stand beside it as PDF files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
from reports.lines import MOST_KEPT, Piece, Rows, laid
from reports.mathematics.latex import latex
from reports.mathematics.typst import string
from reports.mathematics.width import TEXT, text_width, width
from reports.prose import listing, prose
from reports.typesetting import compiled

_COLOURS = {
    "ink": palette.INK,
    "soft": palette.SOFT,
    "tint": palette.TINT,
    "accent": palette.ACCENT,
    "good": palette.GOOD,
    "bad": palette.BAD,
    "keyword": palette.KEYWORD,
    "string": palette.STRING,
} | {f"index{number}": colour for number, colour in palette.INDEX.items()}
_TINT = re.compile(r"\\color\{index\d\}")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
# of a table: the line, an em, how much wider is bold, what is between columns by choice, at least
_LINE, _EM, _BOLDER, _GAP, _LEAST_GAP = 452.0, 10.0, 1.16, 16.0, 5.0
# a table of more rows than this may go on over the next page
_MOST_ROWS = 24


def tex(document: Document, stem: str = "report") -> str:
    """Write ``document`` as one LaTeX file, whose drawings are those of ``drawings``."""
    preamble = files("reports").joinpath("preamble.tex").read_text(encoding="utf-8")
    colours = "\n".join(
        rf"\definecolor{{{name}}}{{HTML}}{{{value.upper()}}}" for name, value in _COLOURS.items()
    )
    title = "".join(c for c in document.title if c.isascii() and (c.isalnum() or c in " -,.:()"))
    lines = [
        preamble.rstrip("\n"),
        colours,
        rf"\hypersetup{{pdftitle={{{title}}}}}",
        r"\begin{document}",
        rf"{{\LARGE\bfseries {prose(document.title)}\par}}",
        rf"{{\color{{soft}}\large {prose(document.subtitle)}\par}}",
        *(rf"{{\small\color{{soft}}{prose(source)}\par}}" for source in document.sources),
        r"\smallskip\hrule height .8pt\medskip",
        *_blocks(document, stem),
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"


def drawings(document: Document, stem: str = "report") -> Mapping[str, bytes]:
    """Give the files, by their path from the LaTeX file named ``stem``, that it includes.

    Raises:
        OptionRefused: if there are drawings and Typst is not installed.
    """
    return {
        path: compiled(
            "#set document(date: none)\n"
            "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
            f'#image(bytes({string(figure.svg)}), format: "svg")\n',
            "pdf",
        )
        for path, figure in _figures(document, stem)
    }


def aligned(block: Rows) -> str:
    """Write a display for another document that loads amsmath: no colours and no labels."""
    starred = not any(piece.tag for piece in block.pieces)
    rows = " \\\\\n".join(f"  {_row(piece, block, labelled=False)}" for piece in block.pieces)
    name = "align*" if starred else "align"
    return _TINT.sub("", f"\\begin{{{name}}}\n{rows}\n\\end{{{name}}}")


def _figures(document: Document, stem: str) -> Iterator[tuple[str, Figure]]:
    folder = f"{_PLAIN.sub('-', stem)}-figures"
    found = (block for block in document.blocks if isinstance(block, Figure))
    return ((f"{folder}/{number}.pdf", figure) for number, figure in enumerate(found, 1))


def _blocks(document: Document, stem: str) -> Iterator[str]:
    paths = (path for path, _ in _figures(document, stem))
    blocks = laid(document)
    for block, following in zip(blocks, (*blocks[1:], None), strict=True):
        shown = _figure(block, next(paths)) if isinstance(block, Figure) else _write(block)
        # a paragraph goes on through the display that it leads to
        leads = (
            isinstance(block, Paragraph) and isinstance(following, Rows) and not following.result
        )
        yield f"{shown}\n%" if leads else shown + "\n"


@singledispatch
def _write(block: object) -> str:
    raise TypeError(f"{type(block).__name__} is not a block: add a rule to reports.tex")


@_write.register
def _(block: Section) -> str:
    name = "sub" * (block.level - 1) + "section"
    label = rf"\label{{sec:{_PLAIN.sub('-', block.anchor)}}}" if block.anchor else ""
    return rf"\{name}{{{prose(block.title)}}}{label}"


@_write.register
def _(block: Paragraph) -> str:
    return _inlines(block.parts)


@_write.register
def _(block: Rows) -> str:
    if not block.result:
        return _align(block.pieces, block)
    # a box stays on its page, so that a long result is several
    boxes = (f"\\begin{{result}}\n{_align(part, block)}\n\\end{{result}}" for part in _parts(block))
    return "\\nointerlineskip\n".join(boxes)


def _parts(block: Rows) -> Iterator[tuple[Piece, ...]]:
    """Pieces that stay together; one that goes on is not parted from what it continues."""
    begin = 0
    for place, piece in enumerate(block.pieces):
        if place - begin >= MOST_KEPT and not piece.goes_on:
            yield block.pieces[begin:place]
            begin = place
    yield block.pieces[begin:]


def _align(pieces: tuple[Piece, ...], block: Rows) -> str:
    # a star keeps the next line on the page of this one; no first and no last line stands alone
    kept = range(len(pieces)) if block.is_whole or block.result else (0, len(pieces) - 2)
    lines = [f"  {_row(piece, block, labelled=True)}" for piece in pieces]
    most = (line + (r" \\*" if at in kept else r" \\") for at, line in enumerate(lines[:-1]))
    rows = "\n".join((*most, lines[-1]))
    name = "flalign" if block.has_reasons else "align"
    return f"\\begin{{{name}}}\n{rows}\n\\end{{{name}}}"


def _row(piece: Piece, block: Rows, *, labelled: bool) -> str:
    left = "" if piece.left is None else latex(piece.left)
    relation = r"&\qquad" if piece.goes_on else "&="
    note = ""
    if piece.note or (labelled and block.has_reasons):
        reason = rf"\why{{{_inlines(piece.reason)}}}"
        shown = reason if labelled else rf"\text{{{prose(piece.note)}}}"
        note = f" && {shown}"
    tag = rf" \tag{{{prose(piece.tag)}}}" if piece.tag else ""
    if labelled:
        label = rf"\label{{eq:{piece.tag}}}" if piece.is_target else ""
        tag = tag + label if tag else r" \notag"
    return f"{left} {relation} {latex(piece.right)}{note}{tag}".lstrip()


@_write.register
def _(block: Table) -> str:
    columns = _columns(block)
    rows = "\n".join(" & ".join(map(_inline, row)) + r" \\" for row in block.rows)
    head = " & ".join(rf"\textbf{{{prose(title)}}}" for title in block.head) + r" \\"
    inner = f"\\toprule\n{head}\n\\midrule\n"
    caption = rf"\\[.6ex]{{\small\color{{soft}}{_inlines(block.caption)}}}" if block.caption else ""
    if len(block.rows) <= _MOST_ROWS:
        return (
            f"\\begin{{center}}\\small\n\\begin{{tabular}}{{{columns}}}\n{inner}{rows}\n"
            f"\\bottomrule\n\\end{{tabular}}{caption}\n\\end{{center}}"
        )
    return (
        f"{{\\small\n\\begin{{longtable}}{{{columns}}}\n{inner}\\endhead\n{rows}\n"
        f"\\bottomrule\n\\end{{longtable}}}}\n{caption.removeprefix(chr(92) * 2 + '[.6ex]')}"
    )


def _columns(block: Table) -> str:
    """The columns, closer together where they would not fit, and the widest broken if need be."""
    cells = zip(*block.rows, strict=True) if block.rows else ((),) * len(block.head)
    widths = [
        max(_BOLDER * _estimate(title), *map(_estimate, column), 0.0)
        for title, column in zip(block.head, cells, strict=True)
    ]
    kinds = ["r" if i in block.numeric else "l" for i in range(len(widths))]
    gap = min((_LINE - sum(widths)) / len(widths), _GAP)
    if gap >= _LEAST_GAP:
        return _joined(kinds, gap)
    widest = widths.index(max(widths))
    room = _LINE - sum(widths) + widths[widest] - _LEAST_GAP * len(widths)
    kinds[widest] = rf">{{\raggedright\arraybackslash}}p{{{room:.1f}pt}}"
    return _joined(kinds, _LEAST_GAP)


def _joined(kinds: list[str], gap: float) -> str:
    between = rf"@{{\hspace{{{gap:.1f}pt}}}}"
    return rf"@{{}}{between.join(kinds)}@{{}}"


def _estimate(cell: Inline) -> float:
    """About how wide a cell is, in points."""
    match cell:
        case str() as text:
            return _EM * text_width(text)
        case Link(text, _) | Mono(text) | Judged(text, _):
            return _EM * text_width(text)
        case Reference(tag):
            return _EM * text_width(f"({tag})")
    return _EM * width(cell, TEXT)


@_write.register
def _(block: Facts) -> str:
    items = (
        rf"\fact{{{prose(item.label)}}}{{{_inline(item.symbol)}}}{{{_inline(item.value)}}}"
        for item in block.items
    )
    return "{\\raggedright\n" + "%\n".join(items) + "\\par}"


def _figure(block: Figure, path: str) -> str:
    caption = rf"{{\small\color{{soft}}{_inlines(block.caption)}\par}}" if block.caption else ""
    alt = prose(block.alt)
    drawing = rf"\drawing{{{path}}}{{{alt}}}\par\smallskip"
    return f"\\begin{{center}}\n{drawing}\n{caption}\n\\end{{center}}"


@_write.register
def _(block: Code) -> str:
    language = "Python" if block.language == "python" else ""
    return f"\\begin{{lstlisting}}[language={language}]\n{listing(block.text)}\n\\end{{lstlisting}}"


@_write.register
def _(block: Verdict) -> str:
    return rf"\verdict{{{_mood(block.good)}}}{{{prose(block.word)}}}{{{prose(block.meaning)}}}"


def _mood(good: bool) -> str:
    return "good" if good else "bad"


def _inlines(parts: tuple[Inline, ...]) -> str:
    return "".join(map(_inline, parts))


def _inline(part: Inline) -> str:  # noqa: PLR0911  one line per kind
    match part:
        case str():
            return prose(part)
        case Reference(tag):
            return rf"\eqref{{eq:{tag}}}"
        case Link(text, target):
            # a page beside this one is not beside a PDF that was sent to someone
            if not target.startswith("https://"):
                return prose(text)
            return rf"\href{{{_address(target)}}}{{{prose(text)}}}"
        case Mono(text):
            return rf"\texttt{{{prose(text)}}}"
        case Judged(text, good):
            return rf"\textcolor{{{_mood(good)}}}{{{prose(text)}}}"
    return f"${latex(part)}$"


def _address(target: str) -> str:
    return "".join(c if c.isascii() and c not in "\\{}%#~^ " else "" for c in target)
