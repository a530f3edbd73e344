"""What all figures of a report have in common: bytes, size, letters, words, and what applies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from types import SimpleNamespace

import matplotlib as mpl
import pytest

import derive
import numeric
from reports.document import Figure
from reports.equations import derived
from reports.figures import figures, plots
from reports.figures.graph import graph
from reports.figures.plots import math, sheet
from reports.figures.svg import WIDEST, number
from reports.mathematics.layout import Fenced, Letter, Word
from tests.reports.figures.programs import LONG_NAME, equations, source

SVG = "{http://www.w3.org/2000/svg}"
# What each program is told of, by the beginning of the words for those who do not see it.
KINDS = {
    "function": "Two plots", "window": "Receptive fields", "time": "Norms of gradients",
    "step": "Log-log plot",
}  # fmt: skip


@pytest.fixture(scope="module")
def every() -> dict[str, tuple[Figure, ...]]:
    names = ("tanh", "step", "conv2d", "maxpool1d", "lstm", "softmax_cross_entropy", "names")
    return {name: plots(equations(name), source(name)) for name in names}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("tanh", ["function", "step"]),
        ("step", ["function"]),
        ("conv2d", ["window", "step"]),
        ("maxpool1d", ["window", "step"]),
        ("lstm", ["time", "step"]),
        ("softmax_cross_entropy", ["step"]),
        ("names", ["step"]),
    ],
)
def test_what_is_plotted(every: dict[str, tuple[Figure, ...]], name: str, kinds: list[str]) -> None:
    assert len(every[name]) == len(kinds)
    for figure, kind in zip(every[name], kinds, strict=True):
        assert figure.alt.startswith(KINDS[kind])


def test_every_figure_is_small_and_whole(every: dict[str, tuple[Figure, ...]]) -> None:
    for figure in (figure for found in every.values() for figure in found):
        root = ET.fromstring(figure.svg)
        assert root.tag == f"{SVG}svg"
        assert float(root.attrib["width"].removesuffix("pt")) <= WIDEST
        assert len(figure.svg) < 150_000
        assert not list(root.iter(f"{SVG}text"))
        assert not list(root.iter(f"{SVG}script"))
        assert not re.findall(r'(?:href|src)="(?!#)', figure.svg)
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", figure.svg)
        assert root.findtext(f"{SVG}title") == figure.alt
        assert len(figure.alt) > 60
        assert len(str(figure.caption[0])) > 60


def test_names_in_a_drawing_are_its_own(every: dict[str, tuple[Figure, ...]]) -> None:
    seen: set[str] = set()
    for figure in (figure for found in every.values() for figure in found):
        ids = re.findall(r'\bid="([^"]+)"', figure.svg)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        used = set(re.findall(r'href="#([^"]+)"', figure.svg) + re.findall(r"url\(#([^)]+)\)", figure.svg))  # fmt: skip
        assert used <= set(ids)


def test_ink_follows_the_page_and_the_page_keeps_its_styles(
    every: dict[str, tuple[Figure, ...]],
) -> None:
    for figure in (figure for found in every.values() for figure in found):
        assert "currentColor" in figure.svg
        styles = re.findall(r"<style[^>]*>(.*?)</style>", figure.svg, re.DOTALL)
        assert len(styles) == 1
        media, rules = styles[0].split("{", 1)
        assert media == "@media (prefers-color-scheme:dark)"
        selectors = re.findall(r"([^{}]+)\{[^{}]+\}", rules)
        assert all(selector.startswith(".backproof-drawing") for selector in selectors)


ELSEWHERE = """
import sys
import reports.figures, reports.figures.graph
assert "matplotlib" not in sys.modules
from tests.reports.figures.programs import equations, source
found = (*reports.figures.plots(equations("tanh"), source("tanh")),
         reports.figures.graph.graph(equations("gru")))
assert "matplotlib.pyplot" not in sys.modules
sys.stdout.write("".join(figure.svg for figure in found))
"""


def test_another_process_gives_the_same_bytes_and_opens_no_window(
    every: dict[str, tuple[Figure, ...]],
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert done.stdout == "".join(f.svg for f in (*every["tanh"], graph(equations("gru"))))


def test_the_same_input_gives_the_same_bytes_and_changes_nothing(
    every: dict[str, tuple[Figure, ...]],
) -> None:
    before = dict(mpl.rcParams)
    assert plots(equations("conv2d"), source("conv2d")) == every["conv2d"]
    assert dict(mpl.rcParams) == before


def test_the_style_ends_with_the_sheet() -> None:
    with sheet(100, 80):
        assert mpl.rcParams["mathtext.fontset"] == "cm"
    assert mpl.rcParams["mathtext.fontset"] != "cm"


@dataclass(frozen=True)
class Material:
    equations: object
    source: str
    result: object


def test_figures_of_a_report(every: dict[str, tuple[Figure, ...]]) -> None:
    material = Material(equations("tanh"), source("tanh"), SimpleNamespace(seed=0))
    assert figures(material) == every["tanh"]  # type: ignore[arg-type]
    other = Material(equations("tanh"), source("tanh"), SimpleNamespace(seed=1))
    assert figures(other) != every["tanh"]  # type: ignore[arg-type]


def test_without_data_there_is_no_plot() -> None:
    program = derive.parse("input x[n]\noutput y[n]\ny[n] = log(-x[n]^2 - 1)")
    assert plots(derived(program), numeric.build(program).source) == ()


def test_names_are_inert(every: dict[str, tuple[Figure, ...]]) -> None:
    (figure,) = every["names"]
    assert LONG_NAME in figure.alt
    assert "<script" not in figure.svg
    assert "<svg xmlns" in figure.svg
    assert figure.svg.count("<svg") == 1


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        (Fenced("|", Letter("t"), "|"), "$|t|$"),
        (Word("a_b$%"), r"$\mathrm{a\_b\$\%}$"),
    ],
)
def test_mathematics_for_matplotlib(layout: Word, text: str) -> None:
    assert math(layout).replace(" ", "") == text


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (-0.001, "0"), (10.0, "10"), (0.5, "0.5")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text
