"""What names stand for at one place of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from numeric.interpret.arithmetic import Number


@dataclass(slots=True)
class Scope:
    """The indices bound here and, in the body of a ``def``, its parameters.

    Attributes:
        indices: the value of every free and bound index.
        parameters: the value of every parameter.
        inside: the functions whose bodies this place is in, outermost first.
    """

    indices: dict[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Number] = field(default_factory=dict)
    inside: tuple[str, ...] = ()

    def opened(self) -> Scope:
        """The same, with indices of its own to bind more."""
        return Scope(self.indices.copy(), self.parameters, self.inside)
