"""A look at everything inside a network, for one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from derive.program import Program
from numeric.monitor.probe import Array, Probe, Units, Values, equations_of
from numeric.network import Network
from numeric.stage import Stage


@dataclass(frozen=True, slots=True)
class Seen:
    """A step of a network and what its sites give.

    Attributes:
        stage: which step.
        values: of each of its sites.
        last: whether what it gives is what the network gives.
    """

    stage: Stage
    values: tuple[Values, ...]
    last: bool


@dataclass(slots=True)
class Looker:
    """Probes for the programs of a network, made once."""

    _probes: dict[Program, Probe] = field(default_factory=dict)

    def look(self, network: Network, x: Array, given: Sequence[Array]) -> Iterator[Seen]:
        """Every step with equations, for a batch; ``given`` is what each step gives for it."""
        yield from self._chain(network.stages, x, given, None)

    def _chain(
        self, stages: Sequence[Stage], x: Array, given: Sequence[Array], units: Units | None
    ) -> Iterator[Seen]:
        """The steps of a chain; ``given`` is what they give, as far as it is known."""
        for place, stage in enumerate(stages):
            known = given[place] if place < len(given) else None
            for branch in stage.branches.values():
                yield from self._chain(branch, x, (), units)
            program = equations_of(stage)
            if program is not None:
                y, values, units = self._probe(program).run(stage, x, units, known)
                yield Seen(stage, tuple(values), bool(given) and place == len(stages) - 1)
            elif known is None:
                return  # what goes on is not known: the rest of a branch is left out
            else:
                units = _through(units, x, known)
            x = y if known is None else known

    def _probe(self, program: Program) -> Probe:
        if program not in self._probes:
            self._probes[program] = Probe(program)
        return self._probes[program]


def _through(units: Units | None, x: Array, y: Array) -> Units | None:
    """The units behind a step that computes nothing, or is made of others."""
    if units is None or y.shape == x.shape:
        return units
    extents = list(x.shape)
    if sorted(extents) == sorted(y.shape) and len(set(extents)) == len(extents):
        return tuple(units[extents.index(n)] for n in y.shape)
    return None
