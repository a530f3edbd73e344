"""Gradient clipping: what an optimiser gets in place of gradients that are too large.

The equations stand in ``derive/updates``: ``clip_norm`` and ``clip_value``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from derive.errors import OptionRefused

Array = NDArray[Any]
Arrays = Mapping[str, Array]


class Clip(Protocol):
    """Makes other gradients of gradients; all of them are finite."""

    def __call__(self, gradients: Arrays) -> Arrays:
        """What the optimiser gets; the arrays given stay as they are."""


class ClipNorm:
    """Gradients whose common norm is above ``limit`` are scaled down to it, all by one factor.

    Raises:
        OptionRefused: if the limit is not above 0.
    """

    def __init__(self, limit: float) -> None:
        self.limit = _positive(limit)
        self._room: dict[str, Array] = {}

    def __call__(self, gradients: Arrays) -> Arrays:
        """The gradients themselves, or scaled; what is returned is written over next time."""
        length = norm(gradients)
        if length < self.limit:
            return gradients
        factor = self.limit / length
        return {
            name: np.multiply(value, factor, out=_room(self._room, name, value))
            for name, value in gradients.items()
        }

    def __repr__(self) -> str:
        return f"ClipNorm({self.limit!r})"


class ClipValue:
    """Every element of a gradient is kept between ``-limit`` and ``limit``.

    Raises:
        OptionRefused: if the limit is not above 0.
    """

    def __init__(self, limit: float) -> None:
        self.limit = _positive(limit)
        self._room: dict[str, Array] = {}

    def __call__(self, gradients: Arrays) -> Arrays:
        """Gradients within the limits; what is returned is written over next time."""
        return {
            name: np.clip(value, -self.limit, self.limit, out=_room(self._room, name, value))
            for name, value in gradients.items()
        }

    def __repr__(self) -> str:
        return f"ClipValue({self.limit!r})"


def norm(gradients: Arrays) -> float:
    """The Euclidean norm of all gradients as one vector; infinite or NaN if an element is."""
    total = sum(_square(value) for value in gradients.values())
    return sqrt(total) if isfinite(total) else _scaled_norm(gradients)


def _square(value: Array) -> float:
    flat = value.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return float(flat @ flat)


def _scaled_norm(gradients: Arrays) -> float:
    """The same, where squares leave the range of the numbers."""
    largest = max(float(np.abs(value).max(initial=0)) for value in gradients.values())
    if not isfinite(largest):
        return largest
    small = {name: np.divide(value, largest, dtype=float) for name, value in gradients.items()}
    return largest * sqrt(sum(_square(value) for value in small.values()))


def _positive(limit: float) -> float:
    if isfinite(limit) and limit > 0:
        return limit
    raise OptionRefused(f"limit = {limit} is not above 0", remedy="give a positive limit")


def _room(rooms: dict[str, Array], name: str, like: Array) -> Array:
    found = rooms.get(name)
    if found is None or found.shape != like.shape or found.dtype != like.dtype:
        found = rooms[name] = np.empty_like(like)
    return found
