"""Whether steps have the right length: each is tried again, shorter and longer, on its batch.

A step is *too long* if it raises the loss of its own batch while a tenth of it, or a hundredth, ...
lowers it. It is
*too short* if ten times, a hundred times, ... its length lower that loss more and more, up to a
length from a hundred on that takes a twentieth of the loss away. Neither is an illness by itself:
what decides is most of the last steps, and whether the loss has fallen since training began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from numeric.monitor.finding import TOO_HIGH, TOO_LOW, Finding
from numeric.monitor.probe import Array
from numeric.network import Network

LONGER, LONGEST, SHORTEST = 10.0, 1e7, 1e-4  # times the length of the step
# A step is too short if one that is this many times as long or more is much better.
FAR = 100.0
# Parts of a loss: what a good step takes off at least, and what one that is much better does.
LITTLE, MUCH = 0.01, 0.05
# Steps that are remembered, and how many there must be before anything is said.
REMEMBERED, ENOUGH = 10, 4
# Shares of them.
MOST, NEARLY_ALL = 0.5, 0.8
# A loss that has been so many times what it was at first has been driven there.
GROWN = 10.0


@dataclass(frozen=True, slots=True)
class Trial:
    """The losses of a batch around a step.

    Attributes:
        before: without it.
        after: after it.
        other: after the best of the steps in the same direction that were tried.
        times: how many times as long that one is.
    """

    before: float
    after: float
    other: float
    times: float

    @property
    def too_long(self) -> bool:
        """Whether a part of the step lowers the loss, and all of it does not."""
        return self.times < 1 and self.other < self.before

    @property
    def too_short(self) -> bool:
        """Whether a step many times as long is much better."""
        return self.times >= FAR and self.before - self.other > MUCH * abs(self.before)


@dataclass(slots=True)
class Rate:
    """Trials of the last steps that were looked at."""

    trials: deque[Trial] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def look(
        self,
        twin: Network,
        batch: tuple[Array, Array],
        ends: tuple[Mapping[str, Array], Mapping[str, Array]],
        further: bool,
    ) -> None:
        """Try the step from one set of parameters to another in a twin of the network.

        ``further``: whether longer steps are tried too.
        """
        old, new = ends

        def loss(share: float) -> float:
            for name, value in twin.parameters.items():
                # at 0 and 1 the parameters themselves, without rounding
                end = old[name] if share == 0 else new[name] if share == 1 else None
                value[...] = old[name] + share * (new[name] - old[name]) if end is None else end
            with np.errstate(all="ignore"):
                return twin.evaluate(*batch)[0]

        before, after = loss(0), loss(1)
        other, times = after, 1.0
        if not after < before:
            other, times = loss(1 / LONGER), 1 / LONGER
            while times > SHORTEST and not other < before:
                other, times = loss(times / LONGER), times / LONGER
        elif further and before - after < LITTLE * abs(before):
            while times < LONGEST and (longer := loss(LONGER * times)) < other:
                other, times = longer, LONGER * times
        self.trials.append(Trial(before, after, other, times))

    def findings(self, epoch: int, first: float, worst: float) -> Iterator[Finding]:
        """What is ill; ``first`` is the loss when training began, ``worst`` the largest since."""
        if len(self.trials) < ENOUGH:
            return
        long = [t for t in self.trials if t.too_long]
        short = [t for t in self.trials if t.too_short]
        count = len(self.trials)
        if len(long) > MOST * count or (long and worst > GROWN * abs(first)):
            trial = long[-1]
            yield Finding(
                TOO_HIGH, "",
                f"{len(long)} of the last {count} steps looked at raised the loss of their own "
                f"batch, where a part of the step lowers it: {trial.before:.4g} became "
                f"{trial.after:.4g}, a step {trial.times:g} times as long gives {trial.other:.4g}",
                "divide the learning rate by 10, begin with WarmUp, or clip gradients", epoch,
            )  # fmt: skip
        if len(short) >= NEARLY_ALL * count:
            trial = short[-1]
            yield Finding(
                TOO_LOW, "",
                f"a step lowers the loss of its batch from {trial.before:.4g} by "
                f"{trial.before - trial.after:.1e}; one {trial.times:,.0f} times as long lowers it "
                f"to {trial.other:.4g}", "multiply the learning rate by 10, and look again", epoch,
            )  # fmt: skip
