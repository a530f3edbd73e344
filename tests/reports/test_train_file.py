"""``backproof train FILE.toml``: a recipe of one's own, run as the built-in ones are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.cli import BAD_INPUT, main

OWN = """
title = "Two dense layers"
shape = [1, 8, 8]
loss = "softmax_cross_entropy"
seed = 3
{more}
data = {{ name = "digits" }}
train = {{ epochs = 2, batch = 64, optimiser = {{ name = "adam", rate = 3e-3 }} }}
steps = [{{ step = "flatten" }}, {{ layer = "dense", i = 10, rule = "xavier" }}]
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(more=""):
        Path("own.toml").write_text(OWN.format(more=more), encoding="utf-8")

    write()
    return write


def test_a_file_is_trained_reported_and_the_same_each_time(own, capsys):
    own("target = 0.5")
    assert main(["train", "own.toml", "-o", "out"]) == 0
    first = capsys.readouterr().out
    assert "own: test accuracy" in first
    assert "at least 50.00%: reached" in first
    assert "own: " in first.splitlines()[-1]
    assert first.splitlines()[-1].endswith("seed 3")
    page = Path("out/own.html").read_text(encoding="utf-8")
    assert "Two dense layers" in page
    assert "backproof train own.toml -o out" in page
    assert main(["train", "own.toml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["seed"] == 3
    assert f"{told['test_accuracy']:.2%}" in first


@pytest.mark.usefixtures("own")
def test_without_a_target_there_is_none_to_reach(capsys):
    assert main(["train", "own.toml"]) == 0
    assert "reached" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "options", "message"),
    [
        ("", ["--seed", "1"], "'own.toml' states where its draws start"),
        ("targt = 0.5", [], "targt"),
    ],
)
def test_bad_input_is_one_clear_error(own, capsys, more, options, message):
    own(more)
    assert main(["train", "own.toml", *options]) == BAD_INPUT
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("own")
def test_a_file_that_is_not_there_is_refused(capsys):
    assert main(["train", "other.toml"]) == BAD_INPUT
    assert "other.toml" in capsys.readouterr().err
