"""The error of central differences against their step: what it costs to check a gradient so.

A step too long leaves out what bends (the error grows as its square), a step too short leaves
only rounding (the error grows as its inverse). What lies between says how good a check can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.expr import reads
from derive.program import Program
from numeric.check.subject import Subject
from reports.document import Figure
from reports.equations import Derived
from reports.figures.plots import COLOURS, MARKS, figure, logarithmic, math, sheet
from reports.figures.subject import Array, Data, gradients, outputs
from reports.figures.svg import FORWARD, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = np.logspace(-12, 0, 25)
# Of each array so many directions, of many arrays fewer: their median is shown.
DIRECTIONS, FEW_DIRECTIONS = 3, 1
# So many gradients get a line each; of more, the middle and the spread are shown.
MOST_LINES, MOST_NAMES = 5, 12
WIDTH, HEIGHT = 360.0, 210.0
EPSILON = float(np.finfo(np.float64).eps)
# A slope so near to 2, between so many pairs of steps, is taken for the square of the step.
NEAR, FEWEST = 0.4, 3
LEAP = 1e4
LEAST = EPSILON / 8  # an error of nothing has no place on a logarithmic axis


@dataclass(frozen=True, slots=True)
class Errors:
    """For each gradient, the relative error of each step; not a number where there is no value."""

    rows: Mapping[str, Array]

    @property
    def middle(self) -> Array:
        """The median over all gradients."""
        return np.asarray(np.median(np.array(list(self.rows.values())), axis=0))

    @property
    def bent(self) -> float | None:
        """The largest factor before the square of a long step; None if no error grows so."""
        found = [factor for row in self.rows.values() if (factor := bend(row)) is not None]
        return max(found, default=None)


def errors(subject: Subject, chosen: Data, seed: int) -> Errors:
    """Difference the kernel along directions of each array alone and compare with its backward."""
    rng = np.random.default_rng(seed)
    found = gradients(subject, chosen.arrays, chosen.cotangents)
    fixed = _assumed(subject.program)
    rows = {}
    count = DIRECTIONS if len(found) <= MOST_LINES else FEW_DIRECTIONS
    for name, gradient in found.items():
        size = float(np.linalg.norm(gradient))
        if name in fixed or size == 0 or not np.isfinite(size):
            continue
        missed = [
            _missed(subject, chosen, name, gradient, np.asarray(rng.normal(size=gradient.shape)))
            for _ in range(count)
        ]
        rows[name] = np.sqrt(np.mean(np.square(missed), axis=0)) / size
    return Errors(rows)


def _assumed(program: Program) -> set[str]:
    """Arrays that an assumption speaks of: a step would leave what is assumed."""
    sides = (side for fact in program.assumptions for side in (fact.left, fact.right))
    return {read.array for side in sides for read in reads(side)}


def _missed(
    subject: Subject, chosen: Data, name: str, gradient: Array, direction: Array
) -> list[float]:
    """How far each difference is from the slope, for a direction of unit length."""
    along = direction / max(float(np.linalg.norm(direction)), EPSILON)
    slope = float(np.sum(gradient * along))
    found = []
    for step in STEPS:
        ahead, behind = (_value(subject, chosen, name, along * h) for h in (step, -step))
        found.append(abs((ahead - behind) / (2 * step) - slope))
    return found


def _value(subject: Subject, chosen: Data, name: str, move: Array) -> float:
    moved = {**chosen.arrays, name: chosen.arrays[name] + move}
    found = outputs(subject, moved)
    return float(sum(np.sum(chosen.cotangents[n] * y) for n, y in found.items()))


def best(row: Array) -> int:
    """The place of the step with the least error."""
    return int(np.nanargmin(row))


def bend(row: Array) -> float | None:
    """The factor before the square of a long step; None where nothing bends before a kink."""
    slopes = np.diff(np.log10(np.maximum(row, LEAST))) / np.diff(np.log10(STEPS))
    straight = [n for n in range(best(row) + 1, len(slopes)) if abs(slopes[n] - 2) < NEAR]
    if len(straight) < FEWEST:
        return None
    return float(np.median([row[n] / STEPS[n] ** 2 for n in straight]))


def rounding(row: Array) -> float:
    """The factor before the inverse of a short step."""
    return float(np.median((row * STEPS)[: max(best(row) - 2, 3)]))


def leaps(row: Array) -> bool:
    """Whether a longer step makes all the difference: it reached across a kink."""
    after = np.maximum(row[best(row) :], LEAST)
    return bool(len(after) > 1 and np.max(after[1:] / after[:-1]) > LEAP)


def plot(equations: Derived, subject: Subject, chosen: Data, seed: int) -> Figure | None:
    """Draw the errors, with the two slopes that are to be expected; None without a gradient."""
    found = errors(subject, chosen, seed)
    if not found.rows or not np.isfinite(found.middle).any():
        return None
    with sheet(WIDTH, HEIGHT) as opened:
        axes = opened.subplots()
        logarithmic(axes, "x", "y")
        _lines(axes, equations, found)
        _guides(axes, found)
        axes.set_xlabel("step $h$")
        axes.set_ylabel("relative error")
        axes.legend(loc="upper center", ncols=1, handlelength=1.6)
        return figure(opened, _told(found), (_caption(found),))


def _lines(axes: Axes, equations: Derived, found: Errors) -> None:
    rows = {name: np.maximum(row, LEAST) for name, row in found.rows.items()}
    if len(rows) <= MOST_LINES:
        for n, (name, row) in enumerate(rows.items()):
            label = math(equations.names.array(f"d{name}"))
            style: dict[str, Any] = {
                "color": COLOURS[n],
                "marker": MARKS[n],
                "markersize": 2.6,
                "linewidth": 1.0,
            }
            axes.plot(STEPS, row, label=label, **style)
        return
    every = np.array(list(rows.values()))
    axes.fill_between(STEPS, every.min(0), every.max(0), color=FORWARD, alpha=0.16, linewidth=0)
    label = f"{len(rows)} gradients: median and range"
    axes.plot(STEPS, np.median(every, axis=0), color=FORWARD, marker="o", label=label)


def _guides(axes: Axes, found: Errors) -> None:
    """Draw the two slopes that are to be expected, a little above the errors."""
    style: dict[str, Any] = {
        "color": QUIET,
        "linestyle": (0, (4, 2)),
        "linewidth": 0.9,
        "zorder": 1,
    }
    middle = found.middle
    short = STEPS[[0, max(best(middle), 4)]]
    falling = 3 * rounding(middle) / short
    axes.plot(short, falling, **style)
    axes.text(short[0] * 15, falling[0] / 6, r"$\propto\,\varepsilon/h$", color=QUIET)
    bent = found.bent
    if bent is None:
        return
    factor = 3 * bent
    turn = (3 * rounding(middle) / factor) ** (1 / 3)
    long = np.array([min(turn, STEPS[-4]), STEPS[-1]])
    axes.plot(long, factor * long**2, **style)
    at = float(np.sqrt(long[0] * long[1])) / 2.5
    axes.text(at, 6 * factor * at**2, r"$\propto\,h^2$", color=QUIET, ha="right")


def _told(found: Errors) -> str:
    names = ", ".join(f"d{name}" for name in islice(found.rows, MOST_NAMES))
    more = f" and {len(found.rows) - MOST_NAMES} more" if len(found.rows) > MOST_NAMES else ""
    middle = found.middle
    at = best(middle)
    return (
        f"Log-log plot of the relative error of central differences against the step h, from "
        f"{STEPS[0]:.0e} to {STEPS[-1]:.0e}, for {names}{more}. The median error is "
        f"{middle[0]:.0e} at the shortest step, least, {middle[at]:.0e}, at h = {STEPS[at]:.0e}, "
        f"and {middle[-1]:.0e} at the longest."
    )


def _caption(found: Errors) -> str:
    rows = found.rows.values()
    said = ["How well differences of the emitted forward pass agree with its backward pass."]
    if found.bent is not None:
        said.append(
            "From the right the error falls as the square of the step, as truncation must, until "
            "rounding takes over and it grows as ε/h; a wrong gradient would stay on a plateau."
        )
    else:
        said.append(
            "A short step drowns in rounding, which grows as ε/h; a wrong gradient would stay on "
            "a plateau."
        )
    if any(leaps(row) for row in rows):
        said.append("The leap is a step that reaches across a kink.")
    if any(bend(row) is None and not leaps(row) for row in rows):
        said.append(
            "Where the output is at most quadratic in an array there is nothing to truncate, and "
            "the longest step is the best."
        )
    return " ".join(said)
