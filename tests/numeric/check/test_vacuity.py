"""A check that has not looked may not say PROVED: each rule, firing."""

from __future__ import annotations

import pytest

from numeric.check import check_source, kinks, protocol, tally
from numeric.check.point import Point
from numeric.check.result import INCONCLUSIVE, KINK, PROVED, WRONG
from numeric.check.tally import Tally

NOWHERE = Point("nowhere", {}, {}, {})


def kernel(forward: str, backward: str) -> str:
    return f"""import numpy as np


def forward(x):
    y = {forward}
    return y, x


def backward(saved, dy):
    x = saved
    return {backward}
"""


def program(expr: str) -> str:
    return f"input x[i]\noutput y[i]\ny[i] = {expr}"


def notes(result, proof: str) -> str:
    return next(line.note for line in result.lines if line.proof.startswith(proof))


def test_nothing_compared_is_inconclusive():
    line = Tally("proof", "exact").line()
    assert (line.verdict, line.comparisons) == (INCONCLUSIVE, 0)
    assert "nothing was compared" in line.note


def test_too_many_skipped_points_are_inconclusive():
    counted = Tally("proof", "exact", points=3)
    counted.equal(NOWHERE, "y", 1, 1)
    assert counted.line().verdict == PROVED
    counted.skipped["at a kink"] += 1
    line = counted.line()
    assert line.verdict == INCONCLUSIVE
    assert "1 of 4 points were skipped" in line.note


def test_one_skipped_point_of_five_is_not_too_many():
    counted = Tally("proof", "exact", points=4)
    counted.equal(NOWHERE, "y", 1, 1)
    counted.skipped["at a kink"] += 1
    assert counted.line().verdict == PROVED


@pytest.mark.parametrize(
    ("given", "expected"), [(float("nan"), 0.0), (0.0, float("nan")), (float("nan"),) * 2]
)
def test_nan_never_passes(given, expected):
    counted = Tally("proof", "exact")
    assert not counted.compare(NOWHERE, "y", given, expected, float("inf"))
    assert counted.line().verdict == WRONG


def test_equal_infinities_pass_and_others_do_not():
    counted = Tally("proof", "exact")
    assert counted.compare(NOWHERE, "y", float("-inf"), float("-inf"), 1e-9)
    assert not counted.compare(NOWHERE, "y", float("inf"), float("-inf"), 1e-9)
    assert not counted.compare(NOWHERE, "y", 0.0, float("-inf"), 1e-9)


def test_a_program_without_a_point_is_inconclusive_and_says_why():
    result = check_source(
        program("log(-x[i]^2 - 1)"), kernel("np.log(-x * x - 1)", "dy * 2 * x / (x * x + 1)")
    )
    assert (result.verdict, result.exit_code) == (INCONCLUSIVE, 3)
    assert "no data give a finite value" in notes(result, "S0")


def test_extents_that_cannot_be_had_are_inconclusive():
    text = "input x[i]\nindex u : 0 - size(i) - 1\noutput y[u]\ny[u] = x[0]*u"
    result = check_source(text, kernel("x", "dy"))
    assert result.verdict == INCONCLUSIVE
    assert "no extents are legal" in notes(result, "S0")


def test_a_branch_that_is_never_taken_is_named():
    result = check_source(program("relu(x[i]^2 + 1)"), kernel("x * x + 1", "2 * x * dy"))
    assert result.verdict == INCONCLUSIVE
    assert "only one branch was taken of relu in line 3, column 8" in notes(result, "coverage")


def test_a_rare_branch_is_looked_for():
    text = program("0.5*x[i] if x[i] > 9 else x[i]")
    right = kernel("np.where(x > 9, 0.5 * x, x)", "np.where(x > 9, 0.5 * dy, dy)")
    assert check_source(text, right).verdict == PROVED
    wrong = right.replace("np.where(x > 9, 0.5 * dy, dy)", "dy.copy()")
    assert check_source(text, wrong).verdict == WRONG


@pytest.mark.parametrize(
    ("right", "forward", "backward", "reason"),
    [
        ("step(x[i])", "np.sign(np.maximum(x, 0))", "np.zeros_like(x)",
         "dx = 0: no output depends on x"),
        ("x[i]*0", "x * 0", "dy * 0", "dx = 0, exactly, at every point of the field"),
        ("2 + x[i]^2 - x[i]*x[i]", "2 + 0 * x", "dy - dy",
         "dx = 0, exactly, at every point of the field"),
    ],
)  # fmt: skip
def test_a_gradient_that_is_always_zero_is_proved_to_be(right, forward, backward, reason):
    result = check_source(program(right), kernel(forward, backward))
    assert result.verdict == PROVED, str(result)
    assert reason in notes(result, "coverage")


def test_a_gradient_that_is_zero_by_an_identity_of_real_numbers_is_undecided():
    text = "log(2*x[i]^2 + 2) - log(x[i]^2 + 1)"
    right = kernel("np.log(2 * x * x + 2) - np.log(x * x + 1)", "dy * 0 * x")
    result = check_source(program(text), right)
    assert result.verdict in (PROVED, INCONCLUSIVE)
    assert result.counterexample is None


def test_a_kink_at_every_point_is_the_verdict():
    result = check_source(program("x[i] + abs(x[i] - x[i])"), kernel("x + 0", "dy + 0"))
    assert (result.verdict, result.exit_code) == (KINK, 0)
    line = next(line for line in result.lines if line.proof.startswith("S3"))
    assert line.comparisons == 0
    assert dict(line.skipped).keys() == {"at the kink of abs in line 3, column 15"}


def test_a_singular_point_is_not_wrong():
    # sqrt(x^2) has no derivative at 0; elsewhere it is the sign
    right = kernel("np.sqrt(x * x)", "dy * np.sign(x)")
    result = check_source(program("sqrt(x[i]^2)"), right)
    assert result.verdict in (PROVED, INCONCLUSIVE)
    assert result.counterexample is None


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("return y, x", "return y"), "returns 1 values, not 1 outputs and saved"),
        (("return 2 * x * dy", "return 2 * x * dy, dy"), "returns 2 gradients, 1 are declared"),
        (("return 2 * x * dy", "return None"), "is NoneType, not an array"),
        (("return 2 * x * dy", "return x[9]"), "raises IndexError"),
    ],
)
def test_what_is_returned_is_counted(edit, message):
    right = kernel("x * x", "2 * x * dy")
    assert check_source(program("x[i]^2"), right).verdict == PROVED
    result = check_source(program("x[i]^2"), right.replace(*edit))
    assert result.verdict == WRONG
    assert message in result.counterexample.given


# Sabotage of the checker itself: each must let some canary through, so the canaries are no decor.
CANARIES = [
    ("dense", "dW = dz.T @ x", "dW = dz.T @ x * 1.0005"),
    ("dense", "x @ W.T + b", "x @ W.T + 2 * b"),
    ("dense", "dz = da * (z > 0)", "dz = da * da * (z > 0)"),
    ("dense", "(z > 0)", "(z >= 0)"),
    ("bias", "dy.copy()", "dy"),
]


def verdicts(cases):
    return [
        check_source(cases[name].program, cases[name].kernel.replace(old, new)).verdict
        for name, old, new in CANARIES
    ]


def test_the_canaries_are_caught(cases):
    assert set(verdicts(cases)) == {WRONG}


@pytest.mark.parametrize(
    ("where", "name", "replacement"),
    [
        (Tally, "compare", lambda *_, **__: True),
        (tally, "_share", lambda *_: 0.0),
        (Tally, "equal", lambda *_, **__: True),
        (protocol, "PROOFS", ()),
        (kinks, "everywhere", any),
    ],
)
def test_a_sabotaged_checker_is_caught_by_the_canaries(
    cases, monkeypatch, where, name, replacement
):
    monkeypatch.setattr(where, name, replacement)
    assert set(verdicts(cases)) != {WRONG}
