"""Paths that lead elsewhere: devices, pipes, links, folders above, names that are no file's."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

import derive
from derive.errors import DeriveError, LimitError, OptionRefused
from derive.library import MAX_BYTES
from reports import write
from reports.cli import BAD_INPUT, main

KEPT = "something that must not be lost"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a file beside it."""
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "outside.py").write_text(KEPT, encoding="utf-8")
    return inside


# (name of the output, what is said)
REFUSED = [
    ("", "is a folder"),
    (".", "is a folder"),
    ("..", "is a folder"),
    ("/", "is a folder"),
    ("a\0.py", "control character"),
    ("a\n.py", "control character"),
    ("a\x1b[31m.py", "control character"),
    ("CON", "is the name of a device on Windows"),
    ("con.py", "is the name of a device on Windows"),
    ("nul.tar.py", "is the name of a device on Windows"),
    ("LPT9.py", "is the name of a device on Windows"),
    ("aux .py", "is the name of a device on Windows"),
    ("a.py.", "ends in a point or a space"),
    ("a.py ", "ends in a point or a space"),
    ("...", "ends in a point or a space"),
    ("..\\outside.py", r"has '\\\\' in its name"),
    ("C:a.py", "has ':' in its name"),
    ("a.py:stream", "has ':' in its name"),
    ("a|b.py", r"has '\|' in its name"),
    ("<a>.py", "has '<' in its name"),
    ("a?.py", r"has '\?' in its name"),
    ("*.py", r"has '\*' in its name"),
    ('"a".py', "has '\"' in its name"),
    ("a" * 253 + ".py", "a name of 256 bytes; the limit is 255"),
    ("é" * 127 + ".py", "a name of 257 bytes"),
    ("a/" * 3000 + "a.py", "cannot write .*File name too long"),
    ("missing/a.py", "cannot write 'missing/a.py': No such file"),
    ("../outside.py", "outside.py exists already"),
    ("/dev/null", "is not a regular file"),
    ("/dev/stdout", "is a symbolic link"),
    ("link.py", "is a symbolic link"),
    ("dangling.py", "is a symbolic link"),
    ("loop.py", "is a symbolic link"),
    ("pipe.py", "is not a regular file"),
    ("a.py/b.py", "cannot write .*Not a directory"),
]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(("name", "said"), REFUSED, ids=lambda v: repr(v)[:30])
def test_an_output_goes_to_a_plain_file_or_nowhere(
    name: str, said: str, force: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "exists already" in said and force:
        pytest.skip("what is forced is meant")
    outside = folder.parent / "outside.py"
    Path("link.py").symlink_to(outside)
    Path("dangling.py").symlink_to(folder.parent / "made.py")
    Path("loop.py").symlink_to("loop.py")
    os.mkfifo("pipe.py")
    Path("a.py").write_text(KEPT, encoding="utf-8")
    before = sorted(path.name for path in [*folder.iterdir(), *folder.parent.iterdir()])
    assert main(["code", "tanh", "-o", name, *(["--force"] if force else [])]) == BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("error: ") == 1
    assert len(err) < 600
    assert re.search(said, err)
    assert sorted(path.name for path in [*folder.iterdir(), *folder.parent.iterdir()]) == before
    assert outside.read_text(encoding="utf-8") == Path("a.py").read_text(encoding="utf-8") == KEPT


# A shell would have given these a meaning; here they are names like any other.
PLAIN = [
    "~",
    "~root.py",
    "$HOME.py",
    "a b.py",
    "-a.py",
    "a'b.py",
    "`id`.py",
    "%2e%2e.py",
    ".hidden",
]


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_has_no_meaning(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["code", "tanh", f"--output={name}"]) == 0
    assert capsys.readouterr().out == f"wrote {name}\n"
    assert [path.name for path in folder.iterdir()] == [name]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["inside", "outside.py"]


def test_a_link_made_meanwhile_is_not_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.commands.code.usable", lambda _: None)
    monkeypatch.setattr("reports.files.usable", lambda _: None)
    outside = folder.parent / "outside.py"
    Path("link.py").symlink_to(outside)
    assert main(["code", "tanh", "-o", "link.py", "--force"]) == BAD_INPUT
    assert outside.read_text(encoding="utf-8") == KEPT


@pytest.mark.parametrize("name", ["link.html", "pipe.html", "con.html", "folder.html", "a\t.html"])
def test_a_report_is_refused_before_any_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the check ran for nothing")

    monkeypatch.setattr("reports.writing.checked", never)
    Path("link.html").symlink_to("x.html")
    Path("folder.html").mkdir()
    os.mkfifo("pipe.html")
    with pytest.raises(OptionRefused):
        write(derive.load("tanh"), name)


# (what is asked for as a layer, what is said)
SOURCES = [
    ("pipe.eqn", "not a regular file"),
    ("folder.eqn", "not a regular file"),
    ("/dev/zero", "not a regular file"),
    ("/dev/tty", "not a regular file"),
    ("/dev/fd/0", "cannot read|not a regular file"),
    ("loop.eqn", "cannot read 'loop.eqn': (Symbolic link loop|Too many levels|No such)"),
    ("gone.eqn", "cannot read 'gone.eqn': No such file"),
    ("a\0.eqn", "cannot read .*null byte"),
    ("a" * 5000 + ".eqn", "cannot read .*File name too long"),
    ("../" * 20 + "etc/passwd", "root:|expected|unexpected"),
    ("..\\dense", "there is no built-in layer"),
    ("../layers/dense", "cannot read"),
    ("dense.eqn", "cannot read 'dense.eqn': No such file"),
    ("DENSE", "there is no built-in layer 'DENSE'"),
    ("CON", "there is no built-in layer"),
    ("~", "there is no built-in layer '~'"),
    ("dense.", "there is no built-in layer"),
    ("dense ", "there is no built-in layer"),
    ("__init__", "there is no built-in layer"),
    ("é" * 60, "there is no built-in layer"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), SOURCES, ids=lambda v: repr(v)[:30])
def test_a_layer_is_a_built_in_name_or_a_regular_file(name: str, said: str) -> None:
    os.mkfifo("pipe.eqn")
    Path("folder.eqn").mkdir()
    Path("loop.eqn").symlink_to("loop.eqn")
    begun = time.monotonic()
    with pytest.raises(DeriveError, match=said) as caught:
        derive.load(name)
    assert time.monotonic() - begun < 5
    assert len(str(caught.value)) < 800


def test_of_a_large_file_only_the_beginning_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.eqn"
    with large.open("wb") as file:
        file.truncate(2**40)  # a hole: nothing of it is on the disk
    with pytest.raises(LimitError, match=f"larger than {MAX_BYTES:,} bytes"):
        derive.load(large)
