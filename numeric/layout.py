"""Lines of emitted functions: comments in one column, nothing beyond the margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

WIDTH = 88
INDENT = "    "
# Comments of shorter lines stand in one column; a longer line keeps its comment to itself.
COMMENT_COLUMN_AT_MOST = 64


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a function body, without its indentation.

    Attributes:
        text: the statement, or a part of one.
        comment: what to put behind it, without the ``#``.
        depth: how deep it is indented within the function.
    """

    text: str
    comment: str = ""
    depth: int = 0

    @property
    def width(self) -> int:
        """Columns up to the end of the statement."""
        return len(INDENT) * (self.depth + 1) + len(self.text)


def body(lines: Sequence[Line]) -> Iterator[str]:
    """The lines of a function body, indented, with their comments in place."""
    noted = [e for e in lines if e.comment and not e.text.endswith("(")]
    short = [e.width for e in noted if e.width <= COMMENT_COLUMN_AT_MOST]
    column = max(short, default=0) + 2
    for line in lines:
        left = INDENT * (line.depth + 1)
        if line.comment and line.text.endswith("("):  # a statement over several lines
            yield f"{left}# {line.comment}"
            yield left + line.text
            continue
        if not line.comment:
            yield (left + line.text).rstrip()
            continue
        comment = f"# {line.comment}"
        padded = (left + line.text).ljust(column if line.width < column else line.width + 2)
        if len(padded) + len(comment) <= WIDTH:
            yield padded + comment
        else:
            yield left + comment
            yield left + line.text


def items(opening: str, parts: Sequence[str], closing: str, depth: int = 0) -> list[str]:
    """``opening part, part, ... closing`` on one line, or the parts on lines of their own."""
    one = f"{opening}{', '.join(parts)}{closing}"
    room = WIDTH - len(INDENT) * depth
    if len(one) <= room:
        return [one]
    inner = wrap(", ".join(parts) + ",", room - len(INDENT), break_long_words=False)
    return [opening, *(INDENT + line for line in inner), closing]


def tuple_text(parts: Sequence[str]) -> str:
    """A tuple display, right for one part and for none."""
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
