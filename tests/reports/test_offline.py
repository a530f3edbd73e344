"""Reports without a network: sockets refused in here, and a wheel alone where there is none."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

import pytest

import derive
import reports

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".html", ".pdf", ".tex", ".md")
# Names of its own for this user, and no network but an empty one.
ALONE = ("unshare", "--map-root-user", "--net")


@pytest.fixture
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a report asks the network")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


@pytest.mark.usefixtures("_no_sockets")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_report_opens_no_socket(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"r{suffix}"
    assert reports.write(derive.load("tanh"), path, fast=True).verdict == "PROVED"
    assert path.stat().st_size > 1000


@pytest.mark.usefixtures("_no_sockets")
def test_a_socket_would_be_seen() -> None:
    with pytest.raises(AssertionError, match="asks the network"):
        socket.create_connection(("127.0.0.1", 9))


def run(*command: str | Path, cwd: Path) -> str:
    # nothing of this checkout may be seen but by the wheel
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=kept, capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel alone.

    What the wheel needs is seen through a path to the packages of this environment, for no
    registry may be in reach; so the wheel's own contents are tried, and not that its
    requirements can be had.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns("*.egg-info", "__pycache__", "build")
    for name in ("derive", "numeric", "reports"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run(*pip, *build, "-w", folder, source, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    run(
        *pip, "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder
    )
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    beside = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "beside.pth").write_text("\n".join(sorted(beside)) + "\n", encoding="utf-8")
    return folder / "venv" / "bin"


WRITE_ALL = """
import json, sys
from pathlib import Path
import derive, reports
program = derive.load("tanh")
for suffix in sys.argv[1:]:
    assert reports.write(program, f"r{suffix}", fast=True).verdict == "PROVED"
cards = Path("/proc/net/dev")
lines = cards.read_text().splitlines()[2:] if cards.exists() else []
print(json.dumps({
    "places": [reports.__file__, derive.__file__],
    "cards": [line.split(":")[0].strip() for line in lines],
    "shown": program._repr_markdown_(),
}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs an environment with bin")
def test_the_wheel_alone_writes_every_report_without_a_network(
    installed: Path, tmp_path: Path
) -> None:
    unshare = (
        shutil.which("unshare") is not None
        and not subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode
    )
    alone = ALONE if unshare else ()
    out = run(*alone, installed / "backproof", "report", "relu", "-o", "c.html", cwd=tmp_path)
    assert out == "wrote c.html (PROVED)\n"
    out = run(*alone, installed / "python", "-c", WRITE_ALL, *SUFFIXES, cwd=tmp_path)
    found = json.loads(out)
    for place in found["places"]:
        assert Path(place).is_relative_to(installed.parent), "the wheel's, not the checkout's"
    assert found["shown"].startswith("**Hyperbolic tangent**")
    for suffix in SUFFIXES:
        assert (tmp_path / f"r{suffix}").stat().st_size > 1000
    assert "<svg" in (tmp_path / "c.html").read_text(encoding="utf-8")
    if not unshare:
        pytest.skip("reports were written, but with the network in reach: unshare is not allowed")
    assert found["cards"] in ([], ["lo"]), "no network but an empty one"
