"""Every built-in layer's report through the user's LaTeX: no error, nothing over the margin."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import derive
from reports.document import Document, Figure, Line, Reference
from reports.tex import tex

WORST = 2.0  # points over the margin, which nobody sees


def renumbered(part: Any, name: str) -> Any:
    """``part`` with the numbers of equations made those of one layer of many."""
    if isinstance(part, (Line, Reference)) and part.tag:
        return replace(part, tag=f"{name}.{part.tag}")
    if isinstance(part, tuple):
        return tuple(renumbered(item, name) for item in part)
    if is_dataclass(part) and not isinstance(part, type):
        changed = {f.name: renumbered(getattr(part, f.name), name) for f in fields(part)}
        return replace(part, **changed)
    return part


@pytest.fixture(scope="module")
def source(document_on: Callable[[str], Document]) -> str:
    """All layers in one file, as starting a LaTeX takes longer than setting a layer."""
    blocks = tuple(
        block
        for number, name in enumerate(derive.layers())
        for block in renumbered(document_on(name).blocks, str(number))
        if not isinstance(block, Figure)
    )
    return tex(Document("All layers", "", (), blocks))


# the second run of one of them knows the numbers that are referred to
@pytest.mark.parametrize(("program", "runs"), [("pdflatex", 2), ("lualatex", 1)])
def test_all_layers_compile_with_nothing_over_the_margin(
    program: str, runs: int, source: str, tmp_path: Path
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}, and it is not on the path")
    (tmp_path / "all.tex").write_text(source, encoding="utf-8")
    for _ in range(runs):
        done = subprocess.run(
            [program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "all"],
            cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "all.log").read_text(encoding="utf-8", errors="replace")
    assert runs == 1 or "There were undefined references" not in log
    assert "multiply defined" not in log
    overfull = re.findall(r"Overfull \\hbox \(([\d.]+)pt.*", log)
    assert max(map(float, overfull), default=0.0) <= WORST
