"""Python text with its keywords, strings, numbers and comments marked for a style sheet."""

from __future__ import annotations

import keyword
import re
from collections.abc import Set as AbstractSet
from html import escape
from io import StringIO
from tokenize import COMMENT, NAME, NUMBER, STRING, TokenError, generate_tokens

_CITED = re.compile(r"(?<!\w)\((\d+)\)")


def highlighted(source: str, cited: AbstractSet[str] = frozenset()) -> str:
    """Mark the parts of Python text; the text itself is unchanged.

    Numbers in brackets within comments lead to the equations ``cited``.
    """
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
        text = escape(source[begin:end])
        shown += f'<span class="{kind}">{_linked(text, cited) if kind == "c" else text}</span>'
        position = end
    return shown + escape(source[position:])


def _kind(kind: int, text: str) -> str:
    if kind == NAME and keyword.iskeyword(text):
        return "k"
    return {COMMENT: "c", STRING: "s", NUMBER: "d"}.get(kind, "")


def _linked(comment: str, cited: AbstractSet[str]) -> str:
    return _CITED.sub(
        lambda found: f'<a href="#eq-{found[1]}">{found[0]}</a>' if found[1] in cited else found[0],
        comment,
    )
