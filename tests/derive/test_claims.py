"""Claims as text: read, printed, refused; and nothing but ``prove`` looks at them."""

from __future__ import annotations

import numpy as np
import pytest

import derive
import numeric
from derive.claims import as_program, cotangents
from tests.derive.claims import CONV1D, DENSE, LSTM, RIGHT, RNN, SOFTMAX_CE, STRIDED


def with_claim(claim, text=DENSE):
    return derive.parse(f"{text}\nclaim {claim}\n")


@pytest.mark.parametrize(("text", "claim"), [row[1:] for row in RIGHT], ids=[row[0] for row in RIGHT])
def test_claims_print_and_parse_back(text, claim):
    program = with_claim(claim, text)
    assert len(program.claims) == 1
    again = derive.parse(str(program))
    assert again == program
    assert str(again) == str(program)


def test_a_chain_keeps_its_steps_and_their_lines():
    program = derive.parse(
        DENSE + "\nclaim dW[i, j] = sum[n](dz[n, i]*\n   x[n, j]) =\n  sum[m](dz[m, i]*x[m, j])"
        "\nclaim db[i] = sum[n](dz[n, i])"
    )
    first, second = program.claims
    assert len(first.sides) == 2
    assert [line - first.lines[0] for line in first.lines] == [0, 2]
    assert second.lines[0] - first.lines[0] == 3


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (DENSE, {"dx", "dW", "db", "da", "dz"}),
        (RNN, {"dx", "dh0", "dU", "dW", "da", "dh", "dh_total"}),
        (LSTM, {"di", "df", "do", "dg", "dc0", "dc", "dh"}),
        (SOFTMAX_CE, {"dz", "dp", "dloss"}),
        ("input x[n]\noutput x[n], y\ny = sum[n](x[n]^2)", {"dx", "dx_out", "dy"}),
        ("const id[n] : int, t[n]\ninput x[i]\noutput y[n]\ny[n] = t[n]*x[id[n]]", {"dx", "dy"}),
    ],
)
def test_cotangents_are_called_as_adjoint_calls_them(text, names):
    program = derive.parse(text)
    known = cotangents(program)
    assert set(known) == names
    backward = derive.adjoint(program)
    given = {c.name for c in known.values() if c.given}
    assert given == {a.name for a in backward.arrays} - {a.name for a in program.arrays}
    assert set(backward.outputs) <= names


def test_the_total_of_an_output_that_is_read_is_not_what_the_caller_gives():
    known = cotangents(derive.parse(RNN))
    assert known["dh"].given
    assert not known["dh_total"].given
    assert {known["dh"].array, known["dh_total"].array} == {"h"}


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ("dq[n, i] = 1", "unknown array `dq`"),
        ("dq[n, i] = 1", "did you mean `dz`"),
        ("dz[n, i] = 2*foo[n, i]", "the program has x, W, b, z, a, dx, dW, db, da, dz"),
        ("dz[n, i] = bias", "unknown name `bias`"),
        ("dz[n] = 1", "`dz` has 2 indices and the claim has 1"),
        ("dz[n, i] = da[n]", "`da` has 2 indices and is read with 1"),
        ("dz[n, 0] = 1", "the left side of a claim has plain indices"),
        ("dz[n, n] = 1", "the index `n` stands twice on the left side"),
        ("dz[n, i] = da[n, k]", "the index `k` is neither on the left side nor bound"),
        ("dz[n, i] = sum[n](da[n, i])", "the index `n` is bound already"),
        ("dz[n, i] = sum[q](1)", "the index `q` reads no axis plainly"),
        ("dz[n, i] = da[n, i] == 1", "a condition stands where a number is needed"),
        ("dz[n, i]", "expected `=` and what `dz` is claimed to be"),
        ("dz[n, i] = 1 2", "expected the end of the statement"),
        ("dz[n, i] = da[n, i]^9999999", "above the limit"),
        ("dz[n, i] = foo(da[n, i])", "unknown function `foo`"),
    ],
)
def test_a_bad_claim_is_refused_with_a_caret(claim, problem):
    with pytest.raises(derive.DeriveError) as refused:
        with_claim(claim)
    message = str(refused.value)
    assert problem in message
    assert "^" in message
    assert "claim" in message


def test_a_line_that_begins_with_an_equals_sign_is_the_next_step():
    (claim,) = derive.parse(f"{DENSE}\nclaim db[i] = sum[n](dz[n, i])\n\n  = sum[m](dz[m, i])").claims
    assert len(claim.sides) == 2
    with pytest.raises(derive.ParseError, match="found `=`"):
        derive.parse(f"{DENSE}\nc[i] = b[i]\n = b[i]")


def test_a_hyperparameter_is_no_index_of_a_left_side():
    with pytest.raises(derive.IndexRefused, match="plain indices"):
        with_claim("dx[n, c, s] = 1", STRIDED)


def test_claim_is_a_reserved_word():
    with pytest.raises(derive.NameRefused, match="`claim` is a reserved word"):
        derive.parse("input claim\noutput y\ny = claim")


def test_a_computed_array_that_takes_the_name_of_a_cotangent_keeps_it():
    program = derive.parse("input x\noutput y, dx\ny = x^2\ndx = 2*x")
    assert "dx" not in cotangents(program)


# ---- nothing else looks -----------------------------------------------------------------------

CLAIM = "dW[i, j] = sum[n](dz[n, i])"  # wrong, and of no consequence


def test_an_adjoint_has_no_claims():
    assert derive.adjoint(with_claim(CLAIM)) == derive.adjoint(derive.parse(DENSE))


def test_a_kernel_is_the_same_beside_a_claim():
    assert numeric.build(with_claim(CLAIM)).source == numeric.build(derive.parse(DENSE)).source


def test_the_meaning_is_the_same_beside_a_claim():
    arrays = {"x": np.ones((2, 3)), "W": np.ones((4, 3)), "b": np.ones(4)}
    plain = numeric.interpret(derive.parse(DENSE), arrays)
    assert np.array_equal(numeric.interpret(with_claim(CLAIM), arrays)["a"], plain["a"])


def test_a_check_does_not_look_at_claims():
    assert numeric.check(with_claim(CLAIM), fast=True).exit_code == 0


def test_bind_puts_numbers_into_claims():
    program = with_claim("dK[f, c, q] = sum[n, v](x[n, c, s*v + q]*dy[n, f, v])", STRIDED)
    bound = derive.bind(program, s=3)
    assert "3*v + q" in str(bound.claims[0])
    assert derive.parse(str(bound)) == bound


def test_indices_of_claims_stay_out_of_the_extents_of_the_program():
    program = with_claim("dx[n, q] = sum[r](dz[n, r]*W[r, q])")
    assert dict(program.extents) == dict(derive.parse(DENSE).extents)
    assert [name for name, _ in program.claims[0].extents] == ["q", "r"]


def test_everything_is_zero_off_its_grid_in_a_claim():
    program = as_program(with_claim("dx[n, c, w] = sum[f, q](K[f, c, q]*dy[n, f, w - q])", CONV1D))
    assert {pad.array for pad in program.pads} >= {"dy", "x", "K", "y"}
