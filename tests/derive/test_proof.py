"""The prover: it finds the proofs of the textbook, and none of what is false."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
import numeric
from derive.expr import Add, Call, Div, Mul, Number, Read, Reduce, transform, walk
from derive.index import as_expr
from derive.proof import equal, knowledge
from tests.derive.claims import DENSE, RIGHT, SOFTMAX

FUNCTIONS = "input x[n], y[n], w[n]\noutput z[n]\nz[n] = x[n]*y[n]*w[n]"


def is_proved(text, claim):
    program = derive.parse(f"{text}\nclaim {claim}\n")
    known = knowledge(program)
    (found,) = program.claims
    truth = known.truth(found.name, found.indices)
    return [truth is not None and equal(known, truth, side) for side in found.sides]


def are_equal(left, right, text=FUNCTIONS):
    program = derive.parse(f"{text}\nclaim z[n] = {left} = {right}\n")
    return equal(knowledge(program), *program.claims[0].sides)


@pytest.mark.parametrize(("text", "claim"), [row[1:] for row in RIGHT], ids=[row[0] for row in RIGHT])
def test_a_textbook_derivation_is_proved(text, claim):
    assert all(is_proved(text, claim))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("(x[n] + y[n])^3", "x[n]^3 + 3*x[n]^2*y[n] + 3*x[n]*y[n]^2 + y[n]^3"),
        ("1/(x[n]*y[n])", "x[n]^(-1)/y[n]"),
        ("(x[n]^2 - y[n]^2)/(x[n] - y[n])", "x[n] + y[n]"),
        ("x[n]/(x[n] + y[n]) + y[n]/(x[n] + y[n])", "1"),
        ("exp(x[n])*exp(y[n] - x[n])", "exp(y[n])"),
        ("exp(2*x[n])", "exp(x[n])^2"),
        ("log(exp(x[n]))", "x[n]"),
        ("exp(log(x[n]))", "x[n]"),
        ("sqrt(x[n])^2", "x[n]"),
        ("sqrt(x[n] + y[n])*sqrt(x[n] + y[n])", "x[n] + y[n]"),
        ("(x[n]^2 + 1)^(3/2)", "(x[n]^2 + 1)*sqrt(x[n]^2 + 1)"),
        ("1 - tanh(x[n])^2", "1/cosh(x[n])^2"),
        ("tanh(x[n])", "sinh(x[n])/cosh(x[n])"),
        ("tanh(-x[n])", "-tanh(x[n])"),
        ("sigmoid(x[n])", "(1 + tanh(x[n]/2))/2"),
        ("sigmoid(x[n])*(1 - sigmoid(x[n]))", "exp(x[n])/(1 + exp(x[n]))^2"),
        ("log(sigmoid(x[n]))", "-softplus(-x[n])"),
        ("log(1 - sigmoid(x[n]))", "-softplus(x[n])"),
        ("softplus(x[n])", "log(1 + exp(x[n]))"),
        ("softplus(x[n]) - softplus(-x[n])", "x[n]"),
        ("silu(x[n])", "x[n] - x[n]*sigmoid(-x[n])"),
        ("sin(x[n])^2 + cos(x[n])^2", "1"),
        ("1 + tan(x[n])^2", "1/cos(x[n])^2"),
        ("cosh(x[n])^2 - sinh(x[n])^2", "1"),
        ("relu(x[n])", "max(x[n], 0)"),
        ("abs(x[n])", "relu(x[n]) + relu(-x[n])"),
        ("abs(x[n])", "x[n]*sign(x[n])"),
        ("max(x[n], y[n]) + min(x[n], y[n])", "x[n] + y[n]"),
        ("leaky_relu(x[n], 0)", "relu(x[n])"),
        ("(x[n] if x[n] > y[n] else y[n])", "max(x[n], y[n])"),
        ("[x[n] > y[n]]", "1 - [x[n] <= y[n]]"),
        ("[x[n] > y[n] and y[n] > w[n]]", "[x[n] > y[n]]*[w[n] < y[n]]"),
        ("[not (x[n] > 0 or y[n] > 0)]", "[x[n] <= 0]*[y[n] <= 0]"),
        ("gelu(x[n])", "x[n]*(1 + erf(x[n]/sqrt(2)))/2"),
        ("sum[m](x[m])*sum[m](y[m])", "sum[k, m](y[k]*x[m])"),
        ("sum[m](x[m] + w[n])", "sum[k](x[k]) + size(n)*w[n]"),
        ("mean[m](2*x[m])", "2*sum[m](x[m])/size(n)"),
        ("sum[m](x[m]*[m == n])", "x[n]"),
        ("sum[m where m != n](x[m])", "sum[m](x[m]) - x[n]"),
        ("sum[m where m <= n](x[m])", "sum[m](x[m]) - sum[m where m > n](x[m])"),
        ("logsumexp[m](x[m] + y[n])", "y[n] + log(sum[m](exp(x[m])))"),
        ("sum[m, k](x[m]*y[k]*x[k])", "sum[m, k](x[k]*y[m]*x[m])"),
        ("x[n]^w[n]*x[n]", "x[n]^(w[n] + 1)"),
    ],
)  # fmt: skip
def test_equal_forms_are_found_equal(left, right):
    assert are_equal(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sqrt(x[n]^2)", "x[n]"),
        ("log(x[n]^2)", "2*log(x[n])/3"),
        ("log(x[n]*y[n])", "log(x[n]) - log(y[n])"),
        ("exp(x[n] + y[n])", "exp(x[n]) + exp(y[n])"),
        ("sum[m](x[m]*y[m])", "sum[m](x[m])*sum[m](y[m])"),
        ("sum[m](x[m])", "x[n]*size(n)"),
        ("sum[m](x[m]^2)", "sum[m](x[m])^2"),
        ("mean[m](x[m])", "sum[m](x[m])"),
        ("sum[m where m < n](x[m])", "sum[m where m <= n](x[m])"),
        ("[x[n] > 0]", "[x[n] >= 0]"),
        ("relu(x[n])", "x[n]"),
        ("sigmoid(x[n])", "tanh(x[n])"),
        ("x[n]*y[n]", "x[n]*w[n]"),
        ("x[n]", "x[n - 1]"),
        ("sum[m](x[m - 1])", "sum[m](x[m])"),
        ("inf - inf + x[n]", "x[n]"),
        ("x[n] + 1/0.0", "x[n] + 1/0.0 + 1"),
    ],
)
def test_different_forms_are_not_found_equal(left, right):
    try:
        found = are_equal(left, right)
    except derive.DeriveError:
        return  # not even legal
    assert not found


def test_an_assumption_is_needed_and_used():
    text = "input x[n]\nconst t[n, k]\noutput z[n]\nz[n] = sum[k](t[n, k])*x[n]"
    assert not are_equal("z[n]", "x[n]", text)
    assert are_equal("z[n]", "x[n]", text + "\nassume sum[k](t[n, k]) = 1")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sum[k](t[n + 1, k])*x[n]", "x[n]"),  # off the grid t is zero, and adds up to 0
        ("sum[m](t[m, 0])*x[n]", "x[n]"),  # along the other axis
        ("sum[j](t[n, j]*w[j])*x[n]", "sum[j](w[j])*x[n]"),  # not the whole of the row
        ("sum[k](t[n, k])^2*x[n]", "2*x[n]"),
        ("sum[j](t[n, j])*x[n] + 0*sum[j](w[j])", "x[n]"),  # j runs over another extent
    ],
)
def test_a_fact_holds_where_it_is_said_to_hold(left, right):
    text = "input x[n], w[j]\nconst t[n, k]\nassume sum[k](t[n, k]) = 1\n"
    text += "output z[n]\nz[n] = x[n]*sum[j](w[j])"
    assert not are_equal(left, right, text)


def test_a_delta_at_a_quotient_is_left_alone():
    left, right = "sum[m](x[m]*[2*m == n])", "x[n]"
    assert not are_equal(left, right)


@pytest.mark.parametrize("fact", ["t[n]^2 = t[n]", "t[n]^2 = 1"])
def test_an_assumption_on_powers_is_used(fact):
    text = f"input x[n]\nconst t[n]\nassume {fact}\noutput z[n]\nz[n] = t[n]^3*x[n]"
    assert are_equal("z[n]", "t[n]*x[n]", text)


def test_an_assumption_that_goes_round_in_a_circle_ends():
    text = "input x[n]\nconst t[n]\nassume t[n] = 2*t[n] - 1\noutput z[n]\nz[n] = t[n]*x[n]"
    assert not are_equal("z[n]", "3*x[n]", text)


def test_a_program_whose_names_leave_no_room_for_cotangents_has_no_proofs():
    assert knowledge(derive.parse("input x\noutput y, dx\ny = x^2\ndx = 2*x")) is None


# ---- mutations --------------------------------------------------------------------------------


def _mutations(expr):
    """Every way to change one node of an expression so that its value changes."""
    for target in set(walk(expr)):
        for other in _changes(target):
            yield transform(expr, lambda node, t=target, o=other: o if node == t else node)


def _changes(node):
    match node:
        case Read(array, indices) if len(indices) == 2 and array in ("x", "da"):
            yield Mul((Number(Fraction(2)), node))
        case Number(value) if value > 0:
            yield Number(value + 1)
        case Reduce("sum", indices, body, where):
            yield Reduce("mean", indices, body, where)
        case Add(terms):
            yield Add((*terms, Number(Fraction(1))))
        case Div(top, bottom):
            yield Mul((top, bottom))
        case Call("tanh", args):
            yield Call("sigmoid", args)


MUTABLE = [row for row in RIGHT if row[1] in (DENSE, SOFTMAX)]


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_a_claim_with_one_change_is_never_proved(data):
    _, text, claim = data.draw(st.sampled_from(MUTABLE))
    program = derive.parse(f"{text}\nclaim {claim}\n")
    (found,) = program.claims
    side = data.draw(st.sampled_from(found.sides))
    mutants = sorted(_mutations(side), key=str)
    if not mutants:
        return
    changed = data.draw(st.sampled_from(mutants))
    known = knowledge(replace(program, claims=(replace(found, sides=(changed,)),)))
    truth = known.truth(found.name, tuple(as_expr(i.index) for i in found.indices))
    assert not equal(known, truth, changed) or _same_numbers(program, found, changed)


def _same_numbers(program, found, changed):
    judged = replace(program, claims=(replace(found, sides=(changed,), lines=(0,)),))
    return numeric.prove(judged).exit_code != 1
