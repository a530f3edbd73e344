"""What notebooks show: every value in three forms, closed, legible on light and on dark."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from typing import Any

import pytest
from html5lib import HTMLParser  # type: ignore[import-untyped]

import derive
import numeric
from derive.display import GROUP, Displayed
from derive.errors import OptionRefused
from numeric.axes import Flatten
from numeric.layer import Layer
from numeric.network import Network
from reports.notebook import html, latex, markdown

HOSTILE = "</style><script>alert(1)</script> \\input{x} $x$ | [a](b)"
CLAIMS = """title Claims
input x[n, j]
param W[i, j]
output y[n, i]
y[n, i] = sum[j](W[i, j]*x[n, j])
claim dW[i, j] = sum[n](dy[n, i]*x[n, j])
claim dx[n, j] = sum[i](dy[n, i]*W[i, j]) = sum[i](2*dy[n, i]*W[i, j])
"""
PROGRAM = derive.load("dense")
WRONG = numeric.build(PROGRAM).source.replace("dz @ W", "2*dz @ W")
OWN = derive.parse(f"title {HOSTILE}\nsource {HOSTILE}\ninput x[n]\noutput y[n]\ny[n] = 2*x[n]")


def values() -> dict[str, Displayed]:
    return {
        "program": PROGRAM,
        "adjoint": derive.adjoint(PROGRAM),
        "recurrence": derive.load("gru"),
        "kernel": numeric.build(PROGRAM),
        "proved": numeric.check(derive.load("relu"), fast=True),
        "wrong": numeric.check_source(PROGRAM, WRONG, fast=True),
        "claims": numeric.prove(derive.parse(CLAIMS)),
        "network": Network([Flatten(), Layer("dense", i=4)], loss="mse", shape=(2, 3)),
        "hostile": OWN,
        "hostile kernel": numeric.build(OWN),
        "hostile verdict": numeric.check(OWN, fast=True),
        "empty": Network([], loss="mse", shape=(2,)),
    }


@pytest.fixture(scope="module")
def shown() -> dict[str, tuple[str, str | None, str]]:
    """Each value as HTML, LaTeX and Markdown."""
    found = {}
    for name, value in values().items():
        page, text = html(value), markdown(value)
        assert page is not None
        assert text is not None
        found[name] = (page, latex(value), text)
    return found


# (value, form, what is in it)
CONTAINED = [
    ("program", 0, "Fully connected layer with ReLU"),
    ("program", 0, "<svg class=\"f\""),
    ("program", 0, "Nielsen 2015"),
    ("program", 1, r"z_{n,i} &= \sum_{j}W_{i,j}\,x_{n,j} + b_{i}"),
    ("program", 2, "Input $x_{n,j}$; parameters $W_{i,j}$, $b_{i}$; output $a_{n,i}$."),
    ("adjoint", 1, r"\bar{W}_{i,j} &= \sum_{n}\bar{z}_{n,i}\,x_{n,j}"),
    ("recurrence", 2, "Inputs $x_{t,n,j}$, $h_{n,i}^{(0)}$; parameters"),
    ("kernel", 0, "def</span> backward"),
    ("kernel", 1, r"\bar{b}_{i} &= \sum_{n}\bar{z}_{n,i}"),
    ("kernel", 2, "```python\n\"\"\"Fully connected layer"),
    ("proved", 0, "PROVED"),
    ("proved", 1, r"\begin{array}{lrrl}"),
    ("proved", 2, "> **✓ PROVED**"),
    ("wrong", 0, "WRONG"),
    ("wrong", 2, "> **✗ WRONG**"),
    ("wrong", 2, "expected"),
    ("claims", 0, "step 2 of dx[n, j] is the first wrong one"),
    ("claims", 2, "✗ wrong"),
    ("claims", 1, r"\texttt{dW[i, j] = sum[n](dy[n, i]*x[n, j])}"),
    ("network", 0, "28 trained numbers in float32."),
    ("network", 1, r"W^{(1)},b^{(1)}"),
    ("network", 2, "| 0 | Flatten | $N \\times 2 \\times 3$ | $N \\times 6$ |"),
    ("empty", 2, "0 trained numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "form", "expected"), CONTAINED)
def test_what_is_shown(
    name: str, form: int, expected: str, shown: dict[str, tuple[str, str, str]]
) -> None:
    assert expected in shown[name][form]


def test_html_is_valid_and_closed(shown: dict[str, tuple[str, str, str]]) -> None:
    for name, (page, _, _) in shown.items():
        parser = HTMLParser(strict=True)
        parser.parseFragment(page)
        assert not re.search(r"<script|<link|<iframe|\son\w+=|src=|@import|url\(", page), name
        tags = set(re.findall(r"<([a-zA-Z0-9]+)", re.sub("<math.*?</math>", "", page, flags=re.S)))
        assert "script" not in tags
        rules = re.search("<style>(.*?)</style>", page, re.DOTALL)
        assert rules is not None
        for rule in re.findall(r"^[^{}/]+(?={)", rules[1], re.MULTILINE):
            assert all(s.strip().startswith(".backproof") for s in rule.split(",")), rule


def test_outputs_share_a_page(shown: dict[str, tuple[str, str, str]]) -> None:
    names = [set(re.findall(r' id="([^"]+)"', page)) for page, _, _ in shown.values()]
    assert sum(map(len, names)) == len(set().union(*names)) > 100
    for page, _, _ in shown.values():
        wanted = set(re.findall(r'href="#([^"]+)"', page))
        assert wanted <= set(re.findall(r' id="([^"]+)"', page))


def test_the_same_value_is_shown_by_the_same_bytes(
    shown: dict[str, tuple[str, str, str]],
) -> None:
    for name in ("program", "kernel", "network"):
        value = values()[name]
        assert (html(value), latex(value), markdown(value)) == shown[name]


def test_colours_come_from_the_notebook(shown: dict[str, tuple[str, str, str]]) -> None:
    page = shown["program"][0]
    assert "prefers-color-scheme" not in page, "a notebook's theme is not the system's"
    assert ".backproof .f { fill: currentColor;" in page
    assert "background: #" not in page


def test_hostile_text_is_text(shown: dict[str, tuple[str, str, str]]) -> None:
    for name in ("hostile", "hostile kernel", "hostile verdict"):
        page, formulas, text = shown[name]
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script" not in page
        assert "\\input" not in (formulas or "")
        assert r"&lt;script&gt;alert(1)&lt;/script&gt; `\`input{x} `$`x`$` \| \[a\](b)" in text


@pytest.mark.parametrize("value", [1, "text", None, derive])
def test_other_values_are_not_shown(value: Any) -> None:
    assert (html(value), latex(value), markdown(value)) == (None, None, None)


def test_without_typst_the_browser_sets_the_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OptionRefused("Typst is not installed")

    monkeypatch.setattr("reports.html.drawn", refuse)
    page = html(PROGRAM)
    assert page is not None
    assert "<svg" not in page
    assert page.count("<math") >= 6


# ---- as an installed distribution ---------------------------------------------------------------


def test_the_distribution_announces_the_forms() -> None:
    announced = {found.name: found.load() for found in entry_points(group=GROUP)}
    assert announced == {"html": html, "latex": latex, "markdown": markdown}


def test_values_find_them_by_themselves() -> None:
    assert PROGRAM._repr_html_() == html(PROGRAM)
    assert PROGRAM._repr_latex_() == latex(PROGRAM)
    assert PROGRAM._repr_markdown_() == markdown(PROGRAM)


def test_ipython_takes_every_form() -> None:
    formatters = pytest.importorskip(
        "IPython.core.formatters", reason="needs IPython, and it is not installed"
    )
    bundle, _ = formatters.DisplayFormatter().format(PROGRAM)
    assert bundle["text/html"] == html(PROGRAM)
    assert bundle["text/latex"] == latex(PROGRAM)
    assert bundle["text/markdown"] == markdown(PROGRAM)
    assert bundle["text/plain"] == str(PROGRAM)
