"""Every built-in layer's report through the user's LaTeX: no error, nothing over the margin."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import derive
from numeric.check.result import CheckResult
from reports.document import Block, Document, Figure, Line, Reference
from reports.figures import figures
from reports.figures.graph import graphs
from reports.story import Material
from reports.tex import drawings, tex
from tests.reports.figures.programs import equations, source

WORST = 2.0  # points over the margin, which nobody sees


def renumbered(part: Any, name: str) -> Any:
    """``part`` with the numbers of equations made those of one layer of many."""
    if isinstance(part, Line):
        note = re.sub(r"\((\w+)\)", rf"({name}.\1)", part.note) if part.cites else part.note
        cites = tuple(f"{name}.{tag}" for tag in part.cites)
        tag = f"{name}.{part.tag}" if part.tag else ""
        return replace(part, note=note, cites=cites, tag=tag)
    if isinstance(part, Reference):
        return replace(part, tag=f"{name}.{part.tag}")
    if isinstance(part, tuple):
        return tuple(renumbered(item, name) for item in part)
    if is_dataclass(part) and not isinstance(part, type):
        changed = {f.name: renumbered(getattr(part, f.name), name) for f in fields(part)}
        return replace(part, **changed)
    return part


def plots(name: str) -> tuple[Figure, ...]:
    """What is plotted of a layer, without its verdict."""
    checked = CheckResult(name, ())
    return figures(Material(name, equations(name), source(name), checked, {}))


# drawings of each kind: of what, and where they are
DRAWN: list[tuple[str, Callable[[str], Iterable[Block]]]] = [
    ("block", lambda name: graphs(equations(name))),  # in parts
    ("lstm_peephole", lambda name: graphs(equations(name))),
    ("conv2d", plots),  # receptive field, error of differences
    ("tanh", plots),  # beside its derivative
    ("rnn", plots),  # gradient along time
]


@pytest.fixture(scope="module")
def document(document_on: Callable[[str], Document]) -> Document:
    """All layers as one, as starting a LaTeX takes longer than setting a layer."""
    blocks = [
        block
        for number, name in enumerate(derive.layers())
        for block in renumbered(document_on(name).blocks, str(number))
        if not isinstance(block, Figure)
    ]
    for name, drawn in DRAWN:
        blocks += [block for block in drawn(name) if isinstance(block, Figure)]
    return Document("All layers", "", (), tuple(blocks))


@pytest.fixture(scope="module")
def folder(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file and its drawings."""
    found = tmp_path_factory.mktemp("tex")
    (found / "all.tex").write_text(tex(document, "all"), encoding="utf-8")
    (found / "all-figures").mkdir()
    for path, drawing in drawings(document, "all").items():
        (found / path).write_bytes(drawing)
    return found


# the second run of one of them knows the numbers that are referred to
@pytest.mark.parametrize(("program", "runs"), [("pdflatex", 2), ("lualatex", 1)])
def test_all_layers_compile_with_nothing_over_the_margin(
    program: str, runs: int, folder: Path, document: Document, tmp_path: Path
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}, and it is not on the path")
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    for _ in range(runs):
        done = subprocess.run(
            [program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "all"],
            cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "all.log").read_text(encoding="utf-8", errors="replace").replace("\n", "")
    assert runs == 1 or "There were undefined references" not in log
    assert "multiply defined" not in log
    overfull = re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)
    assert max(map(float, overfull), default=0.0) <= WORST
    figures_of = [block for block in document.blocks if isinstance(block, Figure)]
    assert len(figures_of) == 9
    assert set(re.findall(r"<(all-figures/\d+\.pdf)", log)) == {
        f"all-figures/{number}.pdf" for number in range(1, len(figures_of) + 1)
    }
