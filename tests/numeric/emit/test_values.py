"""Values at the edges: huge logits, infinities, excluded members, other numbers, odd layouts."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

import derive
from tests.numeric.emit.running import run

SOFTMAX = (
    "input z[n,k]\noutput p[n,k]\nindex i : size(k)\np[n,k] = exp(z[n,k])/sum[i](exp(z[n,i]))"
)
LOG_SOFTMAX = SOFTMAX.replace("= exp", "= log(exp").replace("(z[n,i]))", "(z[n,i])))")
LOGITS = [
    [1000.0, 999.0, -1000.0],
    [-1000.0, -1001.0, -999.5],
    [88.0, 0.0, -88.0],
    [0.25, 0.5, 0.125],
]


def exact(rows: list[list[float]], log: bool) -> np.ndarray[Any, Any]:
    """The softmax of the rows, or its logarithm, to 50 digits and then rounded."""
    with mpmath.workdps(50):
        found = []
        for row in rows:
            total = mpmath.fsum(mpmath.exp(mpmath.mpf(z)) for z in row)
            values = [mpmath.exp(mpmath.mpf(z)) / total for z in row]
            found.append([float(mpmath.log(v) if log else v) for v in values])
        return np.array(found)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("text", "log"), [(SOFTMAX, False), (LOG_SOFTMAX, True)])
def test_softmax_keeps_its_digits_at_logits_of_a_thousand(text: str, log: bool, dtype: Any) -> None:
    program = derive.bind(derive.parse(text))
    prepared = derive.cotangent.prepare(program)
    found = run(prepared, {"z": np.array(LOGITS, dtype)}, dtype)["p"]
    assert found.dtype == dtype
    # the exponent of exp(-88) is itself rounded, relative to 88
    tolerance = {np.float32: 1e-5, np.float64: 2e-14}[dtype]
    smallest = float(np.finfo(dtype).eps if log else np.finfo(dtype).tiny)
    np.testing.assert_allclose(found, exact(LOGITS, log), rtol=tolerance, atol=smallest)


EDGES: list[tuple[str, str, dict[str, Any], Any]] = [
    (
        "an excluded member may be infinite",
        "input x[i]\noutput y\ny = sum[i where i != 1](log(x[i])*x[i])",
        {"x": np.array([1.0, 0.0, 1.0])}, 0.0,
    ),
    (
        "an excluded member may be outside of the domain",
        "input x[i]\noutput y\ny = prod[i where i >= 1](sqrt(x[i]))",
        {"x": np.array([-1.0, 4.0, 9.0])}, 6.0,
    ),
    (
        "a branch that is not taken computes nothing",
        "input x[i]\noutput y[i]\ny[i] = log(x[i]) if x[i] > 0 else 0",
        {"x": np.array([-1.0, 0.0, 1.0])}, [0.0, 0.0, 0.0],
    ),
    (
        "a branch may overflow where it is not taken",
        "input x[i]\noutput y[i]\ny[i] = exp(x[i]) if x[i] < 0 else 1",
        {"x": np.array([-1.0, 1000.0])}, [np.exp(-1.0), 1.0],
    ),
    (
        "an index beyond the array does not wrap",
        "input x[i]\noutput y[i]\npad x = 0\ny[i] = x[i - 2] + x[(i + 5)//2]",
        {"x": np.array([1.0, 2.0, 4.0])}, [4.0, 0.0, 1.0],
    ),
    (
        "a guarded label does not wrap",
        "input x[i]\nconst k[n] : int\noutput y[n]\ny[n] = x[k[n]] if k[n] >= 0 else 7",
        {"x": np.array([1.0, 2.0]), "k": np.array([-1, 0, 1])}, [7.0, 1.0, 2.0],
    ),
    (
        "the maximum under -inf",
        "input x[i]\noutput y[u]\nindex u : 3\nindex p : 2\npad x = -inf\n"
        "y[u] = max[p](x[2*u + p - 3])",
        {"x": np.array([-5.0, -7.0])}, [-np.inf, -5.0, -7.0],
    ),
    (
        "logsumexp of nothing but -inf",
        "input x[i]\noutput y\npad x = -inf\nindex p : 2\ny = logsumexp[p](x[p - 5])",
        {"x": np.array([1.0])}, -np.inf,
    ),
    (
        "the first of the ties",
        "input x[i,j]\noutput m, l, y[i]\nm = argmax[i,j](x[i,j])\nl = argmin[j,i](x[i,j])\n"
        "y[i] = argmax[j](x[i,j])",
        {"x": np.array([[1.0, 3.0], [0.0, 3.0], [0.0, 0.0]])}, [1, 1, 0],
    ),
    (
        "no members, where there is no result either",
        "input x[n,i]\noutput y[n,i]\nindex j : size(i)\ny[n,i] = max[j where j <= i](x[n,j])",
        {"x": np.zeros((2, 0))}, np.zeros((2, 0)),
    ),
    (
        "no members and no results",
        "input x[n,i]\noutput k[n], y[n]\nk[n] = argmin[i](x[n,i])\n"
        "y[n] = max[i](x[n,i])*min[i](x[n,i])",
        {"x": np.zeros((0, 0))}, np.zeros(0),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "given", "expected"), [row[1:] for row in EDGES], ids=[row[0] for row in EDGES]
)
def test_edges(text: str, given: dict[str, Any], expected: Any) -> None:
    program = derive.bind(derive.parse(text))
    found = run(program, given)
    np.testing.assert_allclose(found[program.equations[-1].name], expected, rtol=1e-15)
    if "m" in found:
        assert (int(found["m"]), int(found["l"])) == (1, 1)


LAYOUTS = {
    "fortran": np.asfortranarray,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "every other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "transposed": lambda a: a.T.copy().T,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("name", ["conv2d", "maxpool2d", "attention", "embedding", "layer_norm"])
def test_layouts_do_not_matter(name: str, layout: Any) -> None:
    rng = np.random.default_rng(0)
    program = derive.bind(derive.cotangent.prepare(derive.bind(derive.load(name))))
    given = {
        a.name: rng.integers(0, 3, (4,) * len(a.axes))
        if a.integer
        else rng.standard_normal((4,) * len(a.axes))
        for a in program.arrays
    }
    plain = run(program, given)
    other = run(program, {name: layout(value) for name, value in given.items()})
    for output in program.outputs:
        np.testing.assert_allclose(other[output], plain[output], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "name", ["dense", "conv1d", "maxpool1d", "avgpool1d", "match1d", "mse", "embedding"]
)
def test_arrays_of_other_numbers(name: str) -> None:
    rng = np.random.default_rng(0)
    program = derive.bind(derive.cotangent.prepare(derive.bind(derive.load(name))))
    given = {
        a.name: rng.integers(0, 4, (4,) * len(a.axes))
        if a.integer
        else rng.standard_normal((4,) * len(a.axes))
        for a in program.arrays
    }
    lift = np.frompyfunc(mpmath.mpf, 1, 1)
    lifted = {
        name: value if value.dtype.kind == "i" else np.asarray(lift(value), object)
        for name, value in given.items()
    }
    plain, found = run(program, given), run(program, lifted, object)
    for output in program.outputs:
        value = np.asarray(found[output])
        assert value.dtype == object
        np.testing.assert_allclose(value.astype(float), plain[output], rtol=1e-12, atol=1e-14)
