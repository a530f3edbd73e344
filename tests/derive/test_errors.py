"""What a refusal prints: place, line, caret, remedy."""

from __future__ import annotations

import pytest

from derive.errors import CallRefused, DeriveError, ParseError, Span


def refusal(line: str, column: int, length: int = 1) -> ParseError:
    return ParseError("bad", span=Span(2, column, length), line_text=line, origin="a.eqn")


@pytest.mark.parametrize(
    ("line", "column", "length", "marked"),
    [
        ("y = foo(x)", 5, 3, "foo"),
        ("y = x", 5, 1, "x"),
        ("y = x", 5, 90, "x"),  # never past the end of the line
        ("x" * 49 + "!" + "x" * 50, 50, 1, "!"),
        ("!" + "x" * 5000, 1, 1, "!"),
        ("x" * 2500 + "!" + "x" * 2500, 2501, 1, "!"),
        ("x" * 5000 + "!", 5001, 1, "!"),
    ],
)
def test_the_caret_stands_under_the_place(line: str, column: int, length: int, marked: str) -> None:
    head, shown, caret = str(refusal(line, column, length)).splitlines()
    assert head == f"a.eqn: line 2, column {column}: bad"
    start, end = caret.index("^"), len(caret)
    assert shown[start:end] == marked
    assert len(shown) <= 4 + 100 + 6


def test_the_caret_may_stand_after_the_line() -> None:
    _, shown, caret = str(refusal("y = ", 5)).splitlines()
    assert caret.index("^") == len(shown)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CallRefused("no"), "no"),
        (CallRefused("no", equation="y = x", remedy="do"), "no\n    in  y = x\n  to fix: do"),
        (DeriveError("no", origin="lstm"), "lstm: no"),
    ],
)
def test_without_a_place(error: DeriveError, expected: str) -> None:
    assert str(error) == expected
