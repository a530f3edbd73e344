"""Recipes: a data set, a network and a way to train it, by name."""

from numeric.recipes.running import AFFINE, RECIPES, Recipe, TrainResult, run, untrained

__all__ = ["AFFINE", "RECIPES", "Recipe", "TrainResult", "run", "untrained"]
