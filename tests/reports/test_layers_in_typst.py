"""Every built-in layer's report through Typst: no warning, no formula wider than its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import get_args

import pytest
import typst
from pypdf import PdfReader

from reports.document import Display, Document, Paragraph, Section
from reports.lines import pieces, room
from reports.mathematics.layout import Layout, Letter, Mark, row
from reports.mathematics.typst import prelude
from reports.mathematics.typst import typst as printed
from reports.mathematics.width import width
from reports.pdf import pdf
from reports.typ import typ

SIZE = 10.0
FREE = 0.15  # the estimate is within this share of what Typst measures
TINY = 0.5  # ems, which do not count, however large a share they are
SETTING = f'#set text(font: "New Computer Modern", size: {SIZE}pt)\n'


def measured(layouts: Iterable[Layout], side: str = "width") -> list[float]:
    """The widths in ems that Typst gives to formulas in display size, or their heights."""
    source = prelude(dict.fromkeys((1, 2, 3), "#000000")) + SETTING
    source += '#show math.equation: set text(font: "New Computer Modern Math")\n#context [\n'
    for layout in layouts:
        source += f"#metadata(measure($display({printed(layout)})$).{side}.pt()) <w>\n"
    found = typst.query(source.encode() + b"]", "<w>", field="value", ignore_system_fonts=True)
    return [points / SIZE for points in json.loads(found)]


def test_it_compiles_for_every_reader_without_a_warning(layer_document: Document) -> None:
    _, warnings = typst.compile_with_warnings(
        typ(layer_document).encode(), ignore_system_fonts=True, pdf_standards="ua-1"
    )
    assert [warning.message for warning in warnings] == []


def test_the_estimate_holds_and_nothing_is_wider_than_its_place(layer_document: Document) -> None:
    displays = [block for block in layer_document.blocks if isinstance(block, Display)]
    lines = [(piece, room(display)) for display in displays for piece in pieces(display)]
    reals = measured(piece.right for piece, _ in lines)
    for (piece, space), real in zip(lines, reals, strict=True):
        assert abs(width(piece.right) - real) <= max(FREE * real, TINY), printed(piece.right)
        assert real <= space * (1 + FREE), printed(piece.right)


def test_the_estimate_holds_in_running_text(layer_document: Document) -> None:
    texts = (block.parts for block in layer_document.blocks if isinstance(block, Paragraph))
    found = [part for parts in texts for part in parts if isinstance(part, get_args(Layout))]
    for layout, real in zip(found, measured(found), strict=True):
        assert abs(width(layout) - real) <= max(FREE * real, TINY), printed(layout)


@pytest.mark.parametrize("change", [0.8, 1.25])
def test_an_estimate_that_is_off_would_be_seen(change: float) -> None:
    layout = row(*(Letter("x"), Mark("+", "binary")) * 9, Letter("x"))
    (real,) = measured([layout])
    assert abs(width(layout) - real) <= FREE * real
    assert abs(change * width(layout) - real) > FREE * real


@pytest.mark.parametrize("name", ["tanh", "rnn"])
def test_pages_hold_headings_and_numbers(name: str, document_on: Callable[[str], Document]) -> None:
    document = document_on(name)
    reader = PdfReader(BytesIO(pdf(document)))
    text = " ".join(page.extract_text() for page in reader.pages)
    for block in document.blocks:
        if isinstance(block, Section):
            assert block.title in text
    assert "(1)" in text
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == document.title
    assert reader.metadata.creation_date is None
