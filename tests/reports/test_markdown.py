"""Markdown: what is written, and text that stays text in every renderer."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.document import (
    Block,
    Code,
    Display,
    Document,
    Fact,
    Facts,
    Figure,
    Inline,
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
from reports.markdown import escape, markdown
from reports.mathematics.layout import Bar, Fenced, Letter, Mark, Scripts, Tinted, Word, row

X = Letter("x")
# (an inline, what is written)
INLINES: list[tuple[Inline, str]] = [
    ("plain", "plain"),
    ("a*b_c [d] <e> & f|g", r"a\*b\_c \[d\] &lt;e&gt; &amp; f\|g"),
    (r"\write18{x} for 5$", r"`\`write18{x} for 5`$`"),
    (Scripts(Bar(X), Letter("n")), r"$\bar{x}_{n}$"),
    (row(Tinted(X, 1), Tinted(X, 3)), "${x}{x}$"),
    (Fenced("|", X, "|"), r"$\lvert x\rvert$"),
    (Reference("3"), "(3)"),
    (Link("next", "relu.md"), "[next](<relu.md>)"),
    (Link("a]b", "a b>c"), r"[a\]b](<a%20b%3Ec>)"),
    (Mono("a`b"), "``a`b``"),
    (Mono("`a"), "`` `a ``"),
    (Judged("PROVED", good=True), "✓ PROVED"),
    (Judged("WRONG", good=False), "✗ WRONG"),
]


def written(*blocks: Block) -> str:
    text = markdown(Document("T", "", (), blocks))
    return text.removeprefix("# T\n\n").removesuffix("\n")


@pytest.mark.parametrize(("part", "expected"), INLINES, ids=repr)
def test_inlines(part: Inline, expected: str) -> None:
    assert written(Paragraph((part,))) == expected


# (a block, what is written)
BLOCKS: list[tuple[Block, str]] = [
    (Section("A # b"), r"## 1. A \# b"),
    (Display((Line(X, Letter("y")),)), "$$\n\\begin{aligned}\nx &= y\n\\end{aligned}\n$$"),
    (
        Display((Line(X, Letter("y"), "why", "2"), Line(None, Letter("z"), tag="3"))),
        "$$\n\\begin{aligned}\nx &= y && \\text{why} && \\text{(2)} \\\\\n"
        "&= z && && \\text{(3)}\n\\end{aligned}\n$$",
    ),
    (
        Table(("a", "b|c"), ((X, "1"), (Mono("p|q"), "2")), frozenset({1})),
        "| a | b\\|c |\n| --- | ---: |\n| $x$ | 1 |\n| `p\\|q` | 2 |",
    ),
    (Table(("a",), (("b",),), caption=("c",)), "| a |\n| --- |\n| b |\n\n*c*"),
    (Facts((Fact("input", X, "2 × 3"), Fact("size", X))), "- input: $x$ 2 × 3\n- size: $x$"),
    (Figure("<svg/>", "a curve"), "> **Figure.** a curve"),
    (Figure("<svg/>", "a curve", ("of ", X)), "> **Figure.** a curve\n>\n> *of $x$*"),
    (Code("x = 1\n"), "```python\nx = 1\n```"),
    (Code("```", "text"), "````\n```\n````"),
    (Verdict("PROVED", "all of it", good=True), "> **✓ PROVED** all of it"),
    (Verdict("WRONG", "not", good=False), "> **✗ WRONG** not"),
]


@pytest.mark.parametrize(("block", "expected"), BLOCKS, ids=lambda v: type(v).__name__)
def test_blocks(block: Block, expected: str) -> None:
    assert written(block) == expected


def test_sections_are_numbered_in_two_levels() -> None:
    sections = [Section(t, level=n) for t, n in (("a", 1), ("b", 2), ("c", 2), ("d", 1), ("e", 2))]
    assert re.findall("^#.*", written(*sections), re.MULTILINE) == [
        "## 1. a", "### 1.1 b", "### 1.2 c", "## 2. d", "### 2.1 e",
    ]  # fmt: skip


def test_the_head_has_title_subtitle_and_sources() -> None:
    text = markdown(Document("A_b", "c", ("d", "1. e"), ()))
    assert text == "# A\\_b\n\n*c*\n\n- d\n- 1\\. e\n"


def test_a_wide_equation_is_broken() -> None:
    wide = row(*[Word("abcdefgh"), *(Mark("+", "binary"), Word("abcdefgh")) * 12])
    text = written(Display((Line(X, wide, tag="1"),)))
    assert text.count("\\\\\n&\\qquad") >= 1
    assert text.count(r"\text{(1)}") == 1


@pytest.mark.parametrize("block", [object(), Line(X, X)])
def test_an_unknown_block_raises(block: Block) -> None:
    with pytest.raises(TypeError, match=r"add a rule to reports\.markdown"):
        written(block)


# ---- text stays text ----------------------------------------------------------------------------

OWN_TAGS = {"p", "em", "strong", "code", "pre", "h1", "h2", "ul", "li", "blockquote", "table",
            "thead", "tbody", "tr", "th", "td", "a", "hr"}  # fmt: skip


def rendered(text: str) -> str:
    """What a reader of CommonMark with tables and raw HTML makes of ``text``."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def shown(page: str) -> str:
    return unescape(re.sub("<[^>]*>", "", page))


texts = st.text(
    st.one_of(st.sampled_from("\\$`*_[]()<>#+-.!|~&{}:='\"/12x \n"), st.characters(codec="utf-8")),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(texts)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    page = rendered(written(Paragraph(("a ", text, " z"))))
    assert set(re.findall("<([a-z0-9]+)", page)) <= {"p", "code"}
    visible = "".join(c if c.isprintable() else " " for c in text)
    assert shown(page).split() == f"a {visible} z".split()


@settings(max_examples=100, deadline=None)
@given(texts)
def test_any_text_stays_in_its_place(text: str) -> None:
    document = Document(
        text, text, (text,),
        (
            Section(text), Paragraph((text,)), Table((text, text), ((text, Mono(text)),)),
            Code(text), Code(text, "text"), Verdict(text, text, good=True), Figure("", text),
            Paragraph((Link(text, text.replace(":", "")), Judged(text, good=False))),
        ),
    )  # fmt: skip
    page = rendered(markdown(document))
    assert set(re.findall("<([a-z0-9]+)", page)) <= OWN_TAGS
    assert (page.count("<table>"), page.count("<td>"), page.count("<h1>")) == (1, 2, 1)
    assert page.count("<pre>") == 2
    assert "$" not in re.sub("<(code|pre|a).*?</\\1>", "", page, flags=re.DOTALL), (
        "no formula opens"
    )


def test_a_run_of_signs_of_tex_is_one_span() -> None:
    assert escape("a$$b\\\\c\\$d") == "a`$$`b`\\\\`c`\\$`d"
