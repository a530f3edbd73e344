"""Optimisers: one step of all parameters, in place.

SGD     v = momentum*v - rate*g,  W = W + v
        Goodfellow, Bengio and Courville 2016, Deep Learning, algorithm 8.2
Adam    m = beta1*m + (1 - beta1)*g,  v = beta2*v + (1 - beta2)*g^2,
        W = W - rate*mhat/(sqrt(vhat) + eps), mhat = m/(1 - beta1^t), vhat = v/(1 - beta2^t)
        Kingma and Ba 2015, arXiv:1412.6980, algorithm 1
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from derive.errors import OptionRefused

Array = NDArray[Any]


class Optimiser(Protocol):
    """Changes parameters by their gradients."""

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Change every parameter in place; keys are the parameters' names."""


class SGD:
    """Stochastic gradient descent, with momentum where it is not 0."""

    def __init__(self, rate: float = 0.1, momentum: float = 0.0) -> None:
        self.rate = _positive("rate", rate)
        self.momentum = _share("momentum", momentum)
        self._velocity: dict[str, Array] = {}
        self._room: dict[str, Array] = {}

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Change every parameter in place."""
        for name, value in parameters.items():
            change = _kept(self._room, name, value)
            np.multiply(gradients[name], -self.rate, out=change)
            if self.momentum:
                velocity = _kept(self._velocity, name, value)
                velocity *= self.momentum
                velocity += change
                change = velocity
            np.add(value, change, out=value)


class Adam:
    """Adam: steps scaled by running moments of the gradient."""

    def __init__(
        self, rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.rate = _positive("rate", rate)
        self.beta1 = _share("beta1", beta1)
        self.beta2 = _share("beta2", beta2)
        self.eps = _positive("eps", eps)
        self._steps = 0
        self._mean: dict[str, Array] = {}
        self._square: dict[str, Array] = {}
        self._room: dict[str, Array] = {}
        self._more: dict[str, Array] = {}

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
        """Change every parameter in place."""
        self._steps += 1
        # mhat/(sqrt(vhat) + eps) = m*lift/(sqrt(v) + eps*root) without two more arrays
        root = sqrt(1 - self.beta2**self._steps)
        rate = self.rate * root / (1 - self.beta1**self._steps)
        for name, value in parameters.items():
            gradient = gradients[name]
            mean, square = _kept(self._mean, name, value), _kept(self._square, name, value)
            room, more = _kept(self._room, name, value), _kept(self._more, name, value)
            np.subtract(gradient, mean, out=room)
            room *= 1 - self.beta1
            mean += room
            np.multiply(gradient, gradient, out=room)
            room -= square
            room *= 1 - self.beta2
            square += room
            np.sqrt(square, out=room)
            room += self.eps * root
            np.multiply(mean, rate, out=more)
            more /= room
            np.subtract(value, more, out=value)


def _kept(arrays: dict[str, Array], name: str, like: Array) -> Array:
    """The array that belongs to a parameter, zero at first; nothing is made at later steps."""
    found = arrays.get(name)
    if found is None:
        found = arrays[name] = np.zeros_like(like)
    return found


def _positive(name: str, value: float) -> float:
    if isfinite(value) and value > 0:
        return value
    raise OptionRefused(f"{name} = {value} is not above 0", remedy=f"give a positive {name}")


def _share(name: str, value: float) -> float:
    if 0 <= value < 1:
        return value
    raise OptionRefused(
        f"{name} = {value} is not in [0, 1)", remedy=f"give {name} from 0 to below 1"
    )
