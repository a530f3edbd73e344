"""Which arrays are kept side by side, what is then computed together, and that it is the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derive
from derive.library import read
from derive.lower.alike import as_one, form
from derive.lower.arrange import Arrangement, arrange
from derive.lower.packing import NOTHING, with_sums_joined
from derive.lower.passes import active
from derive.lower.stack import stack_index
from numeric.build import build
from numeric.check import check


def arranged(text: str, without: tuple[str, ...] = ()) -> Arrangement:
    return arrange(derive.bind(derive.parse(text)), active(without))


def layer(name: str) -> str:
    return read(name)


CELL = """\
input x[t, n, j], h0[n, i]
param A[i, j], U[i, i], B[i, j], V[i, i]
output h[t, n, i]
h[-1, n, i] = h0[n, i]
a[t, n, i] = sin(sum[j](A[i, j]*x[t, n, j]) + sum[k](U[i, k]*h[t-1, n, k]))
b[t, n, i] = cos(sum[j](B[i, j]*x[t, n, j]) + sum[k](V[i, k]*h[t-1, n, k]))
h[t, n, i] = a[t, n, i]*b[t, n, i]
"""


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        (layer("rnn"), {}),
        (layer("dense"), {}),
        (layer("attention"), {}),
        (layer("lstm"), {
            ("W_f", "W_i", "W_o", "W_g"), ("U_f", "U_i", "U_o", "U_g"), ("b_f", "b_i", "b_o", "b_g"),
            ("f_in_drive", "i_in_drive", "o_in_drive", "g_in_drive"),
            ("f_in", "i_in", "o_in", "g_in"), ("f", "i", "o"),
            ("df_in", "di_in", "do_in", "dg_in"), ("dW_f", "dW_i", "dW_o", "dW_g"),
            ("dU_f", "dU_i", "dU_o", "dU_g"), ("db_f", "db_i", "db_o", "db_g"),
        }),
        (layer("gru"), {
            ("W_r", "W_z", "W_g"), ("b_r", "b_z", "b_g"), ("r_in_drive", "z_in_drive", "g_in_drive"),
            ("U_r", "U_z"), ("r_in", "z_in"), ("r", "z"),
        }),
        # other nonlinearities behind the same products
        (CELL, {("A", "B"), ("U", "V"), ("a_in_drive", "b_in_drive"), ("a_in", "b_in")}),
        # names of indices do not matter
        (CELL.replace("sum[k](V[i, k]*h[t-1, n, k])", "sum[q](V[i, q]*h[t-1, n, q])")
             .replace("output h[t", "index q : size(i)\noutput h[t"),
         {("A", "B"), ("U", "V"), ("a_in_drive", "b_in_drive"), ("a_in", "b_in")}),
        # b needs the a of the same step: they cannot be computed together
        (CELL.replace("V[i, k]*h[t-1, n, k]", "V[i, k]*a[t, n, k]"),
         {("A", "B"), ("a_in_drive", "b_in_drive")}),
        # another step, another product
        (CELL.replace("V[i, k]*h[t-1, n, k]", "V[i, k]*h[t-2, n, k]")
             .replace("h[-1, n, i] =", "h[-2, n, i] = h0[n, i]\nh[-1, n, i] ="), None),
        # what has the axis of the loop is not copied
        (CELL.replace("U[i, i], B[i, j], V[i, i]", "U[t, i, i], B[i, j], V[t, i, i]")
             .replace("U[i, k]", "U[t, i, k]").replace("V[i, k]", "V[t, i, k]"), None),
    ],
)  # fmt: skip
def test_what_lies_side_by_side(text: str, hosts: set[tuple[str, ...]] | None) -> None:
    found = {host.members for host in arranged(text).packing.hosts}
    if hosts is None:
        assert not any({"U", "V"} & set(members) for members in found)
    else:
        assert found == set(hosts)


@pytest.mark.parametrize("without", [("pack",), ("out",)])
def test_nothing_is_packed_without_the_pass_or_memory_for_it(without: tuple[str, ...]) -> None:
    found = arranged(layer("lstm"), without)
    assert found.packing == NOTHING


def test_every_block_is_computed_once_and_in_an_order_that_works() -> None:
    packed, plain = arranged(layer("lstm")), arranged(layer("lstm"), ("pack",))
    for one, other in ((packed.forward, plain.forward), (packed.backward, plain.backward)):
        assert sorted(map(_names, one)) == sorted(map(_names, other))
    (loop,) = (b for b in packed.forward if hasattr(b, "body"))
    assert [e.name for e in loop.body] == [
        "f_in", "i_in", "o_in", "g_in", "f", "i", "o", "g", "c", "h_tanh", "h",
    ]  # fmt: skip


def _names(block: Any) -> str:
    return " ".join(sorted(block.names)) if hasattr(block, "names") else str(block)


@pytest.mark.parametrize(
    ("name", "inside", "count"),
    [
        ("lstm", "np.matmul(h[t], U_f_to_U_g.swapaxes(1, 2), out=f_in_to_g_in)", 1),
        ("lstm", "sigmoid_into(", 2),  # its definition, and the one call for three gates
        ("lstm", "np.dot(", 2),  # the sums of four products, at a step and for dh0
        ("gru", "np.matmul(h[t], U_r_to_U_z.swapaxes(1, 2), out=r_in_to_z_in)", 1),
        ("gru", "sigmoid_into(", 2),
    ],
)
def test_gates_are_one_product(name: str, inside: str, count: int) -> None:
    assert build(derive.load(name), style="fast").source.count(inside) == count


@pytest.mark.parametrize(
    "text",
    [
        CELL,
        CELL.replace("V[i, k]*h[t-1, n, k]", "V[i, k]*a[t, n, k]"),
        # shared by a gate that has it to itself, as peepholes do
        CELL.replace("A[i, j],", "A[i, j], p[i], q[i],").replace(
            "a[t, n, i] = sin(", "a[t, n, i] = sin(p[i]*h[t-1, n, i] + "
        ).replace("b[t, n, i] = cos(", "b[t, n, i] = cos(q[i]*h[t-1, n, i] + "),
        # no batch
        CELL.replace("t, n", "t").replace("t-1, n", "t-1").replace("[-1, n, i]", "[-1, i]").replace("h0[n, i]", "h0[i]"),
        # backwards in time
        CELL.replace("t-1", "t+1").replace("h[-1,", "h[size(t),"),
    ],
    ids=["two gates", "one after the other", "peepholes", "no batch", "backwards"],
)  # fmt: skip
def test_packed_kernels_are_proved(text: str) -> None:
    result = check(derive.parse(text), style="fast", fast=True)
    assert result.verdict == "PROVED", str(result)


THREE = CELL.replace("B[i, j], V[i, i]", "B[i, j], V[i, i], C[i, j], W[i, i]").replace(
    "h[t, n, i] = a", "c[t, n, i] = sin(sum[j](C[i, j]*x[t, n, j]) + sum[k](W[i, k]*h[t-1, n, k]))\n"
    "h[t, n, i] = c[t, n, i]*a"
)


@pytest.mark.parametrize("text", [CELL, THREE], ids=["two", "three"])
@pytest.mark.parametrize("dtypes", [("f8", "f8"), ("f4", "f4"), ("f8", "f4")])
def test_mixed_precisions_are_computed_in_the_widest(text: str, dtypes: tuple[str, str]) -> None:
    program = derive.parse(text)
    rng = np.random.default_rng(0)
    extents = {"t": 5, "n": 3, "j": 2, "i": 4}
    given = {
        a.name: rng.standard_normal([extents[x] for x in a.axes]).astype(dtypes[a.name in "AV"])
        for a in program.arrays
    }
    one, other = build(program), build(program, style="fast")
    for kernel in (other, other.reusing()):
        (y, saved), (z, kept) = one.forward(**given), kernel.forward(**given)
        wanted = {"dh": y["h"]}["dh"]
        pairs = {**one.backward(saved, h=wanted), **y}, {**kernel.backward(kept, h=wanted), **z}
        for name, value in pairs[0].items():
            assert pairs[1][name].dtype == value.dtype, name
            np.testing.assert_allclose(pairs[1][name], value, rtol=1e-4 if "f4" in dtypes else 1e-11)


UNLIKE = CELL.replace("cos(sum", "cos(h0[n, i]*h[t-1, n, i] + sum")


@pytest.mark.parametrize(
    ("text", "products"),
    [
        (layer("lstm_peephole"), ("f_in_product", "i_in_product", "g_in_product", "o_in_product")),
        (UNLIKE, ("a_in_product", "b_in_product")),
        (CELL, ()),  # the whole equations are alike
        (layer("lstm"), ()),
        (layer("gru"), ()),  # another factor
        (UNLIKE.replace("V[i, k]*h[t-1, n, k]", "V[i, k]*h[t-1, n, k]^2"), ()),
        (UNLIKE.replace("V[i, k]*h[t-1, n, k]", "V[i, k]*a[t-1, n, k]").replace(
            "h[-1, n, i] =", "a[-1, n, i] = h0[n, i]\nh[-1, n, i] ="), ()),
    ],
)
def test_products_that_share_a_factor_leave_equations_that_differ(
    text: str, products: tuple[str, ...]
) -> None:
    found = arranged(text)
    assert products in (*found.packing.groups, ())
    made = [e.name for e in found.program.equations if e.name.endswith("_product")]
    assert sorted(made) == sorted(products)
    plain = arranged(text, ("pack",))
    assert not any(e.name.endswith("_product") for e in plain.program.equations)


def test_products_apart_are_proved_and_numbered_as_their_equations() -> None:
    program = derive.parse(UNLIKE)
    source = build(program, style="fast").source
    assert "np.matmul(h[t], U_to_V.swapaxes(1, 2), out=a_in_product_to_b_in_product)" in source
    assert source.count("ahead of the loop") == plain_count(program)
    result = check(program, style="fast", fast=True)
    assert result.verdict == "PROVED", str(result)


def plain_count(program: derive.Program) -> int:
    """How many statements stand ahead of the loop; the two drives are one where packed."""
    return build(program, style="fast", without=("pack",)).source.count("ahead of the loop") - 1


# ---- expressions alike -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("sum[j](A[i, j]*x[n, j])", "sum[j](B[i, j]*x[n, j])", True),
        ("sum[j](A[i, j]*x[n, j])", "sum[q](B[i, q]*x[n, q])", True),
        ("sum[j](A[i, j]*x[n, j])", "sum[j](B[i, j]*x[n, j]^2)", False),
        ("sin(x[n, i])", "sin(z[n, i])", True),
        ("sin(x[n, i])", "cos(z[n, i])", False),
        ("x[n, i]*z[n, i]", "x[n, i]*x[n, i]", True),  # the same arrays or not is told apart later
        ("2*x[n, i]", "3*x[n, i]", False),
    ],
)
def test_alike(one: str, other: str, alike: bool) -> None:
    program = derive.parse(
        "input x[n, i], z[n, i]\nparam A[i, i], B[i, i]\nindex j : size(i)\nindex q : size(i)\n"
        f"output y[n, i], w[n, i]\ny[n, i] = {one}\nw[n, i] = {other}"
    )
    first, second = (form(program, e.expr, e.free) for e in program.equations)
    assert (first.key == second.key) == alike


def test_what_follows_each_other_is_one() -> None:
    program = derive.parse(
        "input x[g, n, i]\noutput y[n, i], w[n, i]\n"
        "y[n, i] = sin(x[1, n, i])\nw[n, i] = sin(x[2, n, i])"
    )
    found = as_one(program.equations, stack_index(2))
    assert str(found.expr.args[0].indices[0]) == "of.2 + 1"


@pytest.mark.parametrize(
    ("terms", "joined"),
    [
        ("sum[k](d[n,0,k]*U[0,k,i]) + sum[k](d[n,1,k]*U[1,k,i])", 1),
        ("sum[k](d[n,1,k]*U[1,k,i]) + x[n,i] + sum[k](d[n,0,k]*U[0,k,i])", 2),
        ("sum[k](d[n,0,k]*U[0,k,i]) + sum[k](d[n,2,k]*U[2,k,i])", 2),  # not next to each other
        ("sum[k](d[n,0,k]*U[1,k,i]) + sum[k](d[n,1,k]*U[0,k,i])", 2),  # crossed
        ("sum[k](d[n,0,k]*U[0,k,i]) + sum[k](d[n,0,k]*U[0,k,i])", 2),  # the same twice
    ],
)
def test_sums_of_products_are_joined(terms: str, joined: int) -> None:
    program = derive.parse(
        "input d[n, g, k], x[n, i]\nparam U[g, k, i]\noutput y[n, i]\n" f"y[n, i] = {terms}"
    )
    (equation,) = program.equations
    found = with_sums_joined(program, equation, {"d": 1, "U": 0}).expr
    assert len(getattr(found, "terms", (found,))) == joined
