"""A training under way."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import NoReturn

import numpy as np

from derive.errors import OptionRefused
from numeric.checkpoint import Archive, put_back, read, taken, write
from numeric.clipping import Arrays, norm
from numeric.data import Data
from numeric.monitor import first_not_finite
from numeric.network import Network
from numeric.step import Array
from numeric.training.epoch import EVALUATED_TOGETHER, Epoch, evaluate, validate
from numeric.training.interrupt import Interrupted, deferred
from numeric.training.plan import Plan
from numeric.training.position import Position, fingerprint, position_of


class Run:
    """A network on its way through the data."""

    def __init__(self, network: Network, data: Data, plan: Plan, rng: np.random.Generator) -> None:
        self._network, self._data, self._plan, self._rng = network, data, plan, rng
        self._position = Position(deepcopy(rng.bit_generator.state))
        self._batches = -(-len(data.x_train) // plan.batch)  # in an epoch, rounded up
        saving = plan.checkpoint is not None
        self._sameness = plan.told() | {"data": fingerprint(data)} if saving else {}
        self._began = perf_counter()

    def resume(self, path: str | Path) -> None:
        """Go on from a checkpoint.

        Raises:
            OptionRefused: if it is not one of the same training.
        """
        archive = read(path)
        position = position_of(archive, str(path))
        wanted = self._plan.told() | {"data": fingerprint(self._data)}
        found = archive.facts.get("settings", {})
        for name, value in wanted.items():
            if found.get(name) != value:
                raise OptionRefused(
                    f"the checkpoint {str(path)!r} is of a training with {name} = "
                    f"{found.get(name)}, not {value}",
                    remedy="go on with the settings and data it began with, or start a new "
                    "training from its parameters: numeric.checkpoint.load(path, network)",
                )
        try:
            self._rng.bit_generator.state = position.order
        except (ValueError, TypeError, KeyError):
            raise OptionRefused(
                f"the checkpoint {str(path)!r} is of a training with another kind of generator",
                remedy="give a seed of the same kind",
            ) from None
        put_back(archive, self._network, self._plan.optimiser, str(path))
        self._position = position

    def go(self) -> tuple[Epoch, ...]:
        """Train to the end, or until an interrupt.

        Raises:
            Interrupted: if there is one; the checkpoint is written then.
            OptionRefused: if the loss or a gradient stops being finite.
        """
        position = self._position
        self._began = perf_counter() - position.seconds
        # what is not finite is refused below, with the equation that it came from
        with deferred() as asked, np.errstate(all="ignore"):
            try:
                while len(position.history) < self._plan.epochs and not position.stopped:
                    self._epoch(asked)
            except _Stop:
                self._save()
                done = self._done
                raise Interrupted(tuple(position.history), done, self._plan.checkpoint) from None
        position.put_best(self._network)
        return tuple(position.history)

    @property
    def _done(self) -> int:
        """The steps taken."""
        return len(self._position.history) * self._batches + self._position.batch

    def _epoch(self, asked: Callable[[], bool]) -> None:
        position, plan, data = self._position, self._plan, self._data
        if not position.batch:
            self._network.forget()
        order = self._order()
        for first in range(position.batch * plan.batch, len(order), plan.batch):
            members = order[first : first + plan.batch]
            loss = self._step(data.x_train[members], data.t_train[members])
            position.total += loss * len(members)
            position.batch += 1
            self._tell(loss)
            if asked():
                raise _Stop
        train_loss = position.total / len(order)
        # in their order samples may be windows of series, as many together as in training
        together = EVALUATED_TOGETHER if plan.shuffle else plan.batch
        test = evaluate(self._network, data, together)
        valid = validate(self._network, data, together)
        position.seconds = perf_counter() - self._began
        position.history.append(Epoch(train_loss, *test, position.seconds, *valid))
        position.batch, position.total = 0, 0.0
        position.order = deepcopy(self._rng.bit_generator.state)
        if plan.patience is not None:
            position.judge(self._network, plan.patience)
        self._save()
        if plan.monitor is not None:
            plan.monitor.epoch(self._network, self._data)

    def _order(self) -> Array:
        count = len(self._data.x_train)
        return self._rng.permutation(count) if self._plan.shuffle else np.arange(count)

    def _step(self, x: Array, targets: Array) -> float:
        """Take one step; the loss before it."""
        network, plan = self._network, self._plan
        loss, gradients = network.gradients(x, targets, lent=True)
        if not (isfinite(loss) and isfinite(norm(gradients))):
            self._refuse(x, targets, loss, gradients)
        if plan.monitor is not None:
            plan.monitor.before(network, loss)
        chosen = gradients if plan.clip is None else plan.clip(gradients)
        if plan.schedule is None:
            plan.optimiser.step(network.parameters, chosen)
        else:
            plan.optimiser.step(network.parameters, chosen, self._factor(plan.schedule))
        if plan.monitor is not None:
            plan.monitor.after(network, x, targets)
        return loss

    def _refuse(self, x: Array, targets: Array, loss: float, gradients: Arrays) -> NoReturn:
        """Say where what is not finite came from."""
        origin = first_not_finite(self._network.in_dtype(self._network.dtype), x, targets)
        if self._plan.monitor is not None:
            self._plan.monitor.failed(loss, origin)
        bad = [name for name, value in gradients.items() if not np.isfinite(value).all()]
        problem = f"the loss became {loss}"
        if isfinite(loss):
            problem = f"the gradient of {', '.join(bad)} is not finite, and the loss is {loss:g}"
        raise OptionRefused(
            problem if origin is None else f"{problem}: {origin}",
            remedy="lower the learning rate, or look for NaN and infinity in the data, and for "
            "functions at the border of their domain, as the root of 0; the parameters are still "
            "those before the step",
        )

    def _factor(self, schedule: Callable[[int], float]) -> float:
        factor = schedule(self._done)
        if not (isfinite(factor) and factor >= 0):
            raise OptionRefused(
                f"the schedule gives the factor {factor} at step {self._done}",
                remedy="give a schedule whose factors are numbers from 0 up",
            )
        return factor

    def _tell(self, loss: float) -> None:
        history, plan = self._position.history, self._plan
        if plan.on_progress is None:
            return
        figures = {"epoch": len(history) + 1, "loss": loss, **_latest(history)}
        try:
            plan.on_progress(self._done, plan.epochs * self._batches, figures)
        except KeyboardInterrupt:
            raise _Stop from None

    def _save(self) -> None:
        plan, position = self._plan, self._position
        if plan.checkpoint is None:
            return
        position.seconds = perf_counter() - self._began
        facts = {"settings": self._sameness, "position": position.facts()}
        saved = taken(self._network, plan.optimiser, **facts)
        write(plan.checkpoint, Archive({**saved.arrays, **position.arrays()}, saved.facts))


class _Stop(Exception):
    """An interrupt, between two steps."""


def _latest(history: list[Epoch]) -> dict[str, float]:
    if not history:
        return {}
    last = history[-1]
    known = {
        "test_loss": last.test_loss,
        "test_accuracy": last.test_accuracy,
        "valid_loss": last.valid_loss,
        "valid_accuracy": last.valid_accuracy,
    }
    return {name: value for name, value in known.items() if value is not None}
