"""What a mark means must be seen: bars, hats, primes and bold change the picture where they stand.

Browsers have drawn the bar of a cotangent into its letter, so that it read as the letter alone.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import typst
from numpy.typing import NDArray
from PIL import Image

from reports.html import Show, page, with_formulas
from reports.mathematics.layout import (
    Accent,
    Bar,
    Bold,
    Fenced,
    Layout,
    Letter,
    Mark,
    Scripts,
    Word,
    row,
)
from reports.mathematics.typst import prelude
from reports.mathematics.typst import typst as printed
from tests.reports.browser import chromium, needs_chromium

Z, W, X = Letter("z"), Letter("W"), Letter("x")
ARGUMENT = Fenced("(", X, ")")
# what it is with the mark, without it, and where the ink of the mark must be
PAIRS: list[tuple[str, Layout, Layout, str]] = [
    ("bar of a small letter", Bar(Z), Z, "above"),
    ("bar of a tall letter", Bar(W), W, "above"),
    ("two bars", Bar(Bar(W)), Bar(W), "above"),
    ("bar of a word", Bar(Word("loss")), Word("loss"), "above"),
    ("bar of a matrix", Bar(Bold("W")), Bold("W"), "above"),
    ("bar under indices", Scripts(Bar(Z), Letter("i")), Scripts(Z, Letter("i")), "above"),
    ("hat", Accent(X, "hat"), X, "above"),
    ("tilde", Accent(X, "tilde"), X, "above"),
    ("prime", row(Letter("σ"), Mark("′"), ARGUMENT), row(Letter("σ"), ARGUMENT), "wider"),
    ("bold", Bold("W"), Word("W"), "ink"),
    ("a word", Word("mean"), row(*map(Letter, "mean")), "ink"),
]  # fmt: skip
CELL = 160
NEAR = 2  # pixels, which rounding may move
Picture = NDArray[np.bool_]


def box(ink: Picture) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is drawn."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def is_marked(marked: Picture, plain: Picture, where: str) -> bool:
    (top, bottom, left, right), (top0, bottom0, left0, right0) = box(marked), box(plain)
    if where == "above":
        # it is higher, and nothing is drawn between the mark and what it stands over
        own = bottom - (bottom0 - top0)
        return bool(top < own - NEAR and (~marked[top : own + NEAR].any(axis=1)).any())
    if where == "wider":
        return bool(right - left > right0 - left0 + NEAR)
    high, wide = min(bottom - top, bottom0 - top0), min(right - left, right0 - left0)
    one, other = (ink[low - high : low, edge : edge + wide] for ink, low, edge in
                  ((marked, bottom, left), (plain, bottom0, left0)))  # fmt: skip
    return bool((one != other).sum() > 0.2 * plain.sum())


def held(pictures: list[Picture]) -> None:
    for (name, _, _, where), marked, plain in zip(
        PAIRS, pictures[::2], pictures[1::2], strict=True
    ):
        assert is_marked(marked, plain, where), name
        assert not is_marked(plain, plain, where), name


@needs_chromium
@pytest.mark.parametrize("math", ["svg", "mathml"])
def test_marks_are_seen_in_a_browser(math: str, tmp_path: Path) -> None:
    style = f"display:block;font-size:60px;height:{CELL}px;padding:30px;overflow:hidden"

    def body(show: Show) -> str:
        cells = (show(side, False) for _, *sides, _ in PAIRS for side in sides)
        return "".join(f'<div style="{style};box-sizing:border-box">{cell}</div>' for cell in cells)

    path = tmp_path / "marks.html"
    path.write_text(page("marks", with_formulas(body, math)), encoding="utf-8")
    with chromium() as browser:
        browser.open(path, width=600)
        shot = browser.screenshot(clip=(0, 0, 600, 2 * len(PAIRS) * CELL))
    ink = np.asarray(Image.open(BytesIO(shot)).convert("L")) < 128
    held([ink[n * CELL : (n + 1) * CELL] for n in range(2 * len(PAIRS))])


def test_marks_are_seen_on_paper() -> None:
    source = prelude(dict.fromkeys((1, 2, 3), "#000000"))
    source += f"#set page(width: 300pt, height: {CELL}pt, margin: 30pt)\n#set text(size: 60pt)\n"
    shown = (f"${printed(side)}$" for _, *sides, _ in PAIRS for side in sides)
    pages = typst.compile(
        (source + "\n#pagebreak()\n".join(shown)).encode(), format="png", ppi=72,
        ignore_system_fonts=True,
    )  # fmt: skip
    held([np.asarray(Image.open(BytesIO(shot)).convert("L")) < 128 for shot in pages])
