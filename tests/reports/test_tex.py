"""The LaTeX report: balanced, escaped, and compiled where there is a TeX."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

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
from reports.mathematics.layout import Letter
from reports.pdf import pdf_by_latex
from reports.prose import SPELLED
from reports.tex import drawings, tex

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20pt" height="9pt"><path d="M0 0h9v9z"/></svg>'
)


def document(text: str) -> Document:
    blocks = (
        Section(text),
        Section(text, text, 2),
        Facts((Fact(text, Letter("x"), text),)),
        Paragraph((text, Letter("x"), Reference("1"), Mono(text))),
        Paragraph((Judged(text, good=True), Link(text, "https://a.org/"))),
        Display((Line(Letter("y"), Letter("x"), text), Line(None, Letter("z"), tag="1"))),
        Display((Line(Letter("y"), Letter("z"), tag="1"),), result=True),
        Table((text, "b"), ((text, Letter("x")),), frozenset({1}), (text,)),
        Figure(SVG, text, (text,)),
        Verdict(text, text, good=True),
    )
    return Document(text, text, (text,), blocks)


# what free text may become
ESCAPED = (
    r"\textbackslash",
    r"\textasciicircum",
    r"\textasciitilde",
    r"\textless",
    r"\textgreater",
)
KNOWN = frozenset(
    {*ESCAPED, r"\textbar", r"\r", r"\v", r"\c"}
    | {command for value in SPELLED.values() for command in re.findall(r"\\[A-Za-z]+", value)}
)


def unbalanced(text: str) -> int:
    bare = re.sub(r"\\[\\{}]", "", text)
    depth = 0
    for c in bare:
        depth += {"{": 1, "}": -1}.get(c, 0)
        assert depth >= 0
    return depth


def commands(source: str) -> set[str]:
    return set(re.findall(r"\\[A-Za-z]+", source))


PLAIN = commands(tex(document("plain")))


@given(st.text(max_size=60))
def test_any_text_is_inert(text: str) -> None:
    source = tex(document(text))
    assert unbalanced(source) == 0
    assert commands(source) <= PLAIN | KNOWN
    assert "\x00" not in source


def test_code_cannot_end_its_listing() -> None:
    source = tex(Document("t", "", (), (Code("x = r'\\end{lstlisting}\\input{a}'"),)))
    assert source.count(r"\end{lstlisting}") == 1


def test_code_is_ascii_for_the_listings_package() -> None:
    source = tex(Document("t", "", (), (Code("# f′(0) × α"),)))
    assert "# f'(0) x alpha" in source


def test_drawings_stand_in_a_folder_named_after_the_file() -> None:
    found = drawings(document("t"), "my report 100%")
    assert list(found) == ["my-report-100--figures/1.pdf"]
    assert found["my-report-100--figures/1.pdf"].startswith(b"%PDF-")
    assert r"\drawing{my-report-100--figures/1.pdf}" in tex(document("t"), "my report 100%")


def test_a_short_display_stays_on_its_page_and_a_long_one_may_not() -> None:
    line = Line(Letter("y"), Letter("x"))
    short, long = (tex(Document("t", "", (), (Display((line,) * n),))) for n in (8, 9))
    assert short.count(r" \\*") == 7
    # but neither its first nor its last line stands alone
    ends = [line.endswith("*") for line in long.splitlines() if line.endswith((r" \\", r" \\*"))]
    assert ends == [True, False, False, False, False, False, False, True]


def test_a_long_result_is_several_boxes() -> None:
    line = Line(Letter("y"), Letter("x"))
    source = tex(Document("t", "", (), (Display((line,) * 20, result=True),)))
    assert source.count(r"\begin{result}") == 3


HOSTILE = r"Grüße, 100% \write18{ls} {a}_b^c # & ~ < > | \" σ 日本"


@pytest.mark.skipif(shutil.which("lualatex") is None, reason="needs lualatex")
def test_the_users_latex_makes_a_pdf() -> None:
    first = pdf_by_latex(document(HOSTILE))
    reader = PdfReader(BytesIO(first))
    assert "100%" in reader.pages[0].extract_text()
    assert len(list(reader.pages[0].images)) == 0
    assert first == pdf_by_latex(document(HOSTILE))


def test_a_missing_latex_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OptionRefused, match="neither lualatex nor pdflatex is on the path"):
        pdf_by_latex(document("t"))


@pytest.mark.skipif(sys.platform == "win32", reason="makes a program of a shell script")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "#!/bin/sh\necho '! Undefined control sequence.'\nexit 1\n",
            "failed: ! Undefined control",
        ),
        ("#!/bin/sh\necho strange\nexit 3\n", "failed: strange"),
        ("#!/nonexistent\n", "cannot be run"),
        ("#!/bin/sh\nsleep 5\n", "did not finish within 0.2 seconds"),
    ],
)
def test_a_latex_that_fails_is_one_clear_error(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "lualatex"
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr("reports.pdf.SECONDS", 0.2)
    with pytest.raises(OptionRefused, match=message):
        pdf_by_latex(document("t"))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_pdflatex_compiles(tmp_path: Path) -> None:
    (tmp_path / "report.tex").write_text(tex(document(HOSTILE)), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "report"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        (("a", "b"), r"@{}l@{\hspace{16.0pt}}r@{}"),
        (("a" * 40, "b" * 42), r"@{}l@{\hspace{6.4pt}}"),  # closer together
        (("a " * 90, "b"), r"@{}>{\raggedright\arraybackslash}p{4"),  # over several lines
    ],
    ids=["narrow", "closer", "wide"],
)
def test_a_table_fits_its_line(cells: tuple[str, str], columns: str) -> None:
    table = Table(("h", "i"), (cells,), frozenset({1}))
    found = re.search(r"\\begin\{tabular\}\{(.*)\}", tex(Document("t", "", (), (table,))))
    assert found is not None
    assert found[1].startswith(columns)


def test_a_long_table_goes_on_over_the_next_page() -> None:
    short, long = (
        tex(Document("t", "", (), (Table(("h",), (("a",),) * n, caption=("c",)),)))
        for n in (24, 25)
    )
    assert r"\begin{tabular}" in short
    assert r"\begin{longtable}" in long
    assert r"\endhead" in long
