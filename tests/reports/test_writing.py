"""A document to a file: each kind, what stands beside it, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from derive.errors import OptionRefused
from reports.document import Display, Document, Figure, Line
from reports.mathematics.layout import Letter
from reports.writing import possible, put

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><path d="M0 0h9v9z"/></svg>'
DOCUMENT = Document(
    "Title",
    "",
    (),
    (Figure(SVG, "a triangle"), Display((Line(Letter("y"), Letter("x"), tag="1"),))),
)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.pdf", b"%PDF-"),
        ("r.html", b"<!DOCTYPE html>"),
        ("r.tex", b"\\documentclass"),
        ("r.md", b"# "),
    ],
)
def test_the_suffix_decides(name: str, start: bytes, tmp_path: Path) -> None:
    put(DOCUMENT, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_drawings_stand_beside_tex(tmp_path: Path) -> None:
    put(DOCUMENT, tmp_path / "my report.tex")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")) == [
        "my report.tex", "my-report-figures/1.pdf",
    ]  # fmt: skip
    assert "my-report-figures/1.pdf" in (tmp_path / "my report.tex").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r-figures").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionRefused, match=r"cannot make the folder .*r-figures"):
        put(DOCUMENT, tmp_path / "r.tex")
    assert not (tmp_path / "r.tex").exists()


def test_formulas_may_be_left_to_the_browser(tmp_path: Path) -> None:
    put(DOCUMENT, tmp_path / "r.html", math="mathml")
    assert '<svg class="f"' not in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.skipif(
    not (shutil.which("lualatex") or shutil.which("pdflatex")), reason="needs a LaTeX"
)
def test_the_users_latex_may_make_the_pdf(tmp_path: Path) -> None:
    put(DOCUMENT, tmp_path / "r.pdf", engine="latex")
    made = (tmp_path / "r.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    put(DOCUMENT, tmp_path / "s.pdf")
    assert made != (tmp_path / "s.pdf").read_bytes()


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"engine": "word"}, "there is no engine 'word'(.|\n)*choose typst or latex"),
        ({"math": "gif"}, "there is no math 'gif'(.|\n)*choose svg or mathml"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(
    choice: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionRefused, match=message):
        possible(tmp_path / "r.pdf", **choice)
