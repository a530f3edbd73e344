"""Claims judged: right ones are proved, wrong ones get a counterexample and another reading."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

import derive
import numeric
from derive.claims import cotangents
from derive.expr import reads
from derive.parser import parse_tree
from numeric.check.claims import judge
from numeric.check.claims.judge import Bench, Compared, compared, court, truth
from numeric.check.claims.result import HOLDS, PROVED, UNKNOWN, Judgement
from numeric.check.claims.result import WRONG as IS_WRONG
from numeric.check.claims.values import known
from numeric.check.point import Point
from numeric.interpret.arithmetic import reals
from numeric.interpret.reverse import reverse
from tests.derive.claims import DENSE, LAYER_NORM, LSTM, RIGHT, RNN, SOFTMAX, SOFTMAX_CE, WRONG


def proved(text, *claims, **options):
    lines = "\n".join(f"claim {claim}" for claim in claims)
    return numeric.prove(derive.parse(f"{text}\n{lines}\n"), **options)


# Every program once; the proofs of the others are tested where the prover is.
EVERY_PROGRAM = list({row[1]: row for row in RIGHT}.values())


@pytest.mark.parametrize(
    ("text", "claim"), [r[1:] for r in EVERY_PROGRAM], ids=[r[0] for r in EVERY_PROGRAM]
)
def test_a_right_derivation_is_proved_and_holds_in_numbers(text, claim):
    result = proved(text, claim)
    assert result.verdict == PROVED, str(result)
    assert result.exit_code == 0
    for step in result.claims[0].steps:
        assert step.truth.points >= 4
        assert step.truth.entries >= step.truth.points


@pytest.mark.parametrize(("text", "claim", "told"), [r[1:] for r in WRONG], ids=[r[0] for r in WRONG])
def test_a_wrong_derivation_has_a_counterexample(text, claim, told):
    result = proved(text, claim)
    assert result.verdict == IS_WRONG, str(result)
    assert result.exit_code == 1
    (step,) = result.claims[0].steps
    found = step.truth.difference
    assert found.claimed != found.expected
    assert all(size <= 3 for _, size in found.sizes)
    if "shape" not in found.found:
        assert found.found == "the same at 80 and 160 digits"
    assert any(told in reading for reading in step.truth.readings) or not told, str(result)


def derived_as_claims(name):
    """The derived equations of a layer that name nothing but its arrays and cotangents."""
    program = derive.load(name)
    known = {*cotangents(program), *(a.name for a in program.arrays)}
    known |= {e.name for e in program.equations}
    return [
        str(equation)
        for equation in derive.adjoint(program).equations
        if equation.name in cotangents(program)
        and {read.array for read in reads(equation.expr)} <= known
    ]


@pytest.mark.parametrize("name", ["causal_attention", "embedding", "match1d", "rms_norm", "huber"])
def test_derived_equations_are_proved_as_claims(name):
    claims = derived_as_claims(name)
    assert claims
    result = proved(str(derive.load(name)), *claims)
    assert result.verdict == PROVED, str(result)


def test_a_chain_with_a_wrong_middle_names_both_wrong_links():
    claim = "dz[n, i] = da[n, i]*(1 - a[n, i]^2) = da[n, i]*(1 - a[n, i]) = da[n, i]/cosh(z[n, i])^2"
    result = proved(DENSE, claim)
    links = [step.link.verdict for step in result.claims[0].steps]
    truths = [step.truth.verdict for step in result.claims[0].steps]
    assert links == [PROVED, IS_WRONG, IS_WRONG]
    assert truths == [PROVED, IS_WRONG, PROVED]
    assert result.claims[0].first_wrong == 2
    assert "the first wrong step of dz[n, i] is number 2" in str(result)


def test_two_wrong_steps_that_are_equal_have_a_right_link():
    claim = "dz[n, i] = da[n, i]*(1 - z[n, i]^2) = da[n, i] - z[n, i]^2*da[n, i]"
    first, second = proved(DENSE, claim).claims[0].steps
    assert first.truth.verdict == second.truth.verdict == IS_WRONG
    assert second.link.verdict == PROVED


def test_what_only_numbers_show_is_not_called_proved():
    text = "input x[n]\noutput y[n]\ny[n] = sin(2*x[n])"
    result = proved(text, "dx[n] = 2*dy[n]*(cos(x[n])^2 - sin(x[n])^2)")
    (step,) = result.claims[0].steps
    assert step.truth.verdict == HOLDS
    assert result.exit_code == 3
    assert f"{HOLDS} at {step.truth.points} points" in str(result)


def test_what_has_no_value_cannot_be_judged():
    result = proved(DENSE, "dz[n, i] = da[n, i]*log(-1 - a[n, i]^2)")
    (step,) = result.claims[0].steps
    assert step.truth.verdict == UNKNOWN
    assert "no finite value" in step.truth.reason
    assert result.exit_code == 3


def test_a_program_without_claims_has_nothing_to_prove():
    with pytest.raises(derive.ProgramRefused, match="there is nothing to prove"):
        numeric.prove(derive.load("dense"))


def test_a_hyperparameter_is_given_its_number():
    text = "input x[n]\nhyper a = 2.0\noutput y[n]\ny[n] = a*x[n]"
    claim = "dx[n] = 3*dy[n]"
    assert proved(text, claim).exit_code == 1
    assert proved(text, claim, hypers={"a": 3.0}).verdict == HOLDS
    assert proved(text, "dx[n] = a*dy[n]", hypers={"a": 3.0}).exit_code == 0
    with pytest.raises(derive.OptionRefused, match="no hyperparameter `b`"):
        proved(text, claim, hypers={"b": 1})


def test_a_contradiction_between_proof_and_numbers_is_an_internal_error(monkeypatch):
    monkeypatch.setattr(sys.modules["numeric.check.claims.prove"], "equal", lambda *_: True)
    result = proved(DENSE, "dz[n, i] = da[n, i]")
    (step,) = result.claims[0].steps
    assert step.truth.verdict == UNKNOWN
    assert step.truth.reason == judge.CONTRADICTION
    assert result.exit_code == 3


def test_no_points_is_no_proof():
    assert Compared().judgement(True).verdict == UNKNOWN
    assert Compared(points=1, entries=5).judgement(True).verdict == UNKNOWN
    assert Compared(points=2, entries=0).judgement(True).verdict == UNKNOWN
    assert Compared(points=2, entries=5).judgement(True).verdict == PROVED


def test_the_same_seed_gives_the_same_result():
    first, second = (proved(DENSE, "dz[n, i] = da[n, i]", seed=5) for _ in range(2))
    assert first == second
    assert str(first) == str(second)


def test_json_holds_what_the_table_says():
    result = proved(DENSE, "dz[n, i] = da[n, i]*(1 - a[n, i]^2) = da[n, i]")
    found = json.loads(json.dumps(result.as_json()))
    (claim,) = found["claims"]
    assert found["exit_code"] == 1
    assert claim["first_wrong_link"] == 2
    assert [step["truth"]["verdict"] for step in claim["steps"]] == [PROVED, IS_WRONG]
    assert claim["steps"][1]["truth"]["difference"]["sizes"] == {"n": 1, "j": 1, "i": 1}


def test_the_table_names_the_line_of_every_step():
    text = DENSE.strip()
    program = derive.parse(f"{text}\nclaim dz[n, i] = da[n, i]*(1 - a[n, i]^2) =\n  da[n, i]\n")
    lines = [step.line for step in numeric.prove(program).claims[0].steps]
    assert lines == [6, 7]


# ---- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [DENSE, SOFTMAX, SOFTMAX_CE, RNN, LSTM, LAYER_NORM])
def test_cotangents_of_given_arrays_are_those_of_the_scatter_form(text):
    program = derive.parse(text)
    tree, number = parse_tree(text), reals(40)
    hypers = {h.name: h.default for h in program.hypers}
    found = court(program, hypers, np.random.default_rng(1))
    for at in found.points:
        done = reverse(tree, at.point.arrays, number, hypers)
        expected = done.gradients(at.point.cotangents)
        for name, gradient in expected.items():
            gaps = np.abs(np.asarray(at.arrays[f"d{name}"] - gradient, dtype=object))
            assert all(gap < 1e-30 for gap in np.asarray(gaps, dtype=object).flat), name


def test_a_copy_does_not_share_the_cotangent_of_what_it_copies():
    text = "input x\noutput y\nz = x\ny = z*x"
    program, one = derive.parse(text), np.array(1, dtype=object)
    point = Point("", {}, {"x": np.array(3, dtype=object)}, {"y": one})
    at = known(program, parse_tree(text), point, reals(30), {})
    assert (at.arrays["dz"][()], at.arrays["dx"][()]) == (3, 6)


def test_an_intermediate_of_constants_has_a_cotangent():
    text = "const c\ninput x\noutput y\nz = 2*c\ny = z*x"
    program, one = derive.parse(text), np.array(1, dtype=object)
    point = Point("", {}, {"c": one, "x": np.array(5, dtype=object)}, {"y": one})
    at = known(program, parse_tree(text), point, reals(30), {})
    assert at.arrays["dz"][()] == 5


def test_a_step_of_another_shape_is_wrong():
    program = derive.parse(DENSE + "\nclaim dW[j, i] = sum[n](dz[n, i]*x[n, j])")
    found = court(program, {}, np.random.default_rng(0))
    gap = compared(found.points, Bench(found, program.claims).value(0, 0), truth("dW")).gap
    assert gap.place is None
    assert "the shapes differ" in gap.problem


def test_an_index_that_reads_axes_of_two_extents_is_wrong():
    result = proved(DENSE, "dx[n, j] = sum[q](dz[n, q]*W[j, q])")
    assert result.verdict == IS_WRONG


def test_judgements_are_told_with_what_they_rest_on():
    assert Judgement(HOLDS, points=7).told == "holds numerically at 7 points"
    assert replace(Judgement(PROVED), points=7).told == "proved"
