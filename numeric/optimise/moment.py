"""Running moments of a gradient, in place."""

from __future__ import annotations

import numpy as np

from numeric.optimise.optimiser import Array


def follow(mean: Array, value: Array, weight: float, room: Array) -> None:
    """Move a running mean: ``mean + weight*(value - mean)``; ``room`` may be ``value``."""
    np.subtract(value, mean, out=room)
    room *= weight
    mean += room


def follow_square(mean: Array, value: Array, weight: float, room: Array) -> None:
    """Move a running mean of squares: ``mean + weight*(value^2 - mean)``."""
    np.multiply(value, value, out=room)
    follow(mean, room, weight, room)
