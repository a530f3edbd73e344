"""README and docs are run as they stand, and what they show is what comes out.

Blocks of one page run in order in one empty folder:

    eqn       is parsed; with a first line ``# NAME.eqn`` it is saved under that name
    console   each ``$ command`` is run; the lines after it are its output, ``...`` any lines
    python    is run; the ``text`` block that follows is its output; with a first line
              ``# NAME.py`` it is saved under that name instead
    toml      is saved under the name in its first line ``# NAME.toml``
    sh        is for the reader's machine: set-up and tests; not run here
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import derive

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(page.read_text(encoding="utf-8"))]


def commands(text: str) -> list[tuple[str, str]]:
    parts = re.split(r"^\$ (.*)$", text, flags=re.MULTILINE)[1:]
    return [(c, out.strip("\n")) for c, out in zip(parts[::2], parts[1::2], strict=True)]


def agrees(shown: str, printed: str) -> bool:
    pieces = (re.escape(piece) for piece in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE))
    return re.fullmatch(r"[\s\S]*".join(pieces), printed.strip("\n")) is not None


def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def execute(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), command
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    found = blocks(page)
    for position, block in enumerate(found):
        if block.language == "eqn":
            name = re.match(r"# (\w+\.eqn)\n", block.text)
            derive.parse(block.text)
            if name:
                (tmp_path / name[1]).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for command, shown in commands(block.text):
                printed = execute(["bash", "-c", command], tmp_path)
                assert agrees(shown, printed), f"{command}\n{printed}"
        elif name := re.match(r"# (\w+\.(?:py|toml))\n", block.text):
            (tmp_path / name[1]).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            following = found[position + 1 : position + 2]
            shown = following[0].text.strip("\n") if following else ""
            printed = execute([sys.executable, "-c", block.text], tmp_path)
            assert agrees(shown, printed), printed


def test_the_first_screen_is_short_and_complete() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    screen = "\n".join(lines[: next(i for i, line in enumerate(lines) if line.startswith("## "))])
    assert len(screen.splitlines()) <= 45
    assert all(
        part in screen for part in ("```eqn", "backproof derive", "backproof code", "PROVED")
    )


def test_ci_runs_the_readme_test_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^python -m pytest.*$", readme, re.MULTILINE)
    assert command is not None
    assert f"step {command[0]}\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readme_lists_every_layer_and_recipe() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in derive.layers() if f"`{name}`" not in readme} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"`[^`]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))
    links = re.findall(r"\]\(([^)#:]+)\)", prose)
    assert [link for link in links if not (page.parent / link).exists()] == []
