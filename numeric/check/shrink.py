"""From a failure to the counterexample that says most: smallest shape, one-hot cotangent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from numeric.check.bench import Reference
from numeric.check.exact import Precision
from numeric.check.point import Array, Point, mapped
from numeric.check.result import Counterexample
from numeric.check.subject import KernelFailed, Subject, as_objects
from numeric.check.tally import Failure, largest
from numeric.interpret.arithmetic import Number

SHOWN_DIGITS = 30
# An entry is shown if it is further off than any proof allows.
DISAGREEMENT, DISAGREEMENT_FLOOR = 1e-25, 2e-45
# A Jacobian of more entries than this is not looked through for a single one.
LARGEST_JACOBIAN = 4_000
# Data of more characters than this are not shown.
LONGEST_DATA = 160


def shrunk(  # noqa: PLR0913, PLR0917  a failure, and all that may be tried in its place
    proof: str,
    subject: Subject,
    failures: Sequence[Failure],
    reference: Reference | None,
    at: Sequence[Precision],
    simpler: Iterable[Point] = (),
) -> Counterexample:
    """The counterexample for some failures of one proof.

    ``reference`` gives the Jacobian by one array, output entries first, where the proof has
    one; ``at`` are the two precisions that both must show the failure; ``simpler`` are points
    at which it is looked for first.
    """
    smallest = min(failures, key=lambda failure: failure.point.volume)
    plain = Counterexample(
        proof=proof,
        entry=smallest.entry,
        given=shown(smallest.given),
        expected=shown(smallest.expected),
        sizes=tuple(smallest.point.sizes.items()),
        hypers=tuple((name, str(value)) for name, value in subject.hypers.items()),
        detail=smallest.point.label,
    )
    if reference is None or not smallest.name:
        return plain
    for point in chain(simpler, [smallest.point]):
        found = _at(subject, replace(smallest, point=point), reference, at, plain)
        if found is not None:
            return found
    return replace(plain, cotangent="as drawn from the seed")


def _at(
    subject: Subject,
    failure: Failure,
    reference: Reference,
    at: Sequence[Precision],
    plain: Counterexample,
) -> Counterexample | None:
    """The first disagreement at a point under a one-hot cotangent, if there is one."""
    point = failure.point
    for output, place in _one_hot_places(point):
        try:
            found = _disagreement(
                subject, failure, output=output, place=place, reference=reference, at=at
            )
        except KernelFailed:
            return None
        if found is not None:
            entry, given, expected = found
            return replace(
                plain, entry=entry, given=given, expected=expected,
                sizes=tuple(point.sizes.items()),
                cotangent=f"one-hot d{_indexed(output, place)}",
                detail=f"{_data(point)}; the same at {_digits(at)}",
            )  # fmt: skip
    return None


def _data(point: Point) -> str:
    """What a point is, with its data where they are few and short."""
    texts = [f"{n} = {_listed(a)}" for n, a in point.arrays.items()]
    told = f"{point.label}: {', '.join(texts)}"
    return told if len(told) <= LONGEST_DATA else point.label


def _listed(array: Array) -> str:
    if not array.ndim:
        return str(array[()])
    return f"[{', '.join(_listed(np.asarray(part, dtype=object)) for part in array)}]"


def _digits(at: Sequence[Precision]) -> str:
    return " and ".join(precision.arithmetic.name for precision in at)


def _one_hot_places(point: Point) -> Iterator[tuple[str, tuple[int, ...]]]:
    entries = sum(g.size for g in point.cotangents.values())
    if entries * point.volume <= LARGEST_JACOBIAN:
        for name, g in point.cotangents.items():
            yield from ((name, place) for place in np.ndindex(g.shape))


def _disagreement(  # noqa: PLR0913  one row of the Jacobian, twice
    subject: Subject,
    failure: Failure,
    *,
    output: str,
    place: tuple[int, ...],
    reference: Reference,
    at: Sequence[Precision],
) -> tuple[str, str, str] | None:
    """The first entry of one row of the Jacobian that is wrong in every precision."""
    wrong: list[dict[tuple[int, ...], tuple[Number, Number]]] = []
    for precision in at:
        g = _one_hot(failure.point, output, place)
        point = replace(failure.point, cotangents=g)
        gradients = subject.gradient(
            precision.module, precision.arrays(point), precision.cotangents(point)
        )
        given = as_objects(gradients[failure.name])
        expected = reference(point, failure.name, precision)
        threshold = DISAGREEMENT * largest(expected) + DISAGREEMENT_FLOOR
        if given.shape != expected.shape:
            return None
        wrong.append({
            p: (given[p], expected[p])
            for p in np.ndindex(expected.shape)
            if not abs(given[p] - expected[p]) <= threshold
        })  # fmt: skip
    everywhere = [p for p in wrong[0] if all(p in found for found in wrong)]
    if not everywhere:
        return None
    given_value, expected_value = wrong[-1][everywhere[0]]
    entry = f"d{_indexed(failure.name, everywhere[0])}"
    return entry, shown(given_value), shown(expected_value)


def _one_hot(point: Point, output: str, place: tuple[int, ...]) -> dict[str, Array]:
    rows = {n: mapped(g, lambda _: Fraction(0)) for n, g in point.cotangents.items()}
    rows[output][place] = Fraction(1)
    return rows


def shown(value: Any) -> str:
    """A value for the reader: numbers at 30 digits."""
    nstr = getattr(getattr(value, "context", None), "nstr", None)
    if nstr is not None:
        return str(nstr(value, SHOWN_DIGITS))
    return f"{value:.17g}" if isinstance(value, (float, np.floating)) else str(value)


def _indexed(name: str, place: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, place))}]" if place else name
