"""A network of LeNet's shape on 5,000 digits of MNIST, beside its nearest neighbours."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Flatten
from numeric.data import Data, mnist, neighbours
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.classify import confusion, filters, learning, mistaken
from numeric.recipes.equations import AFFINE
from numeric.recipes.exhibits import Rows
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.schedules import Cosine
from numeric.step import Array
from numeric.training import train

_EPOCHS, _BATCH, _RATE = 6, 50, 2e-3
_COPIES, _FARTHEST = 2, 2  # of each image, moved by up to so many pixels
_NEIGHBOURS = 3


def network(drawn: np.random.Generator) -> Network:
    """LeNet-5 with ReLU and maxima, LeCun, Bottou, Bengio and Haffner 1998, figure 2."""
    steps = (
        Layer("conv2d", f=6, p=5, q=5, P=2),
        Layer("relu"),
        Layer("maxpool2d"),
        Layer("conv2d", f=16, p=5, q=5),
        Layer("relu"),
        Layer("maxpool2d"),
        Flatten(),
        Layer("dense", i=120),
        Layer("dense", i=84),
        Layer(derive.parse(AFFINE), rule="xavier", i=10),
    )
    return Network(steps, loss="softmax_cross_entropy", shape=(1, 28, 28), seed=drawn, style="fast")


def play(setting: Setting) -> Outcome:
    """Train on the images and moved copies of them; compare with nearest neighbours."""
    data, made = mnist(), network(setting.drawn)
    history = train(
        made,
        _moved(data, setting.ordered),
        epochs=_EPOCHS,
        batch=_BATCH,
        optimiser=Adam(_RATE),
        seed=setting.ordered,
        schedule=Cosine(_EPOCHS * len(data.x_train) * (1 + _COPIES) // _BATCH, floor=0.01),
        on_progress=setting.told,
        monitor=setting.watch(),
    )
    accuracy = history[-1].test_accuracy or 0.0
    nearest = neighbours(data, _NEIGHBOURS)
    rows = (("this network", f"{accuracy:.2%}"), ("3 nearest neighbours", f"{nearest:.2%}"))
    shown = (
        *learning(history),
        Rows("Test accuracy beside a baseline without gradients", ("classifier", "test"), rows),
        confusion(made, data),
        filters(made),
        *mistaken(made, data),
    )
    return Outcome((accuracy, accuracy - nearest), shown, history, made)


def _moved(data: Data, rng: np.random.Generator) -> Data:
    """The training images, and copies moved by a few pixels."""
    copies = [data.x_train, *(_shifted(data.x_train, rng) for _ in range(_COPIES))]
    targets = np.concatenate([data.t_train] * len(copies))
    return Data(np.concatenate(copies), targets, data.x_test, data.t_test, data.classes)


def _shifted(images: Array, rng: np.random.Generator) -> Array:
    margin = ((0, 0), (0, 0), (_FARTHEST, _FARTHEST), (_FARTHEST, _FARTHEST))
    wide, (high, broad) = np.pad(images, margin), images.shape[2:]
    places = rng.integers(0, 2 * _FARTHEST + 1, (len(images), 2))
    return np.stack(
        [x[:, a : a + high, b : b + broad] for x, (a, b) in zip(wide, places, strict=True)]
    )


RECIPE = Recipe(
    name="lenet",
    title="LeNet on 5,000 digits of MNIST",
    about="LeNet-5 with ReLU and maxima learns from 4,000 digits of 28 by 28 pixels and moved "
    "copies of them, and is judged by 1,000 others; beside it stand the three nearest neighbours.",
    targets=(
        Target("test accuracy", 0.97),
        Target("test accuracy above the nearest neighbours'", 0.01),
    ),
    seconds=35,
    play=play,
    network=network,
)
