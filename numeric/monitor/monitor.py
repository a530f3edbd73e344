"""The monitor: looks at a step now and then, and at the whole network after every epoch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import numpy as np

from derive.errors import OptionRefused
from numeric.data import Data
from numeric.monitor.cells import Cells
from numeric.monitor.constant import Constant
from numeric.monitor.finding import (
    DYING,
    EXPLODING,
    NOT_FINITE,
    SATURATED,
    TOO_HIGH,
    VANISHING,
    Finding,
)
from numeric.monitor.flow import Flow
from numeric.monitor.look import Looker
from numeric.monitor.origin import Origin
from numeric.monitor.probe import Array
from numeric.monitor.rate import ENOUGH, GROWN, Rate
from numeric.network import Network

EVERY = 50
# Training samples that are looked at after an epoch, in parts.
SAMPLES, PART = 256, 128
# Batches whose mean loss says how training began, and how it goes.
BATCHES = 10
# A training gets nowhere if its loss has fallen by less than this part of it, or if outputs that
# are the same for every sample would have a loss larger by less than that.
FALLEN = 0.1
# What is only a matter of how training goes on is said when it has been so for so many epochs.
PERSISTENT = 2


class Monitor:
    """Names what is wrong with a training while it runs, with the figures and what to change.

    It works on a twin of the network: the numbers of the training stay the same, bit for bit.

    Args:
        every: steps from one look to the next.
        on_finding: called with every finding when it is made.

    Attributes:
        findings: all that were made; each illness is told once for each place.

    Raises:
        OptionRefused: if ``every`` is below 1.
    """

    def __init__(
        self, every: int = EVERY, on_finding: Callable[[Finding], None] | None = None
    ) -> None:
        if every < 1:
            raise OptionRefused(f"every = {every} is below 1", remedy="give a positive every")
        self.findings: list[Finding] = []
        self._every, self._on_finding = every, on_finding
        self._epoch, self._step, self._count = 1, 0, 0
        self._worst = -inf
        self._network: Network | None = None
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=BATCHES)
        self._flow, self._rate, self._looker = Flow(), Rate(), Looker()
        self._twins: dict[np.dtype[Any], Network] = {}
        self._constant: Constant | None = None
        self._looking = False
        self._old: dict[str, Array] = {}
        self._seen: dict[tuple[str, str], int] = {}

    # ---- what a training calls ------------------------------------------------------------------

    def before(self, network: Network, loss: float) -> None:
        """A step is about to be taken; ``loss`` is that of its batch.

        Raises:
            OptionRefused: if it is not the network that was watched before.
        """
        if self._network not in (None, network):
            raise OptionRefused(
                "this monitor has watched another network", remedy="make one for each training"
            )
        self._network = network
        if len(self._first) < BATCHES:
            self._first.append(loss)
        self._last.append(loss)
        self._count, self._worst = self._count + 1, max(self._worst, loss)
        self._looking = self._step % self._every == 0 or self._count <= ENOUGH
        self._step += 1
        if self._looking:
            for name, value in network.parameters.items():
                np.copyto(self._old.setdefault(name, np.empty_like(value)), value)

    def after(self, network: Network, x: Array, targets: Array) -> None:
        """The step on this batch was taken."""
        if self._looking:
            self._flow.look(self._still(network, network.dtype), x, targets)
            # a short step changes the loss by less than single precision tells
            fine = self._still(network, np.dtype(np.float64))
            batch = _fine(x), _fine(targets)
            self._rate.look(fine, batch, (self._old, network.parameters), not self._fallen)

    def epoch(self, network: Network, data: Data) -> None:
        """An epoch is over: say what is wrong."""
        twin, cells, outputs = self._still(network, network.dtype), Cells(), []
        twin.forget()  # what is carried is of other samples
        chosen = np.unique(np.linspace(0, len(data.x_train) - 1, SAMPLES).astype(int))
        for start in range(0, len(chosen), PART):
            x = data.x_train[chosen[start : start + PART]]
            given = twin.activations(x)
            cells.add(self._looker.look(twin, x, given), len(x))
            outputs.append(given[-1])
        lasting = list(self._lasting(np.concatenate(outputs), data.t_train[chosen]))
        keys = {(finding.illness, finding.where) for finding in lasting}
        self._seen = {key: self._seen.get(key, 0) + 1 for key in keys}
        long = (f for f in lasting if self._seen[f.illness, f.where] >= _patience(f))
        for finding in (*cells.findings(self._epoch), *long):
            self._tell(finding)
        self._epoch, self._step, self._flow = self._epoch + 1, 0, Flow()

    def failed(self, loss: float, origin: Origin | None) -> None:
        """The loss, or its gradient, was not finite."""
        grown = [value for value in self._last if value > GROWN * abs(self._first[0])]
        if grown or any(trial.too_long for trial in self._rate.trials):
            shown = ", ".join(f"{value:.4g}" for value in list(self._last)[-4:])
            figures = f"the loss diverged: {shown}, {loss:g}"
            remedy = "divide the learning rate by 10, begin with WarmUp, or clip gradients"
            self._tell(Finding(TOO_HIGH, "", figures, remedy, self._epoch))
        if origin is not None:
            remedy = (
                "look at the values read there; the usual cause is a learning rate too high, or "
                "data that are not scaled"
            )
            self._tell(Finding(NOT_FINITE, origin.where, origin.figures, remedy, self._epoch))

    # ---- what is wrong --------------------------------------------------------------------------

    @property
    def _began(self) -> float:
        """The loss when training began; if the first steps made it worse, that before them."""
        return min(self._first[0], float(np.mean(self._first)))

    @property
    def _fallen(self) -> bool:
        """Whether the loss is much less than that."""
        return float(np.mean(self._last)) < self._began - FALLEN * abs(self._began)

    def _lasting(self, y: Array, targets: Array) -> Iterator[Finding]:
        """What is wrong if it stays so: it is looked for where training gets nowhere."""
        assert self._network is not None, "an epoch has steps"
        if self._constant is None:
            self._constant = Constant(self._network.loss)
        loss, same = self._constant.losses(y, targets)
        gained = loss < same - FALLEN * abs(same)
        nowhere = not (self._fallen and gained) and self._count >= 2 * BATCHES
        for finding in self._flow.findings(self._epoch):
            if nowhere or finding.illness == EXPLODING:
                yield finding
        if nowhere:
            yield from self._constant.findings(y, targets, self._epoch)
            yield from self._rate.findings(self._epoch, self._began, self._worst)

    def _tell(self, finding: Finding) -> None:
        known = {(f.illness, f.where) for f in self.findings}
        # where units do not answer no gradient comes through: that is said already
        explained = finding.illness == VANISHING and {DYING, SATURATED} & {i for i, _ in known}
        if (finding.illness, finding.where) in known or explained:
            return
        self.findings.append(finding)
        if self._on_finding is not None:
            self._on_finding(finding)

    def _still(self, network: Network, dtype: np.dtype[Any]) -> Network:
        """A twin of the network, as it is now, that stands still."""
        if dtype not in self._twins:
            self._twins[dtype] = network.in_dtype(dtype)
        twin = self._twins[dtype]
        for name, value in network.parameters.items():
            np.copyto(twin.parameters[name], value)
        twin.restore(network.state())
        return twin


def _patience(finding: Finding) -> int:
    return 1 if finding.illness == TOO_HIGH else PERSISTENT


def _fine(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "f" else array
