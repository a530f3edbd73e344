"""Formulas in LaTeX, Typst, MathML and words, as files that are read when they change.

``python -m pytest tests/reports/test_golden.py --update`` writes them anew.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

import derive
from reports.equations import Derived
from reports.mathematics.latex import latex
from reports.mathematics.layout import (
    COMMA,
    THIN,
    TIMES,
    Accent,
    Bar,
    Bold,
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
    Row,
    Scripts,
    Stack,
    Tinted,
    Word,
    parts,
    row,
)
from reports.mathematics.mathml import mathml
from reports.mathematics.spoken import spoken
from reports.mathematics.typeset import typeset_equation
from reports.mathematics.typst import typst
from tests.reports.derivations import derivation_of

GOLDEN = Path(__file__).parent / "golden"
X, Y, N, J = (Letter(c) for c in "xynj")
PLUS, EQUALS, MINUS = Mark("+", "binary"), Mark("=", "relation"), Mark("−", "prefix")
HALF = Fraction(X, Digits("2"))

# what is shown, one line for each node and for each place where a printer has a choice
SPECIMENS: list[tuple[str, Layout]] = [
    ("letters", row(X, Letter("γ"), Letter("Σ"))),
    ("words", row(Word("loss"), PLUS, Word("tanh"), Fenced("(", X, ")"))),
    ("a word before a letter", row(Word("log"), X)),
    ("a word that is no letters", row(Word('a"]#b'), Word("d_1"))),
    ("digits", row(Digits("10"), TIMES, Digits("0.5"), PLUS, Digits("∞"))),
    ("signs", row(MINUS, X, PLUS, Y, Mark("≤", "relation"), N, COMMA, J, Mark("/"), X)),
    ("marks", row(Mark("∂"), X, Mark("⊙", "binary"), Mark("ℝ"), Mark("∈", "relation"), Mark("…"))),
    ("primes", row(X, Mark("′"), THIN, Letter("σ"), Mark("′′"), Fenced("(", X, ")"))),
    ("a line that goes on", row(PLUS, X)),
    ("scripts", row(Scripts(X, row(N, COMMA, J)), Scripts(X, None, J), Scripts(X, N, J))),
    ("scripts on a bracket", Scripts(Fenced("(", row(X, PLUS, Y), ")"), None, Digits("2"))),
    ("scripts on a tall bracket", Scripts(Fenced("(", HALF, ")"), None, Digits("2"))),
    ("scripts on scripts", Scripts(Scripts(X, N), None, J)),
    ("bars", row(Bar(X), Bar(Bar(X)), Bar(Word("loss")), Bar(Bold("W")))),
    ("accents", row(Accent(X, "hat"), Accent(X, "tilde"), Accent(Word("ab"), "hat"))),
    ("bold", row(Bold("W"), Scripts(Bold("X"), None, Mark("⊤")), Bold("1"), Bold("γ"))),
    ("bold words", row(Bold("rms"), Mark("⊘", "binary"), Bar(Bold("Var")), THIN, Bold('a"]#_'))),
    ("tints", row(Tinted(X, 1), Tinted(row(X, PLUS, Y), 2), Tinted(Scripts(X, N), 3))),
    ("fractions", Fraction(row(Mark("∂"), X), Fraction(Y, J))),
    ("a root", row(Root(X), Root(HALF))),
    ("sums", row(Limits(Mark("∑", "large"), row(N, COMMA, J)), X, Limits(Word("max"), N), Y)),
    ("a sum with a condition", Limits(Mark("∑", "large"), Stack((N, row(N, EQUALS, J))))),
    ("an upright operator", row(Limits(Word("arg max"), N), THIN, X, Limits(Word("mean"), N), X)),
    ("fences", row(*(Fenced(a, X, b) for a, b in ("()", "[]", "||", "⌊⌋", "⌈⌉", "‖‖", "{}")))),
    ("tall fences", row(*(Fenced(a, HALF, b) for a, b in ("()", "[]", "||", "⌊⌋")))),
    ("a fence closed further on", row(Fenced("(", X, "", 3), Fenced("", HALF, ")", 3))),
    ("cases", Cases(((X, row(Prose("if "), X, Mark(">", "relation"), Y)), (Y, Prose("otherwise"))))),
    ("prose", row(X, Prose(" and "), Y)),
]  # fmt: skip


def held(path: Path, found: str, request: pytest.FixtureRequest) -> None:
    """The file at ``path`` is ``found``, or is written anew."""
    if request.config.getoption("--update"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    changed = difflib.unified_diff(expected.splitlines(), found.splitlines(), lineterm="")
    assert found == expected, "\n".join(changed)


def test_each_node_in_each_language(request: pytest.FixtureRequest) -> None:
    shown = "\n".join(
        f"{name}\n  {latex(layout)}\n  {typst(layout)}\n  {mathml(layout)}\n  {spoken(layout)}\n"
        for name, layout in SPECIMENS
    )
    held(GOLDEN / "specimens.txt", shown, request)


def test_every_node_is_among_the_specimens() -> None:
    def kinds(layout: Layout) -> set[type]:
        return {type(layout)}.union(*(kinds(part) for part in parts(layout)))

    found = set().union(*(kinds(layout) for _, layout in SPECIMENS))
    nodes = Layout.__args__  # type: ignore[attr-defined]
    assert found == set(nodes)


def equations(found: Derived) -> str:
    """The equations in LaTeX and Typst, and the first gradient in MathML."""
    lines: list[str] = []
    gradient = found.joint.definition(found.joint.outputs[0])
    for equation, number in found.numbers.items():
        left, right = typeset_equation(equation, found.names)
        whole = Row((left, EQUALS, right))
        lines += [f"({number})", f"  {latex(whole)}", f"  {typst(whole)}"]
        if equation == gradient:
            lines += [f"  {mathml(whole, display=True)}"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("layer", derive.layers())
def test_each_layer(layer: str, request: pytest.FixtureRequest) -> None:
    held(GOLDEN / f"{layer}.txt", equations(derivation_of(layer)), request)


def test_a_change_is_seen(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update"):
        pytest.skip("files are being written")
    (tmp_path / "x.txt").write_text("x_{i}\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"\+x_\{j\}"):
        held(tmp_path / "x.txt", "x_{j}\n", request)
