"""Names of a layer where it stands in a network: W of step 3 is W with (3) above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Union

from reports.mathematics.layout import Bar, Digits, Fenced, Layout, Mark, Scripts, Word, listed, row
from reports.mathematics.names import Names, plain

# The letter of an array, and the path of the step it belongs to; the network's own arrays belong to
# none.
Place = tuple[str, Union[str, None]]
Style = Callable[[Layout], Layout]


@dataclass(frozen=True, slots=True)
class Positioned(Names):
    """Names that show where in the network an array stands.

    Attributes:
        position: of the step whose equations these are; None for the loss.
        given: arrays that another step has computed, and their places.
    """

    position: str | None = None
    given: Mapping[str, Place] = field(default_factory=dict)

    def array(
        self,
        name: str,
        below: tuple[Layout, ...] = (),
        style: Style | None = None,
    ) -> Layout:
        """Show an array with its indices, and its position above."""
        bars, core = self._without_bars(name)
        return placed(self.given.get(core, (core, self.position)), below, bars, style)


def positioned(names: Names, position: str | None, given: Mapping[str, Place]) -> Positioned:
    """Give the names of a layer at a position, with what comes in from elsewhere."""
    return Positioned(
        names.arrays, names.indices, names.tints, names.hypers, position=position, given=given
    )


def placed(
    place: Place,
    below: tuple[Layout, ...] = (),
    bars: int = 0,
    style: Style | None = None,
) -> Layout:
    """Show an array of a step, under as many bars as it is a cotangent of cotangents."""
    letter, position = place
    shown = plain(letter)
    labelled = isinstance(shown, Scripts)
    nucleus, label = (shown.base, shown.below) if isinstance(shown, Scripts) else (shown, None)
    nucleus = nucleus if style is None else style(nucleus)
    for _ in range(bars):
        nucleus = Bar(nucleus)
    above = _above(position, label if labelled else None)
    if below or above is not None:
        return Scripts(nucleus, listed(below) if below else None, above)
    return nucleus


def _above(position: str | None, label: Layout | None) -> Layout | None:
    """What stands above: (3), (3) f, or (3, 0) where the label is a number itself."""
    if position is None:
        return Fenced("(", label, ")") if isinstance(label, Digits) else label
    number = Digits(position) if position.isdecimal() else Word(position)
    if label is None:
        return Fenced("(", number, ")")
    if isinstance(label, Digits):
        return Fenced("(", row(number, Mark(",", "comma"), label), ")")
    return row(Fenced("(", number, ")"), label)
