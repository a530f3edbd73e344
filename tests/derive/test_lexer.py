"""Tokens: spelling, places, logical lines."""

import pytest

from derive import LimitError, ParseError
from derive.lexer import tokenize
from derive.syntax import Source
from derive.words import GREEK, RESERVED


def texts(text):
    return [t.text if t.kind not in ("newline", "end") else t.kind for t in tokenize(Source(text))]


# Text and its tokens on one logical line.
LINES = [
    ("a[i]=1", ["a", "[", "i", "]", "=", "1"]),
    ("a//b%c**d", ["a", "//", "b", "%", "c", "^", "d"]),
    ("a<=b!=c", ["a", "<=", "b", "!=", "c"]),
    ("1e-5 .5 2. 1.5E+3", ["1e-5", ".5", "2.", "1.5E+3"]),
    ("a_1 A1_", ["a_1", "A1_"]),
    ("σ_h Δx αβ", ["sigma_h", "Deltax", "alphabeta"]),
    ("a⊙b·c×d−e", ["a", "*", "b", "*", "c", "*", "d", "-", "e"]),
    ("a≤b≥c≠d", ["a", "<=", "b", ">=", "c", "!=", "d"]),
    ("∑[i](a)∏", ["sum", "[", "i", "]", "(", "a", ")", "prod"]),
    ("a # rest ∫ é", ["a"]),
    ("\ta \t b", ["a", "b"]),
]


@pytest.mark.parametrize(("text", "tokens"), LINES)
def test_tokens_of_a_line(text, tokens):
    assert texts(text) == [*tokens, "newline", "end"]


# Text and its number of logical lines.
LOGICAL = [
    ("a\nb", 2),
    ("a\r\nb\rc", 3),
    ("a\n\n\n# c\n  \nb", 2),
    ("a +\nb", 1),
    ("a +  # why\n\nb", 1),
    ("f(\na,\nb\n)", 1),
    ("x[\ni]", 1),
    ("a,\nb", 1),
    ("a =\nb", 1),
    ("a if\nb else\nc", 1),
    ("a and\nnot\nb or\nc", 1),
    ("a where\nb", 1),
    ("a\n+ b", 2),
    ("(a\n) b\nc", 2),
]


@pytest.mark.parametrize(("text", "lines"), LOGICAL)
def test_a_line_goes_on_where_it_cannot_end(text, lines):
    assert texts(text).count("newline") == lines


def test_free_text_keeps_its_signs():
    tokens = tokenize(Source("title  Höchreiter's # (LSTM\n  note\nsource: a"))
    assert [t.text for t in tokens if t.kind == "text"] == ["Höchreiter's # (LSTM", "", ": a"]


def test_free_text_words_are_words():
    assert texts("titles = 1") == ["titles", "=", "1", "newline", "end"]
    assert texts("(\ntitle a)") == ["(", "title", "a", ")", "newline", "end"]


def test_every_token_knows_its_place():
    text = "α = 1 +\n  bcd^2"
    for token in tokenize(Source(text)):
        if token.kind not in ("newline", "end") and token.text not in GREEK.values():
            line = text.split("\n")[token.span.line - 1]
            start = token.span.column - 1
            assert line[start : start + token.span.length] == token.text


def test_every_greek_letter_is_its_name():
    for letter, name in GREEK.items():
        assert texts(letter) == [name, "newline", "end"]
    assert len(set(GREEK.values())) == len(GREEK) == 48


def test_reserved_words_are_names_of_the_language():
    assert {"input", "sum", "tanh", "size", "pi", "where", "argmax"} <= RESERVED
    assert not {"int", "x", "lambda", "sigma"} & RESERVED


# What is refused before any work: text, error, part of the message.
REFUSED = [
    ("a" * 20_001, LimitError, "20,001 characters"),
    ("\n" * 500, LimitError, "501 lines"),
    ("λ" * 7, LimitError, "has 42 characters; the limit is 32"),
    ("5" * 6000, LimitError, "a number of 6000 characters"),
    ("1e400", LimitError, "outside the range of a double"),
    ("1e-400", LimitError, "outside the range of a double"),
    ("1000001", LimitError, "above the limit of 1,000,000"),
    ("1x", ParseError, "runs into the letter 'x'"),
    ("1e5x", ParseError, "runs into the letter 'x'"),
    ("1é", ParseError, r"U\+00E9"),
    ("\ufeffa", ParseError, r"U\+FEFF"),
    ("a\u00a0b", ParseError, r"U\+00A0 \(NO-BREAK SPACE\)"),
    ("\u2028", ParseError, r"U\+2028"),
    ("µ", ParseError, r"U\+00B5 \(MICRO SIGN\)"),
]


@pytest.mark.parametrize(("text", "kind", "match"), REFUSED)
def test_what_is_not_of_the_language_is_refused(text, kind, match):
    with pytest.raises(kind, match=match):
        tokenize(Source(text))


@pytest.mark.parametrize("text", ["0e999999999", "0.0e-5", "1e6", "1000000", "1e308", "5e-324"])
def test_numbers_at_the_edge_are_let_through(text):
    assert texts(text) == [text, "newline", "end"]
