"""The same document becomes the same bytes, in another process and under another hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import hashlib
from contextlib import redirect_stdout
from io import StringIO
import derive, numeric
from numeric.check.result import CheckResult, Line
from reports.cli import main
from reports.document import Figure
from reports.equations import derived
from reports.html import html
from reports.markdown import markdown
from reports.pdf import pdf
from reports.story import Material, compose
from reports.tex import drawings, tex
from reports.typ import typ

program = derive.load("sigmoid")
result = CheckResult("softmax", (Line("S3", 1_220, (), 1e-12, "1e-25 max", "PROVED"),))
source = numeric.build(program).source
document = compose(Material("softmax", derived(program), source, result, {}))
figures = [block.svg for block in document.blocks if isinstance(block, Figure)]
written = {
    "html": html(document), "mathml": html(document, "mathml"), "tex": tex(document),
    "typ": typ(document), "pdf": pdf(document), "md": markdown(document),
    "svg": "".join(figures), "beside": b"".join(drawings(document).values()),
}
for kind, content in written.items():
    data = content.encode() if isinstance(content, str) else content
    print(kind, len(data), hashlib.sha256(data).hexdigest())
for command in ("derive lstm --json", "code conv2d", "layers --json"):
    with redirect_stdout(StringIO()) as said:
        assert main(command.split()) == 0
    text = said.getvalue()
    print(command.replace(" ", "_"), len(text), hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def printed() -> list[str]:
    found = []
    for seed in ("0", "4711"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout)
    return found


def test_two_processes_write_the_same(printed: list[str]) -> None:
    first, second = (text.splitlines() for text in printed)
    assert first == second
    assert len(first) == 11
    assert all(int(line.split()[1]) > 1000 for line in first)
