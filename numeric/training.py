"""Training: mini-batches, an optimiser, figures after every batch and epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from time import perf_counter

import numpy as np

from derive.errors import OptionRefused
from numeric.data import Data
from numeric.network import Network
from numeric.optimise import Adam, Optimiser
from numeric.step import Array

Progress = Callable[[int, int, Mapping[str, float]], None]
# Samples looked at in one go outside training: bounds memory, changes no figure.
EVALUATED_TOGETHER = 512


@dataclass(frozen=True, slots=True)
class Epoch:
    """Figures of one pass over the training samples.

    Attributes:
        train_loss: mean over the samples, each as it was met.
        test_loss: mean over the test samples, after the pass.
        test_accuracy: share of the test samples in their class; None without classes.
        seconds: since training began.
    """

    train_loss: float
    test_loss: float
    test_accuracy: float | None
    seconds: float


def train(  # noqa: PLR0913  the settings of a training run; all but two have a default
    network: Network,
    data: Data,
    *,
    epochs: int = 10,
    batch: int = 100,
    optimiser: Optimiser | None = None,
    seed: int | np.random.Generator = 0,
    on_progress: Progress | None = None,
) -> tuple[Epoch, ...]:
    """Train a network in place by mini-batches; the same seeds give the same bytes.

    ``on_progress(done_batches, total_batches, figures)`` is called after every batch, when the
    parameters are a whole step further: an exception from it, or an interrupt, leaves a network
    that can be used. The last batch of an epoch is smaller where the numbers do not divide.
    Without an optimiser it is Adam with its defaults. ``seed`` decides the order of the samples.

    Raises:
        OptionRefused: if a setting is out of range, or the loss stops being finite.
        CallRefused: if the data do not fit the network.
    """
    _refuse_less_than_one(epochs=epochs, batch=batch)
    rng, chosen = np.random.default_rng(seed), optimiser or Adam()
    history: list[Epoch] = []
    begun = perf_counter()
    for epoch in range(epochs):
        total, batches = 0.0, _batches(data, batch, rng)
        for done, members in enumerate(batches, start=1 + epoch * len(batches)):
            loss = _step(network, data, members, chosen)
            total += loss * len(members)
            if on_progress is not None:
                figures = {"epoch": epoch + 1, "loss": loss, **_latest(history)}
                on_progress(done, epochs * len(batches), figures)
        train_loss = total / len(data.x_train)
        history.append(Epoch(train_loss, *evaluate(network, data), perf_counter() - begun))
    return tuple(history)


def evaluate(network: Network, data: Data) -> tuple[float, float | None]:
    """The loss and, with classes, the accuracy of a network on the test samples."""
    total, right, count = 0.0, 0, len(data.x_test)
    for start in range(0, count, EVALUATED_TOGETHER):
        part = slice(start, start + EVALUATED_TOGETHER)
        x, targets = data.x_test[part], data.t_test[part]
        loss, given = network.evaluate(x, targets)
        total += loss * len(x)
        if data.classes:
            right += int(np.count_nonzero(given.argmax(axis=-1) == targets.argmax(axis=-1)))
    return total / count, right / count if data.classes else None


def _step(network: Network, data: Data, members: Array, optimiser: Optimiser) -> float:
    """Take one step; the loss before it."""
    x, targets = data.x_train[members], data.t_train[members]
    loss, gradients = network.gradients(x, targets, lent=True)
    if not isfinite(loss):
        raise OptionRefused(
            f"the loss became {loss}",
            remedy="lower the learning rate, or look for NaN and infinity in the data",
        )
    optimiser.step(network.parameters, gradients)
    return loss


def _batches(data: Data, batch: int, rng: np.random.Generator) -> list[Array]:
    order = rng.permutation(len(data.x_train))
    return [order[start : start + batch] for start in range(0, len(order), batch)]


def _refuse_less_than_one(**settings: int) -> None:
    for name, value in settings.items():
        if value < 1:
            raise OptionRefused(f"{name} = {value} is below 1", remedy=f"give a positive {name}")


def _latest(history: list[Epoch]) -> dict[str, float]:
    if not history:
        return {}
    found = {"test_loss": history[-1].test_loss}
    accuracy = history[-1].test_accuracy
    return found if accuracy is None else found | {"test_accuracy": accuracy}
