"""One slope of a loss against one claimed slope: the rate at which Taylor's remainder falls.

    R(h) = |J(a + h*v) - J(a) - h*s|        s the claimed slope at a along v

falls with h^2 if s is right and with h if it is not. Steps are tried over a range of sizes: a
shorter one where a kink is crossed, a longer one where the loss hardly moves. A loss that is
linear along v leaves no remainder but rounding: then the slope itself has been compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, log2

Loss = Callable[[float], float]
# Powers of two, so that a step is no source of rounding.
STEPS = tuple(2.0**-k for k in range(4, 13))
LENGTHS = (1.0, 2.0**-4, 2.0**-8, 2.0**4, 2.0**8)
RATE, WRONG_RATE, SPREAD, ENOUGH = 2.0, 1.0, 0.1, 3
# Of the loss itself: remainders below are rounding.
NOISE = 1e3 * 2.0**-52
# A slope is known when its own error is this small beside it, ...
KNOWN = 1e-5
# ... and told apart from another when they are further apart than so many times its error.
APART = 20
RIGHT, LINEAR, FLAT, WRONG, UNKNOWN = "right", "linear", "flat", "wrong", "unknown"


@dataclass(frozen=True, slots=True)
class Trial:
    """What the steps along one direction say.

    Attributes:
        outcome: ``right`` by the rates, ``linear`` where there is no remainder, ``flat`` where
            the loss does not move, ``wrong``, or ``unknown``.
        given: the claimed slope.
        slope: the slope by differences, on both sides of the point.
        error: how well that is known.
        rates: the rates of the remainders above rounding, from the largest step on.
        kinked: whether the slopes on both sides of the point differ.
    """

    outcome: str
    given: float
    slope: float
    error: float
    rates: tuple[float, ...] = ()
    kinked: bool = False

    @property
    def off(self) -> float:
        """How far the best run of rates is from 2, as a share of what is allowed."""
        runs = [self.rates[k : k + ENOUGH] for k in range(len(self.rates) - ENOUGH + 1)]
        return min((max(abs(r - RATE) for r in run) / SPREAD for run in runs), default=0.0)


@dataclass(frozen=True, slots=True)
class Slopes:
    """The claimed slope, the one by differences, and how well that is known."""

    given: float
    found: float
    error: float


def judge(loss: Loss, given: float) -> Trial:
    """Compare the claimed slope at 0 with what the steps show, at the first length that can."""
    start, trials = loss(0.0), {}
    for length in LENGTHS:
        trial = _trial(loss, start, given, [length * step for step in STEPS])
        if trial.outcome in (RIGHT, LINEAR):
            return trial
        trials[length] = trial
    # between other kinks, the differences of long steps may look as if they had a slope of their
    # own where shorter ones show a kink at the point itself
    kink = min((length for length, trial in trials.items() if trial.kinked), default=inf)
    for outcome in (WRONG, FLAT):
        found = [t for n, t in trials.items() if t.outcome == outcome and n < kink]
        if found:
            return min(found, key=lambda trial: trial.error)
    return min(trials.values(), key=lambda trial: (not trial.kinked, trial.error))


def _trial(loss: Loss, start: float, given: float, steps: list[float]) -> Trial:
    ahead, behind = [loss(h) for h in steps], [loss(-h) for h in steps]
    values = [start, *ahead, *behind]
    if not all(map(isfinite, values)):
        return Trial(UNKNOWN, given, float("nan"), float("inf"))
    noise = NOISE * max(map(abs, values))
    slope, error = _slope(ahead, behind, steps, noise)
    remainders = [abs(a - start - h * given) for a, h in zip(ahead, steps, strict=True)]
    rates = tuple(_rates(remainders, noise))
    kinked = _is_kinked(start, (ahead, behind), steps, noise)
    outcome = _outcome(rates, noise, remainders, Slopes(given, slope, error), kinked)
    if max(abs(v - start) for v in values) <= noise:
        outcome = FLAT if abs(given) * steps[0] <= noise else outcome
    return Trial(outcome, given, slope, error, rates, kinked)


def _outcome(
    rates: tuple[float, ...], noise: float, remainders: list[float], slopes: Slopes, kinked: bool
) -> str:
    gap, size = abs(slopes.given - slopes.found), max(abs(slopes.given), abs(slopes.found))
    if gap > APART * slopes.error:
        return WRONG if _has_run(rates, WRONG_RATE) and not kinked else UNKNOWN
    # where the curvature is zero too, as along an odd function, it falls with h^3
    if _has_run(rates, RATE) or (_has_run(rates, RATE + 1) and slopes.error <= KNOWN * size):
        return RIGHT
    still = all(remainder <= noise for remainder in remainders[-ENOUGH - 1 :])
    return LINEAR if still and slopes.error <= KNOWN * size else UNKNOWN


def _has_run(rates: tuple[float, ...], wanted: float) -> bool:
    near = [abs(rate - wanted) <= SPREAD for rate in rates]
    return any(all(near[k : k + ENOUGH]) for k in range(len(near) - ENOUGH + 1))


def _rates(remainders: list[float], noise: float) -> list[float]:
    """How fast the remainder falls from step to step, while it is more than rounding."""
    found = []
    for larger, smaller in pairwise(remainders):
        if min(larger, smaller) <= noise:
            break
        found.append(log2(larger / smaller))
    return found


def _slope(
    ahead: list[float], behind: list[float], steps: list[float], noise: float
) -> tuple[float, float]:
    """The central difference whose truncation and rounding are smallest together, and these."""
    slopes = [(a - b) / (2 * h) for a, b, h in zip(ahead, behind, steps, strict=True)]
    return min(
        (
            # of two steps, one half of the other, a third of the difference is left over
            (fine + (fine - coarse) / 3, abs(fine - coarse) + noise / h)
            for (coarse, fine), h in zip(pairwise(slopes), steps[1:], strict=True)
        ),
        key=lambda pair: pair[1],
    )


def _is_kinked(
    start: float, values: tuple[list[float], list[float]], steps: list[float], noise: float
) -> bool:
    """Whether the slopes on both sides stay as far apart as they are, however short the step."""
    gaps = [abs(a + b - 2 * start) / h for a, b, h in zip(*values, steps, strict=True)]
    first, second, last = gaps[-3:]
    steady = 0.75 * first < second < 1.25 * first and 0.75 * second < last < 1.25 * second
    return steady and last > 4 * noise / steps[-1]
