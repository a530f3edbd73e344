"""Verdicts, exit codes, and how a result is printed."""

from __future__ import annotations

import json

import pytest

from numeric.check import CheckResult, Counterexample, Line, check_source
from numeric.check.result import INCONCLUSIVE, PRECISION, PROVED, WRONG


def line(verdict):
    return Line("S3 central difference", 12, (("at a kink", 1),), 0.5, "1e-25", verdict, "why")


@pytest.mark.parametrize(
    ("verdicts", "verdict", "code"),
    [
        ([], INCONCLUSIVE, 3),
        ([PROVED], PROVED, 0),
        ([PROVED, "KINK", "SINGULAR"], PROVED, 0),
        ([PROVED, PRECISION], PRECISION, 2),
        ([PRECISION, INCONCLUSIVE], INCONCLUSIVE, 3),
        ([INCONCLUSIVE, PRECISION, WRONG, PROVED], WRONG, 1),
    ],
)
def test_the_verdict_of_several_lines(verdicts, verdict, code):
    result = CheckResult("layer", tuple(map(line, verdicts)))
    assert (result.verdict, result.exit_code) == (verdict, code)


def test_a_result_prints_every_figure_and_survives_json():
    found = Counterexample(
        "S3 central difference", "dW[0, 1]", "1.5", "2.5", (("n", 2),), (("s", "1"),),
        "one-hot dy[0]", "distinct extents",
    )  # fmt: skip
    result = CheckResult("layer", (line(WRONG),), found, ("a note",), 7, (("numpy", "2.0"),))
    text = str(result)
    for part in (
        "layer: WRONG", "12", "1 at a kink", "5.0e-01", "1e-25", "why", "dW[0, 1]", "1.5", "2.5",
        "n=2", "s=1", "one-hot dy[0]", "a note", "seed 7", "numpy 2.0",
    ):  # fmt: skip
        assert part in text
    data = json.loads(json.dumps(result.as_json()))
    assert data["verdict"] == "WRONG"
    assert data["exit_code"] == 1
    assert data["proofs"][0]["skipped"] == {"at a kink": 1}
    assert data["counterexample"]["entry"] == "dW[0, 1]"


def test_the_same_seed_gives_the_same_report(cases):
    case = cases["huber"]
    first, second = (check_source(case.program, case.kernel, seed=3) for _ in range(2))
    assert str(first) == str(second)
    assert first == second


def test_every_line_says_what_it_rests_on(cases):
    result = check_source(cases["dense"].program, cases["dense"].kernel)
    assert [item.proof[:2] for item in result.lines] == [
        "S1",
        "S4",
        "S0",
        "S2",
        "S3",
        "S5",
        "S6",
        "S7",
        "co",
    ]
    assert all(item.comparisons > 0 for item in result.lines)
    assert all(item.worst is not None for item in result.lines if item.proof[:2] in ("S0", "S3"))
    assert dict(result.versions).keys() == {"python", "numpy", "mpmath"}
