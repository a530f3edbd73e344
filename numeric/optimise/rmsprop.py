"""RMSProp: steps scaled by a running mean of the squared gradient."""

from __future__ import annotations

import numpy as np

from numeric.optimise.memory import Memory
from numeric.optimise.moment import follow_square
from numeric.optimise.optimiser import Array, Arrays, Setting
from numeric.optimise.settings import positive, share


class RMSProp:
    """RMSProp, as ``derive/updates/rmsprop.eqn``.

    Args:
        rate: the learning rate.
        rho: the share of the mean square that stays from step to step.
        eps: added to the root, so that nothing is divided by 0.

    Raises:
        OptionRefused: if a setting is out of range.
    """

    def __init__(self, rate: float = 1e-3, rho: float = 0.9, eps: float = 1e-8) -> None:
        self.rate = positive("rate", rate)
        self.rho = share("rho", rho)
        self.eps = positive("eps", eps)
        self._memory = Memory("square")

    def step(self, parameters: Arrays, gradients: Arrays, factor: float = 1.0) -> None:
        """Change every parameter in place."""
        memory, rate = self._memory, self.rate * factor
        memory.steps += 1
        for name, value in parameters.items():
            gradient, square = gradients[name], memory.kept("square", name, value)
            room, more = memory.room(0, value), memory.room(1, value)
            follow_square(square, gradient, 1 - self.rho, room)
            np.sqrt(square, out=room)
            room += self.eps
            np.multiply(gradient, rate, out=more)
            more /= room
            np.subtract(value, more, out=value)

    def state(self) -> dict[str, Array]:
        """The mean squares, and the number of steps."""
        return self._memory.state()

    def restore(self, state: Arrays) -> None:
        """Go on from what ``state`` gave.

        Raises:
            OptionRefused: if it is not the state of an RMSProp.
        """
        self._memory.restore(state)

    def settings(self) -> dict[str, Setting]:
        """What it was made with."""
        return {"rate": self.rate, "rho": self.rho, "eps": self.eps}
