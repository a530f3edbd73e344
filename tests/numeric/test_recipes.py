"""Recipes: what they promise, what they come to, and what is refused."""

import math
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import numeric
from derive.errors import OptionRefused
from numeric.recipes import RECIPES, Target, run, untrained
from numeric.recipes.equations import program, text

# those that take no more than a few seconds; all of them: `backproof recipes --run all`
CHEAP = ("perceptron", "gradient-flow", "digits-mlp", "edges", "sunspots", "markov-chain")


def test_every_recipe_has_a_name_a_title_and_a_target():
    for name, recipe in RECIPES.items():
        assert recipe.name == name
        assert recipe.title
        assert recipe.about.endswith(".")
        assert recipe.targets
        assert recipe.seconds > 0


@pytest.mark.parametrize("name", CHEAP)
def test_a_recipe_reaches_its_targets(name):
    told = []
    result = run(name, seed=3, on_progress=lambda *figures: told.append(figures))
    assert result.passed, dict(zip(result.targets, result.reached, strict=True))
    assert (result.recipe, result.seed) == (name, 3)
    assert result.figures
    assert told
    assert all(1 <= done <= total for done, total, _ in told)
    if result.history:
        assert result.history[-1].test_accuracy == result.test_accuracy


@pytest.fixture(scope="module")
def result():
    return run("perceptron", seed=5)


def test_the_same_seed_comes_to_the_same_figures(result):
    assert run("perceptron", seed=5).reached == result.reached
    assert run("perceptron", seed=6).reached != result.reached


@pytest.mark.parametrize(
    ("sense", "figure", "met"),
    [
        ("at least", 0.5, True),
        ("at least", 0.49, False),
        ("at most", 0.5, True),
        ("at most", 0.51, False),
        ("at least", math.nan, False),
        ("at most", math.nan, False),
    ],
)
def test_a_target_is_met_on_its_side_of_the_bound(sense, figure, met):
    assert Target("share", 0.5, sense).met(figure) is met
    assert str(Target("share", 0.5, sense)) == f"{sense} 50.00%"


def test_one_target_missed_is_a_recipe_missed(result):
    assert result.passed
    assert not replace(result, reached=(1.0, *result.reached[1:])).passed


EQUATIONS = sorted({name for recipe in RECIPES.values() for name in recipe.equations})


@pytest.mark.parametrize("name", EQUATIONS)
def test_the_equations_of_a_recipe_are_proved(name):
    assert numeric.check(program(name), fast=True).exit_code == 0


@pytest.mark.parametrize("name", EQUATIONS)
def test_equations_say_what_they_are_and_where_they_are_from(name):
    found = program(name)
    assert found.title
    assert found.sources or found.notes
    assert text(name).endswith("\n")


def test_every_equation_file_belongs_to_a_recipe():
    stored = {p.name for p in files("numeric.recipes").joinpath("eqn").iterdir()}
    assert stored == {f"{name}.eqn" for name in EQUATIONS}


@pytest.mark.parametrize(
    "name", [name for name, recipe in RECIPES.items() if recipe.network is not None]
)
def test_a_network_is_made_without_data_and_the_same_for_a_seed(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    first, second = (untrained(name, seed=4).parameters for _ in range(2))
    for parameter, value in first.items():
        np.testing.assert_array_equal(value, second[parameter])


@pytest.mark.parametrize(
    ("name", "seed", "message"),
    [
        ("digit-cnn", 0, r"(?s)there is no recipe 'digit-cnn'.*use digits-cnn$"),
        ("zebra", 0, r"(?s)there is no recipe 'zebra'.*use .*digits-cnn"),
        ("digits-mlp", -1, "seed = -1 is negative"),
    ],
)
def test_what_cannot_run_is_refused(name, seed, message):
    with pytest.raises(OptionRefused, match=message):
        run(name, seed=seed)


def test_a_recipe_without_one_network_has_none_to_report_on():
    message = r"(?s)the recipe rosenbrock is not the training of one network.*digits-cnn"
    with pytest.raises(OptionRefused, match=message):
        untrained("rosenbrock")


# ---- what the docs say --------------------------------------------------------------------------

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RECIPES)
def test_the_docs_state_every_target(name):
    recipe = RECIPES[name]
    goals = "; ".join(f"{target.measure} {target}" for target in recipe.targets)
    row = f"| `{name}` | {recipe.title} | {goals} | {recipe.seconds:.0f} s |"
    assert row in DOCS.splitlines()
    for target in recipe.targets:
        assert not target.origin or f"- {target.measure} (`{name}`): {target.origin}." in DOCS
