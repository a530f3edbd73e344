"""A fully connected network on handwritten digits of 8 by 8 pixels."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Flatten
from numeric.data import digits
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.classify import confusion, learning, mistaken
from numeric.recipes.equations import AFFINE
from numeric.recipes.exhibits import Pictures
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.training import train

EPOCHS, BATCH, RATE = 40, 32, 1e-3
_SHOWN = 20  # units of the first layer


def network(drawn: np.random.Generator) -> Network:
    """Three dense layers."""
    steps = (
        Flatten(),
        Layer("dense", i=128),
        Layer("dense", i=64),
        Layer(derive.parse(AFFINE), rule="xavier", i=10),
    )
    return Network(steps, loss="softmax_cross_entropy", shape=(1, 8, 8), seed=drawn)


def play(setting: Setting) -> Outcome:
    """Train and show."""
    data, made = digits(), network(setting.drawn)
    history = train(
        made,
        data,
        epochs=EPOCHS,
        batch=BATCH,
        optimiser=Adam(RATE),
        seed=setting.ordered,
        on_progress=setting.told,
        monitor=setting.watch(),
    )
    weights = made.parameters["1.W"][:_SHOWN].reshape(2, -1, 8, 8)
    rows = dict(zip(("units 1 to 10", "units 11 to 20"), weights, strict=True))
    shown = (
        *learning(history),
        confusion(made, data),
        Pictures("What the first layer looks for", rows, alike=False, signed=True),
        *mistaken(made, data),
    )
    return Outcome((history[-1].test_accuracy or 0.0,), shown, history, made)


RECIPE = Recipe(
    name="digits-mlp",
    title="Fully connected network on scikit-learn's handwritten digits",
    about="Three dense layers, trained by Adam on 1,437 images of 8 by 8 pixels and judged by "
    "360 others.",
    targets=(Target("test accuracy", 0.95),),
    seconds=5,
    play=play,
    network=network,
)
