"""The LaTeX report: balanced, escaped, and compiled where there is a TeX."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.document import Code, Display, Document, Line, Paragraph, Section, Table, Verdict
from reports.mathematics.layout import Letter
from reports.tex import tex

COMMANDS = frozenset(
    {
        r"\ifpdftex",
        r"\fi",
        r"\documentclass",
        r"\usepackage",
        r"\definecolor",
        r"\newcommand",
        r"\lstset",
        r"\ttfamily",
        r"\footnotesize",
        r"\color",
        r"\setlength",
        r"\parindent",
        r"\parskip",
        r"\baselineskip",
        r"\allowdisplaybreaks",
        r"\begin",
        r"\end",
        r"\LARGE",
        r"\bfseries",
        r"\par",
        r"\small",
        r"\hrule",
        r"\section",
        r"\why",
        r"\quad",
        r"\text",
        r"\itshape",
        r"\qquad",
        r"\notag",
        r"\tag",
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        r"\textcolor",
        r"\textbf",
        r"\textbackslash",
        r"\textasciicircum",
        r"\textasciitilde",
        r"\textless",
        r"\textgreater",
        r"\textbar",
        r"\textquotedbl",
    }
)


def document(text: str) -> Document:
    blocks = (
        Section(text),
        Paragraph((text, Letter("x"))),
        Display((Line(Letter("y"), Letter("x"), text), Line(None, Letter("z"), tag="1"))),
        Table((text, "b"), ((text, Letter("x")),), frozenset({1})),
        Verdict(text, text, good=True),
    )
    return Document(text, text, (text,), blocks)


def unbalanced(text: str) -> int:
    bare = re.sub(r"\\[\\{}]", "", text)
    depth = 0
    for c in bare:
        depth += {"{": 1, "}": -1}.get(c, 0)
        assert depth >= 0
    return depth


@given(st.text(max_size=60))
def test_any_text_is_inert(text: str) -> None:
    source = tex(document(text))
    assert unbalanced(source) == 0
    assert set(re.findall(r"\\[A-Za-z]+", source)) <= COMMANDS
    assert "\x00" not in source


def test_code_cannot_end_its_listing() -> None:
    source = tex(Document("t", "", (), (Code("x = r'\\end{lstlisting}\\input{a}'"),)))
    assert source.count(r"\end{lstlisting}") == 1


def test_code_is_ascii_for_the_listings_package() -> None:
    source = tex(Document("t", "", (), (Code("# f′(0) × α"),)))
    assert "# f'(0) x alpha" in source


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_pdflatex_compiles(tmp_path: Path) -> None:
    hostile = r"Grüße, 100% \write18{ls} {a}_b^c # & ~ < > | \" σ 日本"
    (tmp_path / "report.tex").write_text(tex(document(hostile)), encoding="utf-8")
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
