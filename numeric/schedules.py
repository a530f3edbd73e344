"""Schedules: the factor of the learning rate at each step, counted from 0.

    Constant       1
    StepDecay      factor^floor(s/every)
    Exponential    factor^s
    Cosine         floor + (1 - floor)*(1 + cos(pi*u/period))/2, with u = s up to the period;
                   Loshchilov and Hutter 2017, arXiv:1608.03983, eq. 5. With restarts u begins
                   again at each end of a period, and every period is ``growth`` times the last
    WarmUp         (s + 1)/steps up to ``steps``, then another schedule;
                   Goyal and others 2017, arXiv:1706.02677, section 2.2
    PerEpoch       another schedule of the epoch in place of the step

Any callable from a step to a factor from 0 up is a schedule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, isfinite, pi

from derive.errors import OptionRefused

Schedule = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Constant:
    """The rate as it is, times ``factor``."""

    factor: float = 1.0

    def __post_init__(self) -> None:
        _refuse_unless(self.factor > 0, "factor", self.factor, "above 0")

    def __call__(self, step: int) -> float:  # noqa: ARG002  the signature of a schedule
        """The factor of a step."""
        return self.factor


@dataclass(frozen=True, slots=True)
class StepDecay:
    """The rate times ``factor`` after every ``every`` steps."""

    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _refuse_unless(self.every >= 1, "every", self.every, "from 1 up")
        _refuse_unless(0 < self.factor <= 1, "factor", self.factor, "in (0, 1]")

    def __call__(self, step: int) -> float:
        """The factor of a step."""
        return self.factor ** (step // self.every)


@dataclass(frozen=True, slots=True)
class Exponential:
    """The rate times ``factor`` after every step."""

    factor: float

    def __post_init__(self) -> None:
        _refuse_unless(0 < self.factor <= 1, "factor", self.factor, "in (0, 1]")

    def __call__(self, step: int) -> float:
        """The factor of a step."""
        return self.factor**step


@dataclass(frozen=True, slots=True)
class Cosine:
    """Half a cosine down from 1 to ``floor`` over ``period`` steps; it stays there.

    With ``restarts`` it begins again at 1 after every period, which is ``growth`` times as long
    as the one before.
    """

    period: int
    floor: float = 0.0
    restarts: bool = False
    growth: float = 1.0

    def __post_init__(self) -> None:
        _refuse_unless(self.period >= 1, "period", self.period, "from 1 up")
        _refuse_unless(0 <= self.floor <= 1, "floor", self.floor, "in [0, 1]")
        _refuse_unless(self.growth >= 1, "growth", self.growth, "from 1 up")

    def __call__(self, step: int) -> float:
        """The factor of a step."""
        share = self._share(step) if self.restarts else min(step / self.period, 1.0)
        return self.floor + (1 - self.floor) * (1 + cos(pi * share)) / 2

    def _share(self, step: int) -> float:
        """How much of its period a step has behind it."""
        if self.growth == 1:
            return step % self.period / self.period
        rest, length = float(step), float(self.period)
        while rest >= length:
            rest, length = rest - length, length * self.growth
        return rest / length


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A line from ``1/steps`` up to 1, then another schedule from its beginning."""

    steps: int
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        _refuse_unless(self.steps >= 1, "steps", self.steps, "from 1 up")

    def __call__(self, step: int) -> float:
        """The factor of a step."""
        start = (step + 1) / self.steps
        return start if step < self.steps else self.then(step - self.steps)


@dataclass(frozen=True, slots=True)
class PerEpoch:
    """Another schedule, told of the epoch in place of the step: ``batches`` steps are one."""

    schedule: Schedule
    batches: int

    def __post_init__(self) -> None:
        _refuse_unless(self.batches >= 1, "batches", self.batches, "from 1 up")

    def __call__(self, step: int) -> float:
        """The factor of a step."""
        return self.schedule(step // self.batches)


def _refuse_unless(holds: bool, name: str, value: float, wanted: str) -> None:
    if not (holds and isfinite(value)):
        raise OptionRefused(f"{name} = {value} is not {wanted}", remedy=f"give a {name} {wanted}")
