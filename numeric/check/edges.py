"""S6 at the edges of what floats can hold: one datum at a time is made extreme.

    spike          1e8 among ones                    judged as any data: no digits lost
    subnormal      below the smallest normal number  the same
    domain edge    next to 0, next to 1              the same, where the domain ends there
    -0.0           for 0.0                           the same values and gradients
    NaN            in one element                    NaN comes out wherever it matters
    inf, -inf      in one element                    what the equations give, or out of range

Which apply follows from how the data of a program are drawn. What a value depends on is seen
from the kernel itself, by another finite number in the same place: nothing is asked of values
that do not change, and of those that the equations themselves keep finite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from derive.errors import DeriveError
from numeric.check import floats
from numeric.check.bench import Bench, Proof, everywhere
from numeric.check.point import Array, Point, in_floats
from numeric.check.result import PRECISION
from numeric.check.shim import Module
from numeric.check.subject import KernelFailed, Subject
from numeric.check.tally import Tally
from numeric.interpret.arithmetic import floats as interpreter_floats
from numeric.interpret.reverse import reverse

SPIKE = Fraction(10**8)
# For each precision a subnormal number, and a number that is next to zero but normal.
SMALL: Mapping[Any, tuple[Fraction, Fraction]] = {
    np.float64: (Fraction(1, 10**310), Fraction(1, 10**300)),
    np.float32: (Fraction(1, 10**40), Fraction(1, 10**37)),
}
# Kinds of data that end at zero, and at one.
ENDS_AT_ZERO, ENDS_AT_ONE = ("positive", "unit"), ("unit",)
# Loop steps to spend on the interpreter: with many arrays only some are made extreme.
EDGE_WORK = 1_500
# Results named in a note.
NAMED = 4
# Another value for a datum, to see what depends on it.
ELSEWHERE = (0.7, 1.9)
AGREEMENT = 1e-9


@dataclass(frozen=True, slots=True)
class Edge:
    """A point with extreme data, and the precisions in which it is extreme."""

    point: Point
    dtypes: tuple[Any, ...]


def edges(subject: Subject, point: Point) -> Iterator[Edge]:
    """The finite edges of a program, on the data of an ordinary point."""
    names = _real(subject, point)
    kinds = {name: subject.domains.kinds[name].name for name in names}
    first = next((name for name in names if subject.domains.kinds[name].scalable), None)
    if first is not None:
        ones = _all(point.arrays[first], Fraction(-1 if kinds[first] == "negative" else 1))
        spiked = _one(ones, ones.flat[0] * SPIKE)
        yield Edge(_with(point, "one element 1e8 among ones", {first: spiked}), floats.DTYPES)
    for dtype, (subnormal, small) in SMALL.items():
        if first is not None and kinds[first] == "normal":
            tiny = _one(point.arrays[first], subnormal)
            yield Edge(_with(point, "a subnormal number", {first: tiny}), (dtype,))
        low = {n: _one(point.arrays[n], small) for n in names if kinds[n] in ENDS_AT_ZERO}
        if low:
            yield Edge(_with(point, "next to zero", low), (dtype,))
        nearly = 1 - Fraction(float(np.finfo(dtype).eps))
        high = {n: _one(point.arrays[n], nearly) for n in names if kinds[n] in ENDS_AT_ONE}
        if high:
            yield Edge(_with(point, "next to one", high), (dtype,))


def ends(subject: Subject, point: Point) -> Iterator[Point]:
    """Points at which a domain may end: all data are 0 that may be 0, or may come near it."""
    names = _real(subject, point)
    for kinds in (("normal",), ENDS_AT_ZERO):
        zeros = {
            name: _all(point.arrays[name], Fraction(0))
            for name in names
            if subject.domains.kinds[name].name in kinds
        }
        if zeros:
            yield _with(point, "zero", zeros)


def _real(subject: Subject, point: Point) -> list[str]:
    return [name for name in subject.domains.kinds if point.arrays[name].size]


def _with(point: Point, label: str, arrays: Mapping[str, Array]) -> Point:
    return replace(point, label=label, arrays={**point.arrays, **arrays})


def _all(array: Array, value: Any) -> Array:
    return np.full(array.shape, value, dtype=object)


def _one(array: Array, value: Any) -> Array:
    changed: Array = array.copy()
    changed[(0,) * array.ndim] = value
    return changed


# ---- what no exact number can stand for -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kernel:
    """A kernel in float64 at a point, with one array that is changed in its first element."""

    subject: Subject
    module: Module
    point: Point
    name: str

    def given(self, value: float) -> dict[str, Array]:
        """The data with another first element."""
        arrays = in_floats(self.point.arrays)
        return {**arrays, self.name: _one(arrays[self.name], value)}

    def at(self, value: float) -> dict[str, Array]:
        """What the kernel gives there.

        Raises:
            KernelFailed: if it raises.
        """
        g = in_floats(self.point.cotangents)
        with np.errstate(all="ignore"):
            outputs, saved = self.subject.forward(self.module, self.given(value))
            gradients = self.subject.backward(self.module, saved, g)
        return _named(outputs, gradients)

    def meant(self, value: float) -> dict[str, Array] | None:
        """What the equations give there, in floats; None if nothing."""
        try:
            done = reverse(
                self.subject.tree, self.given(value), interpreter_floats(), self.subject.hypers
            )
        except DeriveError:
            return None
        return _named(done.outputs, done.gradients(in_floats(self.point.cotangents)))


def _named(outputs: Mapping[str, Any], gradients: Mapping[str, Any]) -> dict[str, Array]:
    named = {**outputs, **{f"d{name}": a for name, a in gradients.items()}}
    return {name: np.asarray(a, dtype=np.float64) for name, a in named.items()}


def passes_on(tally: Tally, subject: Subject, module: Module, point: Point) -> bool:
    """Check signed zeros, NaN and infinities in one array of reals after the other."""
    good, lost = True, dict[str, None]()
    names = _real(subject, point)
    affordable = max(1, EDGE_WORK // max(1, subject.work(point.sizes)))
    for name in names[:affordable]:
        kernel = _Kernel(subject, module, point, name)
        try:
            good &= _keeps_nan(tally, kernel) and _zeros_alike(tally, kernel)
            lost.update(dict.fromkeys(_out_of_range(tally, kernel)))
        except KernelFailed as failed:
            what = replace(point, label=f"extreme {name}")
            good = tally.equal(what, failed.entry, failed.problem, "a result")
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        named = ", ".join(list(lost)[:NAMED])
        tally.notes.append(f"{named}{more} out of range where data are infinite")
    return good


def _keeps_nan(tally: Tally, kernel: _Kernel) -> bool:
    meant = kernel.meant(np.nan)
    if meant is None:
        return True
    found, (here, there) = kernel.at(np.nan), map(kernel.at, ELSEWHERE)
    point = replace(kernel.point, label=f"NaN in {kernel.name}")
    good = True
    for name, array in found.items():
        depends = np.isnan(meant[name]) & (here[name] != there[name])
        lost = depends & np.isfinite(array)
        tally.comparisons += int(depends.sum())
        if lost.any():
            place = tuple(map(int, np.argwhere(lost)[0]))
            entry = f"{name}[{', '.join(map(str, place))}]" if place else name
            good = tally.equal(point, entry, float(array[place]), "NaN")
    return good


def _zeros_alike(tally: Tally, kernel: _Kernel) -> bool:
    if kernel.subject.domains.kinds[kernel.name].name != "normal":
        return True
    plus, minus = kernel.at(0.0), kernel.at(-0.0)
    point = replace(kernel.point, label=f"-0.0 in {kernel.name}")
    good = True
    for name, array in plus.items():
        same = np.isfinite(array) & np.isfinite(minus[name]) & (array != minus[name])
        good &= tally.equal(point, f"{name} at -0.0 and 0.0", bool(same.any()), False)
    return good


def _out_of_range(tally: Tally, kernel: _Kernel) -> Iterator[str]:
    """Results that are not what the equations give for infinite data; they need not be."""
    for value in (np.inf, -np.inf):
        meant, found = kernel.meant(value) or {}, kernel.at(value)
        for name, wanted in meant.items():
            array = found[name]
            known = ~np.isnan(wanted)
            tally.comparisons += int(known.sum())
            if not np.allclose(array[known], wanted[known], rtol=AGREEMENT, atol=AGREEMENT):
                yield name


def _run(bench: Bench, tally: Tally) -> bool:
    if bench.session.fast or not bench.entry_work or not bench.points.scaled:
        return True
    smooth = bench.points.smooth
    # with one element the extreme datum is all there is, and nothing stands beside it
    several = [point for point in smooth if min(point.sizes.values(), default=2) > 1]
    subject, point = bench.subject, bench.cheapest(several or smooth)
    found = list(edges(subject, point))
    tally.points += len(found) + 1
    at = bench.precisions.first
    good = everywhere(
        floats.keeps_digits(tally, subject, bench.ordinary, at, edge.point, edge.dtypes)
        for edge in found
    )
    return passes_on(tally, subject, bench.ordinary, point) and good


PROOF = Proof(floats.PROOF.name, floats.PROOF.threshold, _run, failure=PRECISION, fast=False)
