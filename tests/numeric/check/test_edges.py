"""Data at the edges of floats: what a kernel loses there is told from what no float can hold."""

from __future__ import annotations

import numpy as np
import pytest

import derive
import numeric
from derive.parser import parse_tree
from numeric.check import edges, plan
from numeric.check.result import PRECISION, PROVED
from numeric.check.shim import execute
from numeric.check.tally import Tally

MODULE = "import numpy as np\n\n\ndef forward(x):\n    return {forward}, (x,)\n\n\ndef backward(saved, dy):\n    (x,) = saved\n    return ({backward},)\n"


def subject_of(text, source=None):
    program = derive.load(text) if "\n" not in text else derive.parse(text)
    kernel = numeric.build(program)
    tree = parse_tree(str(program))
    hypers = {line.name: line.default for line in tree.hypers}
    rng = np.random.default_rng(0)
    subject = plan.subject_for(tree, kernel.program, hypers, source or kernel.source, rng)
    return subject, plan.main_points(subject, rng).smooth[0]


def pointwise(formula):
    return f"input x[n]\noutput y[n]\ny[n] = {formula}"


CHOSEN = [
    (pointwise("tanh(x[n])"), {"one element 1e8 among ones": 1, "a subnormal number": 2}),
    (pointwise("log(x[n])"), {"one element 1e8 among ones": 1, "next to zero": 2}),
    (pointwise("log(x[n]) + log(1 - x[n])"), {"next to zero": 2, "next to one": 2}),
    (pointwise("log(-x[n])"), {"one element 1e8 among ones": 1}),
    ("embedding", {"one element 1e8 among ones": 1, "a subnormal number": 2}),
]


@pytest.mark.parametrize(("text", "expected"), CHOSEN)
def test_edges_follow_from_the_domain(text, expected):
    found = list(edges.edges(*subject_of(text)))
    labels = [edge.point.label for edge in found]
    assert {label: labels.count(label) for label in labels} == expected
    assert all(edge.dtypes for edge in found)


def test_a_spike_stands_among_ones():
    subject, point = subject_of("layer_norm")
    spike = next(iter(edges.edges(subject, point))).point
    assert sorted(set(spike.arrays["x"].flat)) == [1, 10**8]
    assert spike.arrays["x"].flat[0] == 10**8
    assert spike.arrays["gamma"] is point.arrays["gamma"]


def test_small_numbers_are_small_in_their_own_precision():
    subject, point = subject_of(pointwise("tanh(x[n])"))
    for edge in edges.edges(subject, point):
        if edge.point.label == "a subnormal number":
            (dtype,) = edge.dtypes
            value = dtype(float(edge.point.arrays["x"].flat[0]))
            assert 0 < value < np.finfo(dtype).tiny


KERNELS = [
    # program, forward, backward, verdict, what the failure names
    ("x[n]^2", "x * x", "2 * x * dy", PROVED, ""),
    ("x[n]^2", "np.nan_to_num(x) ** 2", "2 * x * dy", PRECISION, "y[0]"),
    ("x[n]^2", "x * x", "2 * np.nan_to_num(x) * dy", PRECISION, "dx[0]"),
    ("x[n]^2", "np.where(x == x, x, 0) ** 2", "2 * x * dy", PRECISION, "y[0]"),
    ("x[n] + 1", "x + 1 + np.where(np.signbit(x) & (x == 0), 1, 0)", "dy + 0 * x", PRECISION, "y at -0.0 and 0.0"),
    ("x[n] + 1", "x + 1", "dy + 0 * x + np.where(np.signbit(x) & (x == 0), 1, 0)", PRECISION, "dx at -0.0 and 0.0"),
    ("1/x[n]", "1 / x", "-dy / (x * x)", PROVED, ""),
    ("relu(x[n])", "np.maximum(x, 0)", "dy * (x > 0)", PROVED, ""),
    ("relu(x[n])", "np.where(x > 0, x, 0.0)", "dy * (x > 0)", PRECISION, "y[0]"),
    ("sum[k](x[k])/size(k) + x[n]", "x.sum() / x.size + x", "dy.sum() / x.size + dy", PROVED, ""),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "forward", "backward", "verdict", "entry"), KERNELS)
def test_what_no_exact_number_stands_for(formula, forward, backward, verdict, entry):
    head = "index k : size(n)\n" if "[k]" in formula else ""
    text = head + pointwise(formula)
    source = MODULE.format(forward=forward, backward=backward)
    subject, point = subject_of(text, source)
    tally = Tally("S6", "", PRECISION)
    with np.errstate(all="ignore"):
        good = edges.passes_on(tally, subject, execute(source), point)
    assert good == (verdict == PROVED), [f.entry for f in tally.failures]
    assert tally.comparisons > 0
    assert [f.entry for f in tally.failures][:1] == ([entry] if entry else [])


LOSING = [
    # right in many digits, but the textbook's form loses them at an edge
    ("log(1 + x[n]^2)", "np.log1p(x * x)", "2 * x * dy / (1 + x * x)", PROVED),
    ("sqrt(x[n]^2 + 1) - 1", "np.sqrt(x * x + 1) - 1", "x * dy / np.sqrt(x * x + 1)", PRECISION),
    ("log(x[n])", "np.log(x * x) / 2", "dy / x", PRECISION),
    ("log(x[n])", "np.log(x)", "dy * x / (x * x)", PRECISION),
    ("log(x[n])", "np.log(x)", "dy / x", PROVED),
]


@pytest.mark.parametrize(("formula", "forward", "backward", "verdict"), LOSING)
def test_digits_lost_at_an_edge(formula, forward, backward, verdict):
    source = MODULE.format(forward=forward, backward=backward)
    result = numeric.check_source(derive.parse(pointwise(formula)), source)
    assert result.verdict == verdict, str(result)


def test_variance_by_squares_is_told_by_the_spike():
    text = "input x[n]\noutput y\nm = mean[n](x[n])\ny = mean[n]((x[n] - m)^2)"
    good = "import numpy as np\n\n\ndef forward(x):\n    c = x - x.mean()\n    return (c * c).mean(), (c,)\n\n\ndef backward(saved, dy):\n    (c,) = saved\n    return (2 * dy * c / c.size,)\n"
    assert numeric.check_source(text, good).verdict == PROVED


def test_singular_points_are_counted_not_judged():
    result = numeric.check(derive.load("cross_entropy"))
    line = next(line for line in result.lines if line.proof.startswith("S5"))
    assert (result.verdict, line.verdict) == (PROVED, "SINGULAR")
    assert "singular: log(0) = -inf, log'(0) = inf" in line.note


@pytest.mark.parametrize("name", ["gelu", "dense", "softmax_cross_entropy", "batch_norm"])
def test_a_layer_has_no_alarm_and_is_cheap(name):
    subject, point = subject_of(name)
    tally = Tally("S6", "", PRECISION)
    with np.errstate(all="ignore"):
        assert edges.passes_on(tally, subject, execute(subject.source), point)
    assert tally.comparisons > 0


def test_a_kernel_that_refuses_extreme_data_is_told():
    source = MODULE.format(forward="x * x if np.isfinite(x).all() else 1 // 0", backward="2 * x * dy")
    subject, point = subject_of(pointwise("x[n]^2"), source)
    tally = Tally("S6", "", PRECISION)
    assert not edges.passes_on(tally, subject, execute(source), point)
    assert "raises ZeroDivisionError" in tally.failures[0].given
    assert tally.failures[0].point.label == "extreme x"


def test_a_fast_check_has_no_edges():
    for fast, extra in ((True, False), (False, True)):
        result = numeric.check(derive.load("gelu"), fast=fast)
        line = next(line for line in result.lines if line.proof.startswith("S6"))
        assert ("infinite" in line.note) == extra
