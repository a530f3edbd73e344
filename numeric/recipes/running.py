"""Recipes: a data set, a network and a way to train it, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from time import perf_counter
from types import MappingProxyType

import numpy as np

import derive
from derive.errors import OptionRefused
from numeric.axes import Flatten
from numeric.data import Data, digits
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam, Optimiser
from numeric.step import Step
from numeric.threads import one_thread
from numeric.training import Epoch, Progress, train

AFFINE = """
title  Affine map
input  x[n, j]
param  W[i, j], b[i]
output z[n, i]

z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What ``run`` does under one name.

    Attributes:
        name: how it is asked for.
        title: one line for a list of recipes.
        data: loads the data set.
        shape: the shape of one sample.
        steps: makes the layers.
        loss: the built-in loss at the end.
        optimiser: makes the optimiser.
        epochs: passes over the training samples.
        batch: samples in one step.
        promise: the test accuracy that every seed must reach.
    """

    name: str
    title: str
    data: Callable[[], Data]
    shape: tuple[int, ...]
    steps: Callable[[], tuple[Step, ...]]
    loss: str
    optimiser: Callable[[], Optimiser]
    epochs: int
    batch: int
    promise: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a recipe came to.

    Attributes:
        recipe: its name.
        test_accuracy: share of the test samples in their class, after the last epoch.
        seconds: from the first line of the recipe to the last, loading and building included.
        seed: all random numbers follow from it.
        history: figures of every epoch.
        network: as trained.
    """

    recipe: str
    test_accuracy: float
    seconds: float
    seed: int
    history: tuple[Epoch, ...]
    network: Network


def _digits_cnn() -> tuple[Step, ...]:
    return (
        Layer("conv2d", f=16, p=3, q=3, P=1),
        Layer("relu"),
        Layer("maxpool2d"),
        Layer("conv2d", f=32, p=3, q=3, P=1),
        Layer("relu"),
        Layer("maxpool2d"),
        Flatten(),
        Layer("dense", i=64),
        Layer(derive.parse(AFFINE), rule="xavier", i=10),
    )


def _digits_mlp() -> tuple[Step, ...]:
    return (
        Flatten(),
        Layer("dense", i=128),
        Layer("dense", i=64),
        Layer(derive.parse(AFFINE), rule="xavier", i=10),
    )


_ALL = (
    Recipe(
        name="digits-cnn",
        title="Convolutional network on scikit-learn's handwritten digits",
        data=digits,
        shape=(1, 8, 8),
        steps=_digits_cnn,
        loss="softmax_cross_entropy",
        optimiser=lambda: Adam(1e-3),
        epochs=30,
        batch=32,
        promise=0.97,
    ),
    Recipe(
        name="digits-mlp",
        title="Fully connected network on scikit-learn's handwritten digits",
        data=digits,
        shape=(1, 8, 8),
        steps=_digits_mlp,
        loss="softmax_cross_entropy",
        optimiser=lambda: Adam(1e-3),
        epochs=40,
        batch=32,
        promise=0.95,
    ),
)
RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.name: recipe for recipe in _ALL})


def run(name: str, *, seed: int = 0, on_progress: Progress | None = None) -> TrainResult:
    """Train the recipe called ``name`` from scratch.

    ``on_progress(done_batches, total_batches, figures)`` is called after every batch.

    Raises:
        OptionRefused: if there is no such recipe, the seed is negative, or a package for its
            data is missing.
    """
    recipe = _named(name, seed)
    begun = perf_counter()
    drawn, ordered = _generators(seed)
    data = recipe.data()
    network = Network(recipe.steps(), loss=recipe.loss, shape=recipe.shape, seed=drawn)
    with one_thread():
        history = train(
            network,
            data,
            epochs=recipe.epochs,
            batch=recipe.batch,
            optimiser=recipe.optimiser(),
            seed=ordered,
            on_progress=on_progress,
        )
    accuracy = history[-1].test_accuracy
    assert accuracy is not None, "every recipe has classes"
    return TrainResult(name, accuracy, perf_counter() - begun, seed, history, network)


def untrained(name: str, *, seed: int = 0) -> Network:
    """Make the network of the recipe called ``name`` as it is before training; no data are read.

    Raises:
        OptionRefused: if there is no such recipe, or the seed is negative.
    """
    recipe = _named(name, seed)
    drawn, _ = _generators(seed)
    return Network(recipe.steps(), loss=recipe.loss, shape=recipe.shape, seed=drawn)


def _named(name: str, seed: int) -> Recipe:
    recipe = RECIPES.get(name)
    if recipe is None:
        near = get_close_matches(name, RECIPES, 1) or RECIPES
        raise OptionRefused(f"there is no recipe '{name}'", remedy=f"use {' or '.join(near)}")
    if seed < 0:
        raise OptionRefused(f"seed = {seed} is negative", remedy="give a seed from 0 up")
    return recipe


def _generators(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """One to draw the parameters from, one for the order of the samples."""
    drawn, ordered = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    return drawn, ordered
