"""Titles, sources and names of any kind go through every writer and stay what they are."""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

import derive
import numeric
from derive.errors import DeriveError
from derive.program import Program
from derive.words import GREEK, RESERVED
from numeric.check.result import CheckResult
from numeric.execute import violations
from reports.equations import derived
from reports.html import html
from reports.story import Material, compose
from reports.tex import tex
from tests.fuzz.programs import fuzzed
from tests.reports.test_tex import unbalanced

TEXT = "input x[n]\noutput y[n]\ny[n] = 2*x[n]\n"
SHORT = CheckResult("a layer", ())
LETTERS = "abcxyzABXdnp" + "".join(GREEK)
OWNED = (
    "np",
    "lambda",
    "class",
    "forward",
    "backward",
    "saved",
    "dtype",
    "N",
    "self",
    "print",
    "x",
)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def written(program: Program) -> tuple[str, str]:
    source = numeric.build(program).source
    assert not list(violations(ast.parse(source)))
    document = compose(Material("layer", derived(program), source, SHORT, {}), plots=False)
    return html(document), tex(document)


@fuzzed(30)
@given(st.text(max_size=40), st.text(max_size=30))
def test_free_text_is_inert_or_refused(title: str, note: str) -> None:
    program = replace(derive.parse(TEXT), title=title, notes=(note,) * bool(note))
    try:
        page, latex = written(program)
    except DeriveError:
        return  # control characters and the like
    reader = Reader()
    reader.feed(page)
    assert " ".join(title.split()) in " ".join(reader.text.split())
    assert "script" not in reader.tags
    # code stands as it is in listings
    latex = re.sub(r"(?s)\\begin\{lstlisting\}.*?\\end\{lstlisting\}", "", latex)
    assert unbalanced(latex) == 0
    assert not re.search(r"\\(input|write|include|openin|immediate|catcode)\b", latex)


def names() -> st.SearchStrategy[str]:
    rest = st.text(st.sampled_from(LETTERS + "0123456789_"), max_size=6)
    made = st.builds(lambda first, tail: first + tail, st.sampled_from(LETTERS), rest)
    return (made | st.sampled_from(OWNED)).filter(lambda n: n not in RESERVED)


@fuzzed(30)
@given(names(), names(), names())
def test_any_name_may_be_called_by(given_name: str, output: str, index: str) -> None:
    text = f"input {given_name}[{index}]\noutput {output}[{index}]\n{output}[{index}] = 2*{given_name}[{index}]\n"
    try:
        program = derive.parse(text)
    except DeriveError as refusal:
        assert refusal.remedy  # noqa: PT017  either is right
        return
    array = program.arrays[0].name
    outputs, saved = numeric.build(program).forward(**{array: [1.0, 2.0]})
    assert [list(y) for y in outputs.values()] == [[2.0, 4.0]]
    (gradient,) = (
        numeric.build(program).backward(saved, **{program.outputs[0]: [1.0, 1.0]}).values()
    )
    assert list(gradient) == [2.0, 2.0]
    page, latex = written(program)
    assert page
    assert latex


@fuzzed(200)
@given(st.text(max_size=12) | st.sampled_from(keyword.kwlist))
def test_any_word_is_a_name_or_refused_with_a_place(word: str) -> None:
    try:
        program = derive.parse(f"input {word}\noutput y\ny = 2*{word}")
    except DeriveError as refusal:
        assert refusal.span is not None  # noqa: PT017  either is right
    else:
        assert derive.parse(str(program)) == program
