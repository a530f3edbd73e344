"""What the commonest kernels look like, line by line."""

from __future__ import annotations

import subprocess
import sys

import pytest

import derive
from numeric.emit.text import WIDTH, broken
from tests.numeric.emit.running import text_of
from tests.numeric.emit.windows import CONV1D, CONV2D, POOL2D

DENSE = (
    "input x[n,j]\nparam W[i,j], b[i]\noutput a[n,i]\n"
    "z[n,i] = sum[j](W[i,j]*x[n,j]) + b[i]\na[n,i] = relu(z[n,i])"
)
TANH = "input x[t,n,j]\nparam W[i,j]\noutput h[t,n,i]\nh[t,n,i] = tanh(sum[j](W[i,j]*x[t,n,j]))"
NORM = (
    "input x[n,i]\nparam g[i]\noutput y[n,i]\nm[n] = mean[i](x[n,i])\n"
    "v[n] = mean[i]((x[n,i] - m[n])^2)\ny[n,i] = g[i]*(x[n,i] - m[n])/sqrt(v[n] + 0.001)"
)
ATTENTION = (
    "input q[b,h,t,d], k[b,h,s,d], v[b,h,s,d]\noutput y[b,h,t,d]\nindex r : size(s)\n"
    "a[b,h,t,s] = sum[d](q[b,h,t,d]*k[b,h,s,d])/sqrt(size(d))\n"
    "p[b,h,t,s] = exp(a[b,h,t,s])/sum[r](exp(a[b,h,t,r]))\n"
    "y[b,h,t,d] = sum[s](p[b,h,t,s]*v[b,h,s,d])"
)
POOL1D = (
    "input x[n,h]\noutput y[n,u]\nindex p : {k}\nindex u : (size(h) - {k})//{s} + 1\n"
    "y[n,u] = max[p](x[n,{s}*u + p])"
)
MEAN1D = (
    "input x[n,h]\noutput y[n,u]\nindex p : 4\nindex u : (size(h) - 4)//4 + 1\n"
    "y[n,u] = sum[p](x[n,4*u + p])/4"
)
EMBEDDING = "const id[b] : int\nparam E[v,d]\noutput y[b,d]\ny[b,d] = E[id[b], d]"
CHOICE = "input x[i]\noutput y[i]\ny[i] = x[i]*leaky_relu(x[i], 0.1)"
CUBE = "input x[i]\noutput y[i]\ny[i] = x[i]^3"

# the program, whether its adjoint is meant, an array, the lines that compute it
ROWS = [
    (DENSE, False, "z", "z = x @ W.T + b"),
    (DENSE, False, "a", "a = np.maximum(z, 0)"),
    (DENSE, True, "dz", "dz = da * (z > 0)"),
    (DENSE, True, "dW", "dW = dz.T @ x"),
    (DENSE, True, "db", "db = dz.sum(axis=0)"),
    (DENSE, True, "dx", "dx = dz @ W"),
    (TANH, False, "h", "h = np.tanh(x @ W.T)"),
    (TANH, True, "dh_in", "dh_in = dh * (1 - h**2)"),
    (TANH, True, "dW", "dW = np.tensordot(dh_in, x, ([0, 1], [0, 1]))"),
    (NORM, False, "m", "m = x.sum(axis=1) / I"),
    (NORM, False, "v", "v_base = x - m[:, None]\nv = np.vecdot(v_base, v_base) / I"),
    (NORM, False, "y", "y = g * (x - m[:, None]) / np.sqrt(v + 0.001)[:, None]"),
    (ATTENTION, False, "a", "a = (q @ k.swapaxes(2, 3)) / D**0.5"),
    (ATTENTION, True, "p", "p = softmax(a, axis=3)"),
    (ATTENTION, True, "da", "da = p * (dp - np.vecdot(dp, p)[:, :, :, None])"),
    (ATTENTION, True, "dv", "dv = p.swapaxes(2, 3) @ dy"),
    (EMBEDDING, False, "y", "y = E[id_]"),
    (EMBEDDING, True, "dE", "dE = np.zeros((V, D), dtype)\nnp.add.at(dE, id_, dy)"),
    (CUBE, False, "y", "y = x * x * x"),
    (
        CONV1D.format(s=2, P=1, d=1), False, "y",
        "x_pad = np.pad(x, ((0, 0), (0, 0), (1, 1)))\n"
        "x_win = windows(x_pad, 2, (U, 2), (P, 1))\n"
        "y = np.tensordot(W, x_win, ([1, 2], [1, 3])).swapaxes(0, 1)",
    ),
    (
        CONV2D.format(s=1, P=0, d=1), True, "dW",
        "x_win = windows(windows(x, 3, (V, 1), (Q, 1)), 2, (U, 1), (P, 1))\n"
        "dW = np.tensordot(x_win, dy, ([0, 2, 4], [0, 2, 3])).transpose(3, 0, 1, 2)",
    ),
    (
        CONV2D.format(s=2, P=1, d=1), True, "dx",
        "dx_terms = np.tensordot(W, dy.transpose(1, 2, 3, 0), ([0], [0]))\n"
        "dx_pad = np.zeros((C, H + 2, size_w + 1, N), dtype)\n"
        "for p in range(P):\n"
        "    for q in range(Q):\n"
        "        dx_pad[:, p : p + 2 * U : 2, q : q + 2 * V : 2] += dx_terms[:, p, q]\n"
        "dx = dx_pad[:, 1 : H + 1, 1:].transpose(3, 0, 1, 2).copy()",
    ),
    (
        POOL2D.format(k=2, s=2, P=0), False, "y",
        "y = np.full((N, C, U, V), -np.inf, dtype)\n"
        "for p in range(2):\n"
        "    for q in range(2):\n"
        "        np.maximum(y, x[:, :, p : p + 2 * U : 2, q : q + 2 * V : 2], out=y)",
    ),
    (
        POOL2D.format(k=2, s=2, P=0), True, "dx",
        "dx = np.zeros((N, C, H, W), dtype)\n"
        "for p in range(2):\n"
        "    for q in range(2):\n"
        "        dx[:, :, p : p + 2 * U : 2, q : q + 2 * V : 2] = dy * (y_arg == 2 * p + q)",
    ),
    (
        POOL1D.format(k=3, s=2), True, "dx",  # windows overlap
        "dx = np.zeros((N, H), dtype)\n"
        "for p in range(3):\n"
        "    dx[:, p : p + 2 * U : 2] += dy * (y_arg == p)",
    ),
    (
        MEAN1D, True, "dx",
        "dx_share = dy / 4\n"
        "dx = np.zeros((N, H), dtype)\n"
        "for p in range(4):\n"
        "    dx[:, p : p + 4 * U : 4] = dx_share",
    ),
    (
        POOL1D.format(k=2, s=2), True, "y_arg",
        "y_arg_best = np.full((N, U), -np.inf, dtype)\n"
        "y_arg = np.zeros((N, U), np.int8)\n"
        "for p in range(2):\n"
        "    y_arg_here = x[:, p : p + 2 * U : 2]\n"
        "    np.maximum(y_arg, (y_arg_here > y_arg_best) * np.int8(p), out=y_arg)\n"
        "    np.maximum(y_arg_best, y_arg_here, out=y_arg_best)",
    ),
    (
        POOL1D.format(k=129, s=2), True, "y_arg",  # too many positions for a byte
        "y_arg_best = np.full((N, U), -np.inf, dtype)\n"
        "y_arg = np.zeros((N, U), int)\n"
        "for p in range(129):\n"
        "    y_arg_here = x[:, p : p + 2 * U : 2]\n"
        "    np.maximum(y_arg, (y_arg_here > y_arg_best) * p, out=y_arg)\n"
        "    np.maximum(y_arg_best, y_arg_here, out=y_arg_best)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "backward", "name", "expected"), ROWS)
def test_golden_lines(text: str, backward: bool, name: str, expected: str) -> None:
    program = derive.bind(derive.parse(text))
    if backward:
        program = derive.bind(derive.adjoint(program))
    assert text_of(program, name) == expected


LONG = [
    ("y = " + " + ".join(["aaaaaaaaaaaa"] * 9), ["y = (", "    aaaaaaaaaaaa"]),
    ("y = f(" + ", ".join(["aaaaaaaaaaaa"] * 9) + ")", ["y = f(", "    aaaaaaaaaaaa,"]),
    ("y += (" + " * ".join(["aaaaaaaaaaaa"] * 9) + ").sum()", ["y += (", "    aaaaaaaaaaaa"]),
]


@pytest.mark.parametrize(("line", "first"), LONG)
def test_long_lines_are_broken_and_mean_the_same(line: str, first: list[str]) -> None:
    lines = broken(line)
    assert lines[: len(first)] == first
    assert max(map(len, lines)) <= WIDTH
    squeezed = "".join("".join(lines).split()).replace(",)", ")")
    assert squeezed in ("".join(line.split()), "".join(line.replace("= ", "= (", 1).split()) + ")")


def test_what_cannot_be_broken_stays_long() -> None:
    line = "y = " + "a" * 100
    assert broken(line) == [line]


SCRIPT = """
import derive
from numeric.emit import emit_statements
from derive.lower.context import Context
from derive.lower.equation import lower_equation
from numeric.names import identifiers
program = derive.bind(derive.adjoint(derive.bind(derive.load("conv2d"), s=2, P=1)))
for equation in program.equations:
    print(emit_statements(lower_equation(equation, Context(program)), identifiers(program)))
"""


def test_the_bytes_do_not_depend_on_the_hash_seed() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env={"PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(found) == 1
    assert "dx_pad" in found.pop()
