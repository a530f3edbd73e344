"""Text to tokens: limits first, then characters, names, numbers and logical lines."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from derive.errors import DeriveError, LimitError, NameRefused, ParseError, Span
from derive.magnitude import MAX_LITERAL
from derive.syntax import Source
from derive.words import (
    FREE_TEXT,
    GREEK,
    KEYWORDS,
    MAX_CHARACTERS,
    MAX_INTEGER,
    MAX_LINES,
    MAX_NAME,
    SYMBOLS,
    longest,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text.

    Attributes:
        kind: ``name``, ``number``, ``op`` (keywords too), ``text`` (the rest of a free text
            line), ``newline`` or ``end``.
        text: as the language spells it: Greek letters and symbols are replaced.
        span: where it was written.
    """

    kind: str
    text: str
    span: Span


_NAME_LETTERS = "A-Za-z" + "".join(GREEK)
_TOKEN = re.compile(
    rf"(?P<name>[{_NAME_LETTERS}][{_NAME_LETTERS}0-9_]*)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<op>\*\*|//|==|!=|<=|>=|[-+*/%^<>=()\[\],:]"
    rf"|[{''.join(SYMBOLS)}])"
    r"|(?P<comment>\#.*)"
    r"|(?P<space>[ \t]+)"
)
_FREE_TEXT = re.compile(rf"[ \t]*({'|'.join(FREE_TEXT)})(?![{_NAME_LETTERS}0-9_])[ \t]*")
_GREEK_LETTERS = str.maketrans(GREEK)
_SPELLINGS = {**SYMBOLS, "**": "^"}
_OPENING, _CLOSING = "([", ")]"
# After one of these nothing can end, so the line goes on.
_CONTINUING = frozenset(
    "+ - * / // % ^ = == != < <= > >= , :".split()  # noqa: SIM905  reads as the table it is
) | frozenset(KEYWORDS)
_HINTS = {
    "'": "there are no strings in the language", '"': "there are no strings in the language",
    ".": "a point belongs to numbers only; there are no attributes",
    "_": "a name starts with a letter",
    "{": "group with ( )", "}": "group with ( )", ";": "put each statement on its own line",
    "&": "write `and`", "|": "write `or`", "!": "write `not` or `!=`", "~": "write `not`",
    "@": "write the sum over the shared index, sum[j](a[i, j]*b[j, k])",
    "$": "drop it", "\\": "a line continues while a bracket is open, or after an operator or comma",
}  # fmt: skip
_LOOKALIKES = dict(zip("аеорсухкмтвнАВЕКМНОРСТХіј", "aeopcyxkmtbhABEKMHOPCTXij", strict=True))
_SMALLEST_DOUBLE = 5e-324


def tokenize(source: Source) -> tuple[Token, ...]:
    """The tokens of a text; a logical line ends with a ``newline`` token.

    Raises:
        LimitError: if the text, a name or a number is too large.
        ParseError: if a character or a number is not of the language.
    """
    _check_size(source)
    return tuple(_Lexer(source).tokens())


def _check_size(source: Source) -> None:
    if len(source.text) > MAX_CHARACTERS:
        raise LimitError(
            f"the text has {len(source.text):,} characters; the limit is {MAX_CHARACTERS:,}",
            remedy="split the layer into several files",
            origin=source.origin,
        )
    lines = len(source.lines)
    if lines > MAX_LINES:
        raise LimitError(
            f"the text has {lines:,} lines; the limit is {MAX_LINES}",
            remedy="split the layer into several files",
            origin=source.origin,
        )


class _Lexer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.depth = 0
        self.last = ""

    def tokens(self) -> Iterator[Token]:
        line, number = "", 0
        for number, line in enumerate(self.source.lines, 1):
            yield from self._line(line, number)
        yield Token("end", "", Span(max(number, 1), len(line) + 1))

    def _line(self, line: str, number: int) -> Iterator[Token]:
        going_on = self.depth > 0 or self.last in _CONTINUING
        free = None if going_on else _FREE_TEXT.match(line)
        if free is not None:
            start = free.start(1) + 1
            yield Token("name", free[1], Span(number, start, len(free[1])))
            self._check_printable(line, free.end(), number)
            text = line[free.end() :].strip()
            yield Token("text", text, Span(number, free.end() + 1, max(1, len(text))))
            yield Token("newline", "", Span(number, len(line) + 1))
            return
        yield from self._words(line, number)
        if not self.depth and self.last and self.last not in _CONTINUING:
            yield Token("newline", "", Span(number, len(line) + 1))
            self.last = ""

    def _words(self, line: str, number: int) -> Iterator[Token]:
        position, end = 0, len(line)
        while position < end:
            found = _TOKEN.match(line, position)
            if found is None:
                raise self._strange(line[position], Span(number, position + 1))
            kind, text, start, position = found.lastgroup, found[0], position, found.end()
            if kind == "comment":
                self._check_printable(line, start, number)
            elif kind != "space":
                span = Span(number, start + 1, len(text))
                token = self._token(kind or "", text, span, line[position : position + 1])
                self.last = token.text
                yield token

    def _token(self, kind: str, text: str, span: Span, after: str) -> Token:
        if kind == "name":
            return self._name(text, span)
        if kind == "number":
            if after and (after in GREEK or (after.isascii() and after.isalpha())):
                raise self.source.refuse(
                    ParseError,
                    f"the number {text[:20]} runs into the letter {after!r}",
                    span,
                    f"multiplication is written out: {text[:20]}*{after}",
                )
            check_literal(self.source, text, span)
            return Token(kind, text, span)
        text = _SPELLINGS.get(text, text)
        if text in _OPENING:
            self.depth += 1
        elif text in _CLOSING:
            self.depth = max(0, self.depth - 1)
        return Token("name" if text.isalpha() else kind, text, span)

    def _name(self, text: str, span: Span) -> Token:
        name = text if text.isascii() else text.translate(_GREEK_LETTERS)
        if len(name) > MAX_NAME and len(name) > longest(name):
            raise self.source.refuse(
                LimitError,
                f"the name {name[:MAX_NAME]}... has {len(name)} characters; "
                f"the limit is {MAX_NAME}",
                span,
                "shorten it",
            )
        return Token("op" if name in KEYWORDS else "name", name, span)

    def _check_printable(self, line: str, start: int, number: int) -> None:
        for column, character in enumerate(line[start:], start + 1):
            if not (character.isprintable() or character == "\t"):
                raise self._strange(character, Span(number, column))

    def _strange(self, character: str, span: Span) -> DeriveError:
        if character.isascii() and character.isprintable():
            kind = NameRefused if character == "_" else ParseError
            hint = _HINTS.get(character, "drop it")
            return self.source.refuse(kind, f"unexpected character {character!r}", span, hint)
        name = unicodedata.name(character, "a control character")
        return self.source.refuse(
            ParseError,
            f"unexpected character U+{ord(character):04X} ({name})",
            span,
            _plain(character),
        )


def _plain(character: str) -> str:
    plain = _LOOKALIKES.get(character) or unicodedata.normalize("NFKC", character)
    plain = plain.translate(_GREEK_LETTERS)
    if plain != character and plain.isascii() and plain.isprintable() and plain.strip():
        return f"write {plain!r} in plain letters"
    return "names are letters a-z, A-Z, Greek letters, digits and _"


def check_literal(source: Source, text: str, span: Span) -> None:
    """Refuse a number that is too long or too large, before it is turned into one."""
    if len(text) > MAX_LITERAL:
        raise source.refuse(
            LimitError, f"a number of {len(text)} characters; the limit is {MAX_LITERAL}", span,
            "a double holds 17 digits",
        )  # fmt: skip
    if text.isdigit():
        if int(text) > MAX_INTEGER:
            raise source.refuse(
                LimitError, f"the integer {text} is above the limit of {MAX_INTEGER:,}", span,
                f"write it as a real number, {text}.0, if it is one",
            )  # fmt: skip
        return
    value = float(text)
    lost = value == 0 and any(digit in "123456789" for digit in re.split("[eE]", text)[0])
    if math.isinf(value) or lost:
        raise source.refuse(
            LimitError, f"{text} is outside the range of a double", span,
            f"stay between {_SMALLEST_DOUBLE} and 1.8e308, or write inf",
        )  # fmt: skip


def literal(text: str) -> tuple[Fraction, bool]:
    """The exact value of a checked number, and whether it is written as an integer."""
    return Fraction(text), text.isdigit()
