"""``backproof check --oracle``."""

from __future__ import annotations

import pytest

from numeric.check.result import CheckResult, Line
from reports.cli import main
from reports.witnesses import oracle_lines, own_layer, summary


def line(proof: str, note: str = "") -> Line:
    return Line(proof, 3, (), 0.1, "1e-12 max", "PROVED", note)


def test_only_lines_of_libraries_are_theirs():
    result = CheckResult("x", (line("S1 contract"), line("S9 torch 2"), line("coverage")))
    assert oracle_lines(result) == (line("S9 torch 2"),)


@pytest.mark.parametrize(
    ("note", "own"), [("also beside its own conv2d", True), ("", False), ("disagrees", False)]
)
def test_whether_a_library_has_the_layer(note, own):
    assert own_layer(line("S9 torch 2", note)) is own


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ([], "S9 jax 1: ran all 3 layers; has 3 of them itself"),
        (["gru", "step"], "S9 jax 1: ran all 3 layers; has 1 of them itself, not gru, step"),
    ],
)
def test_the_summary_of_a_library(missing, text):
    assert summary("S9 jax 1", 3, missing) == text


def test_an_oracle_that_is_not_installed_is_refused_before_any_work(monkeypatch, capsys):
    monkeypatch.setattr("numeric.oracles.libraries.find_spec", lambda _: None)
    assert main(["check", "relu", "--oracle", "torch"]) == 64
    told = capsys.readouterr().err
    assert "torch is not installed" in told
    assert "pip install 'backproof[oracles]'" in told


def test_an_unknown_oracle_is_bad_usage(capsys):
    assert main(["check", "relu", "--oracle", "theano"]) == 64
    assert "'theano' is not one of 'torch', 'jax'" in capsys.readouterr().err


def test_a_library_is_a_line_of_the_report(capsys):
    pytest.importorskip("torch", reason="an optional oracle, not installed")
    assert main(["check", "relu", "--fast", "--oracle", "torch"]) == 0
    told = capsys.readouterr().out
    assert "S9 torch" in told
    assert "also beside its own relu" in told
