"""Conventions where there is no derivative: what the page promises, by code and by interpreter."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

import derive
import numeric
from derive.kinks import BOUNDARIES, CONVENTIONS, JUMP, KINK, SINGULAR, TABLE, TIE
from derive.parser import parse_tree
from numeric.interpret.arithmetic import floats
from numeric.interpret.reverse import reverse

PAGE = Path(__file__).parents[2] / "docs" / "kinks.md"
HEAD = "input x[n]{more}\n{extra}output y{axes}\n{lines}"


def rows():
    table = PAGE.read_text().split("| formula | at | derivative |\n|---|---|---|\n")[1]
    for line in table.split("\n\n")[0].splitlines():
        yield tuple(cell.strip() for cell in line.strip("|").split(" | "))


def both_ways(program, arrays, cotangents=1.0, **hypers):
    """Values and gradients, by the emitted kernel in floats and by the interpreter's tape."""
    kernel = numeric.build(program, **hypers)
    with np.errstate(all="ignore"):
        outputs, saved = kernel.forward(**arrays)
        g = {name: np.full(np.shape(a), cotangents) for name, a in outputs.items()}
        found = kernel.backward(saved, **g)
    done = reverse(
        parse_tree(str(program)), arrays, floats(),
        {name: Fraction(repr(value)) for name, value in hypers.items()},
    )  # fmt: skip
    scattered = done.gradients(g)
    return (
        {name: np.asarray(a, float) for name, a in {**outputs, **found}.items()},
        {name: np.asarray(a, float) for name, a in {**done.outputs, **scattered}.items()},
    )


def program_of(formula):
    more = ", p[n]" if "p[n]" in formula else ""
    axes = "[n]" if "[n]" in formula else ""
    extra = "index m : size(n)\nindex k : size(n)\n"
    return derive.parse(
        HEAD.format(more=more, extra=extra, axes=axes, lines=f"y{axes} = {formula}")
    )


@pytest.mark.parametrize(("formula", "at", "derivative"), list(rows()))
def test_a_usual_formula(formula, at, derivative):
    program = program_of(formula.strip("`"))
    given = dict(part.split(" = ") for part in at.split("; "))
    arrays = {n: np.array([float(v) for v in text.split(", ")]) for n, text in given.items()}
    emitted, scattered = both_ways(program, arrays)
    if derivative == "singular":
        for found in (emitted, scattered):
            assert not all(np.isfinite(a).all() for a in found.values())
        return
    expected = [np.array([float(v) for v in text.split(", ")]) for text in derivative.split("; ")]
    for found in (emitted, scattered):
        for name, wanted in zip(given, expected, strict=True):
            assert found[name] == pytest.approx(wanted, rel=1e-12, abs=1e-15), name


def test_the_page_has_a_row_for_every_construct():
    formulas = " ".join(formula for formula, _, _ in rows())
    for row in TABLE:
        name = row.construct.removesuffix("[...]")
        wanted = {"[condition]": r"\[x\[n\] > 0\]", "/": "1/", "^": r"\^", "if": " if "}
        if row.construct != "//":
            assert re.search(wanted.get(name, rf"\b{name}\b"), formulas), row.construct


# ---- Clarke ------------------------------------------------------------------------------------

NEAR, SAMPLES = 1e-7, 60


def gradients_near(program, arrays, cotangents, rng, hypers):
    """Gradients at smooth points around a point, one row each."""
    tree = parse_tree(str(program))
    exact = {name: Fraction(repr(value)) for name, value in hypers.items()}
    for _ in range(SAMPLES):
        moved = {
            n: a if a.dtype.kind == "i" else a + NEAR * rng.standard_normal(a.shape)
            for n, a in arrays.items()
        }
        found = reverse(tree, moved, floats(), exact).gradients(cotangents)
        yield np.concatenate([np.ravel(np.asarray(a, float)) for a in found.values()])


def in_hull(point, samples, tolerance=1e-5):
    """Whether a point is a convex combination of some samples."""
    samples = np.unique(np.round(samples, 6), axis=0)
    count = len(samples)
    above = np.vstack([samples.T, -samples.T])
    bounds = np.concatenate([point + tolerance, tolerance - point])
    found = linprog(
        np.zeros(count), A_ub=above, b_ub=bounds, A_eq=np.ones((1, count)), b_eq=[1.0]
    )
    return found.status == 0


POINTED = [
    ("y[n] = relu(x[n])", [0.0]),
    ("y[n] = abs(x[n])", [0.0]),
    ("y[n] = leaky_relu(x[n], 0.01)", [0.0]),
    ("y[n] = leaky_relu(x[n], 3)", [0.0]),
    ("y[n] = elu(x[n], 2)", [0.0]),
    ("y[n] = max(x[n], 2*x[n])", [0.0]),
    ("y[n] = min(x[n], 2*x[n])", [0.0]),
    ("y[n] = x[n] if x[n] > 0 else 0", [0.0]),
    ("y[n] = x[n] if x[n] >= 0 else 0.3*x[n]", [0.0]),
    ("y[n] = max(-1, min(x[n], 1))", [-1.0, 1.0]),
    ("y[n] = min(relu(x[n]), 6)", [0.0, 6.0]),
    ("y[n] = x[n]*(0 if x[n] <= -3 else (1 if x[n] >= 3 else x[n]/6 + 1/2))", [-3.0, 3.0]),
    ("y[n] = x[n]^2/2 if abs(x[n]) <= 1 else abs(x[n]) - 1/2", [-1.0, 1.0]),
    ("y = max[n](x[n])", [1.0, 1.0, 0.0]),
    ("y = min[n](x[n])", [0.0, 1.0, 0.0]),
    ("y = max[n](abs(x[n]))", [2.0, -2.0, 1.0]),
    ("y = max[n](x[n]) - min[n](x[n])", [1.0, 1.0, 1.0]),
    ("y = sum[n](abs(x[n]))", [0.0, 1.0]),
    ("y = max[n](x[n]*x[0])", [1.0, 1.0, 1.0]),
]
LAYERS = {
    "relu": {"z": [[0.0, 1.0], [-1.0, 0.0]]},
    "leaky_relu": {"z": [[0.0, 1.0], [-1.0, 0.0]]},
    "elu": {"z": [[0.0, 1.0], [-1.0, 0.0]]},
    "dense": {"x": [[1.0, -1.0]], "W": [[1.0, 1.0], [2.0, 1.0]], "b": [0.0, -1.0]},
    "huber": {"y": [[1.0, -1.0, 0.0]], "t": [[0.0, 0.0, 0.0]]},
    "hinge": {"z": [1.0, -1.0, 2.0], "t": [1.0, -1.0, 1.0]},
    "maxpool1d": {"x": [[[1.0, 1.0, 0.0, 0.0, 2.0, 3.0]]]},
    "maxpool2d": {"x": [[[[1.0, 1.0], [1.0, 0.0]]]]},
}


def subdifferential_case(program, arrays, hypers=None):
    rng = np.random.default_rng(5)
    arrays = {name: np.array(a) for name, a in arrays.items()}
    exact = {name: Fraction(repr(value)) for name, value in (hypers or {}).items()}
    done = reverse(parse_tree(str(program)), arrays, floats(), exact)
    g = {n: rng.uniform(0.5, 2, np.shape(a)) for n, a in done.outputs.items()}
    kernel = numeric.build(program, **(hypers or {}))
    _, saved = kernel.forward(**arrays)
    found = kernel.backward(saved, **{n: np.asarray(a) for n, a in g.items()})
    ours = np.concatenate([np.ravel(a) for a in found.values()])
    return ours, list(gradients_near(program, arrays, g, rng, hypers or {}))


@pytest.mark.parametrize(("equation", "at"), POINTED)
def test_a_convention_lies_in_the_clarke_subdifferential(equation, at):
    axes = "[n]" if equation.startswith("y[n]") else ""
    program = derive.parse(HEAD.format(more="", extra="", axes=axes, lines=equation))
    ours, near = subdifferential_case(program, {"x": at})
    assert in_hull(ours, np.array(near))


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_a_layer_lies_in_the_clarke_subdifferential(name):
    ours, near = subdifferential_case(derive.load(name), LAYERS[name])
    assert in_hull(ours, np.array(near))


def test_what_is_outside_of_the_hull_is_seen():
    near = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert in_hull(np.array([0.5, 0.5]), near)
    assert not in_hull(np.array([0.5, 0.4]), near)
    assert not in_hull(np.array([1.0, 1.0]), near)


def test_every_layer_with_a_kink_is_looked_at():
    kinked = {
        name
        for name in derive.layers()
        if any(r.kind in (KINK, TIE) for r in derive.conventions.conventions(derive.load(name)))
    }
    assert kinked == set(LAYERS)
    constructs = {row.construct for row in TABLE if row.kind in (KINK, TIE)}
    written = " ".join(equation for equation, _ in POINTED)
    assert all(name.removesuffix("[...]") in written for name in constructs)


@pytest.mark.parametrize("name", sorted(n for n in BOUNDARIES if CONVENTIONS[n].kind == JUMP))
def test_a_jump_has_derivative_zero_on_both_sides_and_no_slope_across(name):
    for z in (-NEAR, 0.0, NEAR):
        emitted, scattered = both_ways(program_of(f"{name}(x[n])"), {"x": np.array([z])})
        assert emitted["x"] == scattered["x"] == 0
    assert CONVENTIONS[name].in_clarke.startswith("no")


def test_kinks_that_cancel_compose_to_something_outside():
    """The rules hold for each function; the page says that this need not go through a sum."""
    emitted, scattered = both_ways(program_of("relu(x[n]) - relu(-x[n])"), {"x": np.zeros(1)})
    assert emitted["x"] == scattered["x"] == 0
    ours, near = subdifferential_case(program_of("relu(x[n]) - relu(-x[n])"), {"x": [0.0]})
    assert not in_hull(ours, np.array(near))
    assert "relu(x) - relu(-x)" in PAGE.read_text()


# ---- singular points ---------------------------------------------------------------------------

EXCLUDED = [
    ("s[n] = sqrt(x[n])\ny[n] = s[n] if x[n] > 0 else 0", [0.0, -1.0, 4.0], [0, 0, 0.25]),
    ("s[n] = sqrt(x[n])\ny = sum[n](s[n] if x[n] > 0 else 0)", [0.0, -1.0, 4.0], [0, 0, 0.25]),
    ("s[n] = log(x[n])\ny = sum[n where n > 1](s[n])", [0.0, -1.0, 4.0], [0, 0, 0.25]),
    ("s[n] = x[n]^0.5\nr[n] = log(s[n])\ny[n] = r[n] if x[n] > 0 else x[n]", [0.0, -1.0, 4.0], [1, 1, 0.125]),
    ("q = sum[n](x[n]^2)\ns = sqrt(q)\ny[n] = x[n]/s if s > 0 else 0", [0.0, 0.0], [0, 0]),
    ("q = sum[n](x[n]^2)\ns = sqrt(q)\ny = s if q > 0 else 0", [0.0, 0.0], [0, 0]),
    ("q = sum[n](x[n]^2)\ns = sqrt(q)\ny = s if q > 0 else 0", [3.0, 4.0], [0.6, 0.8]),
    ("s[n] = sqrt(x[n])\ny[n] = (s[n] if x[n] > 0 else 0) + (2*s[n] if x[n] > 1 else 0)", [0.0, -1.0, 4.0], [0, 0, 0.75]),
    ("s[n] = sqrt(x[n])\ny[n] = 0 if x[n] <= 0 else s[n]*x[n]", [0.0, -1.0, 4.0], [0, 0, 3]),
    ("s[n] = sqrt(x[n])\ny[n] = s[n]*x[n] if x[n] > 0 else 0", [0.0, -1.0, 4.0], [0, 0, 3]),
    ("y = sum[n where n > 1](x[n]^0.5)", [0.0, -1.0, 4.0], [0, 0, 0.25]),
    ("y = sum[n where n > 1](x[n]^1.5*x[0])", [3.0, -1.0, 4.0], [8, 0, 9]),
    ("s[n] = 1/x[n]\ny[n] = s[n] if abs(x[n]) > 1/2 else 2*x[n]", [0.0, 2.0], [2, -0.25]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "at", "expected"), EXCLUDED)
def test_what_a_condition_leaves_out_contributes_nothing(lines, at, expected):
    axes = "[n]" if "y[n]" in lines else ""
    program = derive.parse(HEAD.format(more="", extra="", axes=axes, lines=lines))
    for found in both_ways(program, {"x": np.array(at)}):
        assert np.isfinite(found["y"]).all()
        assert found["x"] == pytest.approx(np.array(expected, float))


@pytest.mark.parametrize("lines", dict.fromkeys(lines for lines, _, _ in EXCLUDED))
def test_programs_that_exclude_poles_are_proved(lines):
    axes = "[n]" if "y[n]" in lines else ""
    program = derive.parse(HEAD.format(more="", extra="", axes=axes, lines=lines))
    result = numeric.check(program)
    assert result.exit_code == 0, str(result)


# Where the first is read off its grid it is zero, and so is the product: with what reads nothing.
OFF_GRID = [
    "sum[k](w[(k + 1)/2]/x[k])",
    "sum[k](w[(k + 1)/2]*log(x[k]))",
    "sum[k](w[(k + 1)/2]*x[k]^0.5)",
    "sum[k](w[k - 1]/x[k])",
    "sum[k](w[k/3]*x[k])",
]


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("right", OFF_GRID)
def test_what_pads_leave_out_is_divided_by_nothing(right, style):
    program = derive.parse(f"param w[k]\ninput x[k]\npad w = 0\noutput y\ny = {right}")
    result = numeric.check(program, style=style, fast=True)
    assert result.exit_code == 0, str(result)


# Looks like the logarithm of a softmax, and adds up one term again and again, or a diagonal.
NO_SOFTMAX = [
    "index y : size(k)\ny[k] = logsumexp[y](tanh(x[k]))",
    "index y : size(k)\ns[k] = logsumexp[y](tanh(x[k]))\ny[k] = exp(tanh(x[k]) - s[k])",
    "s[k] = logsumexp[m](x[m]*x[k])\ny[k] = exp(x[k]*x[k] - s[k])\nindex m : size(k)",
]


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("lines", NO_SOFTMAX)
def test_what_is_no_softmax_is_not_taken_for_one(lines, style):
    program = derive.parse(f"input x[k]\noutput y[k]\n{lines}")
    assert numeric.check(program, style=style, fast=True).verdict == "PROVED"


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_names_of_bound_indices_do_not_meet_when_equations_are_put_in(style):
    program = derive.parse(
        "param gamma[j], w[t, j], E[j]\nindex f : size(j)\nindex q : size(j)\n"
        "output y[j, t], s[t]\ny[j, t] = prod[q, f, g](tanh(E[g]))\n"
        "s[t] = sum[s, j](w[s, j]*tanh(gamma[j]))\nindex s : size(t)"
    )
    assert "q == q" not in str(derive.adjoint(program))
    assert numeric.check(program, style=style, fast=True).verdict == "PROVED"


def test_the_condition_goes_on_in_the_derived_equation():
    lines = "s[n] = sqrt(x[n])\ny = sum[n](s[n] if x[n] > 0 else 0)"
    program = derive.parse(HEAD.format(more="", extra="", axes="", lines=lines))
    assert "dx[n] = dy/(2*s[n]) if x[n] > 0 else 0" in str(derive.adjoint(program))
    again = derive.adjoint(derive.adjoint(program))
    for x in (4.0, 0.0, -1.0):
        arrays = {"x": np.array([x]), "dy": np.array(0.0), "ddx": np.array([3.0])}
        found = numeric.interpret(again, arrays)
        assert found["ddy"] == (3 / 4 if x > 0 else 0)


@pytest.mark.parametrize("row", [r for r in TABLE if r.kind == SINGULAR and r.slopes], ids=lambda r: r.construct)
def test_at_a_singular_point_the_interpreter_stops_a_zero_cotangent(row):
    program = program_of(f"{row.construct}(x[n])")
    emitted, scattered = both_ways(program, {"x": np.zeros(1)})
    for found in (emitted, scattered):
        assert found["y"] == row.value(0.0)
        assert found["x"] == row.slopes(0.0)[0]
    _, scattered = both_ways(program, {"x": np.zeros(1)}, cotangents=0.0)
    assert scattered["x"] == 0
