"""Two ways without gradients, beside the trained network: neighbours and a genetic algorithm."""

from __future__ import annotations

import numpy as np

import derive
from numeric.data import Data, moons, neighbours
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.classify import given
from numeric.recipes.equations import AFFINE
from numeric.recipes.exhibits import Curves, Exhibit, Points, Rows
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.step import Array

_HIDDEN, _STEPS, _RATE = 12, 600, 0.03
_POPULATION, _GENERATIONS, _ELITE, _TOURNAMENT = 60, 80, 2, 3
_MUTATED, _SIZE, _SHRUNK = 0.2, 0.5, 0.98  # of the weights; how far; and less with time
_NEIGHBOURS = 5
_WELL = 0.15  # the loss that both are timed by


def play(setting: Setting) -> Outcome:
    """Train by gradient and by selection, and let neighbours vote."""
    data = moons(setting.ordered)
    trained, bred = _network(setting.drawn), _network(setting.drawn)
    descent = _descend(trained, data, setting)
    selection = _bred(bred, data, setting)
    scores = {
        "gradient": _score(trained, data),
        "genetic algorithm": _score(bred, data),
        "5 nearest neighbours": neighbours(data, _NEIGHBOURS),
    }
    # a backward pass costs about two forward ones
    costs = {"gradient": 3 * _first(descent), "genetic algorithm": _POPULATION * _first(selection)}
    reached = (*scores.values(), costs["genetic algorithm"] / costs["gradient"])
    return Outcome(reached, _shown(data, bred, scores, costs, descent, selection))


def _network(drawn: np.random.Generator) -> Network:
    steps = (
        Layer("dense", i=_HIDDEN),
        Layer("dense", i=_HIDDEN),
        Layer(derive.parse(AFFINE), rule="xavier", i=2),
    )
    return Network(steps, loss="softmax_cross_entropy", shape=(2,), seed=drawn)


def _score(network: Network, data: Data) -> float:
    found = given(network, data.x_test).argmax(axis=1)
    return float((found == data.t_test.argmax(axis=1)).mean())


def _descend(network: Network, data: Data, setting: Setting) -> Array:
    """Steps along the gradient of the whole; the losses on the way."""
    optimiser, losses = Adam(_RATE), np.zeros(_STEPS)
    for step in range(_STEPS):
        losses[step], gradients = network.gradients(data.x_train, data.t_train)
        optimiser.step(network.parameters, gradients)
        setting.told(step + 1, _STEPS, {"loss": losses[step]})
    return losses


def _bred(network: Network, data: Data, setting: Setting) -> Array:
    """Selection by tournament, uniform crossover, mutation; the least loss of each generation.

    Holland 1975, Adaptation in Natural and Artificial Systems; the network ends as the fittest.
    """
    rng = setting.ordered
    population = np.stack(
        [_genes(network), *(_genes(_network(rng)) for _ in range(_POPULATION - 1))]
    )
    least, size = np.zeros(_GENERATIONS), _SIZE
    for generation in range(_GENERATIONS):
        losses = np.array([_loss(network, genes, data) for genes in population])
        order = losses.argsort()
        least[generation] = losses[order[0]]
        kept = population[order[:_ELITE]]
        drawn = rng.integers(_POPULATION, size=(2, _POPULATION - _ELITE, _TOURNAMENT))
        first, second = population[
            np.take_along_axis(drawn, losses[drawn].argmin(2)[..., None], 2)[..., 0]
        ]
        children = np.where(rng.random(first.shape) < 0.5, first, second)
        children += size * rng.normal(size=children.shape) * (rng.random(children.shape) < _MUTATED)
        population, size = np.concatenate([kept, children]), size * _SHRUNK
        setting.told(generation + 1, _GENERATIONS, {"loss": least[generation]})
    _loss(network, population[0], data)
    return least


def _genes(network: Network) -> Array:
    return np.concatenate([np.ravel(value) for value in network.parameters.values()]).astype(float)


def _loss(network: Network, genes: Array, data: Data) -> float:
    """The loss of the network with these genes, which it keeps."""
    start = 0
    for value in network.parameters.values():
        value[...] = genes[start : start + value.size].reshape(value.shape)
        start += value.size
    return network.evaluate(data.x_train, data.t_train)[0]


def _first(losses: Array) -> int:
    """The number of rounds until the loss was low; all of them if it never was."""
    low = np.flatnonzero(losses <= _WELL)
    return int(low[0]) + 1 if low.size else len(losses)


def _shown(  # noqa: PLR0913, PLR0917  what there is to show
    data: Data,
    bred: Network,
    scores: dict[str, float],
    costs: dict[str, int],
    descent: Array,
    selection: Array,
) -> tuple[Exhibit, ...]:
    classes = data.t_test.argmax(axis=1)
    wrong = given(bred, data.x_test).argmax(axis=1) != classes
    clouds = {f"class {k}": data.x_test[classes == k] for k in (0, 1)}
    clouds["wrong by the genetic algorithm"] = data.x_test[wrong]
    rows = tuple(
        (name, f"{score:.2%}", str(costs.get(name, "-"))) for name, score in scores.items()
    )
    passes = {
        "gradient": (3 * np.arange(1, _STEPS + 1), descent),
        "genetic algorithm": (_POPULATION * np.arange(1, _GENERATIONS + 1), selection),
    }
    return (
        Rows(
            f"Test accuracy, and forward passes until the loss was {_WELL}",
            ("way", "test", "passes"),
            rows,
        ),
        Curves("Loss", "forward passes", "cross-entropy", passes, logarithmic="xy"),
        Points("The test samples", "x", "y", clouds),
    )


RECIPE = Recipe(
    name="gradient-free",
    title="Two moons: gradient, genetic algorithm, nearest neighbours",
    about="The same small network is trained along its derived gradient and bred by a genetic "
    "algorithm; the nearest neighbours need no network. A backward pass is counted as two forward.",
    targets=(
        Target("test accuracy by gradient", 0.95),
        Target("test accuracy by the genetic algorithm", 0.9),
        Target("test accuracy of the nearest neighbours", 0.95),
        Target("forward passes of the genetic algorithm over those of the gradient", 3, form=".3g"),
    ),
    seconds=10,
    play=play,
)
