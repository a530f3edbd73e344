"""Text: whatever is typed is read or refused with a place, and what is printed reads back."""

from __future__ import annotations

import operator
import string
from fractions import Fraction
from random import Random
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import derive
from derive import DeriveError, ProgramRefused, layers, parse
from derive.library import read
from numeric.interpret import interpret, rationals
from tests.fuzz.programs import accepted, fuzzed, texts
from trials.programs import program_text

ALPHABET = string.printable + "σπ∑≤·×−х²\x00\u202e\ud800"
WORDS = [
    "sum", "max", "[", "]", "(", ")", ",", "=", "==", "if", "else", "where", "and", "not", "x", "i",
    "j", "W", "size", "+", "-", "*", "/", "//", "%", "^", "1", "0.5", "\n", ":", "index", "input",
    "output", "def", "f", "pad", "hyper", "assume", "tanh", "const", "int", "title", "#",
]  # fmt: skip
# Far above what any of these texts takes; a hang is what it finds.
SECONDS = 2.0


def is_read_or_refused(text: str) -> None:
    begun = perf_counter()
    program = refusal = None
    try:
        program = parse(text)
    except DeriveError as error:
        refusal = error
    assert perf_counter() - begun < SECONDS
    if refusal is None:
        assert parse(str(program)) == program
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    span = refusal.span
    assert span is not None or isinstance(refusal, ProgramRefused), str(refusal)
    assert span is None or 1 <= span.line <= len(lines)
    assert span is None or 1 <= span.column <= len(lines[span.line - 1]) + 1
    assert str(refusal)


@fuzzed(200)
@given(st.text(st.sampled_from(ALPHABET), max_size=60) | st.text(max_size=30))
@example("")
def test_any_text(text: str) -> None:
    is_read_or_refused(text)


@fuzzed(200)
@given(st.binary(max_size=80), st.sampled_from(["utf-8", "latin-1", "utf-16-le"]))
def test_any_bytes(raw: bytes, encoding: str) -> None:
    is_read_or_refused(raw.decode(encoding, errors="replace"))
    is_read_or_refused(raw.decode("utf-8", errors="surrogateescape"))


@fuzzed(200)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_row_of_words(text: str) -> None:
    is_read_or_refused(text)


@fuzzed(30)
@given(st.sampled_from([*map(read, layers())]) | texts(), st.data())
def test_a_program_with_one_change(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from(["", *WORDS]))
    gone = data.draw(st.integers(0, 3))
    is_read_or_refused(text[:at] + put + text[at + gone :])


@fuzzed(30)
@given(texts())
def test_what_is_printed_reads_back(text: str) -> None:
    program = accepted(text)
    printed = str(program)
    assert parse(printed) == program
    assert str(parse(printed)) == printed


@fuzzed(6)
@given(texts())
def test_derived_equations_read_back(text: str) -> None:
    backward = derive.adjoint(accepted(text))
    assert parse(str(backward)) == backward


@pytest.mark.parametrize("seed", range(30))
def test_most_random_programs_are_accepted(seed: int) -> None:
    """All of these are, so that the trials look at programs and not at refusals."""
    assert parse(program_text(Random(seed))).outputs


# ---- precedence, by an evaluator that shares nothing with ours -----------------------------------

NAMES = {"a": Fraction(2), "b": Fraction(-3), "c": Fraction(5, 7), "d": Fraction(0)}
LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2}
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
COMPARED = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "==": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
Sample = tuple[str, Fraction, int]


def bracketed(sample: Sample, level: int) -> str:
    return sample[0] if sample[2] >= level else f"({sample[0]})"


def joined(op: str, left: Sample, right: Sample) -> Sample:
    level = LEVELS[op]
    if op == "/" and right[1] == 0:
        op = "*"
    text = f"{bracketed(left, level)} {op} {bracketed(right, level + 1)}"
    return text, OPERATORS[op](left[1], right[1]), level


def raised(base: Sample, exponent: int) -> Sample:
    exponent = abs(exponent) if base[1] == 0 else exponent
    return f"{bracketed(base, 5)}^{exponent}", base[1] ** exponent, 4


def chosen(op: str, left: Sample, right: Sample, then: Sample, other: Sample) -> Sample:
    condition = f"{bracketed(left, 1)} {op} {bracketed(right, 1)}"
    text = f"{bracketed(then, 1)} if {condition} else {other[0]}"
    return text, then[1] if COMPARED[op](left[1], right[1]) else other[1], 0


def expressions() -> st.SearchStrategy[Sample]:
    leaves = st.sampled_from([*NAMES.items()]).map(lambda row: (*row, 5)) | st.integers(0, 9).map(
        lambda n: (str(n), Fraction(n), 5)
    )

    def extend(inner: st.SearchStrategy[Sample]) -> st.SearchStrategy[Sample]:
        return st.one_of(
            st.builds(joined, st.sampled_from([*OPERATORS]), inner, inner),
            inner.map(lambda s: (f"-{bracketed(s, 3)}", -s[1], 3)),
            st.builds(raised, inner, st.integers(-2, 3)),
            st.builds(chosen, st.sampled_from([*COMPARED]), inner, inner, inner, inner),
            inner.map(lambda s: (f"abs({s[0]})", abs(s[1]), 5)),
            st.builds(
                lambda a, b: (f"[{bracketed(a, 1)} < {bracketed(b, 1)}]", Fraction(a[1] < b[1]), 5),
                inner,
                inner,
            ),
        )

    return st.recursive(leaves, extend, max_leaves=12)


@fuzzed(250)
@given(expressions())
def test_an_expression_has_its_value(sample: Sample) -> None:
    text = f"input {', '.join(NAMES)}\noutput z\nz = {sample[0]}"
    try:
        program = parse(text)
    except derive.LimitError:
        return
    for written in (text, str(program)):
        assert interpret(written, NAMES, rationals())["z"] == sample[1]
