"""The likely cause of a wrong gradient, where no derived equation tells: which gradient it equals.

The wrong gradient is compared with what the right one becomes under the common mistakes (sign,
factor, transposition, a step too early, one step only, cotangent ignored, ...), at two points,
so that a coincidence does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, permutations
from typing import Any

import numpy as np

from numeric.check.bench import Bench
from numeric.check.own.equations import from_equations
from numeric.check.own.jacobian import Jacobians
from numeric.check.point import Array, Point, mapped
from numeric.check.subject import KernelFailed, as_objects
from numeric.check.tally import Failure, largest
from numeric.interpret.functions import is_nan

Gradient = Callable[[Mapping[str, Array], str], Array]
SAME, POINTS, WITNESSES = 1e-12, 2, 4
# Differences of more entries than this take longer than a hint is worth.
MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Scene:
    """A wrong gradient at one point, and what it should be.

    Attributes:
        name: the array.
        given: the gradient that was returned.
        cotangents: the cotangents, by output.
        of: the right gradient by an array, as a function of the cotangents.
        others: the other arrays that have a gradient.
        shapes: the shapes of all arrays and outputs.
    """

    name: str
    given: Array
    cotangents: Mapping[str, Array]
    of: Gradient
    others: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]]

    @property
    def right(self) -> Array:
        """The right gradient."""
        return self.of(self.cotangents, self.name)

    @property
    def telling(self) -> bool:
        """Whether the gradient is wrong here, and would not be zero."""
        return bool(largest(self.right)) and not _same(self.given, self.right)


def likely(case: Any, bench: Bench, failures: Sequence[Failure], jacobians: Jacobians) -> str:
    """Which gradient the wrong one equals; empty if it is none of those tried."""
    if cast := case.precisions.happened("cast"):
        return f"digits are dropped: {cast[0]}"
    named = [f for f in failures if f.name in bench.subject.gradients]
    if not named:
        return ""
    name = min(named, key=lambda failure: failure.point.volume).name
    points = _smallest_first(bench, named, name)
    if case.against and (
        found := from_equations(bench, name, points[:WITNESSES], case.functions.module)
    ):
        return found
    at_a_kink = all(any(f.point is tie for tie in bench.points.ties) for f in named)
    if at_a_kink or points[0].arrays[name].size > MOST_ENTRIES:
        return ""
    try:
        looks = (_scene(bench, name, point, jacobians) for point in points)
        scenes = list(islice((scene for scene in looks if scene.telling), POINTS))
        return said(name, scenes) if scenes else ""
    except KernelFailed:
        return ""


def _smallest_first(bench: Bench, failures: Sequence[Failure], name: str) -> list[Point]:
    """The smallest point that failed, then others where the array is not smaller."""
    first = min(failures, key=lambda failure: failure.point.volume).point
    least = first.arrays[name].size
    others = [
        p
        for p in sorted(bench.points.smooth, key=lambda p: p.volume)
        if p.label != first.label or p.arrays is not first.arrays
    ]
    telling = [p for p in others if p.arrays[name].size >= least]
    return [first, *(telling or others)]


def _scene(bench: Bench, name: str, point: Point, jacobians: Jacobians) -> Scene:
    subject, at = bench.subject, bench.precisions.first
    arrays, g = at.arrays(point), at.cotangents(point)
    outputs, saved = subject.forward(at.module, arrays)
    given = as_objects(subject.backward(at.module, saved, g)[name])

    def of(cotangents: Mapping[str, Array], array: str) -> Array:
        return jacobians(replace(point, cotangents=cotangents), array, at)

    shapes = {n: np.shape(a) for n, a in (*arrays.items(), *outputs.items())}
    others = tuple(n for n in subject.gradients if n != name)
    return Scene(name, given, point.cotangents, of, others, shapes)


def said(name: str, scenes: Sequence[Scene]) -> str:
    """The first phrase that holds in every scene, as a sentence."""
    first, *others = scenes
    for phrase, gradient in phrases(first):
        if _same(first.given, gradient) and all(_holds(phrase, scene) for scene in others):
            return f"d{name} {phrase}"
    return ""


def _holds(phrase: str, scene: Scene) -> bool:
    """Whether a phrase says what the gradient is here."""
    found = (gradient for told, gradient in phrases(scene) if told == phrase)
    return any(_same(scene.given, gradient) for gradient in found)


def _same(given: Array, wanted: Array) -> bool:
    if given.shape != wanted.shape or not given.size:
        return False
    size = largest(wanted)
    return all(abs(a - b) <= SAME * size for a, b in zip(given.flat, wanted.flat, strict=True))


def phrases(scene: Scene) -> Iterator[tuple[str, Array]]:
    """What the gradient is with each common mistake, the likeliest first."""
    wanted = scene.right
    yield "is zero", as_objects(0 * wanted)
    if any(is_nan(x) for x in scene.given.flat):
        return
    yield "has the wrong sign", as_objects(-wanted)
    yield from _scaled(scene, wanted)
    yield from _moved(wanted)
    for other in scene.others:
        if scene.shapes[other] == scene.given.shape:
            yield f"equals d{other}", scene.of(scene.cotangents, other)
    if scene.given.ndim == wanted.ndim + 1:
        yield from _unsummed(scene, wanted)
    yield from _other_cotangents(scene)


def _scaled(scene: Scene, wanted: Array) -> Iterator[tuple[str, Array]]:
    """The gradient times the factor that its largest entry asks for."""
    if scene.given.shape != wanted.shape:
        return
    place = max(np.ndindex(wanted.shape), key=lambda p: abs(wanted[p]))
    factor = scene.given[place] / wanted[place]
    extents = [
        (f"the extent of axis {axis} of {name}", extent)
        for name, shape in scene.shapes.items()
        for axis, extent in enumerate(shape)
        if extent > 1
    ]
    for told, extent in extents:
        if abs(factor * extent - 1) < SAME:
            yield f"equals the gradient divided by {told}", as_objects(wanted * factor)
        if abs(factor / extent - 1) < SAME:
            yield f"equals the gradient times {told}", as_objects(wanted * factor)
    if factor and abs(factor - 1) > SAME:
        yield f"equals the gradient times {float(factor):.10g}", as_objects(wanted * factor)


def _moved(wanted: Array) -> Iterator[tuple[str, Array]]:
    """The gradient with its entries in other places."""
    for axes in list(permutations(range(wanted.ndim)))[1:]:
        if wanted.ndim <= 4:
            what = "transposed" if wanted.ndim == 2 else f"with axes in the order {axes}"
            yield f"equals the gradient {what}", wanted.transpose(axes)
    for axis in range(wanted.ndim):
        if wanted.shape[axis] < 2:
            continue
        yield f"equals the gradient reversed along axis {axis}", np.flip(wanted, axis)
        for shift, what in ((1, "one step late"), (-1, "one step early")):
            rolled = np.roll(wanted, shift, axis)
            yield f"equals the gradient {what} along axis {axis}, around the end", rolled
            rolled = rolled.copy()
            np.moveaxis(rolled, axis, 0)[0 if shift == 1 else -1] = wanted.flat[0] * 0
            yield f"equals the gradient {what} along axis {axis}", rolled
        for end, what in ((-1, "last"), (0, "first")):
            alone = wanted * 0
            np.moveaxis(alone, axis, 0)[end] = np.moveaxis(wanted, axis, 0)[end]
            yield (
                f"equals the gradient at the {what} place of axis {axis}, and is zero elsewhere",
                alone,
            )
            without = wanted - alone
            yield f"is zero at the {what} place of axis {axis}, and right elsewhere", without


def _unsummed(scene: Scene, wanted: Array) -> Iterator[tuple[str, Array]]:
    for axis in range(scene.given.ndim):
        if scene.given.shape[:axis] + scene.given.shape[axis + 1 :] == wanted.shape:
            total = scene.given.sum(axis=axis)
            if _same(total, wanted):
                yield f"equals the gradient without the sum over its axis {axis}", scene.given


def _other_cotangents(scene: Scene) -> Iterator[tuple[str, Array]]:
    """The gradient for what is left of the cotangents by a mistake."""

    def of(cotangents: Mapping[str, Array]) -> Array:
        return scene.of(cotangents, scene.name)

    for output, g in scene.cotangents.items():
        nothing = mapped(g, lambda _: Fraction(0))
        ones = mapped(g, lambda _: Fraction(1))
        yield f"ignores the cotangent of {output}", of({**scene.cotangents, output: ones})
        if len(scene.cotangents) > 1:
            yield (f"leaves out what comes through {output}",
                   of({**scene.cotangents, output: nothing}))  # fmt: skip
        for axis in range(g.ndim):
            if g.shape[axis] < 2:
                continue
            for end, what in ((-1, "last"), (0, "first")):
                alone = nothing.copy()
                np.moveaxis(alone, axis, 0)[end] = np.moveaxis(g, axis, 0)[end]
                told = f"the {what} place of axis {axis} of {output}"
                yield (
                    f"equals the gradient of {told} alone",
                    of({**scene.cotangents, output: alone}),
                )
                without = {**scene.cotangents, output: g - alone}
                yield f"leaves out {told}", of(without)


def of_contract(failure: Failure) -> str:
    """What to make of a failure of the contract."""
    entry, given, expected = failure.entry, failure.given, failure.expected
    name = entry.partition(".")[0].partition(" ")[0]
    if entry.endswith(".shape") and isinstance(given, tuple) and isinstance(expected, tuple):
        return _of_shape(name, given, expected)
    told = {
        "shares memory": f"{name} is a view of {given}: return a copy",
        "computed again": "what is saved is written to, or something random or left over is used",
        "read-only": "an array that was given is written to: copy it first",
        "what is given": "an array that was given is written to: copy it first",
    }
    return next((why for sign, why in told.items() if sign in f"{entry}: {given}"), "")


def _of_shape(name: str, given: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if given == expected[::-1]:
        return f"{name} is transposed"
    gone = [axis for axis in range(len(given)) if given[:axis] + given[axis + 1 :] == expected]
    return f"{name} is not summed over axis {gone[0]}" if gone else ""


def in_floats(case: Any, bench: Bench, failures: Sequence[Failure]) -> str:
    """The likely cause of a gradient that is wrong in float64."""
    named = [f for f in failures if f.name in bench.subject.gradients]
    if not named or not case.against:
        return ""
    name = min(named, key=lambda failure: failure.point.volume).name
    return _by_equations(case, bench, name, _smallest_first(bench, named, name))


def _by_equations(case: Any, bench: Bench, name: str, points: Sequence[Point]) -> str:
    return from_equations(bench, name, points[:WITNESSES], case.functions.module)
