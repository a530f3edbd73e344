"""Settings of optimisers: what is out of range is refused."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from math import isfinite

from derive.errors import OptionRefused
from numeric.optimise.optimiser import Setting


def positive(name: str, value: float) -> float:
    """``value``, if it is a number above 0.

    Raises:
        OptionRefused: if not.
    """
    if isfinite(value) and value > 0:
        return value
    raise OptionRefused(f"{name} = {value} is not above 0", remedy=f"give a positive {name}")


def not_negative(name: str, value: float) -> float:
    """``value``, if it is a number from 0 up.

    Raises:
        OptionRefused: if not.
    """
    if isfinite(value) and value >= 0:
        return value
    raise OptionRefused(
        f"{name} = {value} is below 0 or not finite", remedy=f"give {name} from 0 up"
    )


def share(name: str, value: float) -> float:
    """``value``, if it is in [0, 1).

    Raises:
        OptionRefused: if not.
    """
    if 0 <= value < 1:
        return value
    raise OptionRefused(
        f"{name} = {value} is not in [0, 1)", remedy=f"give {name} from 0 to below 1"
    )


class Decay:
    """Weight decay: how much, and of which parameters.

    Args:
        rate: 0 for none.
        spared: patterns of parameters that do not decay: ``3.b``, ``*.b``, ``*.gamma``.

    Raises:
        OptionRefused: if the rate is negative.
    """

    def __init__(self, rate: float, spared: Iterable[str]) -> None:
        self.rate = not_negative("decay", rate)
        self.spared = (spared,) if isinstance(spared, str) else tuple(spared)
        self._decays: dict[str, bool] = {}

    def settings(self) -> dict[str, Setting]:
        """What it was made with."""
        return {"decay": self.rate, "spared": self.spared}

    def of(self, names: Iterable[str]) -> dict[str, bool]:
        """Whether each parameter decays; patterns are looked at when the names are new.

        Raises:
            OptionRefused: if a pattern fits no parameter.
        """
        if not self.rate:
            return {}
        known = tuple(names)
        if tuple(self._decays) != known:
            for pattern in self.spared:
                if not any(fnmatchcase(name, pattern) for name in known):
                    raise OptionRefused(
                        f"spared = '{pattern}' fits no parameter",
                        remedy=f"the parameters are {', '.join(known)}",
                    )
            self._decays = {
                name: not any(fnmatchcase(name, pattern) for pattern in self.spared)
                for name in known
            }
        return self._decays
