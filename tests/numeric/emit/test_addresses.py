"""Plans in three-address form: what is computed where, line by line."""

from __future__ import annotations

import pytest

import derive
from numeric.build import build

SUM = "input x[n, j]\nparam W[i, j], b[i]\noutput y[n, i]\n"
PAIR = "input x[n, i], y[n, i]\noutput z[n, i]\n"
TIME = "input x[t, n]\noutput h[t, n]\nh[-1, n] = 0\n"

# A program, and the lines of forward between its sizes and what it returns.
LINES = [
    pytest.param(
        SUM + "y[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]",
        ['y = new("y", N, I)', "np.matmul(x, W.T, out=y)", "np.add(y, b, out=y)"],
        id="a chain in place",
    ),
    pytest.param(
        PAIR + "z[n, i] = x[n, i]*y[n, i] + x[n, i]/y[n, i]",
        ['z = new("z", N, I)', 'tmp1 = new("tmp1", N, I)', "np.multiply(x, y, out=z)",
         "np.divide(x, y, out=tmp1)", "np.add(z, tmp1, out=z)"],
        id="a second operand in a spare array",
    ),
    pytest.param(
        PAIR + "z[n, i] = (2 + x[n, i])*(3 - y[n, i])*(1 + x[n, i]*y[n, i])",
        ['z = new("z", N, I)', 'tmp1 = new("tmp1", N, I)', "np.add(2, x, out=z)",
         "np.subtract(3, y, out=tmp1)", "np.multiply(z, tmp1, out=z)",
         "np.multiply(x, y, out=tmp1)", "np.add(1, tmp1, out=tmp1)", "np.multiply(z, tmp1, out=z)"],
        id="a spare array is free again after its operation",
    ),
    pytest.param(
        PAIR + "z[n, i] = x[n, i]*[y[n, i] > 0]",
        ['z = new("z", N, I)', 'mask1 = new("mask1", N, I, dtype=bool)',
         "np.greater(y, 0, out=mask1)", "np.multiply(x, mask1, out=z)"],
        id="a condition",
    ),
    pytest.param(
        PAIR + "z[n, i] = sigmoid(x[n, i] + y[n, i])",
        ['z_in = new("z_in", N, I)', "np.add(x, y, out=z_in)",
         'z = new("z", N, I)', "sigmoid_into(z_in, out=z)"],
        id="a function of the prelude",
    ),
    pytest.param(
        "input x[n, i]\noutput y[i, n]\ny[i, n] = x[n, i]",
        ['y = new("y", I, N)', "y[...] = x.T"],
        id="a copy",
    ),
    pytest.param(
        "input x[n, i], w[n]\noutput y[i]\ny[i] = sum[n](x[n, i]^2)*w[0]",
        ['y_sum = new("y_sum", I)', 'tmp1 = new("tmp1", N, I)', "np.square(x, out=tmp1)",
         "np.sum(tmp1, axis=0, out=y_sum)", 'y = new("y", I)', "np.multiply(y_sum, w[0], out=y)"],
        id="a reduction of a spare array",
    ),
    pytest.param(
        "input x[n, i], w[i]\noutput y[n]\ny[n] = sum[i](x[n, i]^2)*w[0]",
        ['y_sum = new("y_sum", N)', "np.vecdot(x, x, out=y_sum)",
         'y = new("y", N)', "np.multiply(y_sum, w[0], out=y)"],
        id="products of rows",
    ),
    pytest.param(
        TIME + "h[t, n] = h[t - 1, n]*x[t, n] + h[t - 1, n]",
        ['h = new("h", T + 1, N)', "h[0] = 0", "for t in range(T):",
         "np.multiply(h[t], x[t], out=h[t + 1])", "np.add(h[t + 1], h[t], out=h[t + 1])"],
        id="steps of an array are apart",
    ),
]  # fmt: skip


def body(text: str, function: str = "forward") -> list[str]:
    """The statements of a function of the fast kernel, without sizes, notes and results."""
    source = build(derive.parse(text), style="fast").source
    lines = source[source.index(f"def {function}(") :].splitlines()
    start = next(k for k, line in enumerate(lines) if line.strip() == "new = memory(work, dtype)")
    stop = next(k for k, line in enumerate(lines) if k > start and "return" in line)
    return [line.split("  # ")[0].strip() for line in lines[start + 1 : stop]]


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_lines(text: str, expected: list[str]) -> None:
    assert body(text) == expected


def test_a_spare_array_is_one_for_all_equations() -> None:
    text = PAIR.replace("z[n, i]\n", "z[n, i], w[n, i]\n")
    lines = body(
        text + "z[n, i] = x[n, i]*y[n, i] + x[n, i]/y[n, i]\nw[n, i] = x[n, i]^2 + y[n, i]^2"
    )
    assert [line for line in lines if line.startswith("tmp")] == ['tmp1 = new("tmp1", N, I)']


def test_arrays_may_have_the_names_of_the_module() -> None:
    text = "input work[n], new[n], memory[n]\noutput tmp1[n]\ntmp1[n] = work[n]*new[n] + memory[n]^2"
    kernel = build(derive.parse(text), style="fast")
    outputs, saved = kernel.forward(work=[1.0, 2.0], new=[3.0, 4.0], memory=[5.0, 6.0])
    assert outputs["tmp1"].tolist() == [28.0, 44.0]
    gradients = kernel.backward(saved, tmp1=[1.0, 1.0])
    assert gradients["memory"].tolist() == [10.0, 12.0]
