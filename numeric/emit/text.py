"""Python text with its precedence, and lines that are short enough."""

from __future__ import annotations

from dataclasses import dataclass

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


def broken(line: str, indent: str = "    ") -> list[str]:
    """``line`` as lines of at most ``WIDTH`` characters, broken inside brackets.

    The brackets are those that reach furthest; a right side without any gets brackets of its
    own. What cannot be broken stays long.
    """
    if len(line) <= WIDTH:
        return [line]
    opening = _outermost(line)
    if opening is None:
        return _bracketed(line, indent)
    start, end = opening
    margin = line[: len(line) - len(line.lstrip())]
    inner = line[start + 1 : end]
    pieces = _split(inner)
    head, tail = line[: start + 1], line[end:]
    if len(pieces) == 1 and not _operators(inner):
        return [line]
    lines = [head]
    comma = len(pieces) > 1
    for piece in pieces:
        body = f"{margin}{indent}{piece}{',' if comma else ''}"
        lines += broken(body, indent) if len(pieces) > 1 else _at_operators(body, indent)
    return [*lines, margin + tail]


def _bracketed(line: str, indent: str) -> list[str]:
    for sign in (" += ", " *= ", " = "):
        left, found, right = line.partition(sign)
        if found and _operators(right):
            margin = line[: len(line) - len(line.lstrip())]
            body = _at_operators(f"{margin}{indent}{right}", indent)
            return [f"{left}{sign}(", *body, f"{margin})"]
    return [line]


def _at_operators(line: str, indent: str) -> list[str]:
    """``line``, inside brackets already, one operand a line if it is too long."""
    if len(line) <= WIDTH:
        return [line]
    margin = line[: len(line) - len(line.lstrip())]
    text = line.lstrip()
    places = _operators(text)
    if not places:
        return broken(line, indent)
    cuts = [0, *places, len(text)]
    lines: list[str] = []
    for a, b in zip(cuts, cuts[1:], strict=False):
        lines += broken(margin + text[a:b].strip(), indent)
    return lines


def _depths(text: str) -> list[int]:
    depth, found = 0, []
    for character in text:
        if character in ")]}":
            depth -= 1
        found.append(depth)
        if character in "([{":
            depth += 1
    return found


def _outermost(line: str) -> tuple[int, int] | None:
    """The brackets at the end of ``line``, or None if it does not end with some."""
    if not line.endswith((")", "]")):
        return None
    depths = _depths(line)
    end = len(line) - 1
    start = next(
        k for k in range(end - 1, -1, -1) if depths[k] == depths[end] and line[k] in "(["
    )
    before = line[:start]
    equals = max(before.rfind(sign) + len(sign) for sign in (" = ", " += ", " *= "))
    if _operators(before[max(equals, 0) :]):
        return None
    return start, end


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
            k for k in range(len(text)) for sign in group
            if depths[k] == 0 and text.startswith(sign, k)
        ]  # fmt: skip
        if found:
            return [k + 1 for k in found]
    return []
