"""A convolutional network on handwritten digits of 8 by 8 pixels."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Flatten
from numeric.data import digits
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.classify import confusion, filters, learning, mistaken
from numeric.recipes.equations import AFFINE
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.training import train

EPOCHS, BATCH, RATE = 30, 32, 1e-3


def network(drawn: np.random.Generator) -> Network:
    """Two convolutions with pooling, two dense layers."""
    steps = (
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
    shown = (*learning(history), confusion(made, data), filters(made), *mistaken(made, data))
    return Outcome((history[-1].test_accuracy or 0.0,), shown, history, made)


RECIPE = Recipe(
    name="digits-cnn",
    title="Convolutional network on scikit-learn's handwritten digits",
    about="Two convolutions with ReLU and pooling, then two dense layers, trained by Adam on "
    "1,437 images of 8 by 8 pixels and judged by 360 others.",
    targets=(Target("test accuracy", 0.98),),
    seconds=12,
    play=play,
    network=network,
)
