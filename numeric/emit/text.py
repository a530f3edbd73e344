"""Python text with its precedence, and lines that are short enough."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

WIDTH = 88

# How tightly Python's operators bind; an operand that binds less tightly needs brackets.
CHOICE, OR, AND, NOT, COMPARISON, BIT_OR, BIT_AND, SUM, PRODUCT, UNARY, POWER, ATOM = range(12)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of an expression. ``operator`` is the outermost operator, if it has one."""

    body: str
    tightness: int = ATOM
    operator: str = ""

    def within(self, tightness: int) -> str:
        """The text, in brackets unless it binds at least that tightly."""
        return self.body if self.tightness >= tightness else f"({self.body})"

    def __str__(self) -> str:
        return self.body


def broken(line: str) -> list[str]:
    """``line`` as lines of at most ``WIDTH`` characters, broken inside brackets.

    A right side with operators outside of all brackets gets brackets of its own and breaks
    before the loosest of them; any other line breaks inside its longest brackets. What cannot
    be broken stays long.
    """
    if len(line) <= WIDTH:
        return [line]
    margin, body = _margin(line)
    head, right = _right_side(body)
    if _operators(right):
        if not head:
            return _at_operators(line)
        return [f"{margin}{head}(", *_at_operators(f"{margin}{INDENT}{right}"), f"{margin})"]
    found = _longest(right)
    if found is None:
        return [line]
    start, end = found
    pieces = _split(right[start + 1 : end])
    lines = [f"{margin}{head}{right[: start + 1]}"]
    for piece in pieces:
        comma = "," if len(pieces) > 1 else ""
        inner = f"{margin}{INDENT}{piece}{comma}"
        lines += _at_operators(inner) if len(pieces) == 1 else broken(inner)
    return [*lines, f"{margin}{right[end:]}"]


INDENT = "    "
_ASSIGNING = (" += ", " *= ", " = ")


def _margin(line: str) -> tuple[str, str]:
    body = line.lstrip()
    return line[: len(line) - len(body)], body


def _right_side(body: str) -> tuple[str, str]:
    """What stands before the part that may be broken, and that part."""
    depths = _depths(body)
    for sign in _ASSIGNING:
        at = body.find(sign)
        if at >= 0 and depths[at] == 0:
            return body[: at + len(sign)], body[at + len(sign) :]
    return "", body


def _at_operators(line: str) -> list[str]:
    """``line``, inside brackets already, one operand a line if it is too long."""
    if len(line) <= WIDTH:
        return [line]
    margin, text = _margin(line)
    lead = text[:2] if text[:2] in _SIGNS else ""
    places = [k + len(lead) for k in _operators(text[len(lead) :])]
    if not places:
        return _after_sign(line)
    cuts = [0, *places, len(text)]
    lines: list[str] = []
    for a, b in pairwise(cuts):
        lines += _after_sign(margin + text[a:b].strip())
    return lines


_SIGNS = ("+ ", "- ", "* ", "/ ", "@ ", "| ", "& ")


def _after_sign(line: str) -> list[str]:
    """One operand, perhaps after its operator, broken inside its brackets."""
    margin, text = _margin(line)
    if len(line) <= WIDTH or text[:2] not in _SIGNS:
        return broken(line) if not _operators(text) else _at_operators(line)
    rest = broken(f"{margin}  {text[2:]}")
    first = f"{margin}{text[:2]}{rest[0].lstrip()}"
    return [first, *(r[2:] for r in rest[1:])]


def _depths(text: str) -> list[int]:
    """How many brackets each character stands in; a bracket stands outside of its own."""
    depth, found = 0, []
    for character in text:
        if character in ")]}":
            depth -= 1
        found.append(depth)
        if character in "([{":
            depth += 1
    return found


def _longest(text: str) -> tuple[int, int] | None:
    """The longest outermost brackets of ``text``."""
    depths = _depths(text)
    best, start = (0, 0), 0
    for k, character in enumerate(text):
        if depths[k] == 0 and character in "([":
            start = k
        elif depths[k] == 0 and character in ")]":
            best = max(best, (start, k), key=lambda ends: ends[1] - ends[0])
    return best if best[1] else None


def _split(text: str) -> list[str]:
    depths = _depths(text)
    cuts = [k for k, c in enumerate(text) if c == "," and depths[k] == 0]
    starts = [0, *(k + 1 for k in cuts)]
    ends = [*cuts, len(text)]
    return [text[a:b].strip() for a, b in zip(starts, ends, strict=True)]


_LOOSEST = ((" if ", " else "), (" | ",), (" & ",), (" + ", " - "), (" * ", " / ", " @ "))


def _operators(text: str) -> list[int]:
    """Where the loosest operators of ``text`` outside all brackets stand."""
    depths = _depths(text)
    for group in _LOOSEST:
        found = [
            k + 1 for k in range(len(text)) for sign in group
            if depths[k] == 0 and text.startswith(sign, k)
        ]  # fmt: skip
        if found:
            return found
    return []
