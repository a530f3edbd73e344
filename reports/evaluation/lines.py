"""Every line of a derivation against the line before it and the true gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from derive.errors import UntrueEquality
from derive.program import Step
from numeric.check.point import Array
from numeric.check.whatif import UNFIT
from reports.equations import Derived
from reports.evaluation.partials import TOLERANCE, along, is_chain
from reports.evaluation.point import SEED, Point, drawn
from reports.evaluation.values import Values

_REMEDY = "this is a mistake of backproof, not of the equations: please report them"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What has been evaluated before it was displayed.

    Attributes:
        equalities: how many held.
        open: those that have no value at the data drawn, or whose data lie on a kink.
        reason: why there are no data; empty if there are.
        values: the arrays, for what is to be evaluated besides.
    """

    equalities: int = 0
    open: tuple[str, ...] = ()
    reason: str = ""
    values: Values | None = None


class OnCorner(Exception):
    """Differences cannot tell what a derivative is."""


def evaluated(found: Derived) -> Evaluated:
    """Evaluate the forward equations and every line of the derivation.

    Raises:
        UntrueEquality: for a line that does not hold.
    """
    point = drawn(found.program)
    if isinstance(point, str):
        return Evaluated(reason=point)
    try:
        values = Values(found, point)
    except UNFIT as problem:
        return Evaluated(reason=str(problem))
    _outer(found, point, values)
    held = len(found.forward)
    unknown: list[str] = []
    for step in found.steps:
        try:
            _check(values, step)
            held += 1
        except (OnCorner, *UNFIT):
            unknown.append(step.after)
    return Evaluated(held, tuple(unknown), values=values)


def _outer(found: Derived, point: Point, values: Values) -> None:
    """The equations as written, run by plain loops, against the prepared and derived ones."""
    for (name, output), inside in zip(point.outputs.items(), found.outputs, strict=True):
        compare(values.known[inside], output, f"the computation of {name}")
    gradients = zip(point.gradients.items(), found.joint.outputs, strict=True)
    for (name, gradient), derived in gradients:
        compare(values.known[derived], gradient, f"the gradient of {name}")


def _check(values: Values, step: Step) -> None:
    """Raise unless the line equals the gradient, and so the line before it."""
    what = f"a line of the derivation of {step.equation}, by the rule {step.rule!r},"
    if not is_chain(step):
        right = values.of(step.result.expr, step.result.free, step.extents)
        compare(right, values.known[step.equation], what, step.after)
        return
    for sides in along(values, step, np.random.default_rng(SEED)):
        if sides.corner:
            raise OnCorner
        if not sides.agree:
            raise _untrue(what, step.after, f"{sides.right:.6g}", f"{sides.left:.6g}")


def compare(shown: Array, true: Array, what: str, equation: str = "") -> None:
    """Raise unless two arrays are equal but for rounding; ``what`` says what was to be shown.

    Raises:
        UntrueEquality: with the first place where they differ.
    """
    scale = max(1.0, float(np.max(np.abs(true), initial=0.0)))
    if shown.shape != true.shape:
        raise _untrue(what, equation, f"the shape {shown.shape}", f"{true.shape}")
    wrong = ~(np.abs(shown - true) <= TOLERANCE * scale)
    if wrong.any():
        place = np.unravel_index(int(np.argmax(wrong)), wrong.shape) if wrong.shape else ()
        raise _untrue(what, equation, f"{shown[place]:.6g}", f"{true[place]:.6g}")


def _untrue(what: str, equation: str, shown: str, true: str) -> UntrueEquality:
    return UntrueEquality(
        f"{what} does not hold: it gives {shown} where {true} is right",
        equation=equation,
        remedy=_REMEDY,
    )
