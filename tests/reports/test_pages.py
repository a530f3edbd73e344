"""Pages as a browser and a validator see them: valid, closed, every link alive, nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from html5lib.html5parser import HTMLParser, ParseError  # type: ignore[import-untyped]
from PIL import Image

import derive
from numeric.layer import Layer
from numeric.network import Network
from reports.document import Document, Figure
from reports.equations import derived
from reports.figures.graph import graph
from reports.gallery import Page
from reports.gallery.index import index_page
from reports.gallery.pages import _forward
from reports.html import html
from reports.network.document import compose_network
from reports.network.material import network_material
from tests.reports.browser import Browser, chromium, needs_chromium

NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}
DocumentOn = Callable[[str], Document]


@cache
def network_document() -> Document:
    steps = (Layer("dense", i=12), Layer("layer_norm"), Layer("dense", i=3))
    network = Network(steps, loss="softmax_cross_entropy", shape=(6,))
    return compose_network(network_material(network, "A network of three layers"))


def index() -> str:
    found = [
        Page(name, derive.load(name).title, "PROVED", True, _forward(derived(derive.load(name))))
        for name in ("dense", "lstm_peephole", "conv_transpose2d", "causal_attention")
    ]
    broken = Page("own", "W" * 90, problem="refused: " + "x" * 200)
    return index_page((("One kind", found), ("Further layers", [broken])), ("html", "pdf"))


# ---- what is written ----------------------------------------------------------------------------


def assert_closed_and_whole(page: str) -> None:
    HTMLParser(strict=True).parse(page)
    assert set(re.findall(r"https?://[^\s\"'<)]*", unquote(page))) <= NAMESPACES
    assert not re.search(r"<(script|link|iframe|object|embed|form|base)\b|\son\w+=|@import", page)
    assert page.count('http-equiv="Content-Security-Policy"') == 1
    assert (
        "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;; img-src data:" in page
    )
    names = re.findall(r'\sid="([^"]*)"', page)
    assert len(names) == len(set(names)), "no name twice"
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(names)
    assert re.findall(r'src="(?!data:image/svg\+xml,)', page) == []
    for picture in re.findall("<img [^>]*>", page):
        assert re.search(r'alt="[^"]{20,}"', picture), "a drawing is told in words"


def test_every_layer_is_a_valid_page_of_mathml(layer_document: Document) -> None:
    page = html(layer_document, math="mathml")
    assert_closed_and_whole(page)
    assert "<svg" not in page
    assert page.count("<math") > 10


@pytest.mark.parametrize("name", ["softmax", "avgpool1d"])
def test_a_page_of_pictures_is_valid_and_can_be_read_aloud(
    name: str, document_on: DocumentOn
) -> None:
    page = html(document_on(name))
    assert_closed_and_whole(page)
    formulas = re.findall('<span class="m">(.*?)</span>', page, re.DOTALL)
    assert len(formulas) == page.count('<svg class="f"') > 10
    for formula in formulas:
        assert re.fullmatch(
            r'<svg class="f" aria-hidden="true".*</svg><math.*</math>', formula, re.S
        )


def test_a_network_and_an_index_are_valid_pages() -> None:
    assert_closed_and_whole(html(network_document()))
    assert_closed_and_whole(index())


# (a page that must not pass, what is wrong with it)
FAULTS = [
    ('<a href="#gone">x</a>', "link"),
    ('<a href="http://x.org">x</a>', "address"),
    ("<script>1</script>", "script"),
    ('<p id="a"><p id="a">', "name"),
    ('<p onclick="x">', "handler"),
    ('<img src="x.png" alt="a picture that is long enough">', "fetched"),
    ('<img src="data:image/svg+xml,x" alt="short">', "words"),
    ("<p><div></p>", "nesting"),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS, ids=[kind for _, kind in FAULTS])
def test_the_validator_sees(fault: str, kind: str, document_on: DocumentOn) -> None:
    page = html(document_on("tanh"), math="mathml")
    with pytest.raises((AssertionError, ParseError)):
        assert_closed_and_whole(page.replace("</main>", f"{fault}</main>"))
    assert kind


# ---- what is seen -------------------------------------------------------------------------------

WIDTHS = {"wide": 1280, "phone": 390}
# what sticks out of the window and cannot be scrolled to where it stands
STICKS_OUT = """[...document.body.querySelectorAll("*")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width > 0 && box.right > innerWidth + 1 && !e.closest("math, .eq, .wide, pre, .glyphs");
}).map(e => e.outerHTML.slice(0, 80))"""
SCROLLS = """[...document.querySelectorAll("body *")].filter(e =>
  e.scrollWidth > e.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(e).overflowX)
).map(e => e.className || e.tagName)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, document_on: DocumentOn) -> Path:
    """Four pages: a layer, one with wide equations set by the browser, a network, an index."""
    found = tmp_path_factory.mktemp("pages")
    dense = document_on("dense")
    drawn = graph(derived(derive.load("dense")))
    blocks = (*dense.blocks, drawn) if isinstance(drawn, Figure) else (*dense.blocks, *drawn)
    pages = {
        "layer": html(replace(dense, blocks=blocks)),
        "mathml": html(document_on("conv_transpose2d"), math="mathml"),
        "network": html(network_document()),
        "index": index(),
    }
    for name, text in pages.items():
        (found / f"{name}.html").write_text(text, encoding="utf-8")
    return found


def ink(picture: bytes) -> tuple[float, float]:
    """The share of pixels that are not ground, and the lightness of the ground."""
    shades = Image.open(BytesIO(picture)).convert("L")
    counts = shades.histogram()
    ground = max(range(256), key=counts.__getitem__)
    near = sum(counts[max(0, ground - 12) : ground + 13])
    return 1 - near / sum(counts), ground / 255


@needs_chromium
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", ["layer", "mathml", "network", "index"])
def test_a_page_in_a_browser(
    name: str, width: int, dark: bool, browser: Browser, folder: Path
) -> None:
    browser.open(folder / f"{name}.html", width=width, dark=dark)
    assert browser.complaints == []
    assert [u for u in browser.requested if not u.startswith("data:image/svg+xml,")] == [
        (folder / f"{name}.html").as_uri()
    ]
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    assert browser.evaluate(STICKS_OUT) == []
    scrolled = {kind.split()[0] for kind in browser.evaluate(SCROLLS)}
    allowed = {"eq", "wide", "code", "PRE"}
    assert scrolled <= allowed, "formulas, tables, code and LaTeX alone may scroll"
    share, ground = ink(browser.screenshot())
    assert 0.02 < share < 0.6
    assert ground < 0.2 if dark else ground > 0.9


@needs_chromium
def test_the_browser_sees_a_page_that_is_too_wide_and_one_that_complains(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "bad.html"
    path.write_text(
        "<!DOCTYPE html><meta charset=utf-8><p style='width: 3000px; background: red'>wide</p>"
        "<img src='data:image/png;base64,x'><script>console.error('no')</script>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><img src=gone.png>",
        encoding="utf-8",
    )
    browser.open(path)
    assert browser.evaluate("document.documentElement.scrollWidth") > 1280
    assert any("<p style" in text for text in browser.evaluate(STICKS_OUT))
    assert any("no" in text for text in browser.complaints)
    path.write_text("<!DOCTYPE html><title>t</title>", encoding="utf-8")
    browser.open(path)
    assert browser.complaints == []
    assert ink(browser.screenshot())[0] == 0
