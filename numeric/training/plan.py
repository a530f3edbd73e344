"""How to train: every setting of a run, and the same as text."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from derive.errors import OptionRefused
from numeric.clipping import Clip
from numeric.data import Data
from numeric.monitor import Origin
from numeric.network import Network
from numeric.optimise import Optimiser
from numeric.schedules import Schedule
from numeric.step import Array

Progress = Callable[[int, int, Mapping[str, float]], None]


class Watcher(Protocol):
    """Looks on while a network is trained, and changes nothing."""

    def before(self, network: Network, loss: float) -> None:
        """A step is about to be taken; ``loss`` is that of its batch."""

    def after(self, network: Network, x: Array, targets: Array) -> None:
        """The step on this batch was taken."""

    def epoch(self, network: Network, data: Data) -> None:
        """An epoch is over."""

    def failed(self, loss: float, origin: Origin | None) -> None:
        """The loss of a batch, or its gradient, is not finite, from ``origin`` on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a training.

    Attributes:
        epochs: passes over the training samples.
        batch: samples in one step; the last of an epoch is smaller where they do not divide.
        optimiser: what a step is.
        on_progress: ``on_progress(done_batches, total_batches, figures)`` is called after every
            batch, when the parameters are a whole step further.
        schedule: the factor of the learning rate at each step, counted from 0.
        clip: makes smaller gradients of large ones.
        patience: stop when the validation loss has not been smaller for that many epochs; the
            network is given back as it was when it was smallest.
        shuffle: whether samples come in another random order every epoch, or in their own. A
            state that is carried over batches starts anew with every epoch.
        checkpoint: a file to go on from; written after every epoch, and at an interrupt.
        monitor: looks on.
    """

    epochs: int
    batch: int
    optimiser: Optimiser
    on_progress: Progress | None
    schedule: Schedule | None
    clip: Clip | None
    patience: int | None
    shuffle: bool
    checkpoint: str | Path | None
    monitor: Watcher | None

    def refuse(self, data: Data) -> None:
        """Refuse settings that are out of range, before anything is done.

        Raises:
            OptionRefused: if one is.
        """
        for name in ("epochs", "batch", "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise OptionRefused(
                    f"{name} = {value} is below 1", remedy=f"give a positive {name}"
                )
        if self.patience is not None and data.x_valid is None:
            raise OptionRefused(
                f"patience = {self.patience} needs validation samples, and there are none",
                remedy="give some, as by Data.split(x, t, valid=0.1): the test samples may not "
                "decide",
            )
        if self.checkpoint is not None:
            _refuse_unwritable(Path(self.checkpoint))

    def told(self) -> dict[str, str]:
        """What a run that is resumed must have in common with the one that was saved."""
        return {
            "batch": str(self.batch),
            "shuffle": str(self.shuffle),
            "clip": _named(self.clip),
            "schedule": _named(self.schedule),
        }


def _named(setting: object) -> str:
    """A setting as text; of one that only its address tells, the kind."""
    text = repr(setting)
    return type(setting).__name__ if " at 0x" in text else text


def _refuse_unwritable(path: Path) -> None:
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OptionRefused(
            f"cannot write the checkpoint {str(path)!r}: "
            + ("it is a folder" if path.is_dir() else f"{str(folder)!r} cannot be written to"),
            remedy="give the path of a file in a folder that can be written to",
        )
