"""Recipes: a data set, something to train and a target to reach, by name."""

from numeric.recipes.equations import AFFINE
from numeric.recipes.recipe import Recipe, Target, TrainResult
from numeric.recipes.running import played, run, untrained
from numeric.recipes.table import RECIPES

__all__ = ["AFFINE", "RECIPES", "Recipe", "Target", "TrainResult", "played", "run", "untrained"]
