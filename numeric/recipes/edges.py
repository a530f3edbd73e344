"""Blur and edge kernels on a photograph, and a kernel found from before and after."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

import derive
from numeric.build import build
from numeric.data import photograph
from numeric.optimise import SGD
from numeric.recipes.exhibits import Curves, Pictures
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.step import Array

_SMOOTH, _PLAIN, _SLOPE, _BEND = (1, 2, 1), (0, 1, 0), (-1, 0, 1), (1, -2, 1)
# each kernel as a sum of products: of a column and a row
KERNELS: Mapping[str, tuple[tuple[tuple[int, ...], tuple[int, ...], float], ...]] = (
    MappingProxyType(
        {
            "blur": ((_SMOOTH, _SMOOTH, 1 / 16),),
            "edges across (Sobel)": ((_SMOOTH, _SLOPE, 1 / 4),),
            "edges down (Sobel)": ((_SLOPE, _SMOOTH, 1 / 4),),
            "all edges (Laplace)": ((_BEND, _PLAIN, 1.0), (_PLAIN, _BEND, 1.0)),
        }
    )
)
_LEARNED = "edges across (Sobel)"
# the rate is below 2 over the largest curvature, 9.2; the smallest is two thousand times smaller
_STEPS, _RATE, _MOMENTUM = 800, 0.15, 0.97


def play(setting: Setting) -> Outcome:
    """Apply the kernels, compare with NumPy's own convolution, and find one again."""
    image, kernel = photograph(), build(derive.load("conv2d"))
    windows = {
        name: np.sum([k * np.outer(a, b) for a, b, k in parts], axis=0)
        for name, parts in KERNELS.items()
    }
    stacked = np.stack(list(windows.values()))[:, None]
    outputs, _ = kernel.forward(x=image[None, None], W=stacked, b=np.zeros(len(stacked)))
    filtered = outputs["y"][0]
    unlike = max(
        np.abs(found - _by_rows_and_columns(image, parts)).max()
        for found, parts in zip(filtered, KERNELS.values(), strict=True)
    )
    wanted = filtered[list(KERNELS).index(_LEARNED)]
    learned, losses = _found_again(image, wanted, setting)
    rows = {"the photograph": image[None, 1:-1, 1:-1]}
    rows |= {name: np.abs(y)[None] for name, y in zip(KERNELS, filtered, strict=True)}
    shown = (
        Pictures("A photograph through kernels of 3 by 3", rows, alike=False),
        Pictures(
            "A kernel found by descent",
            {"wanted": windows[_LEARNED][None], "found": learned[None]},
            signed=True,
        ),
        Curves(
            "Squared error while the kernel is found",
            "step",
            "mean squared error",
            {"train": (np.arange(1, _STEPS + 1), losses)},
            logarithmic="y",
        ),
    )
    return Outcome((float(unlike), float(np.abs(learned - windows[_LEARNED]).max())), shown)


def _by_rows_and_columns(
    image: Array, parts: tuple[tuple[tuple[int, ...], tuple[int, ...], float], ...]
) -> Array:
    """The same by ``np.convolve``, which turns its kernel round, along rows and then columns."""
    total = np.zeros((image.shape[0] - 2, image.shape[1] - 2))
    for down, across, factor in parts:
        rows = np.stack([np.convolve(line, across[::-1], "valid") for line in image])
        columns = [np.convolve(line, down[::-1], "valid") for line in rows.T]
        total += factor * np.stack(columns, axis=1)
    return total


def _found_again(image: Array, wanted: Array, setting: Setting) -> tuple[Array, Array]:
    """Descend from drawn weights to a kernel that makes ``wanted`` of ``image``."""
    kernel, optimiser = build(derive.load("conv2d")), SGD(_RATE, momentum=_MOMENTUM)
    parameters = {"W": setting.drawn.normal(size=(1, 1, 3, 3)), "b": np.zeros(1)}
    losses = np.zeros(_STEPS)
    for step in range(_STEPS):
        outputs, saved = kernel.forward(x=image[None, None], **parameters)
        rest = outputs["y"] - wanted
        losses[step] = np.mean(rest**2)
        gradients = kernel.backward(saved, y=2 * rest / rest.size)
        optimiser.step(parameters, {name: gradients[name] for name in parameters})
        setting.told(step + 1, _STEPS, {"loss": losses[step]})
    return parameters["W"][0, 0], losses


RECIPE = Recipe(
    name="edges",
    title="Blur and edge kernels on a photograph, and a kernel found again",
    about="The convolution kernel applies blur, Sobel and Laplace windows to a photograph and is "
    "compared with np.convolve along rows and columns. Then the Sobel window is forgotten, and "
    "found again from the photograph before and after, by descent along the derived gradient.",
    targets=(
        Target("largest difference from np.convolve", 1e-12, "at most", ".2g"),
        Target("largest error of the kernel found again", 1e-4, "at most", ".2g"),
    ),
    seconds=8,
    play=play,
)
