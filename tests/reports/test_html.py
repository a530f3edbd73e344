"""The HTML report: self-contained, escaped, every formula present, the same bytes every time."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from reports.document import Code, Display, Document, Line, Paragraph, Section, Table, Verdict
from reports.html import highlighted, html
from reports.mathematics.layout import Bar, Letter, Mark, Word, row
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


class Reader(HTMLParser):
    """Collects tags and text, and holds every end tag to its start."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs is not None
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def document(text: str) -> Document:
    blocks = (
        Section(text),
        Paragraph((text, row(Letter("x"), Word(text)))),
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


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str) -> None:
    plain = read(html(document("plain")))
    hostile = read(html(document(text)))
    assert hostile.seen == plain.seen
    assert hostile.text.count(text) >= 10


def test_the_page_is_closed() -> None:
    page = html(document("t"))
    assert "default-src &#x27;none&#x27;" in page
    assert not {"script", "link", "img", "iframe", "object"} & set(read(page).seen)
    assert "http://" not in page
    assert "https://" not in page


def test_the_bar_is_a_sign_over_the_letter_not_an_accent() -> None:
    shown = mathml(Bar(Letter("W")))
    assert shown == '<math><mover><mi>W</mi><mo stretchy="true">‾</mo></mover></math>'


def test_a_wide_equation_is_broken_at_its_signs() -> None:
    terms = [Word("abcdefgh"), *(Mark("+", "binary"), Word("abcdefgh")) * 12]
    page = html(Document("t", "", (), (Display((Line(Letter("y"), row(*terms)),)),)))
    assert page.count('class="continued"') >= 1
    assert read(page).text.count("abcdefgh") == 13


@pytest.mark.parametrize(
    "source",
    ["def f(x):\n    return 'a<b'  # & so on\n", "x = '''two\nlines'''\n", "not ( python", "\t"],
)
def test_highlighting_keeps_the_text(source: str) -> None:
    assert read(highlighted(source)).text == source


def test_highlighting_marks_words() -> None:
    assert highlighted("return 1  # x\n") == (
        '<span class="k">return</span> <span class="m">1</span>  <span class="c"># x</span>\n'
    )
