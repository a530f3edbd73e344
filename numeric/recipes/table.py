"""All recipes, by name, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from numeric.recipes import (
    adding_problem,
    characters,
    denoise,
    digits_cnn,
    digits_mlp,
    echo,
    edges,
    gan,
    gradient_flow,
    gradient_free,
    hopfield,
    lenet,
    markov,
    perceptron,
    residual,
    rosenbrock,
    sunspots,
    tree_tensor,
)
from numeric.recipes.recipe import Recipe

_ALL: tuple[Recipe, ...] = (
    perceptron.RECIPE,
    rosenbrock.RECIPE,
    gradient_free.RECIPE,
    gradient_flow.RECIPE,
    digits_mlp.RECIPE,
    digits_cnn.RECIPE,
    residual.RECIPE,
    lenet.RECIPE,
    edges.RECIPE,
    denoise.RECIPE,
    gan.RECIPE,
    adding_problem.RECIPE,
    sunspots.RECIPE,
    characters.RECIPE,
    markov.RECIPE,
    hopfield.RECIPE,
    echo.RECIPE,
    tree_tensor.RECIPE,
)
RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.name: recipe for recipe in _ALL})
