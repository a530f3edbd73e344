"""Units that no longer answer: cut off at zero for every sample, or levelled off for every one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from numeric.monitor.finding import DYING, SATURATED, Finding, called
from numeric.monitor.look import Seen
from numeric.monitor.probe import Array, Values

# Share of the units of a step. Healthy networks lose a few; without half of them it is another.
MANY = 0.5
# Share of all values of a step: units that are level for most samples, now at one end and now at
# the other, have hardly a slope to learn by.
NEARLY_ALL = 0.8
# A unit is level where its slope is below this part of the largest: for the sigmoid beyond 6, for
# tanh beyond 3.
LEVEL = 0.01


@dataclass(slots=True)
class _Site:
    """What is known of the units of a site after some batches.

    Attributes:
        where: for the reader.
        values: of the last batch.
        low: for each unit whether it was cut off, or at its lower end, wherever it stood.
        high: the same of the upper end.
        level: the share of values at an end, in every batch.
    """

    where: str
    values: Values
    low: Array
    high: Array
    level: list[float]


class Cells:
    """The units of a network, over the batches that it has been shown."""

    def __init__(self) -> None:
        self._sites: dict[tuple[str, str], _Site] = {}
        self._samples = 0

    def add(self, seen: Iterable[Seen], samples: int) -> None:
        """Take in one more batch."""
        self._samples += samples
        for step in seen:
            for values in step.values:
                # outputs of a network are where the targets want them
                if values.units is not None and any(values.units) and not step.last:
                    self._add(step, values)

    def _add(self, step: Seen, values: Values) -> None:
        ends = _at_ends(values)
        low, high = map(values.of_units, ends)
        level = float((ends[0] | ends[1]).mean())
        key = step.stage.path, values.site.array
        known = self._sites.get(key)
        if known is None:
            where = f"{called(step.stage)}, {values.site.text}"
            self._sites[key] = _Site(where, values, low, high, [level])
        else:
            known.low &= low
            known.high &= high
            known.level.append(level)

    def findings(self, epoch: int) -> Iterator[Finding]:
        """What is ill, of all the batches taken in."""
        for site in self._sites.values():
            stuck = site.low | site.high
            share = f"{np.count_nonzero(stuck)} of {stuck.size} units"
            level = float(np.mean(site.level))
            if site.values.site.ends is None and stuck.mean() >= MANY:
                yield Finding(
                    DYING, site.where, f"{share} fire for none of {self._samples} samples",
                    "lower the learning rate, draw the weights by rule='he', or use leaky_relu, "
                    "which has a slope on both sides", epoch,
                )  # fmt: skip
            elif site.values.site.ends and (stuck.mean() >= MANY or level >= NEARLY_ALL):
                yield Finding(
                    SATURATED, site.where,
                    f"{level:.0%} of the values have a slope below {LEVEL:.0%} of the largest; "
                    f"{share} stay at one end for all of {self._samples} samples",
                    "scale the inputs to about 1, draw smaller weights (rule='xavier'), or lower "
                    "the learning rate", epoch,
                )  # fmt: skip


def _at_ends(values: Values) -> tuple[Array, Array]:
    """Where an element is cut off or at its lower end, and where at its upper end."""
    value, ends = values.value, values.site.ends
    if ends is None:
        return value <= 0, np.zeros(value.shape, bool)
    low, high = ends
    # the slope of both is (value - low)*(high - value) but for a factor; largest half-way
    level = (value - low) * (high - value) < LEVEL * ((high - low) / 2) ** 2
    below = value < (low + high) / 2
    # a gate that multiplies a state keeps it at its upper end: that is what it is for
    return level & below, level & ~below & (not values.site.keeps)
