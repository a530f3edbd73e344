"""Figures of a network on samples that it does not learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.data import Data
from numeric.network import Network
from numeric.step import Array

# Samples looked at in one go outside training: bounds memory, changes no figure.
EVALUATED_TOGETHER = 512


@dataclass(frozen=True, slots=True)
class Epoch:
    """Figures of one pass over the training samples.

    Attributes:
        train_loss: mean over the samples, each as it was met.
        test_loss: mean over the test samples, after the pass.
        test_accuracy: share of the test samples in their class; None without classes.
        seconds: since training began, without the time between an interrupt and its resumption.
        valid_loss: mean over the validation samples; None without any.
        valid_accuracy: share of the validation samples in their class.
    """

    train_loss: float
    test_loss: float
    test_accuracy: float | None
    seconds: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None


def evaluate(
    network: Network, data: Data, together: int = EVALUATED_TOGETHER
) -> tuple[float, float | None]:
    """The loss and, with classes, the accuracy of a network on the test samples.

    A state that is carried over batches starts anew; ``together`` samples are a batch.
    """
    return measured(network, (data.x_test, data.t_test), data.classes, together)


def validate(
    network: Network, data: Data, together: int = EVALUATED_TOGETHER
) -> tuple[float | None, float | None]:
    """The same on the validation samples; None and None without any."""
    if data.x_valid is None or data.t_valid is None:
        return None, None
    return measured(network, (data.x_valid, data.t_valid), data.classes, together)


def measured(
    network: Network, samples: tuple[Array, Array], classes: bool, together: int
) -> tuple[float, float | None]:
    """The loss and, with classes, the accuracy of a network on samples and their targets."""
    x, targets = samples
    total, right, asked, count = 0.0, 0, 0, len(x)
    network.forget()
    for start in range(0, count, together):
        part = slice(start, start + together)
        wanted = targets[part]
        loss, given = network.evaluate(x[part], wanted)
        total += loss * len(wanted)
        if classes:
            hits = given.argmax(axis=-1) == wanted.argmax(axis=-1)
            right, asked = right + int(np.count_nonzero(hits)), asked + hits.size
    return total / count, right / asked if classes else None
