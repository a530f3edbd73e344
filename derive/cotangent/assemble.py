"""Reverse accumulation over equations: one cotangent equation per array.

    dx[K]  =  sum over reads x[A] in y[I] = e, over I and J with A(I, J) = K,
              of  dy[I] * (derivative of e by that read)

Recurrences need nothing of their own: a read at ``t - 1`` sends its cotangent to ``t + 1``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from derive.algebra import add, both, conjuncts, equal, iverson, mul, negated
from derive.cotangent.deltas import Part
from derive.cotangent.excluded import Exclusions
from derive.cotangent.local import Path, argmax_equation, paths
from derive.cotangent.names import CotangentNames
from derive.cotangent.poles import remains, stop, varying
from derive.cotangent.story import Line, tell
from derive.cotangent.term import term
from derive.expr import ONE, ZERO, Condition, Expr, Read, free_indices, reads
from derive.extent import same_extent
from derive.finite import wild_arrays
from derive.index import Index, IndexExpr, Size, as_expr
from derive.positive import Signs
from derive.program import Array, Equation, Program
from derive.scope import Fresh, index_names, names_in, numbered, rename_left
from derive.simplify.dead import reached
from derive.total import is_total


@dataclass(frozen=True, slots=True)
class Source:
    """A read that sends a cotangent back.

    Attributes:
        origin: the equation it stands in.
        fresh: the same with fresh indices.
        path: the way to the read, in the fresh indices.
    """

    origin: Equation
    fresh: Equation
    path: Path


class Accumulator:
    """Builds the raw cotangent equations of one program; lives as long as one call.

    Args:
        forward: the program.
        outputs: the names of its outputs outside.
        stopping: whether a cotangent of zero stops at a pole, as it has to where numbers are.

    Attributes:
        equations: the cotangent equations, not yet simplified.
        helpers: forward equations that only the backward pass needs (positions of maxima).
        forward: the program, with extents of the indices that solving has introduced.
        off_grid: forward arrays that are read off their grid, next to a zero cotangent.
        lines: the derivation so far.
    """

    def __init__(
        self, forward: Program, outputs: tuple[str, ...], *, stopping: bool = True
    ) -> None:
        self.forward, self.stopping = forward, stopping
        self.fresh = Fresh()
        self.names = CotangentNames(forward, outputs)
        self.equations: list[Equation] = []
        self.helpers: list[Equation] = []
        self.off_grid: set[str] = set()
        self.lines: list[Line] = []
        self._excluded = Exclusions(self.fresh, self.names.given.values())
        self._wild = wild_arrays(forward)
        self._sources: dict[str, list[Source]] = {}
        self._start_names: dict[Equation, str] = {}

    def run(self) -> None:
        """Fill ``equations``: computed arrays from the last to the first, then the given ones."""
        reaching = reached(self.forward)
        equations = [e for e in self.forward.equations if e.name in reaching]
        for equation in equations:
            self._collect(equation)
        for equation in reversed(equations):
            if equation in self._start_names:
                self._start(equation)
            elif not equation.is_start and not self._alone(equation.name):
                name = self.names.total(equation.name, alone=False)
                self._write(name, equation.name, equation.indices, equation.indices)
        for array in self.forward.arrays:
            if array.differentiable:
                left = self._left_side(array)
                self._write(self.names.gradients[array.name], array.name, left, left)

    # ---- what flows where -----------------------------------------------------------------

    def _collect(self, equation: Equation) -> None:
        fresh, _ = rename_left(equation, self.fresh)
        positions = ""
        if not equation.is_start and argmax_equation(equation, "") is not None:
            positions = self.names.beside(equation.name, "arg")
            self.helpers += [h for h in (argmax_equation(equation, positions),) if h is not None]
        found = [Source(equation, fresh, path) for path in paths(fresh, self.fresh, positions)]
        for source in found:
            self._sources.setdefault(source.path.read.array, []).append(source)
        if found and equation.is_start:
            self._start_names[equation] = self.names.beside(f"d{equation.name}", "start")

    def _alone(self, array: str) -> bool:
        """Whether the cotangent that the caller gives is all that reaches ``array``."""
        return array in self.names.given and array not in self._sources

    def _cotangent(self, source: Source) -> Read:
        # asked first: to look up an equation reads all of it
        if source.origin.is_start and source.origin in self._start_names:
            free = tuple(as_expr(i) for i in source.fresh.free)
            return Read(self._start_names[source.origin], free)
        name = source.origin.name
        return Read(self.names.total(name, self._alone(name)), source.fresh.indices)

    def _left_side(self, array: Array) -> tuple[IndexExpr, ...]:
        """Indices for the gradient of a given array; a repeated axis needs another name."""
        used: list[str] = []
        for axis in array.axes:
            name = axis if axis not in used else self._another(axis, used)
            used.append(name)
        return tuple(as_expr(Index(name)) for name in used)

    def _another(self, axis: str, used: list[str]) -> str:
        for name in index_names(self.forward):
            if name not in used and same_extent(self.forward, name, axis):
                return name
        name = next(n for n in numbered(axis) if n not in names_in(self.forward))
        self._add_extents({name: as_expr(Size(axis))})
        return name

    def _add_extents(self, rows: Mapping[str, IndexExpr]) -> None:
        known = {**dict(self.forward.extents), **rows}
        self.forward = replace(self.forward, extents=tuple(known.items()))

    # ---- equations ------------------------------------------------------------------------

    def _start(self, equation: Equation) -> None:
        free = tuple(as_expr(i) for i in equation.free)
        guard = self._not_overruled(equation)
        self._write(self._start_names[equation], equation.name, equation.indices, free, guard)

    def _not_overruled(self, equation: Equation) -> Condition | None:
        """Of overlapping starts the one with most constants defines the element."""
        guards: list[Condition | None] = []
        for other in self.forward.starts(equation.name):
            pairs = list(zip(equation.indices, other.indices, strict=True))
            covers = all(mine.indices() or mine == theirs for mine, theirs in pairs)
            meets = [equal(m, t) for m, t in pairs if m.indices() and not t.indices()]
            meeting = both(*meets)
            if covers and meeting is not None:
                guards.append(negated(meeting))
        return both(*guards)

    def _write(
        self,
        name: str,
        array: str,
        wanted: tuple[IndexExpr, ...],
        left: tuple[IndexExpr, ...],
        guard: Condition | None = None,
    ) -> None:
        """The equation of one cotangent: what the caller gives and what every read sends."""
        given = self.names.given.get(array) if guard is None and wanted == left else None
        seed: Sequence[Expr] = () if given is None else (Read(given, left),)
        sources = self._sources.get(array, [])
        parts = [self._part(source, wanted) for source in sources]
        terms = [part.term.expr for part in parts]
        whole = Equation(name, left, add(*seed, *terms) if (seed or terms) else ZERO)
        lines = tell(self.forward, whole, Read(array, tuple(wanted)), seed, parts)
        self.lines += [line.under(guard) for line in lines]
        equation = whole if guard is None else replace(whole, expr=mul(whole.expr, iverson(guard)))
        self.equations.append(equation)
        self._excluded.learn(equation)

    def _part(self, source: Source, wanted: tuple[IndexExpr, ...]) -> Part:
        cotangent, path = self._cotangent(source), self._guarded(source)
        found = term(self.forward, self.fresh, cotangent, source.fresh.free, path, wanted)
        if found.expr != ZERO:
            self._add_extents(found.solution.extents)
        self.off_grid |= found.off_grid
        return Part(cotangent, source.fresh, path, found)

    def _guarded(self, source: Source) -> Path:
        """The way to a read, under the conditions that keep the factor away from its poles."""
        path = self._with_stops(source)
        finite = not any(read.array in self._wild for read in reads(path.factor))
        if finite and is_total(path.factor):
            return path
        excluded = self._excluded.at(self._cotangent(source))
        return replace(path, where=(*path.where, *conjuncts(excluded)), finite=finite)

    def _with_stops(self, source: Source) -> Path:
        """The way to a read, with a condition for each of its poles that can be met."""
        path, name = source.path, source.origin.name
        if not (path.poles and self.stopping):
            return path
        cotangent, indices = self._cotangent(source), (*source.fresh.free, *path.indices)
        where = both(*path.where)
        signs = Signs(self.forward).given(both(where, self._excluded.at(cotangent)))
        found = []
        for pole in path.poles:
            met = replace(pole, zero=varying(pole.zero, signs))
            lost = pole.lost and name in self.names.given and self._everywhere(source, met.zero)
            if met.zero != ONE and remains(pole, path.factor) and not lost:
                found.append(self.fresh.binders(stop(met, cotangent, indices, where)))
        return replace(path, stops=cast(tuple[Condition, ...], tuple(dict.fromkeys(found))))

    def _everywhere(self, source: Source, zero: Expr) -> bool:
        """Whether a pole is met by every element of an array, if by one."""
        met = {i for node in (zero, *source.path.where) for i in free_indices(node)}
        return not met & set(source.fresh.free)
