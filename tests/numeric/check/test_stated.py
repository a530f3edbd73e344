"""The functions that a kernel defines for itself, and the sizes by which it does something else."""

from __future__ import annotations

import numpy as np
import pytest

import derive
import numeric
from numeric.check import check_source
from numeric.check.literals import telling
from numeric.check.result import CheckResult
from numeric.check.stated import POINTWISE, stated
from numeric.execute import execute
from numeric.inplace import INTO
from numeric.prelude import TABLE

PROVED, PRECISION, WRONG = "PROVED", "PRECISION", "WRONG"
DENSE = numeric.build(derive.load("dense")).source


def source(layer: str, style: str = "readable") -> str:
    return numeric.build(derive.load(layer), style=style).source


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def proof(result: CheckResult) -> str:
    return "" if result.counterexample is None else result.counterexample.proof


# A slip in a function, of which short arrays and the tolerance of S6 show nothing.
SLIPS = [
    ("gelu", "readable", "1.97628289e-06", "1.996e-06", PRECISION, "S6 functions"),
    ("gelu", "readable", "end = 3.92", "end = 3.5", PRECISION, "S6 functions"),
    ("gelu", "fast", "0.116599217", "0.11661", PRECISION, "S6 functions"),
    ("binary_cross_entropy_logits", "readable", "(u - 1 - e) / u", "0", PRECISION, "S6 functions"),
    ("gelu", "readable", "given[k : k + size])", "given[: size])", WRONG, "S7 large shapes"),
    ("gelu", "readable", "range(0, z.size, size)", "range(0, z.size - size, size)", WRONG, "S7"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "style", "old", "new", "verdict", "by"), SLIPS)
def test_a_slip_in_a_function_is_found(layer, style, old, new, verdict, by):
    found = check_source(derive.load(layer), changed(source(layer, style), old, new))
    assert found.verdict == verdict, found
    assert proof(found).startswith(by)


def test_every_pointwise_function_of_ours_is_known_in_both_forms():
    namespace = {"np": np}
    for entry in (*TABLE, *INTO):
        exec(entry.text, namespace)
    found = list(stated(namespace))
    assert {one.name for one in found} == set(POINTWISE)
    assert len(found) == 2 * len(POINTWISE)
    z = np.array([-1.5, 0.5])
    pairs: dict[str, list[list[float]]] = {}
    for one in found:
        pairs.setdefault(one.name, []).append(one.call(z).tolist())
    for ours, into in pairs.values():
        assert ours == pytest.approx(into, rel=1e-14)


def test_a_function_of_the_same_name_that_says_something_else_is_left_alone():
    text = "import numpy as np\ndef step(z):\n    'One step of the walk.'\n    return z - 1\n"
    assert list(stated(execute(text))) == []
    # what is replaced in other numbers is known by its name: the name is what is relied on
    text = "import numpy as np\ndef erf(z):\n    return np.tanh(z)\n"
    assert [one.name for one in stated(execute(text))] == ["erf"]


def test_the_numbers_by_which_a_text_tells_sizes_apart():
    assert telling("def f(z):\n    if z.size > 128 and z.ndim < 3:\n        z = z[:4096]\n") == (
        128, 4096,
    )  # fmt: skip
    assert telling("x = 64\ny = 10**9\nz = 1000000000\nw = 100.0\nv = True") == ()


# Right up to 100 places or 1,000 elements, and wrong beyond: nothing smaller shows it.
BRANCHES = [
    ("dz @ W", "dz @ W if len(dz) < 101 else dz @ -W"),
    ("dz @ W", "dz @ W if dz.shape[1] < 300 else 2 * (dz @ W)"),
    ("dz.T @ x", "dz.T @ x if x.size < 1000 else (dz.T @ x) * (1 - 1e-9)"),
]


@pytest.mark.parametrize(("right", "slip"), BRANCHES)
def test_what_a_kernel_does_beyond_some_size_is_looked_at(right, slip):
    found = check_source(derive.load("dense"), changed(DENSE, right, slip))
    assert found.verdict == WRONG, found
    assert proof(found) == "S7 large shapes"


def test_a_forward_that_goes_wrong_beyond_some_size_is_caught_with_its_right_backward():
    tanh = source("tanh")
    slip = changed(tanh, "np.tanh(z)", "(np.tanh(z) if z.size < 500 else np.tanh(z) * (z < 3))")
    found = check_source(derive.load("tanh"), slip)
    assert found.verdict == WRONG, found


def test_a_kernel_with_such_a_number_that_is_right_is_proved():
    right = changed(DENSE, "dz @ W", "dz @ W if dz.shape[1] < 300 else (W.T @ dz.T).T")
    found = check_source(derive.load("dense"), right)
    assert found.verdict == PROVED
    (line,) = (line for line in found.lines if line.proof == "S7 large shapes")
    assert "301" in line.note


def test_an_output_of_another_shape_is_wrong_in_the_field_too():
    settings = {"k": 3, "s": 2, "P": 1}
    pool = numeric.build(derive.load("maxpool2d"), **settings).source
    slip = changed(pool, "U = (H - 1) // 2 + 1", "U = 1")
    found = check_source(derive.load("maxpool2d"), slip, fast=True, **settings)
    assert found.verdict == WRONG, found
    assert ".shape" in found.counterexample.entry
