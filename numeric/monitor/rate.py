"""Whether steps have the right length: each is tried again, shorter and longer, on its batch.

A step is *too long* if it raises the loss of its own batch while a tenth of it lowers it. It is
*too short* if it lowers the loss by less than a hundredth, ten times it by more than it, and a
hundred times it by a tenth of the loss and more. Neither is an illness by itself: what decides
is most of the last steps, and whether the loss has fallen since training began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from numeric.monitor.finding import TOO_HIGH, TOO_LOW, Finding
from numeric.monitor.probe import Array
from numeric.network import Network

SHORTER, LONGER, FAR = 0.1, 10.0, 100.0
LITTLE = 0.01
# Steps that are remembered, and how many there must be before anything is said.
REMEMBERED, ENOUGH = 10, 4
MOST = 0.5
NEARLY_ALL = 0.8
GROWN = 2.0


@dataclass(frozen=True, slots=True)
class Trial:
    """The losses of a batch around a step: before it, after it, and after others like it."""

    before: float
    after: float
    shorter: float | None = None
    far: float | None = None
    longer: float | None = None

    @property
    def too_long(self) -> bool:
        """Whether a tenth of the step would have been better than all of it, and than none."""
        return self.shorter is not None and self.shorter < self.before

    @property
    def too_short(self) -> bool:
        """Whether a step a hundred times as long would have been."""
        if self.far is None or self.longer is None:
            return False
        gained = self.before - self.far
        return self.longer < self.after and gained > MUCH * abs(self.before)


MUCH = 0.1


@dataclass(slots=True)
class Rate:
    """Trials of the last steps that were looked at."""

    trials: deque[Trial] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def look(
        self,
        twin: Network,
        batch: tuple[Array, Array],
        old: Mapping[str, Array],
        new: Mapping[str, Array],
    ) -> None:
        """Try the step from ``old`` to ``new`` parameters in a twin of the network."""

        def loss(share: float) -> float:
            for name, value in twin.parameters.items():
                # at 0 and 1 the parameters themselves, without rounding
                ends = old[name] if share == 0 else new[name] if share == 1 else None
                value[...] = old[name] + share * (new[name] - old[name]) if ends is None else ends
            with np.errstate(all="ignore"):
                return twin.evaluate(*batch)[0]

        before, after = loss(0), loss(1)
        if not after < before:
            self.trials.append(Trial(before, after, shorter=loss(SHORTER)))
        elif before - after < LITTLE * abs(before):
            self.trials.append(Trial(before, after, far=loss(FAR), longer=loss(LONGER)))
        else:
            self.trials.append(Trial(before, after))

    def findings(self, epoch: int, first: float, last: float) -> Iterator[Finding]:
        """What is ill; ``first`` and ``last`` are mean losses, of when training began and of now."""
        if len(self.trials) < ENOUGH:
            return
        long = [t for t in self.trials if t.too_long]
        short = [t for t in self.trials if t.too_short]
        count = len(self.trials)
        if len(long) > MOST * count or (long and last > GROWN * abs(first)):
            trial = long[-1]
            yield Finding(
                TOO_HIGH, "",
                f"{len(long)} of the last {count} steps looked at raised the loss of their own "
                f"batch, where a tenth of the step lowers it: {trial.before:.4g} became "
                f"{_shown(trial.after)}, a tenth of the step gives {_shown(trial.shorter)}",
                "divide the learning rate by 10, begin with WarmUp, or clip gradients", epoch,
            )  # fmt: skip
        if len(short) >= NEARLY_ALL * count:
            trial = short[-1]
            yield Finding(
                TOO_LOW, "",
                f"a step lowers the loss of its batch from {trial.before:.4g} to "
                f"{trial.after:.6g}; one ten times as long would to {_shown(trial.longer)}, one a "
                f"hundred times as long to {_shown(trial.far)}",
                "multiply the learning rate by 10", epoch,
            )  # fmt: skip


def _shown(loss: float | None) -> str:
    return "-" if loss is None else f"{loss:.4g}" if isfinite(loss) else str(loss)
