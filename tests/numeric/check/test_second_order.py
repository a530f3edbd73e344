"""S10: gradients of gradients, on request."""

from __future__ import annotations

from dataclasses import replace

import pytest

import derive
import numeric
from numeric.check import second_order
from numeric.check.result import INCONCLUSIVE, PROVED, WRONG

TEXT = "title Cube\ninput x[n]\noutput y[n]\ny[n] = x[n]^3"


def line(result):
    return next(line for line in result.lines if line.proof == second_order.NAME)


@pytest.mark.parametrize("name", ["dense", "tanh", "softmax", "layer_norm"])
def test_second_derivatives_are_proved(name):
    result = numeric.check(derive.load(name), fast=True, second_order=True)
    assert (result.verdict, line(result).verdict) == (PROVED, PROVED), str(result)
    assert line(result).comparisons > 5


def test_without_asking_there_is_no_such_line():
    result = numeric.check(derive.parse(TEXT), fast=True)
    assert second_order.NAME not in {found.proof for found in result.lines}


def test_a_wrong_second_derivative_is_found(monkeypatch):
    def build(program, **hypers):
        kernel = numeric.build(program, **hypers)
        head, tail = kernel.source.split("def backward", 1)
        wrong = tail.replace("dx = ", "dx = 2 * ", 1)
        assert wrong != tail
        return replace(kernel, source=f"{head}def backward{wrong}")

    monkeypatch.setattr(second_order, "build", build)
    result = numeric.check(derive.parse(TEXT), fast=True, second_order=True)
    assert (result.verdict, line(result).verdict) == (WRONG, WRONG)
    assert result.counterexample.entry.startswith("dx")


def test_gradients_that_cannot_be_derived_again_are_undecided(monkeypatch):
    def adjoint(_):
        raise derive.DeriveError("too deep", remedy="less")

    monkeypatch.setattr(second_order, "adjoint", adjoint)
    result = numeric.check(derive.parse(TEXT), fast=True, second_order=True)
    assert (result.verdict, line(result).verdict) == (INCONCLUSIVE, INCONCLUSIVE)
    assert "the gradients have no gradient: too deep" in line(result).note
