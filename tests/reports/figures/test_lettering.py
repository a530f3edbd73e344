"""Formulas as outlines: as wide as TeX sets them, and nothing left out in silence."""

from __future__ import annotations

import pytest
from matplotlib import rc_context
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from reports.figures.lettering import Glyph, Rule, lettered, outline
from reports.mathematics.latex import latex
from reports.mathematics.layout import (
    Accent,
    Bar,
    Bold,
    Cases,
    Digits,
    Fenced,
    Fraction,
    Layout,
    Letter,
    Mark,
    Prose,
    Root,
    Scripts,
    Tinted,
    Word,
    listed,
    row,
)

INDICES = listed((Letter("n"), Letter("i"), Letter("j")))
BEFORE = row(Letter("t"), Mark("−", "binary"), Digits("1"))
SIMPLE: list[Layout] = [
    Letter("x"), Letter("W"), Letter("σ"), Letter("Γ"), Word("loss"), Digits("12"),
    Scripts(Letter("h"), INDICES), Scripts(Letter("h"), listed((BEFORE, Letter("n")))),
    Bar(Letter("W")), Bar(Word("loss")), Scripts(Bar(Letter("c")), INDICES, Word("total")),
    Scripts(Letter("W"), None, Word("hh")), Accent(Letter("x"), "hat"),
    Fenced("(", Digits("3"), ")"),
]  # fmt: skip


@pytest.mark.parametrize("layout", SIMPLE, ids=latex)
def test_as_wide_as_matplotlib_sets_it(layout: Layout) -> None:
    with rc_context({"mathtext.fontset": "cm"}):
        size = FontProperties(size=100)
        width, _, _ = text_to_path.get_text_width_height_descent(f"${latex(layout)}$", size, True)
    assert lettered(layout).width == pytest.approx(width / 100, rel=0.12, abs=0.12)


def test_a_bar_is_over_its_letter_and_a_script_is_smaller() -> None:
    barred = lettered(Bar(Letter("W")))
    rules = [piece for piece in barred.pieces if isinstance(piece, Rule)]
    assert len(rules) == 1
    assert rules[0].y > 0.7
    assert barred.height > lettered(Letter("W")).height
    sizes = [p.size for p in lettered(Scripts(Letter("h"), INDICES)).pieces if isinstance(p, Glyph)]
    assert sizes[0] == 1
    assert set(sizes[1:]) == {0.72}


@pytest.mark.parametrize("layout", [Bold("W"), Tinted(Letter("x"), 1), Prose("sum over <b>_ß語")])
def test_every_character_has_an_outline(layout: Layout) -> None:
    found = lettered(layout)
    assert found.width > 0
    for piece in found.pieces:
        assert isinstance(piece, Glyph)
        assert outline(piece.font, piece.character).startswith("m")


@pytest.mark.parametrize(
    "layout",
    [Fraction(Digits("1"), Digits("2")), Root(Letter("x")), Cases(((Letter("x"), Prose("if")),))],
)
def test_what_is_too_tall_for_a_label_raises(layout: Layout) -> None:
    with pytest.raises(TypeError, match="stands in no label"):
        lettered(row(Letter("x"), layout))
