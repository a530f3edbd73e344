"""``backproof report`` asked for what cannot be done: one error, exit 64, nothing written."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

import derive
import reports
from derive.errors import OptionRefused
from reports.cli import BAD_INPUT, main


@pytest.fixture(autouse=True)
def _a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.html").write_text("mine", encoding="utf-8")
    Path("folder.html").mkdir()
    Path("link.html").symlink_to("there.html")
    Path("full").mkdir()
    Path("full/index.html").write_text("mine", encoding="utf-8")


ALL = ["--all", "--fast"]
# (the arguments after `report`, what is said)
REFUSALS: list[tuple[list[str], str]] = [
    # what to report on
    (["-o", "r.html"], "name the layer to report on, or give --all, not both"),
    (["tanh", "--all", "-o", "out"], "name the layer to report on, or give --all, not both"),
    (["tanh"], "Missing option '-o'"),
    (["tan", "-o", "r.html"], "there is no built-in layer 'tan'\n.*did you mean tanh"),
    (["gone.eqn", "-o", "r.html"], "cannot read 'gone.eqn'"),
    (["digits", "-o", "r.html"], "there is no built-in layer 'digits'"),
    # options that go together
    (["tanh", "-o", "r.html", "--format", "pdf"], "--format is for --all; the suffix of FILE says"),
    ([*ALL, "-o", "out", "--set", "s=2"], "--set is for one layer; --all keeps the defaults"),
    (
        ["digits-mlp", "-o", "r.html", "--set", "s=2"],
        "--set is for layers; digits-mlp is a network",
    ),
    (["digits-mlp", "-o", "r.html", "--fast"], "--fast is for layers; digits-mlp is a network"),
    # their values
    ([*ALL, "-o", "out", "--format", "doc"], "Invalid value for '--format': 'doc' is not one of"),
    (
        ["tanh", "-o", "r.pdf", "--engine", "word"],
        "Invalid value for '--engine': 'word' is not one",
    ),
    (["tanh", "-o", "r.html", "--math", "png"], "Invalid value for '--math': 'png' is not one of"),
    (["tanh", "-o", "r.html", "--seed", "-1"], "Invalid value for '--seed'"),
    (["tanh", "-o", "r.html", "--set", "q=1"], "q"),
    # where to write
    (["tanh", "-o", "r.docx"], r"a report cannot be written as \.docx: r\.docx\n.*\.html, \.pdf,"),
    (["tanh", "-o", "r"], "cannot be written as a file without a suffix: r"),
    (["tanh", "-o", "r.HTML"], r"cannot be written as \.HTML"),
    (["tanh", "-o", "there.html"], "there.html exists already\n.*--force"),
    (["tanh", "-o", "folder.html"], "'folder.html' is a folder"),
    (["tanh", "-o", "link.html"], "'link.html' is a symbolic link"),
    (["tanh", "-o", "link.html", "--force"], "'link.html' is a symbolic link"),
    (["tanh", "--fast", "-o", "gone/r.md"], "cannot write 'gone/r.md': No such file or directory"),
    (["tanh", "--fast", "-o", "gone/r.tex"], "gone.*: No such file or directory"),
    (
        ["tanh", "--fast", "-o", "there.html/r.md"],
        "cannot write 'there.html/r.md': Not a directory",
    ),
    (["tanh", "-o", "a:b.html"], "has ':' in its name"),
    (["tanh", "-o", f"{'a' * 300}.html"], "has a name of 305 bytes; the limit is 255"),
    (["digits-mlp", "-o", "there.html"], "there.html exists already"),
    (["digits-mlp", "-o", "net"], "cannot be written as a file without a suffix: net"),
    ([*ALL, "-o", "there.html"], "'there.html' is a file, and --all writes many"),
    ([*ALL, "-o", "gone/out"], "cannot make the folder 'gone/out': No such file or directory"),
    ([*ALL, "-o", "full"], "full/index.html exists already"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), REFUSALS, ids=lambda v: "" if isinstance(v, str) else " ".join(v)[:40]
)
def test_what_cannot_be_done_is_one_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(arguments, message, capsys)


def assert_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(map(str, Path().rglob("*")))
    assert main(["report", *arguments]) == BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(message, err)
    assert err.count("error: ") == 1
    assert "Traceback" not in err
    assert sorted(map(str, Path().rglob("*"))) == before
    assert Path("there.html").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
@pytest.mark.parametrize("target", ["/proc/r.md", "/proc/self/r.md"])
def test_a_folder_that_cannot_be_written_to_is_refused(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(["tanh", "--fast", "-o", target], f"cannot write '{target}': ", capsys)


# ---- what is not installed ----------------------------------------------------------------------


@pytest.mark.parametrize("what", [["tanh", "-o", "r.pdf"], [*ALL, "-o", "out", "--format", "pdf"]])
def test_without_latex_its_pdf_is_refused_at_once(
    what: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    message = "no LaTeX was found: neither lualatex nor pdflatex is on the path\n.*TeX Live"
    assert_refused([*what, "--engine", "latex"], message, capsys)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a program that is a script")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "#!/bin/sh\necho '! Undefined control sequence.'\nexit 1\n",
            "failed: ! Undefined control",
        ),
        ("#!/bin/no-such-shell\n", "cannot be run: No such file or directory"),
    ],
)
def test_a_latex_that_fails_is_told(
    script: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bin").mkdir()
    Path("bin/lualatex").write_text(script, encoding="utf-8")
    Path("bin/lualatex").chmod(0o755)
    monkeypatch.setenv("PATH", str(Path("bin").absolute()))
    assert_refused(["tanh", "--fast", "-o", "r.pdf", "--engine", "latex"], message, capsys)


@pytest.mark.parametrize(
    "what", [["tanh", "-o", "r.pdf"], ["tanh", "-o", "r.html"], [*ALL, "-o", "out"]]
)
def test_without_typst_it_is_said_at_once_what_can_be_done(
    what: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    message = "typst, which sets the formulas, is not installed\n.*--math mathml"
    assert_refused(what, message, capsys)


def test_without_typst_mathml_can_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    assert main(["report", "tanh", "--fast", "-o", "r.html", "--math", "mathml"]) == 0
    assert capsys.readouterr().out == "wrote r.html (PROVED)\n"
    assert os.path.getsize("r.html") > 10_000  # noqa: PTH202  it is a number that is wanted


# ---- the same from Python -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"engine": "word"}, "there is no engine 'word'"),
        ({"math": "png"}, "there is no math 'png'"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(option: dict[str, str], message: str) -> None:
    with pytest.raises(OptionRefused, match=message):
        reports.write(derive.load("tanh"), "r.html", **option)  # type: ignore[arg-type]


def test_a_file_that_is_there_is_replaced_when_forced(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "tanh", "--fast", "--force", "-o", "there.html"]) == 0
    assert capsys.readouterr().out == "wrote there.html (PROVED)\n"
    assert "PROVED" in Path("there.html").read_text(encoding="utf-8")
