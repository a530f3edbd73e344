"""What a user typed, in every place and through every writer, is shown as typed and does nothing."""

from __future__ import annotations

import json
from html import unescape
from io import BytesIO

import html5lib
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from reports.document import (
    Code,
    Display,
    Document,
    Fact,
    Facts,
    Figure,
    Judged,
    Line,
    Mono,
    Paragraph,
    Section,
    Table,
    Verdict,
)
from reports.html import html
from reports.mathematics.latex import escape
from reports.mathematics.layout import Letter, Prose, Scripts, Word, row
from reports.mathematics.mathml import mathml
from reports.mathematics.typst import literal
from reports.pdf import pdf
from reports.prose import prose
from reports.tex import tex
from reports.typ import typ

NAMES = [
    '"]#panic("out")',
    '#read("/etc/passwd")',
    "#import \"@preview/x:0.1.0\": *",
    '"#("a" * 200000000)"',
    "$#sys.version$",
    "*/ #panic() /*",
    "// #panic()",
    "\\",
    '\\"',
    "\\write18{ls}",
    "\\input{/etc/passwd}",
    "\\end{document}",
    "{{}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><!--",
    "100% & #1 $x$ a_b^c ~",
]  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><path d="M0 0h9v9z"/></svg>'


def document(text: str) -> Document:
    formula = row(Letter("x"), Word(text), Prose(text), Scripts(Word(text), Word(text)))
    return Document(
        text, text, (text,),
        (
            Section(text, text),
            Facts((Fact(text, formula, text),)),
            Paragraph((text, formula, Mono(text), Judged(text, good=True))),
            Display((Line(Word(text), formula, text, "1"),)),
            Display((Line(Word(text), formula, text, "2"),), result=True),
            Table((text,), ((text,), (formula,)), caption=(text,)),
            Figure(SVG, text, (text,)),
            Code(text), Code(text, "text"),
            Verdict(text, text, good=False),
        ),
    )  # fmt: skip


def headings(source: str) -> list[str]:
    """The titles of a Typst source, as Typst has read them."""
    found = typst.query(source.encode(), "heading", field="body", ignore_system_fonts=True)
    return [body.get("text", "") for body in json.loads(found)]


def visible(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


@pytest.mark.parametrize("text", NAMES)
def test_a_hostile_name_is_shown_as_typed(text: str) -> None:
    shown = document(text)
    assert pdf(shown).startswith(b"%PDF-")
    assert headings(typ(shown)) == [text]
    page = html5lib.parse(html(shown), namespaceHTMLElements=False)
    assert page.find(".//h1").text == text
    assert [e.tag for e in page.iter() if e.tag in {"script", "iframe", "object", "link"}] == []
    assert len(page.findall(".//img")) == 1
    assert prose(text) in tex(shown)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40).filter(str.strip))
def test_any_text_is_shown_as_typed(text: str) -> None:
    shown = document(text)
    assert headings(typ(shown)) == [visible(text)]
    assert pdf(shown).startswith(b"%PDF-")
    page = html(shown, "mathml")
    assert unescape(page.partition("<h1>")[2].partition("</h1>")[0]) == text


@given(st.text(max_size=60))
def test_a_word_of_a_formula_ends_no_string_and_opens_no_tag(text: str) -> None:
    inner = literal(text)[1:-1]
    assert inner.replace("\\\\", "").replace('\\"', "").count('"') == 0
    assert not inner.replace("\\\\", "").replace('\\"', "").endswith("\\")
    assert mathml(Word(text)).count("<") == 4
    assert escape(text).count("\x00") == 0


@pytest.mark.parametrize(
    ("text", "shown"), [("日本 x", "[U+65E5][U+672C] x"), ("Grüße Ω", "Grüße Ω")]
)
def test_what_no_font_has_is_spelled_on_paper(text: str, shown: str) -> None:
    reader = PdfReader(BytesIO(pdf(document(text))))
    assert reader.pages[0].extract_text().startswith(shown)
