"""The HTML page: self-contained, escaped, every formula seen and said, links that lead somewhere."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pytest

from derive.errors import OptionRefused
from reports.document import (
    Code,
    Display,
    Document,
    Fact,
    Facts,
    Figure,
    Judged,
    Line,
    Link,
    Mono,
    Paragraph,
    Reference,
    Section,
    Table,
    Verdict,
)
from reports.highlight import highlighted
from reports.html import html
from reports.mathematics.layout import Bar, Letter, Mark, Tinted, Word, row
from reports.mathematics.mathml import mathml

HOSTILE = [
    "<script>window.__x = 1</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><b>",
    "&lt;b&gt; &amp; 'quoted'",
    "\\write18{ls} $x$ \\end{document}",
    "\u202eright to left\u0007",
]
VOID = {"meta", "img", "br", "mspace", "link", "input"}
DRAWN = {"svg", "defs", "path", "use", "g"}


class Reader(HTMLParser):
    """Collects tags and text, and holds every end tag to its start."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "src" or str(value).startswith("data:image/svg+xml,")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def document(text: str) -> Document:
    blocks = (
        Section(text, "a", 1),
        Section(text, level=2),
        Facts((Fact(text, Letter("x"), text),)),
        Figure("<svg/>", text, (text,)),
        Paragraph((text, row(Letter("x"), Word(text)), Reference("1"), Mono(text))),
        Paragraph((Link(text, "#a"), Judged(text, good=True))),
        Display((Line(Letter("y"), Letter("x"), text), Line(None, Letter("z"), tag="1"))),
        Table((text, "b"), ((text, Letter("x")),), frozenset({1})),
        Code(f"x = 1  # {text}"),
        Code(text, "text"),
        Verdict(text, text, good=False),
    )
    return Document(text, text, (text,), blocks)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("math", ["svg", "mathml"])
@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str, math: str) -> None:
    plain = read(html(document("plain"), math))
    hostile = read(html(document(text), math))
    assert [t for t in hostile.seen if t not in DRAWN] == [t for t in plain.seen if t not in DRAWN]
    assert hostile.text.count(text) >= 18


def test_every_formula_is_seen_and_said() -> None:
    page = html(document("t"))
    formulas = page.count('<svg class="f"')
    assert formulas == page.count("<math") == page.count('<span class="m">') == 6
    assert page.count('aria-hidden="true"') == formulas + 1  # and the outlines


def test_glyphs_are_drawn_once_and_named_with_the_prefix() -> None:
    page = html(document("t"), prefix="lstm-")
    names = re.findall(r' id="(lstm-[0-9a-f]+)"', page)
    assert len(names) == len(set(names)) > 0
    assert set(re.findall(r'<use href="#([^"]+)"', page)) == set(names)


def test_every_link_within_the_page_leads_somewhere() -> None:
    page = html(document("t"))
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert set(re.findall(r' href="#([^"]+)"', page)) <= set(names)


def test_a_reference_to_no_equation_is_refused() -> None:
    lost = Document("t", "", (), (Paragraph((Reference("9"),)),))
    with pytest.raises(ValueError, match=r"equations that it does not show: \['9'\]"):
        html(lost)


@pytest.mark.parametrize("target", ["javascript:alert(1)", "http://a.org", "data:text/html,a"])
def test_a_link_to_elsewhere_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="a link leads to a page beside this one, or https"):
        Link("a", target)


def test_an_equation_that_is_shown_twice_has_one_anchor() -> None:
    line = Line(Letter("y"), Letter("x"), tag="1")
    page = html(Document("t", "", (), (Display((line,)), Display((line,), result=True))))
    assert page.count('id="eq-1"') == 1
    assert page.count(">(1)</a>") == 2


def test_ink_is_the_colour_of_the_text_and_tints_are_classes() -> None:
    shown = row(Letter("x"), Tinted(Bar(Word("ab")), 2))
    page = html(Document("t", "", (), (Paragraph((shown,)),)))
    picture = page[page.index('<svg class="f"') :].partition("</svg>")[0]
    assert "#000" not in picture
    assert 'class="index2"' in picture
    assert 'class="index2 line"' in picture


def test_without_typst_formulas_are_mathml_or_the_refusal_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(OptionRefused, match=r"typst, which sets the formulas(.|\n)*--math mathml"):
        html(document("t"))
    assert "<svg class" not in html(document("t"), "mathml")


def test_the_page_is_closed() -> None:
    page = html(document("t"))
    assert "default-src &#x27;none&#x27;" in page
    assert not {"script", "link", "iframe", "object"} & set(read(page).seen)
    assert "http://" not in page
    assert "https://" not in page


def test_the_bar_is_a_sign_over_the_letter_not_an_accent() -> None:
    shown = mathml(Bar(Letter("W")))
    assert shown == '<math><mover><mi>W</mi><mo stretchy="true">‾</mo></mover></math>'


def test_a_wide_equation_is_broken_at_its_signs() -> None:
    terms = [Word("abcdefgh"), *(Mark("+", "binary"), Word("abcdefgh")) * 12]
    page = html(Document("t", "", (), (Display((Line(Letter("y"), row(*terms)),)),)))
    assert page.count('class="right on"') >= 1
    assert page.partition("<details>")[0].count("abcdefgh") == 13


@pytest.mark.parametrize(
    "source",
    ["def f(x):\n    return 'a<b'  # & so on\n", "x = '''two\nlines'''\n", "not ( python", "\t"],
)
def test_highlighting_keeps_the_text(source: str) -> None:
    assert read(highlighted(source)).text == source


def test_highlighting_marks_words() -> None:
    assert highlighted("return 1  # x\n") == (
        '<span class="k">return</span> <span class="d">1</span>  <span class="c"># x</span>\n'
    )


def test_comments_in_code_lead_to_the_equations_that_they_cite() -> None:
    shown = highlighted("x = f(1)  # (1), (2)\n", {"1"})
    assert shown.count("<a ") == 1
    assert '<a href="#eq-1">(1)</a>, (2)' in shown
