"""Every displayed equality is evaluated, and one that does not hold is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import cast

import numpy as np
import pytest

import derive
from derive.errors import DeriveError, UntrueEquality
from derive.expr import Call, Expr, IndexValue, Mul, Node, Number, Read, Reduce, transform
from derive.index import as_expr
from derive.program import Step
from reports.equations import Derived, derived
from reports.evaluation.lines import Evaluated, compare, evaluated
from reports.evaluation.point import drawn
from tests.derive.programs import PROGRAMS
from tests.reports.derivations import derivation_of, evaluation_of


@pytest.mark.parametrize("name", [*derive.layers(), *PROGRAMS])
def test_every_line_holds(name: str) -> None:
    found, held = derivation_of(name), evaluation_of(name)
    assert (held.open, held.reason) == ((), "")
    assert held.equalities == len(found.forward) + len(found.steps)


# ---- a line with a mistake in it ---------------------------------------------------------------

Change = Callable[[Expr], Expr]


def _doubled(expr: Expr) -> Expr:
    return Mul((Number(Fraction(2)), expr))


def _moved(expr: Expr) -> Expr:
    """The first read that can be read one step further on, read there."""
    done = False

    def rule(node: Node) -> Node:
        nonlocal done
        if done or not isinstance(node, Read) or not node.indices:
            return node
        done = True
        return Read(node.array, (node.indices[0] + 1, *node.indices[1:]))

    return cast(Expr, transform(expr, rule))


def _unsummed(expr: Expr) -> Expr:
    """Without one of the factors under a sum."""

    def rule(node: Node) -> Node:
        if isinstance(node, Reduce) and isinstance(node.body, Mul):
            return replace(node, body=Mul((*node.body.factors[1:], *node.body.factors[1:])))
        return node

    return cast(Expr, transform(expr, rule))


def _other_delta(expr: Expr) -> Expr:
    def rule(node: Node) -> Node:
        if isinstance(node, Call) and node.name == "δ":
            right = node.args[1]
            assert isinstance(right, IndexValue)
            return Call("δ", (node.args[0], IndexValue(right.expr + as_expr(1)), *node.args[2:]))
        return node

    return cast(Expr, transform(expr, rule))


def _other_value(expr: Expr) -> Expr:
    """The partial derivative of an array that does not hold the element."""

    def rule(node: Node) -> Node:
        if isinstance(node, Call) and node.name == "∂":
            value = node.args[0]
            assert isinstance(value, Read)
            return Call("∂", (Read("a", value.indices), node.args[1]))
        return node

    return cast(Expr, transform(expr, rule))


MISTAKES: list[tuple[str, str, str, Change]] = [
    ("dense", "dW", "chain rule", _other_value),
    ("dense", "dW", "differentiate", _doubled),
    ("dense", "dW", "differentiate", _other_delta),
    ("dense", "dW", "collapse", _unsummed),
    ("dense", "db", "collapse", _doubled),
    ("lstm", "dh_total", "differentiate", _other_delta),
    ("lstm", "dh_total", "collapse", _moved),
    ("lstm", "dc_total", "substitute", _doubled),
    ("lstm", "dg_in", "reuse forward value", _moved),
    ("conv2d", "dx", "differentiate", _other_delta),
    ("conv2d", "dx", "collapse", _unsummed),
    ("softmax_cross_entropy", "dp_logsumexp", "simplify", _doubled),
    ("softmax_cross_entropy", "dz", "simplify", _doubled),
    ("attention", "dp_logsumexp", "reuse forward value", _unsummed),
]


def corrupted(found: Derived, name: str, rule: str, change: Change) -> Derived:
    """With a mistake in the first line of one rule."""
    at = next(i for i, s in enumerate(found.steps) if (s.equation, s.rule) == (name, rule))
    step = found.steps[at]
    wrong = replace(step, result=replace(step.result, expr=change(step.result.expr)))
    assert wrong.result.expr != step.result.expr
    return replace(found, steps=(*found.steps[:at], wrong, *found.steps[at + 1 :]))


@pytest.mark.parametrize(("layer", "name", "rule", "change"), MISTAKES)
def test_a_line_that_does_not_hold_is_refused(
    layer: str, name: str, rule: str, change: Change
) -> None:
    found = corrupted(derivation_of(layer), name, rule, change)
    with pytest.raises(UntrueEquality, match=r"does not hold: it gives .* where .* is right"):
        evaluated(found)


def test_a_wrong_gradient_is_refused() -> None:
    found = derivation_of("dense")
    wrong = tuple(
        replace(e, expr=_doubled(e.expr)) if e.name == "db" else e for e in found.joint.equations
    )
    with pytest.raises(UntrueEquality, match="the gradient of b does not hold"):
        evaluated(replace(found, joint=found.joint.with_equations(wrong)))


def test_a_wrong_forward_equation_is_refused() -> None:
    found = derivation_of("dense")
    wrong = tuple(
        replace(e, expr=_doubled(e.expr)) if e.name == "z" else e for e in found.joint.equations
    )
    with pytest.raises(UntrueEquality, match="the computation of a does not hold"):
        evaluated(replace(found, joint=found.joint.with_equations(wrong)))


def test_the_refusal_shows_the_line_and_whose_mistake_it_is() -> None:
    found = corrupted(derivation_of("dense"), "db", "collapse", _doubled)
    with pytest.raises(
        UntrueEquality, match="the derivation of db, by the rule 'collapse'"
    ) as told:
        evaluated(found)
    assert isinstance(told.value, DeriveError)
    assert told.value.equation.startswith("db[i] = ")
    assert "a mistake of backproof, not of the equations" in told.value.remedy


def test_arrays_of_different_shapes_are_not_equal() -> None:
    with pytest.raises(UntrueEquality, match=r"the shape \(2,\) where \(3,\) is right"):
        compare(np.zeros(2), np.zeros(3), "this")


def test_what_is_not_a_number_is_not_equal() -> None:
    with pytest.raises(UntrueEquality, match="gives nan where 1 is right"):
        compare(np.array([np.nan]), np.array([1.0]), "this")


# ---- where nothing can be said -----------------------------------------------------------------


def test_without_data_nothing_is_evaluated_and_that_is_said() -> None:
    program = derive.parse("input x[n]\noutput y[n]\ny[n] = log(-1 - x[n]^2)")
    assert "no data give a finite value" in str(drawn(program))
    held = evaluated(derived(program))
    assert (held.equalities, held.values) == (0, None)
    assert "no data give a finite value" in held.reason


def test_a_kink_leaves_a_line_open() -> None:
    # off its grid x is 0, and there ReLU has its kink
    program = derive.parse("pad x = 0\ninput x[n]\noutput y[n]\nz[n] = x[n-1]\ny[n] = relu(z[n])")
    found = derived(program)
    held = evaluated(found)
    assert [line.partition(" = ")[0] for line in held.open] in ([], ["dz[n]"], ["dx[n]"])
    assert held.equalities + len(held.open) == len(found.forward) + len(found.steps)
    assert held.open


def test_steps_know_the_extents_of_their_own_indices() -> None:
    step: Step = next(s for s in derivation_of("conv2d").steps if s.rule == "differentiate")
    assert {name for name, _ in step.extents} >= {"n2", "c2", "u", "v"}


def test_an_empty_evaluation_says_nothing_held() -> None:
    assert Evaluated().equalities == 0
