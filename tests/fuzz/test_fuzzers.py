"""The fuzzers' targets hold on their corpus, and see what breaks a promise."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

import derive
from trials import fuzz, targets
from trials.fuzz import CORPUS, command
from trials.targets import TARGETS, WORDS, Broken, Choices

MOST_FILES = 200
FILES = [
    pytest.param(t, p, id=f"{t}-{p.name}") for t in TARGETS for p in sorted((CORPUS / t).iterdir())
]


@pytest.mark.parametrize(("target", "path"), FILES)
def test_nothing_in_the_corpus_breaks(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


def test_the_corpus_is_small_and_complete() -> None:
    assert 0 < len(FILES) <= MOST_FILES
    assert set(fuzz.TARGETS) == set(TARGETS)
    held = {path.stem for path in (CORPUS / "parser").iterdir()}
    assert set(derive.layers()) <= held
    lines = (CORPUS / "words.dict").read_text().splitlines()
    written = {bytes.fromhex(line.strip('"').replace("\\x", "")).decode() for line in lines}
    assert written == set(WORDS)


def test_bytes_are_choices() -> None:
    data = Random(0).randbytes(300)
    assert targets.program_text(Choices(data)) == targets.program_text(Choices(data))
    assert len({targets.program_text(Choices(bytes([b]) * 99)) for b in range(40)}) > 10
    assert Choices(b"").randrange(10) == 0


def wrong_place(_: str) -> None:
    raise derive.ParseError("no", span=derive.errors.Span(99, 1))


def no_place(_: str) -> None:
    raise derive.ParseError("no")


@pytest.mark.parametrize(
    ("parse", "message"), [(wrong_place, "outside of the text"), (no_place, "without a place")]
)
def test_a_broken_promise_is_told(
    parse: object, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "parse", parse)
    with pytest.raises(Broken, match=message):
        TARGETS["parser"](b"x")


def test_a_crash_leaves_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "parse", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        TARGETS["tokens"](b"x")


def test_a_slow_text_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "SECONDS", -1.0)
    with pytest.raises(Broken, match=r"s for 7 characters"):
        TARGETS["parser"](b"y = 1+1")


def test_without_atheris_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "find_spec", lambda _: None)
    done = CliRunner().invoke(command, ["--target", "parser"])
    assert done.exit_code == 1
    assert "atheris is not installed: pip install atheris" in done.output
