r"""A document as LaTeX source that pdflatex and lualatex compile without shell escape.

Packages: iftex, lmodern, geometry, amsmath, amssymb, booktabs, xcolor, listings, hyperref; all are
in TeX Live's recommended set.
"""

from __future__ import annotations

from functools import singledispatch

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
from reports.mathematics.latex import LETTERS, escape, latex
from reports.mathematics.names import GREEK
from reports.mathematics.width import broken

# The width of a display in ems, without relation and number.
DISPLAY_WIDTH = 37.0

_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage{iftex}
\ifpdftex
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \usepackage{textcomp}
\fi
\usepackage{lmodern}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{booktabs}
\usepackage{xcolor}
\usepackage{listings}
\usepackage[hidelinks]{hyperref}
\definecolor{soft}{HTML}{5B6570}
\definecolor{accent}{HTML}{0B5C87}
\definecolor{good}{HTML}{17713A}
\definecolor{bad}{HTML}{A4231B}
\definecolor{index1}{HTML}{A34A12}
\definecolor{index2}{HTML}{0F6480}
\definecolor{index3}{HTML}{6B3FA0}
\newcommand{\why}[1]{\quad\text{\footnotesize\itshape\color{soft}#1}}
\lstset{basicstyle=\ttfamily\footnotesize,columns=fullflexible,keepspaces=true,breaklines=true,
  showstringspaces=false,commentstyle=\color{soft},keywordstyle=\color{accent}}
\setlength{\parindent}{0pt}
\setlength{\parskip}{.5\baselineskip}
\allowdisplaybreaks
"""


def tex(document: Document) -> str:
    """Write ``document`` as one LaTeX file."""
    lines = [
        _PREAMBLE + r"\begin{document}",
        rf"{{\LARGE\bfseries {_prose(document.title)}\par}}",
        rf"{{\color{{soft}} {_prose(document.subtitle)}\par}}",
        *(rf"{{\small\color{{soft}} {_prose(source)}\par}}" for source in document.sources),
        r"\hrule",
        *map(_write, document.blocks),
        r"\end{document}",
    ]
    return "\n\n".join(lines) + "\n"


@singledispatch
def _write(block: object) -> str:
    raise TypeError(f"{type(block).__name__} is not a block: add a rule to reports.tex")


@_write.register
def _(block: Section) -> str:
    return rf"\section{{{_prose(block.title)}}}"


@_write.register
def _(block: Paragraph) -> str:
    return "".join(map(_inline, block.parts))


@_write.register
def _(block: Display) -> str:
    space = room(block, DISPLAY_WIDTH)
    rows = [row for line in block.lines for row in _rows(line, space)]
    body = " \\\\\n".join(f"  {row}" for row in rows)
    return f"\\begin{{align}}\n{body}\n\\end{{align}}"


def _rows(line: Line, space: float) -> list[str]:
    left = "" if line.left is None else latex(line.left)
    note = rf" \why{{{_prose(line.note)}}}" if line.note else ""
    first, *rest = broken(line.right, space)
    rows = [f"{left} &= {latex(first)}{note}", *(rf"&\qquad {latex(part)}" for part in rest)]
    tag = rf" \tag{{{_prose(line.tag)}}}" if line.tag else r" \notag"
    return [*(rf"{row} \notag" for row in rows[:-1]), rows[-1] + tag]


@_write.register
def _(block: Table) -> str:
    columns = "".join("r" if i in block.numeric else "l" for i in range(len(block.head)))
    rows = "\n".join(" & ".join(map(_inline, row)) + r" \\" for row in block.rows)
    head = " & ".join(map(_inline, block.head)) + r" \\"
    return (
        f"\\begin{{center}}\\small\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head}\n\\midrule\n"
        f"{rows}\n\\bottomrule\n\\end{{tabular}}\n\\end{{center}}"
    )


@_write.register
def _(block: Facts) -> str:
    items = (
        rf"{_prose(item.label)}: ${latex(item.symbol)}$ {_inline(item.value)}"
        for item in block.items
    )
    return r"\qquad ".join(items)


@_write.register
def _(block: Figure) -> str:
    return rf"{{\small {''.join(map(_inline, block.caption))}\par}}"


@_write.register
def _(block: Code) -> str:
    language = "Python" if block.language == "python" else ""
    text = "".join(c if c.isascii() else _LISTING.get(c, "?") for c in block.text)
    # the end of the listing, in a string of the program, would end it here
    text = text.replace(r"\end{lstlisting}", r"\end {lstlisting}").rstrip("\n")
    return f"\\begin{{lstlisting}}[language={language}]\n{text}\n\\end{{lstlisting}}"


@_write.register
def _(block: Verdict) -> str:
    colour = "good" if block.good else "bad"
    return rf"\textcolor{{{colour}}}{{\textbf{{{_prose(block.word)}}}}} {_prose(block.meaning)}"


def _inline(part: Inline) -> str:
    match part:
        case str():
            return _prose(part)
        case Reference(tag):
            return rf"({_prose(tag)})"
        case Link(text, _):
            return _prose(text)
        case Mono(text):
            return rf"\texttt{{{_prose(text)}}}"
        case Judged(text, good):
            return rf"\textcolor{{{'good' if good else 'bad'}}}{{{_prose(text)}}}"
    return f"${latex(part)}$"


# pdflatex's listings reads bytes: what is not ASCII in code is spelled
_SPELLED = {"′": "'", "’": "'", "–": "-", "−": "-", "·": "*", "×": "x"}
_LISTING = {character: name for name, character in GREEK.items()} | _SPELLED


def _prose(text: str) -> str:
    """Escape free text; what T1 cannot print becomes its code point."""
    return "".join(map(_character, text))


# what the T1 encoding prints beyond ASCII
_T1 = frozenset(map(chr, range(0xC0, 0x100))) | frozenset("–—‘’“”…§")


def _character(character: str) -> str:
    if character in LETTERS:
        return f"${LETTERS[character]}$"
    known = character.isascii() or character in _T1
    return escape(character) if known else f"[U+{ord(character):04X}]"
