"""The interpreter: every rule of the language as a row of text, data and what it means."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from derive.errors import (
    CallRefused,
    DeriveError,
    IndexRefused,
    NameRefused,
    OptionRefused,
    ProgramRefused,
)
from derive.kinks import BOUNDARIES
from derive.parser import parse_tree
from numeric.interpret import floats, interpret, rationals, reals
from numeric.interpret.reverse import reverse
from numeric.interpret.traced import DERIVATIVES

X = [1.0, -2.0, 3.0]
INF = float("inf")

# (equations, arrays, expected y)
MEANINGS = [
    # reductions
    ("input x[i]\noutput y\ny = sum[i](x[i])", {"x": X}, 2),
    ("input x[i]\noutput y\ny = prod[i](x[i])", {"x": X}, -6),
    ("input x[i]\noutput y\ny = mean[i](x[i])", {"x": X}, 2 / 3),
    ("input x[i]\noutput y\ny = max[i](x[i]) - min[i](x[i])", {"x": X}, 5),
    ("input x[i]\noutput y\ny = logsumexp[i](x[i])", {"x": [1000.0, 1000.0]}, 1000 + np.log(2)),
    ("input x[i]\noutput y\ny = sum[i](x[i])", {"x": []}, 0),
    ("input x[i]\noutput y\ny = prod[i](x[i])", {"x": []}, 1),
    ("input x[i]\noutput y\ny = sum[i](x[i])^2", {"x": X}, 4),
    # the members that where leaves; the mean divides by their number
    ("input x[i]\noutput y\ny = mean[i where i >= 1](x[i])", {"x": X}, 0.5),
    ("input x[i]\noutput y[k]\nindex k : size(i)\ny[k] = sum[i where i <= k](x[i])",
     {"x": X}, [1, -1, 2]),
    ("input x[i]\noutput y\ny = max[i where i == 1](x[i])", {"x": X}, -2),
    # the first of the ties, in row-major order of the bound indices
    ("input x[i]\noutput y\ny = argmax[i](x[i])", {"x": [1.0, 3.0, 3.0]}, 1),
    ("input x[i]\noutput y\ny = argmin[i](x[i])", {"x": [1.0, 3.0, 1.0]}, 0),
    ("input x[i, j]\noutput y\ny = argmax[j, i](x[i, j])", {"x": [[0.0, 5.0], [5.0, 5.0]]}, 1),
    # off the grid
    ("input x[i]\noutput y[i]\npad x = 0\ny[i] = x[i-1] + 10*x[i+1]", {"x": X}, [-20, 31, -2]),
    ("input x[i]\noutput y[i]\npad x = -inf\ny[i] = max(x[i-1], 7)", {"x": X}, [7, 7, 7]),
    ("input x[i]\noutput y\npad x = -inf\ny = max[i](x[i-9])", {"x": X}, -INF),
    ("input x[i]\noutput y[i]\ny[i] = x[i-1] if i >= 1 else 0", {"x": X}, [0, 1, -2]),
    ("input x[i]\noutput y[i]\ny[i] = sum[k where i - k >= 0 and i - k < 2](x[i-k])\n"
     "index k : 3", {"x": X}, [1, -1, -1]),
    # exact quotients are off the grid where they are no integer
    ("input x[i]\noutput y[u]\nindex u : 2*size(i)\npad x = 0\ny[u] = x[u/2]",
     {"x": X}, [1, 0, -2, 0, 3, 0]),
    ("input x[i]\noutput y[u]\nindex u : 2*size(i)\ny[u] = x[u//2]",
     {"x": X}, [1, 1, -2, -2, 3, 3]),
    ("input x[i]\noutput y[u]\nindex u : 6\ny[u] = x[(u - 1) % 3]",
     {"x": X}, [3, 1, -2, 3, 1, -2]),
    ("input x[i]\noutput y[u]\nindex u : 5\ny[u] = x[min(max(u - 1, 0), size(i) - 1)]",
     {"x": X}, [1, 1, -2, 3, 3]),
    ("input x[i]\noutput y[i]\ny[i] = x[size(i) - 1 - i]", {"x": X}, [3, -2, 1]),
    # diagonals, deltas, indices as numbers; / of integers is real
    ("input x[i, i]\noutput y\ny = sum[i](x[i, i])", {"x": [[1.0, 2.0], [3.0, 4.0]]}, 5),
    ("input x[i]\noutput y[i, j]\nindex j : size(i)\ny[i, j] = x[i]*[i == j]",
     {"x": [1.0, 2.0]}, [[1, 0], [0, 2]]),
    ("input x[i]\noutput y[i]\ny[i] = x[i]*2^(0 - i) + i/2", {"x": X}, [1, -0.5, 1.75]),
    ("input x[i]\noutput y[i]\ny[i] = x[i] + [(i/3)*3 == i]", {"x": X}, [2, -1, 4]),
    # precedence
    ("input x\noutput y\ny = -x^2 + 2^-1 - 2^3^0 - 7 - 1", {"x": 3.0}, -18.5),
    ("input x\noutput y\ny = x/2/3*4 if not x > 4 and x > 2 or x < -9 else 0", {"x": 3.0}, 2),
    # kinks and functions
    ("input x[i]\noutput y[i]\ny[i] = sign(x[i]) + 10*step(x[i])", {"x": [-2.0, 0.0, 2.0]},
     [-1, 0, 11]),
    ("input x[i]\noutput y[i]\ny[i] = leaky_relu(x[i], 0.5) + elu(x[i], 2)",
     {"x": [-1.0, 0.0, 2.0]}, [-0.5 + 2 * (np.exp(-1) - 1), 0, 4]),
    ("input x[i]\noutput y[i]\ny[i] = softplus(x[i])", {"x": [-800.0, 0.0, 800.0]},
     [0, np.log(2), 800]),
    ("input x[i]\noutput y[i]\ny[i] = gelu(x[i])", {"x": [-9.0, 0.0, 1.0]},
     [-1.0157295653584566e-18, 0, 0.841344746068543]),
    ("input x[i]\noutput y[i]\ndef swish(z, b) = z*sigmoid(b*z)\ny[i] = swish(x[i], 2)",
     {"x": [0.0, 1.0]}, [0, 1 / (1 + np.exp(-2))]),
    # gathers
    ("input E[v, d]\nconst id[b] : int\noutput y[b, d]\ny[b, d] = E[id[b], d]",
     {"E": [[1.0, 2.0], [3.0, 4.0]], "id": [1, 1, 0]}, [[3, 4], [3, 4], [1, 2]]),
    ("input x[k]\nconst id : int\noutput y\ny = sum[k where k != id](x[k])", {"x": X, "id": 1}, 4),
    # recurrences, in any direction, with starts; the start with most constants wins
    ("input x[t]\noutput y[t]\ny[t] = y[t-1] + x[t]\ny[-1] = 10", {"x": X}, [11, 9, 12]),
    ("input x[t]\noutput y[t]\npad y = 0\ny[t] = y[t+1] + x[t]", {"x": X}, [2, 1, 3]),
    ("input x[t]\noutput y[t]\ny[t] = y[t+1] + x[t]\ny[size(t)] = 5", {"x": X}, [7, 6, 8]),
    ("input x[t]\noutput y[t]\ny[t] = y[t-1] + y[t-2] + x[t]\ny[-1] = 1\ny[-2] = 2",
     {"x": X}, [4, 3, 10]),
    ("input x[i, j]\noutput D[i, j]\nD[i, j] = D[i-1, j-1] + D[i-1, j] + x[i, j]\n"
     "D[-1, j] = 1\nD[i, -1] = 0\nD[-1, -1] = 5\nD[-1, 0] = 2",
     {"x": [[0.0, 0.0], [0.0, 0.0]]}, [[7, 3], [7, 10]]),
    ("input x[t]\noutput y[t]\nz[t] = y[t-1] + 1\ny[t] = z[t]*x[t]\ny[-1] = 1", {"x": X},
     [2, -6, -15]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "arrays", "expected"), MEANINGS)
def test_meaning(text, arrays, expected):
    given = {name: np.array(array) for name, array in arrays.items()}
    (found,) = interpret(text, given).values()
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-300)
    assert found.dtype == np.float64


@pytest.mark.parametrize(("text", "arrays", "expected"), MEANINGS[:5])
def test_reals_agree_with_floats_to_double_precision(text, arrays, expected):
    (found,) = interpret(text, arrays, reals(80)).values()
    assert found.dtype == object
    assert abs(found.item() - expected) <= 1e-13 * abs(expected)


def test_a_decimal_literal_is_exactly_that_decimal():
    text = "input x\noutput y\ny = 0.1*x"
    assert interpret(text, {"x": Fraction(3)}, rationals())["y"] == Fraction(3, 10)
    found = interpret(text, {"x": 1}, reals(80))["y"].item()
    assert abs(found - mpmath.mpf(Fraction(1, 10).numerator) / 10) < mpmath.mpf(10) ** -16
    assert abs(10 * found - 1) < 1e-79


def test_rationals_are_exact_and_refuse_what_is_not_rational():
    polynomial = "input x[i]\noutput y\ny = sum[i](x[i]^3)/3 - 1/3"
    data = {"x": np.array([1, 2, 3])}
    assert interpret(polynomial, data, rationals())["y"] == Fraction(35, 3)
    huge = {"x": np.array([10**6, 3, 7])}
    assert interpret("input x[i]\noutput y\ny = prod[i](1/x[i]^6)", huge, rationals())["y"] == (
        Fraction(1, (21 * 10**6) ** 6)
    )
    with pytest.raises(ProgramRefused, match="exp has no exact rational value"):
        interpret("input x\noutput y\ny = exp(x)", {"x": 1}, rationals())
    with pytest.raises(ProgramRefused, match="fractional exponent has no exact rational value"):
        interpret("input x\noutput y\ny = x^0.5", {"x": 2}, rationals())
    with pytest.raises(ProgramRefused, match="division by zero in exact arithmetic"):
        interpret("input x\noutput y\ny = 1/x", {"x": 0}, rationals())
    with pytest.raises(ProgramRefused, match="division by zero in exact arithmetic"):
        interpret("input x\noutput y\ny = x^-2", {"x": 0}, rationals())


@pytest.mark.parametrize(
    ("expr", "x", "expected"),
    [
        ("1/x", 0.0, INF),
        ("-1/x", 0.0, -INF),
        ("log(x)", 0.0, -INF),
        ("log(x)", -1.0, np.nan),
        ("sqrt(x)", -1.0, np.nan),
        ("x^0.5", -4.0, np.nan),
        ("x^(0-1)", 0.0, INF),
        ("x^3", -2.0, -8.0),
        ("x^0", 0.0, 1.0),
        ("relu(x)", np.nan, np.nan),
        ("step(x)", np.nan, np.nan),
        ("step(sqrt(x))", -1.0, np.nan),
        ("x if x > 0 else log(0 - x)", 2.0, 2.0),
    ],
)
@pytest.mark.parametrize("arithmetic", [floats(), reals(50)], ids=["float", "50 digits"])
def test_singular_points_have_the_values_of_ieee_and_never_raise(expr, x, expected, arithmetic):
    found = interpret(f"input x\noutput y\ny = {expr}", {"x": x}, arithmetic)["y"]
    np.testing.assert_equal(float(found), expected)


@pytest.mark.parametrize("op", ["max", "min", "argmax", "argmin", "logsumexp"])
@pytest.mark.parametrize("arithmetic", [floats(), reals(50)], ids=["float", "50 digits"])
def test_not_a_number_is_the_first_extreme_as_numpy_has_it(op, arithmetic):
    text = f"input x[i]\noutput y\ny = {op}[i](log(x[i]))"
    found = interpret(text, {"x": [2.0, -1.0, 3.0, -1.0]}, arithmetic)["y"]
    np.testing.assert_equal(float(found), 1.0 if op.startswith("arg") else np.nan)


def test_a_long_recurrence_needs_no_deep_stack():
    text = "input x[t]\noutput y[t]\ny[t] = 0.5*y[t+1] + x[t]\npad y = 0"
    found = interpret(text, {"x": np.ones(2000)})["y"]
    assert found[0] == pytest.approx(2)
    gradient = reverse(parse_tree(text), {"x": np.ones(2000)}, floats()).gradients(
        {"y": np.eye(2000)[0]}
    )["x"]
    np.testing.assert_allclose(gradient[:3].astype(float), [1, 0.5, 0.25])


def test_hypers_change_extents_and_values():
    text = (
        "input x[h]\nhyper s = 1 : int, c = 0.5\nindex u : (size(h) - 1)//s + 1\noutput y[u]\n"
        "y[u] = c*x[s*u]"
    )
    data = {"x": np.arange(5.0)}
    np.testing.assert_array_equal(interpret(text, data)["y"], [0, 0.5, 1, 1.5, 2])
    np.testing.assert_array_equal(interpret(text, data, s=2, c=1.0)["y"], [0, 2, 4])
    with pytest.raises(OptionRefused, match="no hyperparameter q"):
        interpret(text, data, q=1)
    with pytest.raises(OptionRefused, match=r"s = 1\.5 is not an integer"):
        interpret(text, data, s=1.5)


REFUSALS = [
    ("y[i] = x[i-1]", {}, IndexRefused, r"x\[-1\] is off the grid: x has shape \(3,\)"),
    ("y[i] = x[i/2]", {}, IndexRefused, r"x\[no integer\] is off the grid"),
    ("y[i] = y[i-1] + x[i]", {}, IndexRefused, r"add a start y\[-1\]"),
    ("y[i] = y[i] + x[i]", {}, ProgramRefused, r"y\[0\] depends on itself"),
    ("y[i] = z[i]\nz[i] = y[i] + x[i]", {}, ProgramRefused, "depends on itself"),
    ("y[i] = w[i]", {}, NameRefused, "nothing is called w"),
    ("y[i] = foo(x[i])", {}, NameRefused, "no function is called foo"),
    ("y[i] = x[k]", {}, NameRefused, "k is not an index"),
    ("y[i] = x[i]\ny[i] = x[i]", {}, NameRefused, "y is defined twice"),
    ("y[i] = x[i, i]", {}, IndexRefused, "x has 1 axes, not 2"),
    ("y[i] = max[k where k > 5](x[k])", {}, ProgramRefused, "max over nothing"),
    ("y[i] = mean[k where k > 5](x[k])", {}, ProgramRefused, "mean over nothing"),
    ("y[i] = f(x[i])\ndef f(z) = f(z)", {}, ProgramRefused, "f calls itself"),
    ("y[i] = f(x[i], 1)\ndef f(z) = z", {}, ProgramRefused, "f takes 1 arguments, not 2"),
    ("y[i] = x[i//(0*i)]", {}, IndexRefused, "division by zero in an index"),
    ("y[i] = x[exp(i)]", {}, NameRefused, "exp in an index expression"),
    ("y[i] = x[0.5]", {}, IndexRefused, "1/2 is not an integer"),
    ("y[u] = x[0]", {}, IndexRefused, "nothing says how far u runs"),
    ("y[u] = x[0]\nindex u : size(i) - 9", {}, IndexRefused, "the extent of u is -6"),
    ("y[u] = x[0]\nindex u : size(i)/2", {}, IndexRefused, "the extent of u is not an integer"),
    ("y[u] = x[0]\nindex u : size(v)\nindex v : size(u)", {}, IndexRefused, "u -> v -> u"),
    ("y[i] = x[i]", {"x": None}, CallRefused, "x is not given"),
    ("y[i] = x[i]", {"z": X}, CallRefused, "the program has no array z"),
    ("y[i] = x[i]", {"x": [X]}, CallRefused, r"x has 1 axes, the array given has shape \(1, 3\)"),
]


@pytest.mark.parametrize(("equations", "arrays", "kind", "message"), REFUSALS)
def test_refusals_name_what_is_wrong(equations, arrays, kind, message):
    given = {name: a for name, a in ({"x": X} | arrays).items() if a is not None}
    with pytest.raises(kind, match=message) as caught:
        interpret(f"input x[i]\noutput y[i]\n{equations}", given)
    assert isinstance(caught.value, DeriveError)
    assert caught.value.remedy


@pytest.mark.parametrize("label", [-1, 2])
@pytest.mark.parametrize("pad", ["", "pad E = 0\n"])
def test_a_label_outside_its_axis_is_refused_with_value_and_place(label, pad):
    text = f"input E[v]\nconst id[b] : int\n{pad}output y[b]\ny[b] = E[id[b]]"
    with pytest.raises(CallRefused, match=rf"id\[1\] is {label}, outside 0..1"):
        interpret(text, {"E": [1.0, 2.0], "id": np.array([0, label])})
    with pytest.raises(CallRefused, match="id holds float64, not integers"):
        interpret(text, {"E": [1.0, 2.0], "id": [0.5]})


def test_a_given_axis_must_agree_with_its_index_line():
    text = "input x[h], d[u]\nindex u : size(h) - 1\noutput y\ny = sum[u](d[u]*x[u])"
    assert interpret(text, {"x": X, "d": [1.0, 1.0]})["y"] == -1
    with pytest.raises(CallRefused, match="extent 3 along u, its index line gives 2"):
        interpret(text, {"x": X, "d": X})


def test_extents_that_do_not_agree_are_refused():
    with pytest.raises(CallRefused, match=r"the extent of i is 2 and 3"):
        interpret("input x[i], w[i]\noutput y\ny = 1", {"x": X, "w": [1.0, 2.0]})
    text = "input x[i], w[j]\noutput y\ny = sum[k](x[k]*w[k])"
    with pytest.raises(CallRefused, match=r"extents 3 \(axis 0 of x\), 2 \(axis 0 of w\)"):
        interpret(text, {"x": X, "w": [1.0, 2.0]})


# (expression of x[i] over i, x, gradient of y[i] summed): the conventions at kinks and ties
CONVENTIONS = [
    ("relu(x[i])", [0.0, 1.0, -1.0], [0, 1, 0]),
    ("abs(x[i])", [0.0, 1.0, -1.0], [0, 1, -1]),
    ("sign(x[i]) + step(x[i])", [0.0, 1.0, -1.0], [0, 0, 0]),
    ("leaky_relu(x[i], 0.1)", [0.0, 1.0, -1.0], [0.1, 1, 0.1]),
    ("elu(x[i], 2)", [0.0, 1.0, -1.0], [2, 1, 2 * np.exp(-1)]),
    ("x[i] if x[i] > 0 else 3*x[i]", [0.0, 1.0, -1.0], [3, 1, 3]),
    ("max(x[i], 0)", [0.0, 1.0, -1.0], [0.5, 1, 0]),
    ("min(x[i], 0)", [0.0, 1.0, -1.0], [0.5, 0, 1]),
    ("max(x[i], x[i])", [2.0, 0.0, 1.0], [1, 1, 1]),
    ("max[k](x[k])", [1.0, 2.0, 2.0], [0, 3, 0]),
    ("min[k](x[k])", [1.0, 1.0, 2.0], [3, 0, 0]),
    ("sqrt(x[i]) if x[i] > 0 else 0", [0.0, 4.0, -1.0], [0, 0.25, 0]),
    ("[x[i] > 0]*x[i]", [0.0, 4.0, -1.0], [0, 1, 0]),
    ("prod[k](x[k])", [0.0, 2.0, 3.0], [18, 0, 0]),
    ("logsumexp[k](x[k])/3", [1000.0, 1000.0, 0.0], [0.5, 0.5, 0]),
    ("x[i]^3", [0.0, 2.0, -1.0], [0, 12, 3]),
    ("0*sqrt(x[i])", [1.0, 4.0, 9.0], [0, 0, 0]),
]


@pytest.mark.parametrize(("expr", "x", "expected"), CONVENTIONS)
@pytest.mark.parametrize("arithmetic", [floats(), reals(40)], ids=["float", "40 digits"])
def test_reverse_follows_the_conventions_at_kinks(expr, x, expected, arithmetic):
    tree = parse_tree(f"input x[i]\noutput y[i]\ny[i] = {expr}")
    done = reverse(tree, {"x": x}, arithmetic)
    found = done.gradients({"y": np.ones(3)})["x"].astype(float)
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-14)


def test_every_piecewise_function_has_a_derivative_rule():
    assert set(BOUNDARIES) <= set(DERIVATIVES)


SMOOTH = sorted(set(DERIVATIVES) - {"sign", "step"} - {"max", "min", "leaky_relu", "elu"})


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("x", [Fraction(7, 10), Fraction(3, 2), Fraction(-3, 10)])
def test_every_derivative_rule_agrees_with_a_central_difference(name, x):
    if x < 0 and name in ("log", "sqrt"):
        x = -x
    arithmetic = reals(60)
    tree = parse_tree(f"input x\noutput y\ny = {name}(x)")
    step = Fraction(1, 10**20)
    up, down = (interpret(f"input x\noutput y\ny = {name}(x)", {"x": z}, arithmetic)["y"].item()
                for z in (x + step, x - step))  # fmt: skip
    found = reverse(tree, {"x": x}, arithmetic).gradients({"y": 1})["x"].item()
    assert abs((up - down) / (2 * arithmetic.exact(step)) - found) < 1e-35


def test_reverse_tells_which_inputs_nothing_depends_on():
    tree = parse_tree("input x, w, v\noutput y\ny = x^2 + step(w)")
    done = reverse(tree, {"x": 1.0, "w": 2.0, "v": 3.0}, floats())
    assert done.unreached() == ("w", "v")
    assert done.gradients({})["x"] == 0
