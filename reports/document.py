"""What a report says, before it is written as HTML or LaTeX.

block       holds
Section     a numbered heading
Paragraph   text with formulas in it
Display     numbered lines of equations, each with a short reason at its right
Table       a head and rows; numbers at the right
Facts       symbols side by side, each with a small label and its shape
Figure      a drawing, with words for those who do not see it, and a caption
Code        text kept as it is
Verdict     one word and what it rests on
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from reports.mathematics.layout import Layout


@dataclass(frozen=True, slots=True)
class Reference:
    """The number of an equation, "(3)", which leads to it."""

    tag: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to another page: a relative path, or an address that starts https://."""

    text: str
    target: str

    def __post_init__(self) -> None:
        if ":" in self.target and not self.target.startswith("https://"):
            raise ValueError(f"a link leads to a page beside this one, or https: {self.target!r}")


@dataclass(frozen=True, slots=True)
class Mono:
    """A short piece of code within a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A word that is good news or bad."""

    text: str
    good: bool


Inline = Union[str, Layout, Reference, Link, Mono, Judged]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered heading of ``level`` 1 or 2; links may lead to its ``anchor``."""

    title: str
    anchor: str = ""
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text with formulas in it."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """``left = right``; without a left it continues the line above.

    ``note`` says why, shortly; ``tag`` is the number that the reader cites, without its brackets.
    ``cites`` are the numbers in the note that lead to their equations: 3 in "as (3)".
    """

    left: Layout | None
    right: Layout
    note: str = ""
    tag: str = ""
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Display:
    """Aligned lines. A *result* is set apart from the derivation that leads to it."""

    lines: tuple[Line, ...]
    result: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; ``numeric`` are the columns that are aligned at the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    numeric: frozenset[int] = frozenset()
    caption: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A symbol with a small ``label`` over it and its shape or value beside it."""

    label: str
    symbol: Layout
    value: Inline = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Symbols side by side."""

    items: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing.

    Attributes:
        svg: a complete SVG document at most 440 pt wide, on no background.
        alt: what it shows, for those who do not see it.
        caption: the line below it.
    """

    svg: str
    alt: str
    caption: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """Text kept as it is, in the language named."""

    text: str
    language: str = "python"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict, what it means, and whether it is good news."""

    word: str
    meaning: str
    good: bool


Block = Union[Section, Paragraph, Display, Table, Facts, Figure, Code, Verdict]


@dataclass(frozen=True, slots=True)
class Document:
    """A report: its title, where the equations are from, and its blocks in reading order."""

    title: str
    subtitle: str
    sources: tuple[str, ...]
    blocks: tuple[Block, ...]
