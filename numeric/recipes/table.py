"""All recipes, by name, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from numeric.recipes import (
    digits_cnn,
    digits_mlp,
    edges,
    hopfield,
    markov,
    perceptron,
    rosenbrock,
)
from numeric.recipes.recipe import Recipe

_ALL: tuple[Recipe, ...] = (
    perceptron.RECIPE,
    rosenbrock.RECIPE,
    edges.RECIPE,
    digits_mlp.RECIPE,
    digits_cnn.RECIPE,
    markov.RECIPE,
    hopfield.RECIPE,
)
RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.name: recipe for recipe in _ALL})
