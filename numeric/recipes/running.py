"""Running a recipe by its name."""

from __future__ import annotations

from difflib import get_close_matches
from time import perf_counter

from derive.errors import OptionRefused
from numeric.network import Network
from numeric.recipes.recipe import Recipe, Setting, TrainResult, Watch
from numeric.recipes.table import RECIPES
from numeric.threads import one_thread
from numeric.training import Progress


def run(
    name: str,
    *,
    seed: int = 0,
    on_progress: Progress | None = None,
    watch: Watch | None = None,
) -> TrainResult:
    """Run the recipe called ``name`` from scratch.

    ``on_progress(done, total, figures)`` is called after every batch or round. ``watch()`` gives a
    monitor for each network that is trained.

    Raises:
        Interrupted: if the training of a network is interrupted.
        OptionRefused: if there is no such recipe, the seed is negative, or a package for its
            data is missing.
    """
    return played(_named(name, seed), seed=seed, on_progress=on_progress, watch=watch)


def played(
    recipe: Recipe,
    *,
    seed: int = 0,
    on_progress: Progress | None = None,
    watch: Watch | None = None,
) -> TrainResult:
    """Run a recipe, of the table or of a user's own; as ``run``."""
    begun = perf_counter()
    with one_thread():
        outcome = recipe.play(Setting.of(seed, on_progress, watch))
    return TrainResult(
        recipe=recipe.name,
        seed=seed,
        seconds=perf_counter() - begun,
        targets=recipe.targets,
        reached=tuple(map(float, outcome.reached)),
        figures=outcome.figures,
        history=outcome.history,
        network=outcome.network,
    )


def untrained(name: str, *, seed: int = 0) -> Network:
    """Make the network of the recipe called ``name`` as it is before training; no data are read.

    Raises:
        OptionRefused: if there is no such recipe, it trains no network or several, or the seed is
            negative.
    """
    recipe = _named(name, seed)
    if recipe.network is None:
        having = [other.name for other in RECIPES.values() if other.network is not None]
        raise OptionRefused(
            f"the recipe {name} is not the training of one network",
            remedy=f"use one of {', '.join(having)}",
        )
    return recipe.network(Setting.of(seed).drawn)


def _named(name: str, seed: int) -> Recipe:
    recipe = RECIPES.get(name)
    if recipe is None:
        near = get_close_matches(name, RECIPES, 1) or RECIPES
        raise OptionRefused(f"there is no recipe '{name}'", remedy=f"use {' or '.join(near)}")
    if seed < 0:
        raise OptionRefused(f"seed = {seed} is negative", remedy="give a seed from 0 up")
    return recipe
