r"""A document as displayed mathematics alone: what MathJax, KaTeX and LaTeX set without a page.

Tables become arrays, and words stand in ``\text``. Prose and code are left out: the forms that
can hold them are HTML and Markdown.
"""

from __future__ import annotations

from reports.document import (
    Block,
    Display,
    Document,
    Inline,
    Judged,
    Link,
    Mono,
    Reference,
    Table,
    Verdict,
)
from reports.markdown import aligned, formula
from reports.mathematics.latex import escape


def formulas(document: Document) -> str | None:
    """Write the formulas, tables and verdicts of ``document``; None if it has none."""
    shown = [text for block in document.blocks if (text := _shown(block))]
    return "\n".join(f"$$\n{text}\n$$" for text in shown) or None


def _shown(block: Block) -> str:
    match block:
        case Display():
            return aligned(block)
        case Table():
            return _array(block)
        case Verdict(word, meaning, _):
            return rf"\textbf{{{escape(word)}}}\quad\text{{{escape(meaning)}}}"
    return ""


def _array(table: Table) -> str:
    columns = "".join("r" if i in table.numeric else "l" for i in range(len(table.head)))
    head = " & ".join(rf"\textbf{{{escape(cell)}}}" for cell in table.head)
    rows = [" & ".join(map(_cell, row)) for row in table.rows]
    lines = " \\\\\n".join([rf"{head} \\ \hline", *rows]).replace("\\hline \\\\\n", "\\hline\n")
    return f"\\begin{{array}}{{{columns}}}\n{lines}\n\\end{{array}}"


def _cell(part: Inline) -> str:
    match part:
        case str(text) | Link(text, _):
            return rf"\text{{{escape(text)}}}" if text else ""
        case Reference(tag):
            return rf"\text{{({escape(tag)})}}"
        case Mono(text):
            return rf"\texttt{{{escape(text)}}}"
        case Judged(text, _):
            return rf"\textbf{{{escape(text)}}}"
    return formula(part)
