"""Small reports on recipes, and the commands that run them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import numeric
from numeric.recipes import RECIPES, TrainResult, run
from numeric.recipes.equations import program
from numeric.recipes.exhibits import Curves, Exhibit, Heat, Passage, Pictures, Points, Rows
from reports.cli import BAD_INPUT, main
from reports.commands.recipes import MISSED, QUICK
from reports.commands.train import curve, figures
from reports.document import Code, Figure, Table
from reports.html import html
from reports.training import compose_training
from reports.training.drawing import drawn

X = np.linspace(1, 5, 5)
EXHIBITS: tuple[Exhibit, ...] = (
    Curves("Loss", "epoch", "loss", {"train": (X, 1 / X), "test": (X, 2 / X)}, "y", {"bound": 0.3}),
    Curves("Hits", "step", "share", {"hits": (X, X)}, dots=frozenset({"hits"})),
    Heat("Confusion", "taken for", "is", np.array([[8, 0], [1, 9]]), ("a", "b"), counted=True),
    Heat("Flow", "step", "layer", np.array([[1e-9, 0.0], [1.0, 10.0]]), logarithmic=True),
    Pictures("Filters", {"first": np.ones((3, 4, 4)), "second": np.eye(4)[None]}, signed=True),
    Pictures("Digits", {"": np.random.default_rng(0).random((2, 8, 8))}, alike=False),
    Pictures("Sixteen", {"": np.random.default_rng(0).random((16, 3, 3))}),
    Pictures("Low and wide", {"": np.random.default_rng(0).random((9, 1, 30))}),
    Points("Cloud", "x", "y", {"data": np.eye(2), "way": np.ones((3, 2))}, frozenset({"way"})),
)


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda e: e.title)
def test_an_exhibit_is_drawn_the_same_each_time_and_reaches_for_nothing(exhibit: Exhibit) -> None:
    (first,), (second,) = drawn(exhibit), drawn(exhibit)
    assert isinstance(first, Figure)
    assert first == second
    assert first.alt.startswith(exhibit.title)
    assert "<path" in first.svg or "<image" in first.svg
    assert "http" not in first.svg.replace("http://www.w3.org/2000/svg", "")


def test_every_image_is_drawn_ten_to_a_line() -> None:
    shown = Pictures("Many", {"first": np.random.default_rng(0).random((16, 3, 3))})
    (found,) = drawn(shown)
    assert isinstance(found, Figure)
    assert found.svg.count("<image") == 16
    assert found.alt == "Many: 16 images: first"


def test_words_and_tables_are_kept_as_they_are() -> None:
    _, code = drawn(Passage("Sample", "to be <or> not"))
    assert isinstance(code, Code)
    assert code.text == "to be <or> not"
    (table,) = drawn(Rows("Scores", ("way", "test"), (("net", "97 %"),)))
    assert isinstance(table, Table)
    assert table.rows == (("net", "97 %"),)


def test_what_is_no_exhibit_is_refused() -> None:
    with pytest.raises(TypeError, match="int is not an exhibit"):
        drawn(3)


@pytest.fixture(scope="module")
def result() -> TrainResult:
    return run("perceptron", seed=1)


def test_a_report_tells_targets_pictures_equations_and_the_command(result: TrainResult) -> None:
    proofs = {"perceptron": numeric.check(program("perceptron"), fast=True)}
    page = html(compose_training(RECIPES["perceptron"], result, proofs, "backproof train x"))
    assert "Targets reached" in page
    assert page.count("reached</") >= len(result.targets)
    for shown in ("Perceptron criterion", "PROVED", "backproof train x", "The flowers", "Rosenbl"):
        assert shown in page
    assert "default-src &#x27;none&#x27;" in page
    missed = replace(result, reached=(1.0, *result.reached[1:]))
    page = html(compose_training(RECIPES["perceptron"], missed, {}, "backproof train x"))
    assert "A target was missed" in page
    assert "missed</" in page


# ---- commands -----------------------------------------------------------------------------------


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, result: TrainResult, tmp_path: Path) -> TrainResult:
    """One recipe in the table, which comes to a result without being run."""
    monkeypatch.chdir(tmp_path)
    table = {"perceptron": RECIPES["perceptron"]}
    monkeypatch.setattr("reports.commands.recipes.RECIPES", table)
    monkeypatch.setattr("reports.commands.recipes.run", lambda *_, **__: result)
    monkeypatch.setattr("reports.commands.train.run", lambda *_, **__: result)
    return result


def test_recipes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    shown = capsys.readouterr().out
    for recipe in RECIPES.values():
        assert f"{recipe.name} " in shown
        assert recipe.title in shown
        assert all(f"{target.measure} {target}" in shown for target in recipe.targets)
    assert main(["recipes", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["recipe"] for row in listed] == list(RECIPES)
    assert listed[0]["targets"][0].keys() == {"measure", "sense", "bound"}


def test_some_recipes_are_quick_and_some_are_not() -> None:
    quick = {name for name, recipe in RECIPES.items() if recipe.seconds < QUICK}
    assert {"perceptron", "digits-mlp"} <= quick
    assert "adding" not in quick


def test_running_compares_target_and_reached(
    only: TrainResult, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recipes", "--run", "quick", "--seeds", "2", "-o", "out"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("reached") >= 2 * len(only.targets)
    assert "2 of 2 runs reached their targets" in shown
    assert "perceptron rule" in Path("out/perceptron.html").read_text(encoding="utf-8")


def test_a_miss_is_exit_code_1(
    only: TrainResult, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missed = replace(only, reached=(1.0, *only.reached[1:]))
    monkeypatch.setattr("reports.commands.recipes.run", lambda *_, **__: missed)
    assert main(["recipes", "--run", "all"]) == MISSED
    shown = capsys.readouterr().out
    assert "MISSED" in shown
    assert "0 of 1 runs reached their targets" in shown
    assert main(["recipes", "--run", "all", "--json"]) == MISSED
    (row,) = json.loads(capsys.readouterr().out)
    assert row["reached_all"] is False
    assert row["targets"][0]["met"] is False


def test_options_without_a_run_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--seeds", "2"], ["-o", "out"]):
        assert main(["recipes", *arguments]) == BAD_INPUT
        assert "--seeds and --output are for --run" in capsys.readouterr().err


@pytest.mark.usefixtures("only")
def test_train_writes_a_report_and_keeps_what_is_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "perceptron", "-o", "out"]) == 0
    assert "wrote out/perceptron.html" in capsys.readouterr().out
    assert main(["train", "perceptron", "-o", "out"]) == BAD_INPUT
    assert "perceptron.html exists already" in capsys.readouterr().err
    assert main(["train", "perceptron", "-o", "out", "--force", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["recipe"] == "perceptron"
    assert "wrote" in err
    Path("file").write_text("", encoding="utf-8")
    assert main(["train", "perceptron", "-o", "file"]) == BAD_INPUT
    assert "'file' is not a folder" in capsys.readouterr().err


def test_the_lines_of_a_run(result: TrainResult) -> None:
    *lines, last = figures(result)
    assert len(lines) == len(result.targets)
    assert lines[0] == (
        "perceptron: difference between the rule and the derived gradient 0, at most 0: reached"
    )
    assert last.endswith("s, seed 1")
    assert curve([1, 2, 3]) == "▁▅█"
    assert curve([]) == ""
