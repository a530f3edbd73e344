"""Formulas as words: what a screen reader says of an equation on paper."""

from __future__ import annotations

import pytest

import derive
from reports.document import Display, Document, Line
from reports.mathematics.layout import Letter
from reports.mathematics.names import names_of
from reports.mathematics.spoken import spoken
from reports.mathematics.typeset import typeset_equation
from reports.typ import typ


def test_an_equation_is_said_as_it_is_read() -> None:
    program = derive.load("dense")
    left, right = typeset_equation(program.equations[0], names_of(program))
    assert spoken(left) == "z sub n, i"
    assert spoken(right) == "sum over j of W sub i, j x sub n, j plus b sub i"


def test_paper_says_both_sides_and_the_relation() -> None:
    line = Line(Letter("y"), Letter("γ"))
    source = typ(Document("t", "", (), (Display((line,)),)))
    assert 'formula("y", $y$)' in source
    assert 'formula("equals gamma", $display(= γ)$)' in source


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(TypeError, match=r"str is not a layout: add a rule to mathematics\.spoken"):
        spoken("x")
