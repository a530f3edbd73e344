"""Values inside a step: its equations run with what is looked at as outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from derive.program import Program
from numeric.build import build
from numeric.kernel import Kernel
from numeric.monitor.sites import Site, observed, unit_axes

Array = NDArray[Any]
Units = tuple[bool, ...]


class Stage(Protocol):
    """What a step of a network has to tell of itself."""

    @property
    def program(self) -> Program | None:
        """Its equations."""

    @property
    def parameters(self) -> Mapping[str, Array]:
        """What is trained, by the name in the equations."""

    @property
    def branches(self) -> Mapping[str, object]:
        """The steps inside it."""

    @property
    def pointwise(self) -> bool:
        """Whether it does the same to every element."""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one site.

    Attributes:
        site: which.
        value: of every element.
        units: for each axis whether it tells units apart; None if that is not known.
    """

    site: Site
    value: Array
    units: Units | None

    def of_units(self, holds: Array) -> Array:
        """For each unit whether something holds wherever it stands."""
        assert self.units is not None, "asked only where units are known"
        others = tuple(axis for axis, unit in enumerate(self.units) if not unit)
        return np.asarray(holds.all(axis=others))


class Probe:
    """A program that tells more of itself.

    Raises:
        DeriveError: if the program has no kernel.
    """

    def __init__(self, program: Program) -> None:
        self._program, self.sites = observed(program)
        self._kernel = forward_only(self._program) if self.sites else None
        self._units: dict[Units, dict[str, Units]] = {}

    def run(
        self, stage: Stage, x: Array, units: Units | None, known: Array | None
    ) -> tuple[Array, list[Values], Units | None]:
        """What the step gives for ``x``, the values of its sites, and the units of what it gives.

        ``units`` are those of ``x``; ``known`` is what the step gives, where it is known.
        """
        program = self._program
        fold = Fold.of(program, stage, x)
        if known is not None and self._kernel is None:
            return known, [], self._axes(fold, program.outputs[0], stage, units)
        kernel = self._kernel or forward_only(program)
        outputs, _ = kernel.forward(**fold.arrays(program, stage))

        def told(name: str) -> tuple[Array, Units | None]:
            return fold.unfolded(outputs[name]), self._axes(fold, name, stage, units)

        y, after = told(program.outputs[0])
        return y, [Values(site, *told(site.array)) for site in self.sites], after

    def _axes(self, fold: Fold, name: str, stage: Stage, before: Units | None) -> Units | None:
        """The axes of an array, with the axes that came in, that tell units apart."""
        if fold.whole is not None or (before is None and not stage.parameters):
            return before
        kept = len(fold.lead) - 1
        inside = (False,) * fold.x.ndim if before is None else before[kept:]
        if inside not in self._units:
            self._units[inside] = unit_axes(self._program, fold.fed, inside)
        return (False,) * kept + self._units[inside][name]


def equations_of(stage: Stage) -> Program | None:
    """The equations of a step that can be run by themselves.

    None of one that joins branches, or that reads more than what goes in: a mask that is drawn.
    """
    program = stage.program
    if program is None or stage.branches:
        return None
    fed = next(a for a in program.arrays if a.role != "param")
    return None if any(a.role == "const" and a is not fed for a in program.arrays) else program


def forward_only(program: Program) -> Kernel:
    """The kernel of a program that nobody asks for gradients: it is made in half the time.

    Raises:
        DeriveError: if the program has no kernel.
    """
    given = tuple(replace(array, role="const") for array in program.arrays)
    return build(replace(program, arrays=given, claims=(), steps=()))


@dataclass(frozen=True, slots=True)
class Fold:
    """How what comes in is given to equations of fewer axes.

    Attributes:
        fed: the name of what is fed.
        x: it, as the equations read it.
        lead: the extents of the leading axes that are one to the equations.
        whole: the shape that came in, where all elements are alike; None else.
    """

    fed: str
    x: Array
    lead: tuple[int, ...]
    whole: tuple[int, ...] | None = None

    @staticmethod
    def of(program: Program, stage: Stage, x: Array) -> Fold:
        """The fold that a network makes too."""
        fed = next(a for a in program.arrays if a.role != "param")
        rank = len(fed.axes)
        if stage.pointwise:
            kept = x.shape[: min(rank - 1, x.ndim)]
            rest = (*(1,) * (rank - 1 - len(kept)), prod(x.shape[len(kept) :]))
            return Fold(fed.name, x.reshape(*kept, *rest), (), x.shape)
        lead = max(1, x.ndim - rank + 1)
        return Fold(fed.name, x.reshape(-1, *x.shape[lead:]), x.shape[:lead])

    def arrays(self, program: Program, stage: Stage) -> dict[str, Array]:
        """Every array of a call; what nothing feeds is zero."""
        found: dict[str, Array] = {self.fed: self.x, **stage.parameters}
        sizes = {
            axis: n
            for array in program.arrays
            if array.name in found
            for axis, n in zip(array.axes, found[array.name].shape, strict=True)
        }
        for array in program.arrays:
            if array.name not in found:
                found[array.name] = np.zeros([sizes[axis] for axis in array.axes], self.x.dtype)
        return found

    def folded(self, y: Array) -> Array:
        """What ``unfolded`` gives, as the equations have it."""
        if self.whole is not None:
            return y.reshape(self.x.shape)
        return y.reshape(-1, *y.shape[len(self.lead) :]) if len(self.lead) > 1 else y

    def unfolded(self, y: Array) -> Array:
        """What came out, with the axes that came in."""
        if self.whole is not None:
            return y.reshape(self.whole)
        return y.reshape(*self.lead, *y.shape[1:]) if len(self.lead) > 1 else y


def loss_arrays(loss: Program, y: Array, targets: Array) -> dict[str, Array]:
    """The arrays of a loss: leading axes that are one to it are one."""
    fed, told = (next(a for a in loss.arrays if a.role == role) for role in ("input", "const"))
    return {
        array.name: value.reshape(-1, *value.shape[value.ndim - len(array.axes) + 1 :])
        for array, value in ((fed, y), (told, targets))
    }
