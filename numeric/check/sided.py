"""The slopes on both sides of a point, at 80 digits, and the convention between them.

    D+ = (f(h) - f(0))/h        D- = (f(0) - f(-h))/h        f the loss, along one entry

Where the two differ the point is a kink: the program must have a kink, tie or jump there, and
the gradient, which is the convention of the language, must lie between them. Where several
kinks meet the conventions of all compose, and the sum may lie outside: that is counted, not
judged. A difference that grows without limit is a jump, where no slope is between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from numeric.check.exact import Precision
from numeric.check.point import Array, Point
from numeric.check.probe import Probe
from numeric.check.shrink import shown
from numeric.check.subject import Subject, as_objects
from numeric.check.tally import Tally
from numeric.interpret.arithmetic import Number

KINK = Fraction(1, 10**12)
# Of slopes over a step of 1e-30: a jump shows as its height times 1e30.
JUMP = Fraction(10**15)
# Entries looked at where all of them would be too many.
FEW = 12


@dataclass(slots=True)
class Sides:
    """What was seen at the points of one kernel.

    Attributes:
        kinks: entries where the slopes differ and the gradient lies between.
        jumps: entries where the value jumps.
        composed: entries where several kinks meet and the gradient is none of the slopes.
    """

    kinks: int = 0
    jumps: int = 0
    composed: int = 0


def between(tally: Tally, subject: Subject, at: Precision, probe: Probe, sides: Sides) -> bool:
    """Compare a gradient with the slopes on both sides, entry by entry; count into ``sides``."""
    point = probe.point
    arrays, g = at.arrays(point), at.cotangents(point)
    gradients = subject.gradient(at.module, arrays, g)
    start = _loss(subject, at, arrays, g)
    good = True
    for name, place in _entries(subject, point):
        moved = [_moved(arrays, name, place, sign * at.step) for sign in (1, -1)]
        ahead, behind = (_loss(subject, at, a, g) for a in moved)
        slopes = (ahead - start) / at.step, (start - behind) / at.step
        given = as_objects(gradients[name])[place]
        entry = f"d{name}[{', '.join(map(str, place))}]" if place else f"d{name}"
        good &= _judge(tally, probe, entry, given, slopes, sides)
    return good


def _judge(  # noqa: PLR0913, PLR0917  one entry and its two slopes
    tally: Tally, probe: Probe, entry: str, given: Number, slopes: tuple[Number, Number],
    sides: Sides,
) -> bool:  # fmt: skip
    low, high = min(slopes), max(slopes)
    room = float(KINK) * (1 + max(abs(low), abs(high)))
    jumps, kinked = max(abs(low), abs(high)) > float(JUMP), high - low > room
    if (jumps or kinked) and probe.kink is None:
        what = "no kink" if kinked and not jumps else "no jump"
        both = f"{shown(low)}, {shown(high)}"
        return tally.equal(probe.point, f"slopes of {entry} on both sides", both, what)
    if jumps:
        sides.jumps += 1
        return tally.equal(probe.point, entry, abs(given) < float(JUMP), True)
    inside = low - room <= given <= high + room
    if not inside and _composes(probe):
        sides.composed += 1
        return True
    if inside:
        sides.kinks += kinked
        return tally.equal(probe.point, entry, True, True)
    return tally.equal(probe.point, entry, shown(given), f"{shown(low)} to {shown(high)}")


def _composes(probe: Probe) -> bool:
    """Whether more than one convention is at work, or that of a condition on equality."""
    return probe.meeting > 1 or (probe.kink is not None and probe.kink.what == "comparison")


def _entries(subject: Subject, point: Point) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name in subject.gradients:
        yield from ((name, place) for place in _chosen(point.arrays[name].shape))


def _chosen(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All places of an array, or a few spread over it."""
    places = list(np.ndindex(shape))
    return places[:: max(1, len(places) // FEW)]


def _moved(
    arrays: Mapping[str, Array], name: str, place: tuple[int, ...], step: Number
) -> dict[str, Array]:
    changed = arrays[name].copy()
    changed[place] = changed[place] + step
    return {**arrays, name: changed}


def _loss(
    subject: Subject, at: Precision, arrays: Mapping[str, Array], g: Mapping[str, Array]
) -> Number:
    outputs, _ = subject.forward(at.module, arrays)
    return sum((as_objects(outputs[name]) * g[name]).sum() for name in g)
