"""Displays as they are set: their lines broken where they are too wide, each number anchored once.

A line that is broken goes on below, one quad further in, without a relation; its reason stands
beside its first piece and its number beside its last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Union, get_args

from reports.document import Block, Display, Document, Line, Reference
from reports.mathematics.breaking import broken
from reports.mathematics.layout import Layout
from reports.mathematics.width import width

# the width of a column of text in ems of its mathematics, whatever the kind of report
COLUMN = 40.0
# what the relation with its spaces, the number, and the step in of a line that goes on take
_RELATION, _NUMBER, _STEP = 1.4, 2.6, 2.0
# what the rule and the edges of a result take
_INSET = 2.0
# a small letter of a note, what all notes have at least, and what stands before them
_NOTE_LETTER, _NOTE_LEAST, _NOTE_GAP = 0.37, 6.5, 1.6
# a display of more lines than this may go on over the next page
MOST_KEPT = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """One line as it is set.

    Attributes:
        left: what stands before the relation; a line that continues a chain has none.
        right: what stands after it.
        goes_on: whether it continues the piece above it, without a relation of its own.
        note: why, shortly.
        tag: the number that the reader cites, without its brackets.
        is_target: whether references to that number lead here: it may be shown again further on.
        reason: the note, where the numbers in it lead to equations of the document.
    """

    left: Layout | None
    right: Layout
    goes_on: bool
    note: str
    tag: str
    is_target: bool = False
    reason: tuple[Union[str, Reference], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A display as it is set; a *result* is set apart, and a *whole* one stays on its page."""

    pieces: tuple[Piece, ...]
    result: bool

    @property
    def is_whole(self) -> bool:
        """Whether it is short enough to stay on one page."""
        return len(self.pieces) <= MOST_KEPT

    @property
    def has_reasons(self) -> bool:
        """Whether a reason stands beside some line."""
        return any(piece.note for piece in self.pieces)


Laid = Union[Block, Rows]


def laid(document: Document) -> tuple[Laid, ...]:
    """Give the blocks of ``document`` with its displays as rows.

    Raises:
        ValueError: if it refers to an equation that it does not show.
    """
    shown: set[str] = set()
    blocks: list[Laid] = []
    for block in document.blocks:
        if isinstance(block, Display):
            rows = _anchored(pieces(block), shown)
            shown |= {piece.tag for piece in rows}
            blocks.append(Rows(rows, block.result))
        else:
            blocks.append(block)
    missing = sorted(set(_cited(document)) - shown)
    if missing:
        raise ValueError(f"the document refers to equations that it does not show: {missing}")
    return tuple(blocks)


def _anchored(rows: tuple[Piece, ...], shown: set[str]) -> tuple[Piece, ...]:
    seen = set(shown)
    anchored: list[Piece] = []
    for piece in rows:
        anchored.append(replace(piece, is_target=bool(piece.tag) and piece.tag not in seen))
        seen.add(piece.tag)
    return tuple(anchored)


def _reason(line: Line) -> tuple[Union[str, Reference], ...]:
    """The note with references in it."""
    found = re.split(_any_of(line.cites), line.note) if line.cites else [line.note]
    cited = (Reference(part[1:-1]) if part[1:-1] in line.cites else part for part in found)
    return tuple(part for part in cited if part)


def _any_of(tags: tuple[str, ...]) -> str:
    """A pattern for these numbers in brackets, which keeps them when it splits."""
    return f"({'|'.join(re.escape(f'({tag})') for tag in tags)})"


def _cited(part: object) -> Iterator[str]:
    """The numbers that references within ``part`` cite."""
    if isinstance(part, Reference):
        yield part.tag
    elif isinstance(part, Line):
        yield from part.cites
    elif isinstance(part, tuple):
        for item in part:
            yield from _cited(item)
    elif isinstance(part, get_args(Layout)):
        return
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            yield from _cited(getattr(part, field.name))


def pieces(display: Display, column: float = COLUMN) -> tuple[Piece, ...]:
    """Break the lines of ``display`` to fit a column of ``column`` ems."""
    space = room(display, column)
    return tuple(piece for line in display.lines for piece in _pieces(line, space))


def room(display: Display, column: float = COLUMN) -> float:
    """Give what is left for the right sides of ``display`` in a column of ``column`` ems."""
    left = max((width(line.left) for line in display.lines if line.left is not None), default=0.0)
    longest = max((len(line.note) for line in display.lines), default=0)
    notes = _NOTE_GAP + max(_NOTE_LEAST, _NOTE_LETTER * longest) if longest else 0.0
    tags = _NUMBER if longest or any(line.tag for line in display.lines) else 0.0
    inset = _INSET if display.result else 0.0
    return column - left - _RELATION - tags - notes - inset


def _pieces(line: Line, space: float) -> list[Piece]:
    parts = broken(line.right, space, space - _STEP)
    last = len(parts) - 1
    return [
        Piece(
            left=line.left if position == 0 else None,
            right=part,
            goes_on=position > 0,
            note=line.note if position == 0 else "",
            tag=line.tag if position == last else "",
            reason=_reason(line) if position == 0 else (),
        )
        for position, part in enumerate(parts)
    ]
