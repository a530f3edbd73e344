"""The order in which equations are computed, and the loops that recurrences need.

Equations that read each other in a circle are a recurrence. It is run by one loop over an axis
along which every read inside the circle is at ``t + c``, with all c <= 0 (ascending) or all
c >= 0 (descending); reads at c = 0 order the equations of one step. Where those make a circle
again (``D[i-1, j]`` and ``D[i, j-1]``), a second loop over another axis is nested in the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from derive.errors import ProgramRefused
from derive.expr import Reduce, free_indices, walk
from derive.extent import same_extent
from derive.index import Index
from derive.lower.graph import components
from derive.program import Equation, Program
from derive.ranges import GuardedRead, guarded_reads, upper
from derive.text import left_text


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over one axis of the arrays of a recurrence.

    Attributes:
        index: the loop variable, as the first equation names it unless that is ambiguous.
        descending: whether it runs from the last element to the first.
        axes: for each array of the recurrence the position of the axis that is looped over.
        body: the equations of one step, in order; their own loop index may have another name.
    """

    index: Index
    descending: bool
    axes: tuple[tuple[str, int], ...]
    body: tuple[Block, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays of the recurrence, in the order of a step."""
        return tuple(name for name, _ in self.axes)


Block = Union[Equation, Loop]


def equations_in(blocks: Sequence[Block]) -> Iterator[Equation]:
    """Every equation of ``blocks``, in the order in which it is computed."""
    for block in blocks:
        if isinstance(block, Loop):
            yield from equations_in(block.body)
        else:
            yield block


def schedule(program: Program) -> tuple[Block, ...]:
    """Order the equations of ``program``; recurrences become loops.

    Raises:
        ProgramRefused: if arrays need each other in a way that no loop computes.
    """
    equations = program.equations
    reads = [tuple(guarded_reads(equation.expr)) for equation in equations]

    def targets(node: int) -> list[int]:
        own = equations[node]
        found = [i for site in reads[node] for i in _computing(equations, site)]
        if not own.is_start:
            found += [i for i, e in enumerate(equations) if e.name == own.name and e.is_start]
        return found

    blocks: list[Block] = []
    for members in components(len(equations), targets):
        if len(members) == 1 and members[0] not in targets(members[0]):
            blocks.append(equations[members[0]])
        else:
            circle = tuple(equations[i] for i in members)
            _no_start_inside(circle)
            blocks.append(_Circle(program, circle, {}).loop())
    return tuple(blocks)


def _computing(equations: Sequence[Equation], site: GuardedRead) -> list[int]:
    """The equations that compute what ``site`` reads: a start if it reads just that."""
    same = [i for i, e in enumerate(equations) if e.name == site.read.array]
    exact = [i for i in same if equations[i].is_start and _is_at(equations[i], site)]
    return exact or [i for i in same if not equations[i].is_start]


def _is_at(start: Equation, site: GuardedRead) -> bool:
    pairs = zip(start.indices, site.read.indices, strict=True)
    return all(own == read for own, read in pairs if not own.indices())


def _no_start_inside(circle: Sequence[Equation]) -> None:
    for equation in circle:
        if equation.is_start:
            raise ProgramRefused(
                f"the start {_left(equation)} reads what the recurrence computes from it",
                equation=_left(equation),
                remedy="give the start in terms of inputs, or of other starts",
            )


def _left(equation: Equation) -> str:
    return left_text(equation.name, equation.indices)


@dataclass(frozen=True, slots=True)
class _Dependence:
    """``reader`` reads ``site``, an element of ``target``; both are equations of the circle."""

    reader: int
    target: int
    site: GuardedRead


class _Circle:
    """Equations that need each other, and the axes that outer loops already fix."""

    def __init__(
        self,
        program: Program,
        equations: tuple[Equation, ...],
        fixed: Mapping[str, frozenset[int]],
        within: tuple[_Dependence, ...] | None = None,
    ) -> None:
        self.program = program
        self.equations = equations
        self.fixed = fixed
        self.dependences = self._dependences() if within is None else within

    def _dependences(self) -> tuple[_Dependence, ...]:
        place = {equation.name: i for i, equation in enumerate(self.equations)}
        return tuple(
            _Dependence(i, place[site.read.array], site)
            for i, equation in enumerate(self.equations)
            for site in guarded_reads(equation.expr)
            if site.read.array in place
        )

    def loop(self) -> Loop:
        for descending in (False, True):
            for axes in self._assignments((), descending):
                shifts = [self._shift(d, axes, descending) for d in self.dependences]
                if any(shifts):
                    return self._along(axes, descending, shifts)
        raise self._refusal()

    def _assignments(
        self, axes: tuple[int, ...], descending: bool
    ) -> Iterator[tuple[int, ...]]:
        """Every choice of one axis per equation along which no read looks ahead."""
        if len(axes) == len(self.equations):
            yield axes
            return
        equation = self.equations[len(axes)]
        for axis in range(len(equation.indices)):
            if axis in self.fixed.get(equation.name, frozenset()):
                continue
            longer = (*axes, axis)
            if self._agrees(longer, descending):
                yield from self._assignments(longer, descending)

    def _agrees(self, axes: tuple[int, ...], descending: bool) -> bool:
        """Whether the reads between the equations that have an axis, the last among them, fit."""
        last = len(axes) - 1
        first_name = self.equations[0].free[axes[0]].name
        if not same_extent(self.program, first_name, self.equations[last].free[axes[last]].name):
            return False
        return all(
            self._shift(d, axes, descending) is not None
            for d in self.dependences
            if max(d.reader, d.target) <= last and last in (d.reader, d.target)
        )

    def _shift(
        self, dependence: _Dependence, axes: tuple[int, ...], descending: bool
    ) -> int | None:
        """How far behind the loop the read is: 0 or negative, None if that is not known."""
        here = self.equations[dependence.reader].indices[axes[dependence.reader]]
        gap = dependence.site.read.indices[axes[dependence.target]] - here
        behind = upper(-gap if descending else gap, dependence.site.guards)
        return behind if behind is not None and behind <= 0 else None

    def _along(
        self, axes: tuple[int, ...], descending: bool, shifts: Sequence[int | None]
    ) -> Loop:
        """The loop over ``axes``, its body ordered by the reads within one step."""
        now = [d for d, shift in zip(self.dependences, shifts, strict=True) if shift == 0]

        def targets(node: int) -> list[int]:
            return [d.target for d in now if d.reader == node]

        body: list[Block] = []
        for members in components(len(self.equations), targets):
            if len(members) == 1 and members[0] not in targets(members[0]):
                body.append(self.equations[members[0]])
            else:
                body.append(self._nested(members, axes, now).loop())
        place = {equation.name: axis for equation, axis in zip(self.equations, axes, strict=True)}
        return Loop(
            index=self._variable(axes),
            descending=descending,
            axes=tuple((e.name, place[e.name]) for e in equations_in(body)),
            body=tuple(body),
        )

    def _variable(self, axes: tuple[int, ...]) -> Index:
        """A name for the loop that no equation of it uses for something else."""
        own = [equation.free[axis] for equation, axis in zip(self.equations, axes, strict=True)]
        others = {
            index.name
            for equation, mine in zip(self.equations, own, strict=True)
            for index in indices_of(equation)
            if index != mine
        }
        first = own[0].name
        names = [*dict.fromkeys(i.name for i in own), *(f"{first}{k}" for k in count_up(others))]
        return Index(next(name for name in names if name not in others))

    def _nested(
        self, members: tuple[int, ...], axes: tuple[int, ...], now: Sequence[_Dependence]
    ) -> _Circle:
        inner = {member: i for i, member in enumerate(members)}
        fixed = {
            self.equations[m].name: self.fixed.get(self.equations[m].name, frozenset())
            | {axes[m]}
            for m in members
        }
        within = tuple(
            _Dependence(inner[d.reader], inner[d.target], d.site)
            for d in now
            if d.reader in inner and d.target in inner
        )
        return _Circle(self.program, tuple(self.equations[m] for m in members), fixed, within)

    def _refusal(self) -> ProgramRefused:
        names = list(dict.fromkeys(e.name for e in self.equations))
        who = "needs itself" if len(names) == 1 else "need each other"
        found = "; ".join(
            dict.fromkeys(
                f"{_left(self.equations[d.reader])} reads "
                f"{left_text(d.site.read.array, d.site.read.indices)}"
                for d in self.dependences
            )
        )
        return ProgramRefused(
            f"{' and '.join(names)} {who}, and no order of the elements computes them: {found}",
            equation=_left(self.equations[0]),
            remedy="read earlier elements only (h[t-1] for h[t]), or later ones only, along one "
            "index that all of them share",
        )


def indices_of(equation: Equation) -> tuple[Index, ...]:
    """Every index that an equation uses, free or bound, each once."""
    bound = (i for n in walk(equation.expr) if isinstance(n, Reduce) for i in n.indices)
    return tuple(dict.fromkeys((*equation.free, *free_indices(equation.expr), *bound)))


def count_up(taken: set[str]) -> range:
    """Numbers from 2 on, enough that one of them makes a name that is not taken."""
    return range(2, len(taken) + 3)
