"""The passes: what each rewrites, that running one twice changes nothing, that values stay."""

from __future__ import annotations

import pytest

import derive
from derive.program import Program
from derive.simplify import PIPELINE
from derive.simplify.assume import use_assumptions, use_means
from derive.simplify.branches import join_branches
from derive.simplify.conditions import settle_conditions
from derive.simplify.deltas import collapse_deltas
from derive.simplify.factor import factor_terms
from derive.simplify.fold import fold
from derive.simplify.inline import inline
from derive.simplify.reuse import reuse_forward

HEAD = "input x[n, i], z[n, i], w[i]\nconst t[n, k]\noutput y[n, i]\n"


def program(body: str) -> Program:
    return derive.parse(HEAD + body)


def last(found: Program) -> str:
    return str(found.equations[-1]).partition(" = ")[2]


ROWS = [
    # numbers, cancelling, like terms
    (fold, "2*x[n, i]*3", "6*x[n, i]"),
    (fold, "x[n, i]*(z[n, i]/x[n, i])", "z[n, i]"),
    (fold, "x[n, i] + z[n, i] + x[n, i]", "2*x[n, i] + z[n, i]"),
    (fold, "x[n, i] - x[n, i]", "0"),
    (fold, "x[n, i]*x[n, i]", "x[n, i]^2"),
    (fold, "-(-x[n, i])", "x[n, i]"),
    (fold, "0.044715*x[n, i]*2", "0.08943*x[n, i]"),
    (fold, "0.5*x[n, i]", "x[n, i]/2"),
    # sums
    (fold, "sum[k](t[n, k]*x[n, i])", "x[n, i]*sum[k](t[n, k])"),
    (fold, "sum[k](x[n, i])", "x[n, i]*size(k)"),
    (fold, "sum[k](0)", "0"),
    # conditions that ranges decide
    (settle_conditions, "x[n, i]*[i >= 0]", "x[n, i]"),
    (settle_conditions, "x[n, i]*[i < size(i)]", "x[n, i]"),
    (settle_conditions, "x[n, i]*[i > size(i)]", "0"),
    (settle_conditions, "x[n, i]*[i >= 1]", "x[n, i]*[i >= 1]"),
    (settle_conditions, "x[n, i] if i + 1 >= 1 else z[n, i]", "x[n, i]"),
    # deltas
    (collapse_deltas, "sum[j](x[n, j]*w[j]*[j == i])", "x[n, i]*w[i]"),
    (collapse_deltas, "sum[j](x[n, j]*[j == i and j >= 1])", "x[n, i]*[i >= 1]"),
    (collapse_deltas, "sum[k](t[n, k]*[k == i])", "sum[k](t[n, k]*[k == i])"),
    # common factors
    (factor_terms, "x[n, i]*w[i] - x[n, i]*z[n, i]", "x[n, i]*(w[i] - z[n, i])"),
    (factor_terms, "-2*x[n, i] + 2*z[n, i]", "2*(z[n, i] - x[n, i])"),
    (factor_terms, "-x[n, i] - z[n, i]", "-x[n, i] - z[n, i]"),
    # branches
    (join_branches, "x[n, i]*[w[i] > 0] + 2*[not w[i] > 0]", "x[n, i] if w[i] > 0 else 2"),
    (join_branches, "x[n, i]*[w[i] > 0] + 2*[w[i] <= 0]", "x[n, i]*[w[i] > 0] + 2*[w[i] <= 0]"),
]


@pytest.mark.parametrize(("run", "before", "after"), ROWS)
def test_pass(run, before: str, after: str) -> None:  # type: ignore[no-untyped-def]
    start = program(f"y[n, i] = {before}")
    once = run(start, frozenset({"y"}))
    assert last(once) == after
    assert run(once, frozenset({"y"})) == once


def test_passes_leave_forward_equations_alone() -> None:
    start = program("y[n, i] = x[n, i]*2*3")
    assert fold(start, frozenset()) == start


REUSE = [
    ("h[n, i] = tanh(x[n, i])", "1 - tanh(x[n, i])^2", "1 - h[n, i]^2"),
    ("h[n, i] = exp(x[n, i] - w[i])", "z[n, i]*exp(x[n, i] - w[i])", "z[n, i]*h[n, i]"),
    # at another index of the same range, and under a sum
    ("h[n, i] = exp(x[n, i])", "sum[j](exp(x[n, j]))", "sum[j](h[n, j])"),
    # part of a product
    ("h[n, i] = (x[n, i] - z[n, i])/w[i]", "2*(x[n, i] - z[n, i])/w[i]^2", "2*h[n, i]/w[i]"),
    # under the condition under which it is known
    ("h[n, i] = exp(x[n, i]) if i <= n else 0", "z[n, i]*exp(x[n, i]) if i <= n else 0",
     "z[n, i]*h[n, i]"),
    # a function of something else
    ("h[n, i] = tanh(x[n, i])", "tanh(z[n, i])", "tanh(z[n, i])"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "before", "after"), REUSE)
def test_reuses_forward_values(known: str, before: str, after: str) -> None:
    start = program(f"{known}\ny[n, i] = {before}")
    assert last(reuse_forward(start, frozenset({"y"}))) == after


def test_a_value_off_the_range_of_the_forward_equation_is_not_reused() -> None:
    text = (
        "input x[n]\nindex u : size(n) - 1\noutput y[n]\n"
        "h[u] = exp(x[u])\ny[n] = exp(x[n])"
    )
    start = derive.parse(text)
    assert last(reuse_forward(start, frozenset({"y"}))) == "exp(x[n])"


def test_an_assumption_is_used_at_any_index_and_a_mean_is_known() -> None:
    start = program("assume sum[k](t[n, k]) = 1\ny[n, i] = x[n, i]*sum[k](t[n, k])")
    assert last(use_assumptions(start, frozenset({"y"}))) == "x[n, i]"
    centred = program("mu[n] = mean[i](x[n, i])\ny[n, i] = sum[j](x[n, j] - mu[n])")
    assert last(use_means(centred, frozenset({"y"}))) == "0"


INLINE = [
    ("d[n, i] = 0", "d[n, i] + x[n, i]", "x[n, i]"),
    ("d[n, i] = 2*z[n, i]", "sum[j](d[n, j]*w[j])*x[n, i]", "2*sum[j](z[n, j]*w[j])*x[n, i]"),
    ("d[n] = sum[i](z[n, i])", "d[n]*x[n, i]", "sum[i2](z[n, i2])*x[n, i]"),
    # a line that only repeats a longer one
    ("d[n, i] = w[i] + sum[k](t[n, k])", "d[n, i]", "w[i] + sum[k](t[n, k])"),
    # read twice, or under another sum: the line stays
    ("d[n, i] = z[n, i]*w[i]", "d[n, i] + d[n, i]*x[n, i]", None),
    ("d[n] = sum[i](z[n, i])", "sum[j](d[n]*x[n, j])*w[i]", None),
]


@pytest.mark.parametrize(("line", "before", "after"), INLINE)
def test_inlines_what_is_used_once(line: str, before: str, after: str | None) -> None:
    start = program(f"{line}\ny[n, i] = {before}")
    found = inline(start, frozenset({"d", "y"}))
    if after is None:
        assert found == start
    else:
        assert last(derive.scope.settle(found)) == after


@pytest.mark.parametrize("layer", derive.layers())
def test_the_whole_pipeline_changes_nothing_the_second_time(layer: str) -> None:
    program = derive.load(layer)
    backward = derive.adjoint(program)
    forward = {e.name for e in derive.cotangent.prepare(program).equations}
    derived = frozenset(e.name for e in backward.equations) - forward
    again = backward
    for step in PIPELINE:
        again = step.run(again, derived)
    assert derive.scope.settle(again) == backward
