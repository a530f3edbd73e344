"""Whole programs: built, varied in their hyperparameters, and proved; edits of them refuted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import derive
import numeric
from derive.errors import OptionRefused
from derive.parser import parse_tree
from numeric.check import bench, contract, domains, plan, verify
from numeric.check.indices import layout

POOL = (
    "title Pooling\ninput x[n, h]\nhyper k = 2 : int, s = 2 : int\nindex p : k\n"
    "index u : (size(h) - k)//s + 1\noutput y[n, u]\ny[n, u] = max[p](x[n, s*u + p])"
)


@pytest.mark.parametrize("name", ["dense", "softmax_cross_entropy", "layer_norm", "rnn"])
@pytest.mark.parametrize("fast", [False, True])
def test_a_layer_is_proved(name, fast):
    result = numeric.check(derive.load(name), fast=fast)
    assert (result.verdict, result.exit_code) == ("PROVED", 0), str(result)
    assert result.title == derive.load(name).title


def test_integer_hypers_are_varied_unless_given(monkeypatch):
    built = []

    def build(program, *, style, **hypers):
        built.append(hypers)
        return numeric.build(program, style=style, **hypers)

    monkeypatch.setattr(verify, "build", build)
    assert numeric.check(derive.parse(POOL)).verdict == "PROVED"
    assert built[0] == {"k": 2, "s": 2}
    assert len(built) > 2
    built.clear()
    assert numeric.check(derive.parse(POOL), k=3, s=2).verdict == "PROVED"
    assert built == [{"k": 3, "s": 2}]


def test_an_unknown_hyper_is_refused():
    with pytest.raises(OptionRefused, match="no hyperparameter q"):
        numeric.check(derive.parse(POOL), q=1)


def test_a_kernel_that_is_wrong_for_other_hypers_only_is_found(monkeypatch):
    def build(program, **hypers):
        kernel = numeric.build(program, **hypers)
        if hypers.get("s") == 2 and hypers.get("k") == 2:
            return kernel
        return replace(kernel, source=kernel.source.replace("return (dx,)", "return (2*dx,)"))

    monkeypatch.setattr(verify, "build", build)
    result = numeric.check(derive.parse(POOL))
    assert result.verdict == "WRONG"
    assert dict(result.counterexample.hypers) != {"k": "2", "s": "2"}


def test_an_edited_kernel_is_refuted():
    program = derive.load("dense")
    source = numeric.build(program).source
    assert numeric.check_source(program, source).verdict == "PROVED"
    wrong = source.replace("(1,)", "(1,)").replace("db = ", "db = 2 * ", 1)
    assert wrong != source
    result = numeric.check_source(program, wrong)
    assert result.verdict == "WRONG"
    assert result.counterexample.entry.startswith("db")


def test_failures_that_more_digits_do_not_confirm_are_no_failures(cases, monkeypatch):
    """The oracle's own rounding is not the kernel's fault: with too few digits all fail."""
    monkeypatch.setattr(bench, "DIGITS", 20)
    result = numeric.check_source(cases["rnn"].program, cases["rnn"].kernel)
    assert result.verdict == "PROVED", str(result)
    assert any("decided at 160 digits" in line.note for line in result.lines)


def test_a_counterexample_is_small_and_reproduced(cases):
    case = cases["dense"]
    wrong = case.kernel.replace("dW = dz.T @ x", "dW = dz.T @ x * 1.0005")
    found = numeric.check_source(case.program, wrong).counterexample
    assert max(dict(found.sizes).values()) <= 2
    assert found.cotangent.startswith("one-hot da[")
    assert "80 digits and 160 digits" in found.detail
    given, expected = float(found.given), float(found.expected)
    assert given / expected == pytest.approx(1.0005, rel=1e-12)
    assert len(found.expected.strip("-0.")) > 20 or expected == round(expected, 15)


def test_large_and_moved_data_are_looked_at(cases):
    case = cases["layer_norm"]
    tree, program = verify.parse_tree(case.program), derive.bind(derive.parse(case.program))
    found = plan.subject_for(tree, program, {"eps": 0}, case.kernel, np.random.default_rng(0))
    points = plan.main_points(found, np.random.default_rng(0))
    plan.more_points(points, found, np.random.default_rng(0))
    assert [point.label for point in points.scaled] == list(plan.SCALED)
    assert {point.label for point in points.smooth} >= {"distinct extents", "n = 1", "tails"}


def test_a_needless_warning_is_noted(cases):
    case = cases["bias"]
    loud = case.kernel.replace("np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))",
                               "1 / (1 + np.exp(-x))")  # fmt: skip
    notes = [
        line.note
        for seed in range(4)  # some draw of two numbers has one far below zero
        for line in numeric.check_source(case.program, loud, seed=seed).lines
    ]
    assert any("overflow encountered in exp" in note for note in notes)


@pytest.mark.parametrize(
    "text",
    [
        # over nothing there is no maximum, and no first element
        "input x[n, i], w[n]\noutput y[i]\ny[i] = sum[n](w[n])*max[n](x[n, i])",
        "input x[n, i], w[i]\noutput y[i]\ny[i] = sum[n](x[n, 0]*x[n, 0])*w[i]",
    ],
)
def test_extents_that_a_call_would_refuse_are_not_looked_at(text):
    assert numeric.check(derive.parse(text)).verdict == "PROVED"


def test_a_counterexample_has_small_whole_numbers_and_a_likely_cause(cases):
    case = cases["dense"]
    wrong = case.kernel.replace("dW = dz.T @ x", "dW = 2 * (dz.T @ x)")
    found = numeric.check_source(case.program, wrong).counterexample
    assert found.detail.startswith("small whole numbers: x = [[")
    assert float(found.given) == 2 * float(found.expected) == round(float(found.given))
    assert found.cause == "dW equals the derived gradient with a further factor 2"
    assert "likely cause  dW equals" in str(found)


HIDDEN = """input x[n, k]
input w[n]
output y[n]
y[n] = w[n]*argmax[k](x[n, k]^-0.5)
"""


@pytest.mark.parametrize("seed", range(6))
def test_data_on_which_nothing_finite_stands_on_something_undefined_are_not_looked_at(seed):
    # the square root of a negative number is hidden: a place comes out, and NumPy's is the first
    result = numeric.check(derive.parse(HIDDEN), seed=seed)
    assert result.verdict in ("PROVED", "INCONCLUSIVE"), str(result)
    assert result.lines[0].comparisons


def test_a_place_among_what_is_not_a_number_is_no_value():
    here = layout(parse_tree(HIDDEN), {})
    arrays = {"x": np.array([[-1.0, 2.0]]), "w": np.ones(1)}
    assert domains.problem(here, arrays, {}) == (
        "argmax[...] in line 4, column 13 compares with what is not a number"
    )
    assert domains.problem(here, {**arrays, "x": abs(arrays["x"])}, {}) == ""


FORGIVING = """input x[k, n]
input w[k, n]
output y[k, n]
y[k, n] = w[k, n]*argmax[p where p == n](x[k, p]*log(x[k, n]))
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_kernel_does_not_vouch_for_data_where_places_are_asked_for(seed):
    # the logarithm of a negative number is masked on the way to a place, without a warning
    assert numeric.check(derive.parse(FORGIVING), seed=seed, fast=True).verdict == "PROVED"


def test_a_program_without_arrays_is_exact_too():
    result = numeric.check(derive.parse("index n : 3\noutput y[n]\ny[n] = silu(pi)"))
    assert next(line for line in result.lines if line.proof.startswith("S0")).verdict == "PROVED"


CHAOTIC = """input a[t, n]
param U[n, k]
output h[t, n]
h[-1, n] = 0.5
h[t, n] = sin(30*sum[k](U[n, k]*h[t - 1, k]) + a[t, n])
index k : size(n)
"""


def test_what_amplifies_rounding_may_depend_on_the_order_of_a_sum(monkeypatch):
    text = CHAOTIC.replace("param U[n, k]", "param U[n, n]")
    right = numeric.check(derive.parse(text), seed=1)
    assert right.lines[0].verdict == "PROVED", str(right)
    monkeypatch.setattr(contract, "CONDITION", 0)
    accused = numeric.check(derive.parse(text), seed=1)
    assert (accused.lines[0].proof, accused.lines[0].verdict) == ("S1 contract", "WRONG")


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_functions_of_bare_numbers_are_computed(style):
    names = ("erf", "gelu", "silu", "sigmoid", "softplus", "tanh", "exp", "sqrt")
    terms = " + ".join(f"{name}(2)*x[n] + x[n]^2*{name}(0.5)" for name in names)
    program = derive.parse(f"input x[n]\noutput y[n]\ny[n] = {terms}")
    assert numeric.check(program, fast=True, style=style).verdict == "PROVED"


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize(
    "right",
    [
        "sum[k](w[n, k]*x[n, k]^2)",  # a weight along the sum: no square of a row by itself
        "sum[k](x[n, k]^2*x[n, k]^2)",
        "sum[k](u[k]*x[n, k]^2)",
        "sum[k](v[n]*x[n, k]^2)",
        "sum[k, i]((x[n, k] - w[n, i])^2)",
        "sum[k, i](x[n, k]^2*w[n, i]^2)",
        "sum[k, i](x[n, k]^2*w[n, i]^2*u[i])",
        "sum[k]((x[n, k] - w[n, k])^2*(x[n, k] + u[k])^2*v[n])",
        "mean[k](w[n, k]*(x[n, k] - sum[i](x[n, i]))^2)",
    ],
)
def test_sums_of_squares_with_weights_are_right(right, style):
    text = f"input x[n, k], w[n, k], u[k], v[n]\nindex i : size(k)\noutput y[n]\ny[n] = v[n] + {right}"
    assert numeric.check(derive.parse(text), fast=True, style=style).verdict == "PROVED"


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_gradients_of_labels_keep_the_precision_that_is_given(style):
    text = "input x[n, k]\noutput y[n]\ny[n] = argmax[k](x[n, k])"
    result = numeric.check(derive.parse(text), fast=True, style=style)
    assert result.lines[0].verdict == "PROVED", str(result)
