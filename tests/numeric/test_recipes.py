"""Recipes: what they promise, and what is refused."""

import pytest

from derive.errors import OptionRefused
from numeric.recipes import RECIPES, run

PROMISED = {"digits-cnn": 0.97, "digits-mlp": 0.95}


def test_the_recipes_are_those_promised():
    assert {name: recipe.promise for name, recipe in RECIPES.items()} == PROMISED
    assert all(recipe.name == name and recipe.title for name, recipe in RECIPES.items())


@pytest.mark.parametrize("name", ["digits-mlp", pytest.param("digits-cnn", marks=pytest.mark.slow)])
def test_a_recipe_keeps_its_promise(name):
    told = []
    result = run(name, seed=3, on_progress=lambda *figures: told.append(figures))
    assert result.test_accuracy >= RECIPES[name].promise
    assert (result.recipe, result.seed) == (name, 3)
    assert 0 < result.seconds < 120
    assert result.history[-1].test_accuracy == result.test_accuracy
    assert len(result.history) == RECIPES[name].epochs
    assert told[-1][0] == told[-1][1] == len(told)


@pytest.mark.parametrize(
    ("name", "seed", "message"),
    [
        ("digit-cnn", 0, r"(?s)there is no recipe 'digit-cnn'.*use digits-cnn$"),
        ("zebra", 0, r"(?s)there is no recipe 'zebra'.*use digits-cnn or digits-mlp"),
        ("digits-mlp", -1, "seed = -1 is negative"),
    ],
)
def test_what_cannot_run_is_refused(name, seed, message):
    with pytest.raises(OptionRefused, match=message):
        run(name, seed=seed)
