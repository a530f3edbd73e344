"""Where formulas that are too wide are broken, and that nothing but an unbreakable thing is wide."""

from __future__ import annotations

import pytest

from reports.document import Display, Line
from reports.lines import COLUMN, pieces, room
from reports.mathematics.breaking import broken
from reports.mathematics.latex import latex
from reports.mathematics.layout import (
    THIN,
    Cases,
    Digits,
    Fenced,
    Fraction,
    Layout,
    Letter,
    Limits,
    Mark,
    Prose,
    Root,
    Scripts,
    Tinted,
    Word,
    row,
)
from reports.mathematics.width import width

A, B, C, D = (Letter(c) for c in "abcd")
PLUS, MINUS = Mark("+", "binary"), Mark("−", "binary")
SUM = row(A, PLUS, B, MINUS, C, PLUS, D)
BRACKET = Fenced("(", SUM, ")")
POWER = Scripts(BRACKET, None, Digits("2"))
FRACTION = Fraction(SUM, D)
CONDITION = row(Prose("if "), A)

# formula, the most ems of a line, its lines
BROKEN: list[tuple[str, Layout, float, list[str]]] = [
    ("narrow enough", SUM, 9.0, ["a + b - c + d"]),
    ("before signs", SUM, 3.5, ["a + b", "- c + d"]),
    ("as many on a line as fit", SUM, 5.2, ["a + b - c", "+ d"]),
    ("a sign at the start stays", row(Mark("−", "prefix"), SUM), 3.6, ["-a + b", "- c + d"]),
    ("between factors", row(A, THIN, Word("bbbbb"), THIN, Word("ccccc")), 5.0,
     [r"a\,\mathrm{bbbbb}", r"\cdot \mathrm{ccccc}"]),
    ("in a bracket", row(A, THIN, BRACKET), 5.0, [r"a\,(a + b - c", "+ d)"]),
    ("in the bracket of a function", row(Word("tanh"), BRACKET), 5.0, [r"\tanh(a + b", "- c + d)"]),
    ("in the bracket of a power", POWER, 4.5, ["(a + b - c", "+ d)^{2}"]),
    ("in the bracket of a sum", row(Limits(Mark("∑", "large"), A), BRACKET), 5.5,
     [r"\sum_{a}(a + b", "- c + d)"]),
    ("in a tint", row(A, THIN, Tinted(BRACKET, 1)), 5.0,
     [r"a\,{\color{index1}(a + b - c}", r"{\color{index1}+ d)}"]),
    ("in a fraction, by a slash", FRACTION, 4.5, ["(a + b - c", "+ d)/d"]),
    ("in a fraction of sums", Fraction(row(SUM, PLUS, SUM), row(A, PLUS, B)), 6.5,
     ["(a + b - c + d", "+ a + b - c", "+ d)/(a + b)"]),
    ("in a case", Cases(((SUM, CONDITION), (A, Prose("otherwise")))), 9.6,
     [r"\begin{cases} a + b - c & \text{} \\ + d & \text{if }a \\ a & \text{otherwise} \end{cases}"]),
    ("in a tall bracket", Fenced("(", row(Fraction(A, B), PLUS, SUM), ")"), 5.0,
     [r"\left(\frac{a}{b} + a + b \right.", "- c + d)"]),
    ("not in a root", Root(SUM), 5.0, [r"\sqrt{a + b - c + d}"]),
    ("not in a script", Scripts(A, None, row(SUM, PLUS, SUM)), 5.0,
     ["a^{a + b - c + d + a + b - c + d}"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "limit", "lines"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_lines(layout: Layout, limit: float, lines: list[str]) -> None:
    assert [latex(line) for line in broken(layout, limit)] == lines


@pytest.mark.parametrize(
    ("layout", "limit"),
    [case[1:3] for case in BROKEN if not case[0].startswith("not")],
    ids=[case[0] for case in BROKEN if not case[0].startswith("not")],
)
def test_no_line_is_wider_than_asked(layout: Layout, limit: float) -> None:
    assert all(width(line) <= limit for line in broken(layout, limit))


def test_later_lines_may_be_shorter() -> None:
    first, *rest = broken(row(SUM, PLUS, SUM), 9.0, 5.2)
    assert width(first) > 5.2
    assert rest
    assert all(width(line) <= 5.2 for line in rest)


def test_a_reason_and_a_left_side_take_room() -> None:
    plain = room(Display((Line(None, A),)))
    assert plain < COLUMN
    reasoned = room(Display((Line(None, A, "w"),)))
    assert reasoned < plain - 6
    assert room(Display((Line(None, A, "a much longer reason than that"),))) < reasoned - 3
    assert room(Display((Line(Word("left"), A),))) == pytest.approx(plain - width(Word("left")))
    assert room(Display((Line(None, A, tag="1"),))) < plain
    assert room(Display((Line(None, A),), result=True)) < plain


def test_a_line_that_goes_on_has_its_reason_above_and_its_number_below() -> None:
    long = row(*(Word("abcdefgh"), PLUS) * 12, A)
    first, *between, last = pieces(Display((Line(B, long, "why", "7"),)))
    assert (first.left, first.goes_on, first.note, first.tag) == (B, False, "why", "")
    assert (last.left, last.goes_on, last.note, last.tag) == (None, True, "", "7")
    assert all(piece.goes_on and not piece.note and not piece.tag for piece in between)


def test_only_the_numbers_that_a_line_cites_are_links() -> None:
    line = Line(B, B, "as (1), (12) and (3)", cites=("3", "1"))
    display = Display((line, Line(B, B, "see (1)", "1"), Line(B, B, tag="3")))
    first, second, _ = pieces(display)
    assert first.reason == ("as ", Reference("1"), ", (12) and ", Reference("3"))
    assert second.reason == ("see (1)",)
    with pytest.raises(ValueError, match=r"equations that it does not show: \['3'\]"):
        laid(Document("t", "s", (), (replace(display, lines=display.lines[:2]),)))
