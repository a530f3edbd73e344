"""What an interpretation went through: the branches taken and the distance to every kink."""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.errors import Span
from numeric.interpret.arithmetic import Number
from numeric.interpret.functions import is_nan
from numeric.interpret.traced import Traced, plain

# Closer to a kink than this, a central difference of step 1e-30 might straddle it.
NEAREST_KINK = 1e-20


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the text where the value is piecewise: what stands there, and where."""

    what: str
    line: int
    column: int

    @classmethod
    def of(cls, what: str, span: Span) -> Site:
        """The site of what stands at a place of the text."""
        return cls(what, span.line, span.column)

    def __str__(self) -> str:
        return f"{self.what} in line {self.line}, column {self.column}"


@dataclass(slots=True)
class Watch:
    """Collects, during one or several interpretations.

    Attributes:
        outcomes: for each site the pieces that were taken, of the two there are.
        nearest: for each site the smallest distance to the boundary between the pieces.
        meeting: how many elements lie on a boundary, or next to it.
        undefined: the places where a largest or smallest was asked for among members of which
            one is not a number: what comes out may be finite, and is still no value.
    """

    outcomes: dict[Site, set[bool]] = field(default_factory=dict)
    nearest: dict[Site, float] = field(default_factory=dict)
    meeting: int = 0
    undefined: set[Site] = field(default_factory=set)

    def took(self, site: Site, outcome: bool) -> None:
        """Record a branch taken."""
        self.outcomes.setdefault(site, set()).add(outcome)

    def passed(self, site: Site, difference: Number) -> None:
        """Record the distance to a boundary, if it depends on a traced number."""
        if not isinstance(difference, Traced):
            return
        distance = abs(float(plain(difference)))
        # NaN, the difference of two infinities, is as near as can be
        near = 0.0 if is_nan(distance) else distance
        self.nearest[site] = min(near, self.nearest.get(site, near))
        self.meeting += near <= NEAREST_KINK

    def met_nan(self, site: Site) -> None:
        """Record a comparison with what is not a number."""
        self.undefined.add(site)

    @property
    def untaken(self) -> tuple[Site, ...]:
        """The sites of which only one piece was taken, in order of the text."""
        few = [site for site, seen in self.outcomes.items() if len(seen) < 2]
        return tuple(sorted(few, key=lambda site: (site.line, site.column)))

    def closest(self) -> tuple[Site | None, float]:
        """The site with the nearest boundary, and that distance."""
        site = min(self.nearest, key=self.nearest.__getitem__, default=None)
        return site, float("inf") if site is None else self.nearest[site]
