"""S1, the contract of a kernel as a function of arrays, exactly.

What is given is read-only and unchanged afterwards; what is returned owns its memory, has the
shape and dtype that it must have, and is the same bit for bit when computed again. Arrays may
be strided, reversed, in Fortran order, scalar or empty; float32 in gives float32 out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from numeric.check.bench import Bench, Proof, everywhere
from numeric.check.point import Array, Point, in_floats
from numeric.check.shim import Module
from numeric.check.subject import KernelFailed, Subject
from numeric.check.tally import Tally
from numeric.interpret.arithmetic import floats as interpreter_floats
from numeric.interpret.reverse import reverse

# Another memory layout may sum in another order; nothing else may change.
LAYOUT_TOLERANCE = {np.float64: 1e-10, np.float32: 1e-3}
# Unless the data are so ill conditioned that rounding them does as much.
CONDITION, NUDGES = 64, 3
REPEATS, FEW_REPEATS = 3, 2
Run = tuple[dict[str, Any], dict[str, Any]]


def holds(
    tally: Tally, subject: Subject, module: Module, point: Point, *, fast: bool = False
) -> bool:
    """Check the contract at a point, in both precisions and in every memory layout.

    ``fast`` looks at single precision once, and at memory layouts in double precision only.
    """
    before = len(tally.failures)
    for dtype in (np.float64, np.float32):
        given, g = in_floats(point.arrays, dtype), in_floats(point.cotangents, dtype)
        once = fast and dtype is np.float32
        repeats = 1 if once else FEW_REPEATS if fast else REPEATS
        call = Call(subject, module, point, given, g, repeats)
        found = _checked(tally, call, dtype)
        for layout in LAYOUTS.values() if found is not None and not once else ():
            other = _checked(tally, call.laid_out(layout), dtype)
            if other is not None:
                _same(tally, call, found or {}, other, LAYOUT_TOLERANCE[dtype])
    return len(tally.failures) == before


@dataclass(frozen=True, slots=True)
class Call:
    """A kernel and what it is given.

    Attributes:
        subject: the kernel.
        module: the kernel, executed.
        point: where the data are from.
        given: the data.
        cotangents: the cotangents.
        repeats: how often it is called, and backward twice each time.
    """

    subject: Subject
    module: Module
    point: Point
    given: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    repeats: int

    def laid_out(self, layout: Callable[[Array], Array]) -> Call:
        """One call with the same numbers in another memory layout."""
        given = {n: layout(a) for n, a in self.given.items()}
        cotangents = {n: layout(a) for n, a in self.cotangents.items()}
        return replace(self, given=given, cotangents=cotangents, repeats=1)

    def nudged(self, seed: int | None) -> dict[str, Array]:
        """What comes out where every datum is moved by half a unit in its last place, or none."""
        given = self.given
        if seed is not None:
            rng = np.random.default_rng(seed)
            given = {name: _nudged(array, rng) for name, array in given.items()}
        outputs, gradients = replace(self, repeats=1).runs(given, self.cotangents)[0]
        return {**outputs, **{f"d{name}": gradient for name, gradient in gradients.items()}}

    def dtype(self, name: str, real: Any) -> np.dtype[Any]:
        """What an output or gradient holds where the data are ``real``."""
        if self.subject.program.holds_integers(name):
            return np.dtype(int)
        # nothing that is given says how many digits an output has that no real array enters
        without = name in self.cotangents and all(a.dtype.kind == "i" for a in self.given.values())
        return np.dtype(np.float64 if without else real)

    def runs(self, given: Mapping[str, Array], g: Mapping[str, Array]) -> list[Run]:
        """Outputs and gradients of every call."""
        found = []
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            for _ in range(self.repeats):
                outputs, saved = self.subject.forward(self.module, given)
                for _ in range(min(self.repeats, 2)):
                    gradients = self.subject.backward(self.module, saved, g)
                    found.append((outputs, gradients))
        return found


def agrees(tally: Tally, subject: Subject, module: Module, point: Point) -> bool:
    """Compare with the interpreter in floats: for points with an extent of zero."""
    given, g = in_floats(point.arrays), in_floats(point.cotangents)
    done = reverse(subject.tree, given, interpreter_floats(), subject.hypers)
    outputs, saved = subject.forward(module, given)
    gradients = subject.backward(module, saved, g)
    pairs = [(name, outputs[name], wanted) for name, wanted in done.outputs.items()]
    pairs += [(f"d{n}", gradients[n], wanted) for n, wanted in done.gradients(g).items()]
    good = [
        tally.compare(point, name, found, wanted, LAYOUT_TOLERANCE[np.float64])
        for name, found, wanted in pairs
    ]
    return all(good)


def _checked(tally: Tally, call: Call, dtype: Any) -> dict[str, Array] | None:
    """Everything the kernel returns, having checked it; None if it failed."""
    point = call.point
    given = {n: _locked(a) for n, a in call.given.items()}
    g = {n: _locked(a) for n, a in call.cotangents.items()}
    bytes_before = _bytes(given, g)
    before = len(tally.failures)
    try:
        runs = call.runs(given, g)
    except KernelFailed as failed:
        tally.equal(point, failed.entry, failed.problem, "a result")
        return None
    tally.equal(point, "what is given", _bytes(given, g) == bytes_before or "changed", True)
    outputs, gradients = runs[0]
    named = {**outputs, **{f"d{n}": gradient for n, gradient in gradients.items()}}
    wanted = {n: np.shape(a) for n, a in g.items()} | {
        f"d{n}": np.shape(given[n]) for n in gradients
    }
    for name, array in named.items():
        tally.equal(point, f"{name}.shape", np.shape(array), wanted[name])
        kind, meant = getattr(array, "dtype", type(array).__name__), call.dtype(name, dtype)
        # their names are made for a report only
        tally.equal(point, f"{name}.dtype", *((), ()) if kind is meant else (str(kind), str(meant)))
    _repeats(tally, point, runs)
    _owns(tally, point, named, {**given, **{f"the cotangent of {n}": a for n, a in g.items()}})
    _keeps(tally, point, runs[0][1], runs[-1][1])
    if len(tally.failures) > before:
        return None
    return {name: np.asarray(array) for name, array in named.items()}


def _repeats(tally: Tally, point: Point, runs: list[Run]) -> None:
    first = runs[0]
    for outputs, gradients in runs[1:]:
        for name, array in outputs.items():
            again = "" if _alike(array, first[0][name]) else "other bits"
            tally.equal(point, f"{name} computed again", again, "")
        for name, array in gradients.items():
            again = "" if _alike(array, first[1][name]) else "other bits"
            tally.equal(point, f"d{name} computed again", again, "")


def _alike(array: Any, other: Any) -> bool:
    """Whether two results are the same; zeros of both signs are."""
    if array is other:
        return True
    return _same_bytes(array, other) or np.array_equal(array, other, equal_nan=True)


def _same_bytes(array: Any, other: Any) -> bool:
    """Whether two results hold the same bits, as they nearly always do."""
    return (
        isinstance(array, np.ndarray)
        and isinstance(other, np.ndarray)
        and array.dtype is other.dtype
        and array.shape == other.shape
        and array.tobytes() == other.tobytes()
    )


def _keeps(tally: Tally, point: Point, first: Mapping[str, Any], last: Mapping[str, Any]) -> None:
    """A gradient that was handed out stays what it is when the kernel is called again."""
    if first is last:
        return
    for name, array in first.items():
        shared = isinstance(array, np.ndarray) and np.shares_memory(array, last[name])
        again = "the same memory" if shared and array.size else ""
        tally.equal(point, f"d{name} of the next call", again, "")


def _owns(tally: Tally, point: Point, made: Mapping[str, Any], given: Mapping[str, Array]) -> None:
    """Nothing returned shares memory with what was given, or with another result."""
    arrays = {name: a for name, a in made.items() if isinstance(a, np.ndarray) and a.size}
    if _apart_in_memory([*arrays.values()], [a for a in given.values() if a.size]):
        tally.comparisons += len(arrays) + comb(len(arrays), 2)
        return
    for name, array in arrays.items():
        shared = next((n for n, a in given.items() if np.shares_memory(array, a)), "")
        tally.equal(point, f"{name} shares memory with", shared, "")
    for (name, array), (other, second) in combinations(arrays.items(), 2):
        shared = other if np.shares_memory(array, second) else ""
        tally.equal(point, f"{name} shares memory with", shared, "")


def _apart_in_memory(made: list[Array], given: list[Array]) -> bool:
    """Whether the stretches of memory of the arrays made overlap none of the others.

    Those of the arrays given may overlap each other. Stretches that do overlap may still hold
    arrays that share nothing, with gaps between their elements.
    """
    stretches = [(*_stretch(a), True) for a in made] + [(*_stretch(a), False) for a in given]
    end_of_made = end_of_any = 0
    for start, end, is_made in sorted(stretches):
        if start < (end_of_any if is_made else end_of_made):
            return False
        end_of_any = max(end_of_any, end)
        end_of_made = max(end_of_made, end) if is_made else end_of_made
    return True


def _stretch(array: Array) -> tuple[int, int]:
    """Where the memory of an array begins and ends."""
    if array.flags.forc:
        start: int = array.__array_interface__["data"][0]
        return start, start + array.nbytes
    low, high = np.lib.array_utils.byte_bounds(array)
    return int(low), int(high)


def _same(
    tally: Tally,
    call: Call,
    found: Mapping[str, Array],
    other: Mapping[str, Array],
    tolerance: float,
) -> None:
    moved: list[dict[str, Array]] = []
    for name, array in found.items():
        near = _close(array, other[name], tolerance)
        scale = 1.0
        if not near:
            scale = float(np.max(np.abs(array[np.isfinite(array)]), initial=1.0))
            near = np.allclose(array, other[name], rtol=0, atol=tolerance * scale, equal_nan=True)
        if not near:
            # all of them called once: what a second call does to the first is not granted
            moved = moved or [call.nudged(seed) for seed in (None, *range(NUDGES))]
            granted = CONDITION * max(_apart(moved[0][name], run[name]) for run in moved[1:])
            near = _apart(array, other[name]) <= tolerance * scale + granted
        tally.equal(call.point, f"{name} in another layout", "" if near else "other values", "")


def _close(one: Array, other: Array, tolerance: float) -> bool:
    """Whether all is finite and near enough at first sight."""
    if one.shape != other.shape:
        return False
    with np.errstate(all="ignore"):
        # what is not a number compares as false
        return not one.size or bool(np.abs(one - other).max() <= tolerance)


def _apart(one: Array, other: Array) -> float:
    """The largest difference between two arrays where both are finite."""
    finite = np.isfinite(one) & np.isfinite(other)
    same = np.array_equal(np.isfinite(one), np.isfinite(other))
    with np.errstate(all="ignore"):
        difference = np.subtract(one, other, where=finite, out=np.zeros(one.shape))
    return float(np.max(np.abs(difference), initial=0.0)) if same else float("inf")


def _nudged(array: Array, rng: np.random.Generator) -> Array:
    if array.dtype.kind != "f":
        return array
    signs = np.where(rng.integers(0, 2, size=array.shape) == 1, 1, -1).astype(array.dtype)
    moved: Array = array * (1 + np.finfo(array.dtype).eps * signs)
    return moved


def _locked(array: Array) -> Array:
    array = array.view()
    array.flags.writeable = False
    return array


def _bytes(*groups: Mapping[str, Array]) -> list[bytes]:
    return [array.tobytes() for group in groups for array in group.values()]


def _reversed(array: Array) -> Array:
    """The same elements, stored backwards along every axis."""
    flip: Any = (..., *(slice(None, None, -1),) * array.ndim)
    found: Array = np.array(array[flip], order="C")[flip]
    return found


def _spread(array: Array) -> Array:
    """The same elements, with others between them in memory."""
    room = np.full(tuple(2 * n for n in array.shape), 99, dtype=array.dtype)
    every_second: Any = (..., *(slice(None, None, 2),) * array.ndim)
    room[every_second] = array
    found: Array = room[every_second]
    return found


LAYOUTS: Mapping[str, Callable[[Array], Array]] = {
    "Fortran order": lambda array: np.array(array, order="F"),
    "negative strides": _reversed,
    "strided": _spread,
}


def _run(bench: Bench, tally: Tally) -> bool:
    smooth = bench.points.smooth
    points = [bench.cheapest(smooth)] if bench.session.fast else [*smooth, *bench.points.empty]
    tally.points += len(points)
    fast = bench.session.fast
    return everywhere(holds(tally, bench.subject, bench.ordinary, p, fast=fast) for p in points)


def _empty(bench: Bench, tally: Tally) -> bool:
    points = bench.points.empty
    return everywhere(agrees(tally, bench.subject, bench.ordinary, p) for p in points)


PROOF = Proof("S1 contract", "exact", _run)
# The values where an extent is zero; a row of its own, since most bugs show elsewhere too.
EMPTY = Proof(PROOF.name, PROOF.threshold, _empty)
