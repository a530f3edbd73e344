"""Steps of a network: what turns a batch into the next, and carries cotangents back.

A ``Step`` is what the user writes down. *Placing* it behind a shape builds what it needs,
draws parameters and says what shape comes out; what is ``Placed`` runs forward and backward.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from numeric.shape import Shape

Array = NDArray[Any]


class Placed(Protocol):
    """A step of a network, behind the shape that goes in."""

    @property
    def shape(self) -> Shape:
        """What comes out."""

    @property
    def parameters(self) -> dict[str, Array]:
        """What is trained, by name; changed in place."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """What comes out for ``x``, and what ``backward`` needs."""

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """The cotangent of ``x`` (None if it has none) and the gradients of the parameters."""


class Step(Protocol):
    """What a network is made of: something that can be placed behind a shape."""

    def place(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> Placed:
        """Build this behind ``shape``, drawing parameters from ``rng``."""


@runtime_checkable
class Remembering(Protocol):
    """What keeps more than parameters: a state carried over windows, running figures.

    A placed step that brings these two methods is saved and resumed with what it keeps.
    """

    def state(self) -> dict[str, Array]:
        """What is kept, by name; the caller may keep the arrays."""

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what ``state`` gave."""
