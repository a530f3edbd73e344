"""Stochastic gradient descent, with momentum, Nesterov's too, and weight decay."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from derive.errors import OptionRefused
from numeric.optimise.memory import Memory
from numeric.optimise.optimiser import Array, Arrays, Setting
from numeric.optimise.settings import Decay, positive, share


class SGD:
    """Stochastic gradient descent; ``derive/updates`` has ``sgd``, ``momentum`` and ``nesterov``.

    Args:
        rate: the learning rate.
        momentum: the share of the velocity that stays from step to step.
        nesterov: whether the gradient counts as if taken a step of the velocity ahead.
        decay: ``decay*W`` is added to the gradient of every parameter W.
        spared: patterns of parameters that do not decay, as ``("*.b",)``.

    Raises:
        OptionRefused: if a setting is out of range.
    """

    def __init__(
        self,
        rate: float = 0.1,
        momentum: float = 0.0,
        nesterov: bool = False,
        decay: float = 0.0,
        spared: Iterable[str] = (),
    ) -> None:
        self.rate = positive("rate", rate)
        self.momentum = share("momentum", momentum)
        if nesterov and not momentum:
            raise OptionRefused(
                "nesterov without momentum is the step without either",
                remedy="give a momentum, as momentum=0.9",
            )
        self.nesterov = nesterov
        self._decay = Decay(decay, spared)
        self._memory = Memory("velocity")

    def step(self, parameters: Arrays, gradients: Arrays, factor: float = 1.0) -> None:
        """Change every parameter in place."""
        memory, rate = self._memory, self.rate * factor
        memory.steps += 1
        decays = self._decay.of(parameters)
        for name, value in parameters.items():
            change = memory.room(0, value)
            if decays and decays[name]:
                np.multiply(value, self._decay.rate, out=change)
                change += gradients[name]
                change *= -rate
            else:
                np.multiply(gradients[name], -rate, out=change)
            if self.momentum:
                change = self._carried(name, value, change)
            np.add(value, change, out=value)

    def _carried(self, name: str, value: Array, change: Array) -> Array:
        """The change that the velocity makes of a plain one."""
        velocity = self._memory.kept("velocity", name, value)
        velocity *= self.momentum
        velocity += change
        if not self.nesterov:
            return velocity
        ahead = self._memory.room(1, value)
        np.multiply(velocity, self.momentum, out=ahead)
        ahead += change
        return ahead

    def state(self) -> dict[str, Array]:
        """The velocities, and the number of steps."""
        return self._memory.state()

    def restore(self, state: Arrays) -> None:
        """Go on from what ``state`` gave.

        Raises:
            OptionRefused: if it is not the state of an SGD.
        """
        self._memory.restore(state)

    def settings(self) -> dict[str, Setting]:
        """What it was made with."""
        return {
            "rate": self.rate,
            "momentum": self.momentum,
            "nesterov": self.nesterov,
            **self._decay.settings(),
        }
