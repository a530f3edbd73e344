"""S2: what the field decides, what it leaves to 80 digits, and what it says then."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from numeric.check import check_source, field, generic, plan, verify
from numeric.check.draws import Kind, draw
from numeric.check.result import INCONCLUSIVE, PROVED, WRONG

HEAD = "import numpy as np\n\n\ndef forward(x):\n"


def kernel(forward, saved, backward):
    """A kernel of one array: statements, with x and dy at hand."""
    lines = [*forward.split("\n"), f"return y, ({saved},)"]
    back = [f"({saved},) = saved", *backward.split("\n"), "return dx"]
    indented = ("\n".join("    " + line for line in part) for part in (lines, back))
    first, second = indented
    return f"{HEAD}{first}\n\n\ndef backward(saved, dy):\n{second}\n"


def program(right, axes="n, k"):
    return f"input x[{axes}]\noutput y[{axes}]\ny[{axes}] = {right}"


SOFTMAX = "exp(x[n, k])/sum[i](exp(x[n, i]))"
NORM = "(x[n, k] - mean[i](x[n, i]))/sqrt(mean[i]((x[n, i] - mean[j](x[n, j]))^2))"
DX_NORM = (
    "d = dy - dy.mean(axis=1, keepdims=True)\n"
    "dx = (d - y * (dy * y).mean(axis=1, keepdims=True)) / s"
)
CENTRED = "c = x - x.mean(axis=1, keepdims=True)\n"
# Different text, equal mathematics: (program, forward, what is saved, backward)
EQUAL = {
    "s(1 - s)": ("sigmoid(x[n, k])", "y = 1 / (1 + np.exp(-x))", "y", "dx = dy * y * (1 - y)"),
    "e/(1 + e)^2": ("1/(1 + exp(-x[n, k]))", "y = 1 / (1 + np.exp(-x))", "x",
                    "e = np.exp(-np.abs(x))\ndx = dy * e / (1 + e) ** 2"),
    "1 - tanh^2": ("tanh(x[n, k])", "y = np.tanh(x)", "y", "dx = dy * (1 - y * y)"),
    "sech^2": ("tanh(x[n, k])", "y = np.tanh(x)", "x", "dx = dy / np.cosh(x) ** 2"),
    "softmax, shifted": (
        SOFTMAX,
        "e = np.exp(x - x.max(axis=1, keepdims=True))\ny = e / e.sum(axis=1, keepdims=True)",
        "y", "dx = y * (dy - (dy * y).sum(axis=1, keepdims=True))"),
    "softmax, not shifted": (
        SOFTMAX, "e = np.exp(x)\ny = e / e.sum(axis=1, keepdims=True)", "e",
        "s = e.sum(axis=1, keepdims=True)\n"
        "dx = e / s * dy - e * (dy * e).sum(axis=1, keepdims=True) / s**2"),
    "log of softmax": (
        f"log({SOFTMAX})",
        "z = x - x.max(axis=1, keepdims=True)\n"
        "y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))",
        "y", "dx = dy - np.exp(y) * dy.sum(axis=1, keepdims=True)"),
    "root of a square": ("x[n, k]/sqrt(x[n, k]^2)*x[n, k]", "y = x * x / np.sqrt(x * x)", "x",
                         "dx = dy * np.sign(x)"),
    "variance, two passes": (NORM, f"{CENTRED}s = np.sqrt((c * c).mean(axis=1, keepdims=True))\n"
                             "y = c / s", "y, s", DX_NORM),
    "mean of squares": (
        NORM, f"{CENTRED}m = x.mean(axis=1, keepdims=True)\n"
        "s = np.sqrt((x * x).mean(axis=1, keepdims=True) - m * m)\ny = c / s", "y, s", DX_NORM),
    "root of a sum, scaled": (
        NORM, f"{CENTRED}s = np.sqrt((c * c).sum(axis=1, keepdims=True)) / x.shape[1] ** 0.5\n"
        "y = c / s", "y, s", DX_NORM),
    "running product": (
        "prod[i](x[n, i])*(x[n, k] - x[n, k] + 1)",
        "y = np.repeat(x.prod(axis=1, keepdims=True), x.shape[1], axis=1)", "x, y",
        "dx = y * dy.sum(axis=1, keepdims=True) / x"),
    "a power and its fraction": ("x[n, k]^2.5", "y = x**2.5", "x", "dx = dy * 2.5 * x * np.sqrt(x)"),
    "double angle": ("sin(x[n, k])^2", "y = np.sin(x) ** 2", "x", "dx = dy * np.sin(2 * x)"),
}  # fmt: skip


@pytest.mark.parametrize("name", EQUAL)
def test_the_field_decides_equal_forms(name):
    right, *parts = EQUAL[name]
    result = check_source(program(right), kernel(*parts), fast=True)
    line = next(line for line in result.lines if line.proof == field.PROOF.name)
    assert (line.verdict, line.note) == (PROVED, ""), str(result)
    assert line.comparisons == 2  # short extents, and drawn ones


@pytest.mark.parametrize("name", EQUAL)
def test_the_field_refutes_what_is_not_equal(name):
    right, forward, saved, backward = EQUAL[name]
    wrong = kernel(forward, saved, f"{backward}\ndx = 1.0000000001 * dx")
    result = check_source(program(right), wrong, fast=True)
    assert (result.verdict, result.counterexample.proof) == (WRONG, field.PROOF.name)


def test_an_identity_that_the_field_does_not_have_is_left_open():
    # log(2u) = log(2) + log(u) holds of real numbers; here the derivative needs it
    text = program("(x[n, k]^2 + 1)*(log(2*x[n, k]^2 + 2) - 1)")
    slope = "2 * x * (np.log(2 + 0 * x) + np.log(x * x + 1) - 1) + 2 * x"
    right = kernel("y = (x * x + 1) * (np.log(2 * x * x + 2) - 1)", "x", f"dx = dy * ({slope})")
    result = check_source(text, right)
    line = next(line for line in result.lines if line.proof == field.PROOF.name)
    assert line.verdict == INCONCLUSIVE
    assert "needs an identity that the field does not have, with distinct extents" in line.note
    assert result.counterexample is None
    assert {line.verdict for line in result.lines} == {PROVED, INCONCLUSIVE}


def subject_of(text, source):
    tree = verify.parse_tree(text)
    bound = derive.bind(derive.parse(text))
    return plan.subject_for(tree, bound, {}, source, np.random.default_rng(0))


def test_points_are_drawn_again_where_a_root_is_missing():
    # the root of a root is not in the field with every draw
    source = kernel("r = np.sqrt(x)\ny = np.sqrt(1 + r)", "r, y", "dx = dy / (4 * y * r)")
    subject = subject_of(program("sqrt(1 + sqrt(x[n]))", "n"), source)
    rng, redraws = np.random.default_rng(0), generic.Redraws()
    point = plan.main_points(subject, rng).smooth[0]
    for draws in range(1, 11):
        found = generic.look(subject, point, rng, redraws)
        assert found.along == found.across
        assert redraws.draws == draws + redraws.failed
    assert redraws.failed > 0
    result = check_source(program("sqrt(1 + sqrt(x[n]))", "n"), source)
    assert result.verdict == PROVED
    assert any("draws had no root in the field" in line.note for line in result.lines)


def test_parts_of_a_simplex_stay_exact_and_other_data_do_not():
    rng = np.random.default_rng(0)
    source = generic.residues(rng)
    parts, data = (draw(Kind(kind), (3, 4), rng) for kind in ("simplex", "normal"))
    kept = generic.drawn(parts, source, Kind("simplex"))
    assert all(total == 1 for total in kept.sum(axis=0))
    other = generic.drawn(data, source, Kind("normal"))
    assert not any(x == y for x, y in zip(other.flat, data.flat, strict=True))
    assert [x.f for x in other.flat] == [float(y) for y in data.flat]
