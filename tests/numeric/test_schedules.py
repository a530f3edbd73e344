"""Schedules: their figures, and what they refuse."""

from math import cos, pi, sqrt

import pytest

from derive.errors import OptionRefused
from numeric.schedules import Constant, Cosine, Exponential, PerEpoch, StepDecay, WarmUp

HALF = (1 + cos(pi / 2)) / 2


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        (Constant(), {0: 1, 7: 1}),
        (Constant(0.5), {0: 0.5, 7: 0.5}),
        (StepDecay(10), {0: 1, 9: 1, 10: 0.1, 25: 0.01}),
        (StepDecay(2, 0.5), {1: 1, 2: 0.5, 7: 0.125}),
        (Exponential(0.9), {0: 1, 1: 0.9, 10: 0.9**10}),
        (Cosine(8), {0: 1, 2: (1 + sqrt(0.5)) / 2, 4: HALF, 8: 0, 20: 0}),
        (Cosine(8, floor=0.2), {0: 1, 4: 0.6, 8: 0.2, 9: 0.2}),
        (Cosine(8, restarts=True), {0: 1, 4: HALF, 8: 1, 12: HALF, 16: 1}),
        (
            Cosine(4, restarts=True, growth=2),
            {0: 1, 2: HALF, 4: 1, 8: HALF, 12: 1, 20: HALF, 28: 1},
        ),
        (WarmUp(4), {0: 0.25, 3: 1, 4: 1, 100: 1}),
        (WarmUp(2, Exponential(0.5)), {0: 0.5, 1: 1, 2: 1, 3: 0.5}),
        (PerEpoch(StepDecay(2), 5), {0: 1, 9: 1, 10: 0.1}),
    ],
)
def test_factors(schedule, factors):
    assert {step: schedule(step) for step in factors} == pytest.approx(
        factors, rel=1e-14, abs=1e-15
    )


@pytest.mark.parametrize("growth", [1.0, 1.5, 2.0, 3.0])
def test_every_restart_is_a_jump_up_in_a_falling_curve(growth):
    schedule = Cosine(10, restarts=True, growth=growth)
    factors = [schedule(step) for step in range(2000)]
    jumps = [k for k in range(1, 2000) if factors[k] > factors[k - 1]]
    ends, end = [], 10.0
    while end < 2000:
        ends.append(end)
        end = 10 + growth * end
    assert jumps == pytest.approx(ends, abs=1)
    assert len(jumps) == len(ends)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Constant(0), "factor = 0 is not above 0"),
        (lambda: Constant(float("inf")), "factor = inf is not above 0"),
        (lambda: StepDecay(0), "every = 0 is not from 1 up"),
        (lambda: StepDecay(3, 1.5), r"factor = 1.5 is not in \(0, 1\]"),
        (lambda: Exponential(0.0), r"factor = 0.0 is not in \(0, 1\]"),
        (lambda: Cosine(0), "period = 0 is not from 1 up"),
        (lambda: Cosine(5, floor=-0.1), r"floor = -0.1 is not in \[0, 1\]"),
        (lambda: Cosine(5, growth=0.5), "growth = 0.5 is not from 1 up"),
        (lambda: WarmUp(0), "steps = 0 is not from 1 up"),
        (lambda: PerEpoch(Constant(), 0), "batches = 0 is not from 1 up"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(OptionRefused, match=message):
        make()
