"""The parts around the derivation: facts, notation, proof, how to reproduce."""

from __future__ import annotations

from functools import cache

import pytest

import derive
from numeric.check.result import CheckResult, Line
from reports.document import Block, Code, Document, Facts, Paragraph, Reference, Section, Table
from reports.evaluation.lines import Evaluated
from reports.mathematics.latex import latex
from reports.mathematics.names import names_of
from reports.story import Material, compose
from reports.story.header import header
from reports.story.proof import proof
from tests.reports.derivations import derivation_of

RESULT = CheckResult("x", (Line("S2 exact field", 20, (), None, "equality", "PROVED"),))


@cache
def document(name: str, **settings: float) -> Document:
    material = Material("layer", derivation_of(name), "source = 1\n", RESULT, settings)
    return compose(material, plots=False)


def text(block: Paragraph) -> str:
    return "".join(
        part if isinstance(part, str)
        else f"({part.tag})" if isinstance(part, Reference)
        else f"<{latex(part)}>"  # type: ignore[arg-type]  # nothing else stands in these
        for part in block.parts
    )  # fmt: skip


def under(found: Document, title: str) -> list[Block]:
    """The blocks of one section."""
    titles = [b.title if isinstance(b, Section) else "" for b in found.blocks]
    first = titles.index(title) + 1
    end = next((i for i in range(first, len(titles)) if titles[i]), len(titles))
    return list(found.blocks[first:end])


def notation(name: str) -> str:
    return " ".join(text(b) for b in under(document(name), "Notation") if isinstance(b, Paragraph))


# ---- facts -------------------------------------------------------------------------------------


def facts(name: str) -> list[tuple[str, str, str]]:
    (found,) = (b for b in document(name).blocks if isinstance(b, Facts))
    return [
        (f.label, latex(f.symbol), f.value if isinstance(f.value, str) else latex(f.value))  # type: ignore[arg-type]
        for f in found.items
    ]


def test_symbols_of_one_shape_stand_together() -> None:
    assert facts("lstm")[1:4] == [
        ("inputs", r"h_{n,i}^{(0)},c_{n,i}^{(0)}", r"\lvert n\rvert \times \lvert i\rvert"),
        (
            "parameters",
            ",".join(f"W_{{i,j}}^{{\\mathrm{{{gate}}}}}" for gate in "fiog"),
            r"\lvert i\rvert \times \lvert j\rvert",
        ),
        (
            "parameters",
            ",".join(f"U_{{i,i}}^{{\\mathrm{{{gate}}}}}" for gate in "fiog"),
            r"\lvert i\rvert \times \lvert i\rvert",
        ),
    ]


def test_roles_and_hyperparameters() -> None:
    assert [label for label, _, _ in facts("embedding")] == [
        "integer constant", "parameter", "output",
    ]  # fmt: skip
    assert facts("softmax_cross_entropy")[-1] == ("output", r"\mathrm{loss}", "scalar")
    assert facts("conv2d")[-3:] == [
        ("hyperparameter", "s", "1"), ("hyperparameter", "P", "0"), ("hyperparameter", "d", "1"),
    ]  # fmt: skip


def test_extents_that_follow_from_others_are_said() -> None:
    said = [text(b) for b in document("conv1d").blocks if isinstance(b, Paragraph)]
    assert any(s.startswith("Extents that follow from others: <") for s in said)
    said = [text(b) for b in document("attention").blocks if isinstance(b, Paragraph)]
    assert "Extents that follow from others: <\\lvert k\\rvert = \\lvert s\\rvert>." in said


def test_a_note_that_goes_on_in_the_next_line_is_one_paragraph() -> None:
    head = "note One, and\nnote the rest of it.\nnote Two.\nnote three\n"
    program = derive.parse(head + "input x[n]\noutput y[n]\ny[n] = 2*x[n]")
    said = [b.parts for b in header(program, names_of(program)) if isinstance(b, Paragraph)]
    assert said == [("One, and the rest of it.",), ("Two.",), ("three",)]


# ---- notation: what is used and nothing else ---------------------------------------------------

SENTENCES = {
    "bar": "A bar is the gradient",
    "size": "is the extent of",
    "prime": "A prime marks another index",
    "sum": "A sum without limits",
    "delta": "Kronecker's",
    "bracket": "Iverson's",
    "bold": "Bold letters are matrices",
    "ones": "is a column of ones",
    "zeros": "holds zeros only",
    "odot": "is the product entry by entry",
    "oslash": "the quotient entry by entry",
    "power": "the power",
    "rows": "ach row of",
    "columns": "ach column of",
    "filled": "very entry of",
    "slice": "picks one matrix of many",
    "grid": "a cotangent is",
    "quotient": "as between its points",
    "assumed": "Assumed, for all free indices",
}
USED = [
    ("dense", {"bar", "prime", "sum", "delta", "bracket", "bold", "ones", "odot", "rows"}),
    ("conv2d", {"bar", "prime", "sum", "delta", "grid", "quotient"}),
    (
        "softmax_cross_entropy",
        {"bar", "size", "prime", "sum", "delta", "bold", "ones", "odot", "columns", "assumed"},
    ),
    ("tanh", {"bar", "prime", "sum", "delta", "bold", "ones", "odot", "power", "filled"}),
    ("step", {"bar", "prime", "sum", "bold", "zeros"}),
    (
        "rms_norm",
        {"bar", "size", "prime", "sum", "delta", "bold", "ones", "odot", "oslash", "power", "rows",
         "columns"},
    ),
    (
        "rnn",
        {"bar", "prime", "sum", "delta", "bold", "ones", "odot", "power", "filled", "slice",
         "grid"},
    ),
    # its own delta, so that brackets stand for Kronecker's
    ("huber", {"bar", "size", "prime", "sum", "bracket", "bold"}),
    ("input x\noutput y\ny = 2*x\n", {"bar"}),
    ("const x[n]\noutput y[n]\ny[n] = 2*x[n]\n", {"bold"}),
]


@pytest.mark.parametrize(("name", "expected"), USED)
def test_the_notation_explains_what_is_used(name: str, expected: set[str]) -> None:
    said = notation(name)
    assert {key for key, words in SENTENCES.items() if words in said} == expected


def test_the_cotangents_that_are_given() -> None:
    assert (
        r"<\bar{x}_{t,n,j} = \partial L/\partial x_{t,n,j}>; <\bar{h}> and <\bar{c}> are given."
        in (notation("lstm"))
    )
    assert r"<\bar{a}> is given." in notation("dense")


# ---- proof and ending --------------------------------------------------------------------------


def said(evaluated: Evaluated, matrices: int = 0) -> str:
    (found,) = (b for b in proof(RESULT, evaluated, matrices) if isinstance(b, Paragraph))
    return text(found)


def test_the_number_of_equalities_is_told() -> None:
    (found,) = (b for b in under(document("dense"), "Proof") if isinstance(b, Paragraph))
    # 2 forward equations, 12 lines, 6 matrix forms
    assert text(found) == (
        "Besides, 20 equalities were evaluated at drawn data before any of them was shown: every"
        " line against the line before it and the true gradient, and 6 matrix forms against their"
        " index forms."
    )


def test_what_was_left_open_is_told() -> None:
    assert said(Evaluated(9, ("a", "b"))).endswith(
        "Left open, on a kink or without a value there: 2."
    )
    assert said(Evaluated(reason="no extents are legal")) == (
        "No displayed equality was evaluated, for want of data: no extents are legal."
    )


def test_the_table_of_proofs() -> None:
    (table,) = (b for b in under(document("tanh"), "Proof") if isinstance(b, Table))
    assert table.rows == (("S2 exact field", "20", "0", "exact", "equality", "PROVED"),)


def test_how_to_reproduce() -> None:
    code, words = under(document("conv2d", s=2), "How to reproduce")
    assert isinstance(code, Code)
    assert code.text.splitlines() == [
        "backproof check layer --set s=2 --seed 0",
        "backproof derive layer --set s=2 --steps",
        "backproof code layer --set s=2",
    ]
    assert isinstance(words, Paragraph)
    assert text(words).startswith("Checked with seed 0")


def test_kinks_and_their_absence() -> None:
    (found,) = under(document("dense"), "Kinks and ties")
    assert isinstance(found, Paragraph)
    assert "relu'(0) = 0" in text(found)
    (found,) = under(document("tanh"), "Kinks and ties")
    assert isinstance(found, Paragraph)
    assert "has a derivative everywhere" in text(found)


def test_the_order_of_the_parts() -> None:
    assert [b.title for b in document("dense").blocks if isinstance(b, Section)] == [
        "Notation", "Forward equations", "Computation graph",
        "Back through the intermediate values", "Gradient of the input",
        "Gradients of the parameters", "Kinks and ties", "NumPy code", "Proof",
        "How to reproduce",
    ]  # fmt: skip
