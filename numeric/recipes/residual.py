"""A small residual network on handwritten digits."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Flatten
from numeric.compose import Residual
from numeric.data import digits
from numeric.dropout import Dropout
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import AdamW
from numeric.recipes.classify import confusion, filters, learning, mistaken
from numeric.recipes.equations import AFFINE
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.schedules import Cosine
from numeric.step import Step
from numeric.training import train

_EPOCHS, _BATCH, _RATE, _FILTERS = 12, 32, 3e-3, 16


def _block() -> tuple[Step, ...]:
    """Two convolutions and what they leave out: He et al. 2016, arXiv:1512.03385, figure 2."""
    return (
        Residual(
            [
                Layer("conv2d", f=_FILTERS, p=3, q=3, P=1),
                Layer("relu"),
                Layer("conv2d", f=_FILTERS, p=3, q=3, P=1),
            ]
        ),
        Layer("relu"),
    )


def network(drawn: np.random.Generator) -> Network:
    """A convolution, two residual blocks with pooling between, dropout, a dense layer."""
    steps = (
        Layer("conv2d", f=_FILTERS, p=3, q=3, P=1),
        Layer("relu"),
        *_block(),
        Layer("maxpool2d"),
        *_block(),
        Layer("maxpool2d"),
        Flatten(),
        Dropout(0.3),
        Layer(derive.parse(AFFINE), rule="xavier", i=10),
    )
    return Network(steps, loss="softmax_cross_entropy", shape=(1, 8, 8), seed=drawn, style="fast")


def play(setting: Setting) -> Outcome:
    """Train and show."""
    data, made = digits(), network(setting.drawn)
    history = train(
        made,
        data,
        epochs=_EPOCHS,
        batch=_BATCH,
        optimiser=AdamW(_RATE),
        seed=setting.ordered,
        schedule=Cosine(_EPOCHS * len(data.x_train) // _BATCH, floor=0.01),
        on_progress=setting.told,
        monitor=setting.watch(),
    )
    shown = (*learning(history), confusion(made, data), filters(made), *mistaken(made, data))
    return Outcome((history[-1].test_accuracy or 0.0,), shown, history, made)


RECIPE = Recipe(
    name="residual",
    title="Small residual network on handwritten digits",
    about="A convolution, two residual blocks, pooling and dropout, trained by AdamW with half a "
    "cosine on 1,437 images of 8 by 8 pixels and judged by 360 others.",
    targets=(Target("test accuracy", 0.98),),
    seconds=12,
    play=play,
    network=network,
)
