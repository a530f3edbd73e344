"""A convolutional autoencoder that takes noise off digits, beside principal components."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Flatten, Reshape
from numeric.data import Data, digits, principal
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.classify import given, learning
from numeric.recipes.equations import AFFINE
from numeric.recipes.exhibits import Exhibit, Pictures, Rows
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.schedules import Cosine
from numeric.step import Array
from numeric.training import train

_LATENT, _NOISE, _COPIES = 8, 0.3, 6
_EPOCHS, _BATCH, _RATE = 8, 50, 3e-3
_SHOWN = 10


def network(drawn: np.random.Generator) -> Network:
    """Down to eight numbers by convolutions of stride 2, and up by their transposes."""
    steps = (
        Layer("conv2d", f=16, p=3, q=3, s=2, P=1),
        Layer("relu"),
        Layer("conv2d", f=32, p=3, q=3, s=2, P=1),
        Layer("relu"),
        Flatten(),
        Layer(derive.parse(AFFINE), rule="xavier", i=_LATENT),
        Layer("dense", i=128),
        Reshape((32, 2, 2)),
        Layer("conv_transpose2d", f=16, p=4, q=4, s=2, P=1),
        Layer("relu"),
        Layer("conv_transpose2d", f=1, p=4, q=4, s=2, P=1),
        Flatten(),
    )
    return Network(steps, loss="mse", shape=(1, 8, 8), seed=drawn, style="fast")


def play(setting: Setting) -> Outcome:
    """Train on noisy copies, and compare with as many principal components."""
    clean, made = digits(), network(setting.drawn)
    data = _noisy(clean, setting.ordered)
    history = train(
        made,
        data,
        epochs=_EPOCHS,
        batch=_BATCH,
        optimiser=Adam(_RATE),
        seed=setting.ordered,
        schedule=Cosine(_EPOCHS * len(data.x_train) // _BATCH, floor=0.01),
        on_progress=setting.told,
        monitor=setting.watch(),
    )
    told = given(made, data.x_test)
    seen = data.x_test.reshape(len(told), -1)
    linear = principal(clean.x_train.reshape(-1, 64), seen, _LATENT)
    errors = {
        name: float(np.mean((found - data.t_test) ** 2))
        for name, found in (("noisy", seen), ("components", linear), ("network", told))
    }
    rows = tuple((name, f"{error:.4f}") for name, error in errors.items())
    images = {"clean": data.t_test, "noisy": seen, "8 components": linear, "network": told}
    shown: tuple[Exhibit, ...] = (
        Pictures(
            "Test digits: clean, with noise, and told from it",
            {name: x[:_SHOWN].reshape(-1, 8, 8).clip(-0.2, 1.2) for name, x in images.items()},
        ),
        Rows("Mean squared error of a pixel, test digits", ("from", "error"), rows),
        *learning(history),
    )
    return Outcome((errors["network"] / errors["components"],), shown, history, made)


def _noisy(clean: Data, rng: np.random.Generator) -> Data:
    """Noise on several copies of the training images and on one of the test images."""

    def worse(x: Array) -> Array:
        return (x + _NOISE * rng.normal(size=x.shape)).astype("float32")

    flat = [x.reshape(len(x), -1) for x in (clean.x_train, clean.x_test)]
    return Data(
        np.concatenate([worse(clean.x_train) for _ in range(_COPIES)]),
        np.concatenate([flat[0]] * _COPIES),
        worse(clean.x_test),
        flat[1],
    )


RECIPE = Recipe(
    name="denoise",
    title="Convolutional autoencoder that takes noise off digits",
    about="Convolutions bring digits with noise down to eight numbers, transposed convolutions "
    "bring them up again; the squared distance to the digits without noise is made small. As many "
    "principal components of the digits without noise stand beside it.",
    targets=(Target("test error over that of 8 principal components", 0.9, "at most", ".2f"),),
    seconds=12,
    play=play,
    network=network,
)
