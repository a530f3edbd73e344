"""Training a network on data."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from numeric.clipping import Clip
from numeric.data import Data
from numeric.network import Network
from numeric.optimise import Adam, Optimiser
from numeric.schedules import Schedule
from numeric.training.epoch import Epoch
from numeric.training.plan import Plan, Progress, Watcher
from numeric.training.run import Run


def train(  # noqa: PLR0913  the settings of a training run; all but two have a default
    network: Network,
    data: Data,
    *,
    epochs: int = 10,
    batch: int = 100,
    optimiser: Optimiser | None = None,
    seed: int | np.random.Generator = 0,
    on_progress: Progress | None = None,
    schedule: Schedule | None = None,
    clip: Clip | None = None,
    patience: int | None = None,
    shuffle: bool = True,
    checkpoint: str | Path | None = None,
    resume: str | Path | None = None,
    monitor: Watcher | None = None,
) -> tuple[Epoch, ...]:
    """Train a network in place by mini-batches; the same seeds give the same bytes.

    The settings are those of ``Plan``. ``seed`` decides the order of the samples; ``resume`` is a
    checkpoint to go on from, with the numbers of a training that was never interrupted.

    Raises:
        OptionRefused: if a setting is out of range, a checkpoint cannot be used, or the loss or
            a gradient stops being finite.
        CallRefused: if the data do not fit the network.
        Interrupted: a KeyboardInterrupt with the figures so far, once the step is whole.
    """
    plan = Plan(
        epochs, batch, optimiser or Adam(), on_progress, schedule, clip, patience, shuffle,
        checkpoint, monitor,
    )  # fmt: skip
    plan.refuse(data)
    run = Run(network, data, plan, np.random.default_rng(seed))
    if resume is not None:
        run.resume(resume)
    return run.go()
