"""Adam, and AdamW with its own weight decay: steps scaled by running moments of the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import numpy as np

from numeric.optimise.memory import Memory
from numeric.optimise.moment import follow, follow_square
from numeric.optimise.optimiser import Array, Arrays, Setting
from numeric.optimise.settings import Decay, positive, share


class Adam:
    """Adam, as ``derive/updates/adam.eqn``.

    Args:
        rate: the learning rate.
        beta1: the share of the mean that stays from step to step.
        beta2: the share of the mean square that stays.
        eps: added to the root, so that nothing is divided by 0.

    Raises:
        OptionRefused: if a setting is out of range.
    """

    def __init__(
        self, rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.rate = positive("rate", rate)
        self.beta1 = share("beta1", beta1)
        self.beta2 = share("beta2", beta2)
        self.eps = positive("eps", eps)
        self._memory = Memory("mean", "square")

    def step(self, parameters: Arrays, gradients: Arrays, factor: float = 1.0) -> None:
        """Change every parameter in place."""
        memory = self._memory
        memory.steps += 1
        # mhat/(sqrt(vhat) + eps) = m*lift/(sqrt(v) + eps*root) without two more arrays
        root = sqrt(1 - self.beta2**memory.steps)
        rate = self.rate * factor * root / (1 - self.beta1**memory.steps)
        for name, value in parameters.items():
            gradient = gradients[name]
            mean, square = memory.kept("mean", name, value), memory.kept("square", name, value)
            room, more = memory.room(0, value), memory.room(1, value)
            follow(mean, gradient, 1 - self.beta1, room)
            follow_square(square, gradient, 1 - self.beta2, room)
            np.sqrt(square, out=room)
            room += self.eps * root
            np.multiply(mean, rate, out=more)
            more /= room
            np.subtract(value, more, out=value)

    def state(self) -> dict[str, Array]:
        """The moments, and the number of steps."""
        return self._memory.state()

    def restore(self, state: Arrays) -> None:
        """Go on from what ``state`` gave.

        Raises:
            OptionRefused: if it is not the state of an Adam.
        """
        self._memory.restore(state)

    def settings(self) -> dict[str, Setting]:
        """What it was made with."""
        return {"rate": self.rate, "beta1": self.beta1, "beta2": self.beta2, "eps": self.eps}


class AdamW:
    """Adam with decoupled weight decay, as ``derive/updates/adamw.eqn``.

    Args:
        rate: the learning rate.
        beta1: the share of the mean that stays from step to step.
        beta2: the share of the mean square that stays.
        eps: added to the root, so that nothing is divided by 0.
        decay: every step takes ``rate*decay*W`` off every parameter W.
        spared: patterns of parameters that do not decay, as ``("*.b",)``.

    Raises:
        OptionRefused: if a setting is out of range.
    """

    def __init__(  # noqa: PLR0913  the settings of the paper; all have a default
        self,
        rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        *,
        decay: float = 1e-2,
        spared: Iterable[str] = (),
    ) -> None:
        self._adam = Adam(rate, beta1, beta2, eps)
        self._decay = Decay(decay, spared)

    @property
    def rate(self) -> float:
        """The learning rate."""
        return self._adam.rate

    def step(self, parameters: Arrays, gradients: Arrays, factor: float = 1.0) -> None:
        """Change every parameter in place."""
        kept = 1 - self._adam.rate * factor * self._decay.rate
        for name, decays in self._decay.of(parameters).items():
            if decays:
                value = parameters[name]
                value *= kept
        self._adam.step(parameters, gradients, factor)

    def state(self) -> dict[str, Array]:
        """The moments, and the number of steps."""
        return self._adam.state()

    def restore(self, state: Arrays) -> None:
        """Go on from what ``state`` gave.

        Raises:
            OptionRefused: if it is not the state of an AdamW.
        """
        self._adam.restore(state)

    def settings(self) -> dict[str, Setting]:
        """What it was made with."""
        return self._adam.settings() | self._decay.settings()
