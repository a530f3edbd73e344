"""What an optimiser is to those who train with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = Mapping[str, Array]
Setting = float | bool | tuple[str, ...]


class Optimiser(Protocol):
    """Changes parameters by their gradients."""

    def step(self, parameters: Arrays, gradients: Arrays, factor: float = 1.0) -> None:
        """Change every parameter in place; keys are the parameters' names.

        ``factor`` is what a schedule makes of the rate at this step.
        """

    def state(self) -> dict[str, Array]:
        """What is remembered between steps, as copies: nothing before the first step."""

    def restore(self, state: Arrays) -> None:
        """Go on from what ``state`` gave.

        Raises:
            OptionRefused: if it is not the state of such an optimiser.
        """

    def settings(self) -> dict[str, Setting]:
        """What it was made with, by name."""
