"""KaTeX, at its strictest, reads every formula that is written as LaTeX.

Needs mini-racer, and KaTeX's ``katex.min.js`` at the path in the variable ``BACKPROOF_KATEX``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from reports import palette
from reports.document import Display, Document, Facts, Paragraph, Table
from reports.lines import pieces
from reports.mathematics.latex import latex
from reports.mathematics.layout import Layout

KATEX = Path(os.environ.get("BACKPROOF_KATEX", "/nonexistent"))
READ = """(function (text) {
  try { katex.renderToString(text, {strict: "error", throwOnError: true, displayMode: true}); return ""; }
  catch (error) { return String(error.message || error); }
})"""
COLOUR = re.compile(r"\\color\{index(\d)\}")

Reader = Callable[[str], str]


@pytest.fixture(scope="module")
def complaint() -> Reader:
    """Gives what KaTeX has against a formula, or nothing."""
    racer = pytest.importorskip("py_mini_racer", reason="needs mini-racer")
    if not KATEX.is_file():
        pytest.skip("needs BACKPROOF_KATEX to be the path of katex.min.js")
    engine: Any = racer.MiniRacer()
    engine.eval(KATEX.read_text(encoding="utf-8"))

    def read(text: str) -> str:
        # the names of colours are the document's own
        shown = COLOUR.sub(lambda found: rf"\color{{#{palette.INDEX[int(found[1])]}}}", text)
        return str(engine.eval(f"{READ}({json.dumps(shown)})"))

    return read


def formulas(document: Document) -> list[Layout]:
    """All formulas of a document, displays broken as they are set."""
    found: list[Any] = []
    for block in document.blocks:
        if isinstance(block, Display):
            found += [side for piece in pieces(block) for side in (piece.left, piece.right)]
        elif isinstance(block, Paragraph):
            found += block.parts
        elif isinstance(block, Table):
            found += [cell for row in block.rows for cell in row]
        elif isinstance(block, Facts):
            found += [part for item in block.items for part in (item.symbol, item.value)]
    return [part for part in found if isinstance(part, get_args(Layout))]


def test_every_formula_is_read(layer_document: Document, complaint: Reader) -> None:
    shown = formulas(layer_document)
    assert len(shown) > 5
    for layout in shown:
        text = latex(layout)
        assert complaint(text) == "", text


@pytest.mark.parametrize("text", [r"\left( x", r"\frac{a}{", r"x_i_j", r"\nosuch", "x é"])
def test_what_is_no_formula_is_seen(text: str, complaint: Reader) -> None:
    assert complaint(text) != ""
