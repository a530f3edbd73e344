"""Training a classifier, and what there is to show of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numeric.data import Data
from numeric.network import Network
from numeric.recipes.exhibits import Curves, Exhibit, Heat, Pictures
from numeric.step import Array
from numeric.training import EVALUATED_TOGETHER, Epoch


def learning(history: Sequence[Epoch]) -> tuple[Curves, ...]:
    """The curves of a training: losses, and accuracy where there are classes."""
    passes = np.arange(1, len(history) + 1)
    losses = {
        "train": (passes, np.array([epoch.train_loss for epoch in history])),
        "test": (passes, np.array([epoch.test_loss for epoch in history])),
    }
    shown = [Curves("Loss", "epoch", "mean loss", losses, logarithmic="y")]
    shares = [epoch.test_accuracy for epoch in history if epoch.test_accuracy is not None]
    if len(shares) == len(history):
        lines = {"test": (passes, np.array(shares))}
        shown.append(Curves("Accuracy on test samples", "epoch", "share", lines))
    return tuple(shown)


def given(network: Network, x: Array) -> Array:
    """What a network gives for many samples, a few hundred at a time."""
    parts = range(0, len(x), EVALUATED_TOGETHER)
    return np.concatenate([network.forward(x[k : k + EVALUATED_TOGETHER]) for k in parts])


def confusion(network: Network, data: Data) -> Heat:
    """How often each class of the test samples is taken for each."""
    found, true = given(network, data.x_test).argmax(axis=1), data.t_test.argmax(axis=1)
    classes = data.t_test.shape[1]
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (true, found), 1)
    return Heat("Confusion", "taken for", "is", counts, counted=True, unit="test samples")


def filters(network: Network) -> Pictures:
    """The windows of the first convolution."""
    first = next(value for value in network.parameters.values() if value.ndim == 4)
    return Pictures("Filters of the first convolution", {"": first[:, 0]}, alike=False, signed=True)


def mistaken(network: Network, data: Data, most: int = 10) -> tuple[Exhibit, ...]:
    """The test images in a wrong class; none if there are none."""
    found, true = given(network, data.x_test).argmax(axis=1), data.t_test.argmax(axis=1)
    wrong = np.flatnonzero(found != true)[:most]
    if not wrong.size:
        return ()
    pairs = ", ".join(f"{t} as {f}" for t, f in zip(true[wrong], found[wrong], strict=True))
    return (Pictures(f"Taken for another: {pairs}", {"": data.x_test[wrong, 0]}),)
