"""The recorded derivation: which line follows which, deltas, fresh names, extents."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

import derive
from derive.cotangent.deltas import axes_of, fixed
from derive.expr import Call, Mul, Read, walk
from derive.program import Program, Step


@cache
def steps(layer: str) -> tuple[Step, ...]:
    return derive.adjoint(derive.load(layer)).steps


def told(layer: str, name: str) -> list[tuple[str, str]]:
    """Rule and right side of each line of one derivation."""
    found = (s for s in steps(layer) if s.equation == name)
    return [(s.rule, s.after.partition(" = ")[2]) for s in found]


STORIES = [
    (
        "dense",
        "dW",
        [
            ("chain rule", "sum[n, i2](dz[n, i2]*(∂z[n, i2]/∂W[i, j]))"),
            ("differentiate", "sum[n, i2, j2](dz[n, i2]*x[n, j2]*[i2 == i]*[j2 == j])"),
            ("collapse", "sum[n](dz[n, i]*x[n, j])"),
        ],
    ),
    # what is plain to see first, what has to be solved for after it
    (
        "conv1d",
        "dx",
        [
            ("chain rule", "sum[n2, f, u](dy[n2, f, u]*(∂y[n2, f, u]/∂x[n, c, h]))"),
            (
                "differentiate",
                "sum[n2, f, u, c2, p](dy[n2, f, u]*W[f, c2, p]"
                "*[n2 == n]*[c2 == c]*[s*u + d*p - P == h])",
            ),
            ("collapse", "sum[f, u, p](dy[n, f, u]*W[f, c, p]*[s*u + d*p - P == h])"),
            ("collapse", "sum[f, p](dy[n, f, (h - d*p + P)/s]*W[f, c, p])"),
        ],
    ),
    # an index that is only moved goes with the plain ones; i2 becomes i, and k stays what it is
    (
        "rnn",
        "dh_total",
        [
            (
                "chain rule",
                "dh[t, n, i] + sum[t2, n2, k](dh_in[t2, n2, k]*(∂h_in[t2, n2, k]/∂h[t, n, i]))"
                " + sum[t2, n2, o](dy[t2, n2, o]*(∂y[t2, n2, o]/∂h[t, n, i]))",
            ),
            (
                "differentiate",
                "dh[t, n, i] + sum[t2, n2, k, i2](dh_in[t2, n2, k]*W_hh[k, i2]"
                "*[t2 - 1 == t]*[n2 == n]*[i2 == i])"
                " + sum[t2, n2, o, i2](dy[t2, n2, o]*W_hy[o, i2]*[t2 == t]*[n2 == n]*[i2 == i])",
            ),
            (
                "collapse",
                "dh[t, n, i] + sum[k](dh_in[t + 1, n, k]*W_hh[k, i])"
                " + sum[o](dy[t, n, o]*W_hy[o, i])",
            ),
        ],
    ),
    # what does not depend on the sum stands before it, with its sign, in every line
    (
        "softmax_cross_entropy",
        "dp_logsumexp",
        [
            ("chain rule", "dloss*(∂loss/∂p_logsumexp[n])"),
            ("differentiate", "dloss*sum[n2, k](t[n2, k]*[n2 == n])/size(n)"),
            ("collapse", "dloss*sum[k](t[n, k])/size(n)"),
            ("simplify", "dloss/size(n)"),
        ],
    ),
    # a forward value is found again whatever it is put into later
    (
        "softmax",
        "dp_logsumexp",
        [
            ("chain rule", "sum[n2, i](dp[n2, i]*(∂p[n2, i]/∂p_logsumexp[n]))"),
            ("differentiate", "-sum[n2, i](dp[n2, i]*exp(z[n2, i] - p_logsumexp[n2])*[n2 == n])"),
            ("collapse", "-sum[i](dp[n, i]*exp(z[n, i] - p_logsumexp[n]))"),
            ("reuse forward value", "-sum[i](dp[n, i]*p[n, i])"),
        ],
    ),
    # a delta that fixes nothing is a condition
    (
        "embedding",
        "dE",
        [
            ("chain rule", "sum[n, i2](dy[n, i2]*(∂y[n, i2]/∂E[k, i]))"),
            ("differentiate", "sum[n, i2](dy[n, i2]*[id[n] == k]*[i2 == i])"),
            ("collapse", "sum[n where id[n] == k](dy[n, i])"),
        ],
    ),
]


@pytest.mark.parametrize(("layer", "name", "expected"), STORIES)
def test_a_derivation(layer: str, name: str, expected: list[tuple[str, str]]) -> None:
    assert told(layer, name) == expected


def test_the_reason_of_a_collapse_names_the_indices() -> None:
    reasons = {s.reason for s in steps("conv1d") if s.rule == "collapse"}
    assert {"deltas fix n2, c2", "a delta fixes u", "a delta fixes f2"} <= reasons


LAYERS = (
    "attention", "causal_attention", "conv2d", "conv_transpose2d", "embedding", "gru",
    "layer_norm", "maxpool2d", "rnn",
)  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
def test_deltas_go_and_never_come_back(layer: str) -> None:
    lines: dict[str, list[Step]] = {}
    for step in steps(layer):
        lines.setdefault(step.equation, []).append(step)
    for found in lines.values():
        held = [axes_of(s.result.expr) for s in found]
        first = next((i for i, axes in enumerate(held) if axes), 0)
        assert all(later <= earlier for earlier, later in pairwise(held[first:]))
        assert not held[-1]


def sent_back(step: Step) -> set[str]:
    """The cotangents that stand before partial derivatives."""
    products = (n for n in walk(step.result.expr) if isinstance(n, Mul) and len(n.factors) == 2)
    pairs = (p.factors for p in products if isinstance(p.factors[1], Call))
    return {c.array for c, d in pairs if isinstance(c, Read) and getattr(d, "name", "") == "∂"}


def untold(program: Program) -> set[str]:
    backward = derive.adjoint(program)
    given = {array.name for array in backward.arrays}
    found = {name for step in backward.steps for name in sent_back(step)}
    assert found
    return found - {step.equation for step in backward.steps} - given


@pytest.mark.parametrize("layer", ["dense", "lstm", "conv2d", "batch_norm", "maxpool2d", "huber"])
def test_every_cotangent_that_is_read_has_been_told(layer: str) -> None:
    assert untold(derive.load(layer)) == set()


VANISHING = """
input x[n]
output y[n]
z[n] = x[n]^2 + 1
y[n] = step(z[n]) + x[n]
"""


def test_a_cotangent_that_vanishes_is_told_where_another_needs_it() -> None:
    backward = derive.adjoint(derive.parse(VANISHING))
    zero = [s for s in backward.steps if s.equation == "dz"]
    assert zero[-1].after.endswith(" = 0")
    assert untold(derive.parse(VANISHING)) == set()
    assert "∂z[n2]/∂x[n]" in next(s.after for s in backward.steps if s.equation == "dx")


OVERLAPPING = """
const c[i, j]
param w, a[j], b[i]
output D[i, j]
D[-1, j] = a[j]
D[i, -1] = b[i]
D[0, -1] = w
D[i, j] = D[i-1, j] + D[i, j-1]*c[i, j]
"""


def test_a_start_that_another_overrules_says_so_in_every_line() -> None:
    backward = derive.adjoint(derive.parse(OVERLAPPING))
    found = [s for s in backward.steps if s.equation == "dD_start2"]
    assert found[0].rule == "chain rule"
    assert all("not " in s.after or "!=" in s.after for s in found[1:]), [s.after for s in found]


def test_lines_hold_extents_for_what_only_they_name() -> None:
    rows = {row for s in steps("conv2d") for row, _ in s.extents}
    assert {"n2", "c2", "f2", "u", "v"} <= rows
    program: Program = derive.adjoint(derive.load("conv2d"))
    assert "n2" not in dict(program.extents)


def test_fixed_names_what_is_gone() -> None:
    lines = [s.result.expr for s in steps("conv2d") if s.equation == "dx"]
    assert fixed(lines[1], lines[2]) == ("n2", "c2")
    assert fixed(lines[2], lines[3]) == ("u", "v")
    assert fixed(lines[2], lines[2]) == ()
