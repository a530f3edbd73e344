"""The shape and input batteries: what every kernel is looked at with."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import derive
import numeric
from derive.parser import parse_tree
from numeric.check import plan
from numeric.check.battery import (
    ENOUGH_WORK,
    LARGE_WORK,
    QUICK_WORK,
    SHORTEST_RECURRENCE,
    distinct,
    equal,
    fitting,
    large,
    least,
    quick,
    roomy,
    single,
)
from numeric.check.corners import inside
from numeric.check.domains import find, problem, sample
from numeric.check.draws import Kind, Spread, draw
from numeric.check.indices import clashes, layout

DENSE = "input x[n, j]\nparam W[i, j]\noutput z[n, i]\nz[n, i] = sum[j](W[i, j]*x[n, j])"
RNN = (
    "input x[t, n, i]\nparam U[i, i]\noutput h[t, n, i]\npad h = 0\n"
    "h[t, n, i] = tanh(sum[k](U[i, k]*s[t, n, k]) + x[t, n, i])\ns[t, n, i] = h[t-1, n, i]"
)
CONV = (
    "input x[n, c, h]\nparam W[f, c, p]\nhyper s = {s} : int, d = {d} : int\n"
    "index u : (size(h) - d*(size(p) - 1) - 1)//s + 1\noutput y[n, f, u]\n"
    "y[n, f, u] = sum[c, p](W[f, c, p]*x[n, c, s*u + d*p])"
)


def of(text):
    tree = parse_tree(text)
    return layout(tree, {line.name: line.default for line in tree.hypers})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "text", [DENSE, RNN, CONV.format(s=1, d=1), CONV.format(s=2, d=1), CONV.format(s=3, d=2)]
)
def test_distinct_extents_differ_along_every_array(text, seed):
    here = of(text)
    every = here.every(distinct(here, np.random.default_rng(seed)))
    assert clashes(here, every) == 0
    assert min(every.values()) >= 2


def test_equal_extents_are_equal_and_time_is_long():
    here = of(RNN)
    assert here.times == ("t",)
    assert distinct(here, np.random.default_rng(0))["t"] >= SHORTEST_RECURRENCE
    assert set(equal(here).values()) == {3}


@pytest.mark.parametrize(("s", "d"), [(2, 1), (3, 1), (2, 2), (3, 2)])
def test_windows_overlap_and_leave_a_rest(s, d):
    here = of(CONV.format(s=s, d=d))
    sizes = distinct(here, np.random.default_rng(0))
    every = here.every(sizes)
    places = [s * u + d * p for u in range(every["u"]) for p in range(every["p"])]
    assert len(set(places)) < len(places)
    assert (sizes["h"] - d * (sizes["p"] - 1) - 1) % s


def test_given_axes_with_an_index_line_follow_from_the_others():
    here = of("input x[h], d[u]\nindex u : (size(h) - 3)//2 + 1\noutput y\ny = sum[u](d[u]*x[u])")
    assert here.roots == ("h",)
    sizes = distinct(here, np.random.default_rng(0))
    assert here.shapes(sizes)["d"] == ((sizes["h"] - 3) // 2 + 1,)


def test_extents_keep_reads_on_their_grid():
    here = of("input x[i], b[m]\nindex j : size(i)\noutput y[i]\n"
              "y[i] = sum[j](x[j]*b[i - j + size(i) - 1])")  # fmt: skip
    for sizes in (distinct(here, np.random.default_rng(0)), *dict(single(here, {}, 1)).values()):
        assert sizes["m"] >= 2 * sizes["i"] - 1


def test_a_program_that_divides_by_an_extent_has_no_value_where_that_is_zero():
    here = of("input x[n, j]\noutput y[j]\ny[j] = sum[n](x[n, j]/size(n))")
    assert here.divides_by_nothing({"n": 0, "j": 2})
    assert not here.divides_by_nothing({"n": 2, "j": 0})
    means = layout(parse_tree("input x[n, j]\noutput y[n]\ny[n] = mean[j](x[n, j])"), {})
    assert means.divides_by_nothing({"n": 2, "j": 0})
    assert not means.divides_by_nothing({"n": 0, "j": 2})


@pytest.mark.parametrize("seed", range(8))
def test_quick_extents_are_legal_and_differ_where_they_can(seed):
    rng = np.random.default_rng(seed)
    here = layout(parse_tree(DENSE), {})
    sizes = quick(here, least(here), rng)
    assert len(set(sizes.values())) == 3
    assert min(sizes.values()) > 2
    assert here.work(here.every(sizes)) <= QUICK_WORK
    recurrent = layout(parse_tree(RNN), {})
    assert quick(recurrent, least(recurrent), rng)["t"] >= SHORTEST_RECURRENCE
    window = layout(parse_tree(CONV.format(s=2, d=1)), {"s": Fraction(2), "d": Fraction(1)})
    assert window.on_grid(quick(window, least(window), rng))


@pytest.mark.parametrize(("s", "d"), [(1, 1), (2, 1), (3, 1), (2, 2)])
def test_fitting_windows_leave_no_rest_and_move(s, d):
    here = of(CONV.format(s=s, d=d))
    sizes = fitting(here, np.random.default_rng(0))
    assert here.every(sizes)["u"] >= 3
    assert (sizes["h"] - d * (sizes["p"] - 1) - 1) % s == 0
    assert fitting(of(DENSE), np.random.default_rng(0)) is None


@pytest.mark.parametrize("size", [0, 1])
def test_every_root_is_one_and_zero_in_turn(size):
    here = of(DENSE)
    found = dict(single(here, {"n": 2, "j": 3, "i": 5}, size))
    assert set(found) == {"n", "j", "i"}
    assert all(sizes[root] == size for root, sizes in found.items())
    assert all(sum(extent == size for extent in sizes.values()) == 1 for sizes in found.values())


def test_integer_hypers_are_varied_from_their_defaults():
    tree = parse_tree(CONV.format(s=1, d=1))
    found = list(plan.bindings(tree, {}, np.random.default_rng(0)))
    assert found[0] == {"s": 1, "d": 1}
    assert found[1] == {"s": 2, "d": 2}
    assert len({tuple(values.items()) for values in found}) == 3
    assert list(plan.bindings(tree, {"s": Fraction(1), "d": Fraction(1)}, None)) == [found[0]]


# (declarations and equations, the kind that each array needs)
DOMAINS = [
    ("input x[i]\noutput y\ny = sum[i](x[i]^2)", {"x": "normal"}),
    ("input x[i]\noutput y\ny = sum[i](log(x[i]))", {"x": "positive"}),
    ("input x[i]\noutput y\ny = sum[i](sqrt(x[i]))", {"x": "positive"}),
    ("input x[i]\noutput y\ny = sum[i](log(0 - x[i]))", {"x": "negative"}),
    ("input x[i], t[i]\noutput y\ny = sum[i](t[i]*log(x[i]) + log(1 - x[i]))",
     {"x": "unit", "t": "normal"}),
    ("input x[i]\nconst t[i, k]\nassume sum[k](t[i, k]) = 1\noutput y\n"
     "y = sum[i, k](x[i]*t[i, k])", {"x": "normal", "t": "simplex along axis 1"}),
    ("input x[i]\nconst t[k, i]\nassume sum[k](t[k, i]) = 1\noutput y\n"
     "y = sum[i, k](log(x[i])*t[k, i])", {"x": "positive", "t": "simplex along axis 0"}),
    ("input x[i]\nconst t[i]\nassume t[i]^2 = t[i]\noutput y\ny = sum[i](x[i]*t[i])",
     {"t": "onehot along axis 0"}),
    ("input x[i]\nconst t[i]\nassume t[i]^2 = 1\noutput y\ny = sum[i](x[i]*t[i])",
     {"t": "signs"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), DOMAINS)
def test_the_domain_is_found_from_the_equations(text, kinds):
    here = of(text)
    sizes, rng = dict.fromkeys(here.roots, 3), np.random.default_rng(0)
    found = find(here, {}, sizes, rng)
    assert not isinstance(found, str), found
    assert {name: str(found.kinds[name]) for name in kinds} == kinds
    assert problem(here, sample(here, found, sizes, rng), {}) == ""


def test_labels_stay_inside_the_axis_they_stand_in():
    here = of(
        "input E[k, i]\nconst id[n] : int, c[n] : int\noutput y[n, i]\n"
        "y[n, i] = E[id[n], i] + sum[m where m == c[n]](E[m, i])"
    )
    sizes = {"k": 3, "i": 1, "n": 200}
    data = sample(here, find(here, {}, {**sizes, "n": 3}, np.random.default_rng(0)), sizes,
                  np.random.default_rng(0))  # fmt: skip
    assert set(data["id"]) == {0, 1, 2}
    assert set(data["c"]) == {0, 1, 2}


@pytest.mark.parametrize("name", ["normal", "positive", "negative", "unit"])
def test_reals_are_no_floats_and_keep_their_range(name):
    rng = np.random.default_rng(0)
    values = list(draw(Kind(name), (50,), rng))
    assert all(Fraction(float(value)) != value for value in values)
    low, high = {"normal": (-8, 8), "positive": (0, 9), "negative": (-9, 0), "unit": (0, 1)}[name]
    assert all(low < value < high for value in values)
    scaled = draw(Kind(name), (50,), np.random.default_rng(0), Spread(Fraction(4)))
    assert all(x == y * (1 if name == "unit" else 4) for x, y in zip(scaled, values, strict=True))


@pytest.mark.parametrize("shape", [(4, 5), (64, 3), (2, 200)])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_simplex_sums_to_exactly_one(axis, shape):
    drawn = draw(Kind("simplex", axis), shape, np.random.default_rng(0))
    assert all(total == 1 for total in drawn.sum(axis=axis))
    assert all(value > 0 for value in drawn.flat)


@pytest.mark.parametrize("name", derive.layers())
def test_every_two_axes_of_an_array_differ_somewhere(name):
    """An exchange of two axes changes some shape, in every built-in layer."""
    tree = parse_tree(str(derive.load(name)))
    here = layout(tree, {line.name: line.default for line in tree.hypers})
    rng = np.random.default_rng(0)
    sizes = [distinct(here, rng), roomy(here, least(here), rng)]
    sizes += [found for size in (1, 2) for _, found in single(here, sizes[0], size)]
    extents = [every for s in sizes if s and (every := here.every(s, least=0)) is not None]
    first = extents[0]
    clashing = [pair for pair in here.pairs if first.get(pair[0]) == first.get(pair[1])]
    assert len(clashing) <= 2
    rows = rng.integers(2, 9, (50, len(here.roots))).tolist()
    drawn = [dict(zip(here.roots, row, strict=True)) for row in rows]
    free = [every for s in drawn if (every := here.every(s)) is not None]
    for a, b in clashing:
        if any(every[a] != every[b] for every in free):  # else one follows from the other
            assert any(every[a] != every[b] for every in extents), (a, b)


@pytest.mark.parametrize("name", derive.layers())
def test_extents_for_every_purpose_are_legal(name):
    tree = parse_tree(str(derive.load(name)))
    here = layout(tree, {line.name: line.default for line in tree.hypers})
    rng = np.random.default_rng(1)
    base = distinct(here, rng)
    short, wide = least(here), large(here, base, rng)
    for sizes in (short, wide, roomy(here, least(here), rng)):
        assert here.every(sizes) is not None
        assert here.on_grid(sizes)
    work = [here.work(here.every(sizes)) for sizes in (short, base, wide)]
    assert work[0] <= ENOUGH_WORK
    assert work[1] < work[2] <= LARGE_WORK


@pytest.mark.parametrize(
    ("text", "sizes", "legal"),
    [
        ("input x[i], w[k]\nindex u : size(i) - size(k) + 1\noutput y[u]\n"
         "y[u] = sum[k](w[k]*x[u + k])", {"i": 5, "k": 2}, True),
        ("input x[i], w[k]\nindex u : size(i)\noutput y[u]\ny[u] = sum[k](w[k]*x[u + k])",
         {"i": 5, "k": 2}, False),
        ("input x[i]\noutput y[i]\nh[-1] = 0\nh[i] = h[i-1] + x[i]\ny[i] = h[i]", {"i": 4}, True),
        ("input x[i]\noutput y[i]\nh[-1] = 0\nh[i] = h[i-2] + x[i]\ny[i] = h[i]", {"i": 4}, False),
        ("input x[i]\nindex u : size(i) - 1\noutput y[u]\ny[u] = x[u*u]", {"i": 3}, False),
        ("const id[n] : int\nparam E[k, i]\noutput y[n, i]\ny[n, i] = E[id[n], i]",
         {"n": 5, "k": 2, "i": 3}, True),
    ],
)  # fmt: skip
def test_corners_tell_whether_reads_stay_on_their_grid(text, sizes, legal):
    tree = parse_tree(text)
    here = layout(tree, {})
    assert inside(tree, here.extents(sizes), {}) == legal


def test_labels_repeat_are_absent_and_run_backwards():
    """Gathering: what makes a scatter of gradients go wrong is in the points of an embedding."""
    text = "const id[n] : int\nparam E[k, i]\noutput y[n, i]\ny[n, i] = E[id[n], i]"
    program = derive.parse(text)
    rng = np.random.default_rng(0)
    source = numeric.build(program).source
    subject = plan.subject_for(parse_tree(text), program, {}, source, rng)
    points = plan.main_points(subject, rng)
    plan.more_points(points, subject, rng)
    drawn = [(p.arrays["id"].tolist(), p.sizes["k"]) for p in points.smooth]
    assert any(len(set(ids)) < len(ids) for ids, _ in drawn)
    assert any(len(set(ids)) < k for ids, k in drawn)
    assert any(a > b for ids, _ in drawn for a, b in pairwise(ids))
