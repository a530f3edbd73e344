"""Where formulas that are too wide are broken, and that nothing but an unbreakable thing is wide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.document import Display, Document, Line, Reference
from reports.lines import COLUMN, laid, pieces, room
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
from reports.mathematics.mathml import mathml
from reports.mathematics.typst import typst
from reports.mathematics.width import width
from tests.reports.test_layers_in_typst import measured

A, B, C, D = (Letter(c) for c in "abcd")
PLUS, MINUS, ODOT, OSLASH = (Mark(sign, "binary") for sign in "+−⊙⊘")
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
     [r"\biggl(\frac{a}{b} + a + b", r"- c + d\biggr)"]),
    ("between products entry by entry", row(A, ODOT, B, THIN, C, OSLASH, D, ODOT, A), 4.5,
     [r"a \odot b\,c", r"\oslash d \odot a"]),
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


INNER = row(Fraction(A, B), *(item for _ in range(8) for item in (PLUS, C)))
# a formula, and how tall both ends of its bracket are
OPENED = [
    (row(A, THIN, Fenced("(", INNER, ")")), 3),
    (row(A, THIN, Fenced("(", row(*reversed(INNER.items)), ")")), 3),  # type: ignore[union-attr]
    (Fenced("[", row(INNER, PLUS, Fraction(Fraction(A, B), C)), "]"), 4),
    (Scripts(Fenced("(", INNER, ")"), None, D), 3),
    (Fenced("|", row(Root(A), *(item for _ in range(9) for item in (PLUS, C))), "|"), 2),
]


@pytest.mark.parametrize(("layout", "size"), OPENED)
def test_both_ends_of_a_broken_bracket_are_of_one_size(layout: Layout, size: int) -> None:
    first, *_, last = broken(layout, 8.0)
    big, height = {2: r"\Big", 3: r"\bigg", 4: r"\Bigg"}[size], ("", "", "1.8em", "2.4em", "3em")[size]
    assert latex(first).count(f"{big}l") == latex(last).count(f"{big}r") == 1
    for line in (first, last):
        assert "left" not in latex(line).replace(r"\lvert", "")
        assert typst(line).count(f"lr(size: #{height}, ") == 1
        assert mathml(line).count(f'minsize="{height}" maxsize="{height}"') == 1


def test_the_ends_of_a_bracket_are_drawn_of_one_size() -> None:
    """Where one line of it is tall and the other is not; and a low bracket stays low."""
    inner = row(Fraction(A, B), *(item for _ in range(8) for item in (PLUS, C)))
    tall, low = (broken(Fenced("(", body, ")"), 8.0) for body in (inner, row(*inner.items[1:])))  # type: ignore[union-attr]
    heights = measured((tall[0], tall[-1], low[0], low[-1]), "height")
    assert heights[0] == pytest.approx(heights[1], rel=0.01)
    assert heights[2] == pytest.approx(heights[3], rel=0.01)
    assert heights[0] > 2 * heights[2]


def test_only_the_numbers_that_a_line_cites_are_links() -> None:
    line = Line(B, B, "as (1), (12) and (3)", cites=("3", "1"))
    display = Display((line, Line(B, B, "see (1)", "1"), Line(B, B, tag="3")))
    first, second, _ = pieces(display)
    assert first.reason == ("as ", Reference("1"), ", (12) and ", Reference("3"))
    assert second.reason == ("see (1)",)
    with pytest.raises(ValueError, match=r"equations that it does not show: \['3'\]"):
        laid(Document("t", "s", (), (replace(display, lines=display.lines[:2]),)))
