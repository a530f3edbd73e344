"""What is computed ahead of a loop, what stays, and how a recurrence is kept."""

from __future__ import annotations

import pytest

import derive
from derive.lower.hoist import hoist
from derive.lower.liveness import split
from derive.lower.schedule import Loop, schedule
from derive.lower.storage import place, placement
from derive.program import Program
from derive.text import expr_text, left_text

HEAD = "input x[t, n, j], h0[n, i]\nparam W[i, j], U[i, i], b[i], v[i]\n"


def equations(program: Program) -> list[str]:
    return [f"{left_text(e.name, e.indices)} = {expr_text(e.expr)}" for e in program.equations]


HOISTED = [
    # the input projection and the bias become one contraction before the loop
    (
        "h[t,n,i] = tanh(sum[j](W[i,j]*x[t,n,j]) + b[i] + sum[k](U[i,k]*h[t-1,n,k]))",
        ["h_drive[t, n, i] = sum[j](W[i, j]*x[t, n, j]) + b[i]"],
        "h[t, n, i] = tanh(h_drive[t, n, i] + sum[k](U[i, k]*h[t - 1, n, k]))",
    ),
    # factors of what the loop does not change
    (
        "h[t,n,i] = h[t-1,n,i]*(1 - f[t,n,i]^2)*f[t,n,i]\nf[t,n,i] = sum[j](W[i,j]*x[t,n,j])",
        ["h_factor[t, n, i] = (1 - f[t, n, i]^2)*f[t, n, i]"],
        "h[t, n, i] = h[t - 1, n, i]*h_factor[t, n, i]",
    ),
    # invariant of the loop altogether: no time axis
    (
        "h[t,n,i] = h[t-1,n,i]*exp(-v[i]^2)",
        ["h_factor[i] = exp(-v[i]^2)"],
        "h[t, n, i] = h[t - 1, n, i]*h_factor[i]",
    ),
    # a factor that is written twice counts twice
    (
        "h[t,n,i] = exp(v[i])*h[t-1,n,i]*exp(v[i])",
        ["h_factor[i] = exp(v[i])*exp(v[i])"],
        "h[t, n, i] = h_factor[i]*h[t - 1, n, i]",
    ),
    # one array or one operation is not worth an array of its own
    ("h[t,n,i] = h[t-1,n,i]*v[i] + b[i]", [], None),
    ("h[t,n,i] = h[t-1,n,i]*(v[i] + b[i])", [], None),
    # no outer product: U*v has the indices of U, v*b would grow
    ("h[t,n,i] = sum[k](exp(v[i]*b[k])*h[t-1,n,k])", None, None),
    (
        "h[t,n,i] = sum[k](h[t-1,n,k]*tanh(x[t,n,0])*exp(U[i,k]))",
        ["h_factor[t, n] = tanh(x[t, n, 0])", "h_factor2[i, k] = exp(U[i, k])"],
        None,
    ),
    # an array with a time axis may not outgrow the recurrence
    ("h[t,n,i] = sum[k](h[t-1,n,k]*exp(U[i,k]*x[t,n,0]))", [], None),
    # nothing leaves the condition that guards it
    ("h[t,n,i] = (h[t-1,n,i]*exp(exp(v[i])) if t > 2 else 0)", [], None),
    ("h[t,n,i] = sum[k where k < i](h[t-1,n,k]*exp(exp(v[k])))", [], None),
]


@pytest.mark.parametrize(("lines", "ahead", "inside"), HOISTED)
def test_hoisting(lines: str, ahead: list[str] | None, inside: str | None) -> None:
    program = derive.parse(f"{HEAD}output h[t, n, i]\nindex k : size(i)\npad h = 0\n{lines}")
    hoisted = hoist(program)
    before, after = equations(program), equations(hoisted)
    added = [line for line in after if line not in before and not line.startswith("h[")]
    assert ahead is None or added == ahead
    assert inside is None or inside in after
    if ahead == []:
        assert hoisted == program


def test_hoisting_twice_changes_nothing_more() -> None:
    lines = "h[t,n,i] = tanh(sum[j](W[i,j]*x[t,n,j]) + b[i] + h[t-1,n,i])\npad h = 0"
    once = hoist(derive.parse(f"{HEAD}output h[t, n, i]\n{lines}"))
    assert hoist(once) == once


def test_a_program_without_a_loop_is_left_alone() -> None:
    program = derive.load("dense")
    assert hoist(program) is program


def test_equal_parts_are_computed_once() -> None:
    lines = (
        "h[t,n,i] = h[t-1,n,i]*exp(exp(v[i])) + c[t-1,n,i]\n"
        "c[t,n,i] = c[t-1,n,i]*exp(exp(v[i])) + h[t,n,i]\npad h = 0\npad c = 0"
    )
    hoisted = equations(hoist(derive.parse(f"{HEAD}output h[t, n, i]\n{lines}")))
    assert [line for line in hoisted if "_factor[i] =" in line] == [
        "h_factor[i] = exp(exp(v[i]))"
    ]


# ---- what is kept -------------------------------------------------------------------------------

KEPT = [
    # a row for the start; the preactivation lives for one step
    (
        "a[t,n,i] = x[t,n,0] + h[t-1,n,i]\nh[t,n,i] = tanh(a[t,n,i])\nh[-1,n,i] = h0[n,i]",
        {"h": ("size(t) + 1", "size(n)", "size(i)"), "a": ("size(n)", "size(i)")},
        [
            "h[0, n, i] = h0[n, i]",
            "a[n, i] = x[t, n, 0] + h[t, n, i]",
            "h[t + 1, n, i] = tanh(a[n, i])",
        ],
    ),
    # two steps back
    (
        "h[t,n,i] = h[t-2,n,i] + x[t,n,0]\npad h = 0",
        {"h": ("size(t) + 2", "size(n)", "size(i)")},
        ["h[t + 2, n, i] = h[t, n, i] + x[t, n, 0]"],
    ),
    # rows after the last
    (
        "h[t,n,i] = h[t+1,n,i] + x[t,n,0]\nh[size(t),n,i] = h0[n,i]",
        {"h": ("size(t) + 1", "size(n)", "size(i)")},
        ["h[size(t), n, i] = h0[n, i]", "h[t, n, i] = h[t + 1, n, i] + x[t, n, 0]"],
    ),
    # another name for the loop index
    (
        "h[t,n,i] = c[t-1,n,i] + x[t,n,0]\nc[s,n,i] = tanh(h[s,n,i])\npad c = 0\nindex s : size(t)",
        {"c": ("size(s) + 1", "size(n)", "size(i)")},
        ["h[t, n, i] = c[t, n, i] + x[t, n, 0]", "c[t + 1, n, i] = tanh(h[t, n, i])"],
    ),
    # a value of this step that is read later is kept
    (
        "a[t,n,i] = x[t,n,0] + h[t-1,n,i]\nh[t,n,i] = a[t,n,i]*a[t-1,n,i]\npad h = 0\npad a = 0",
        {"a": ("size(t) + 1", "size(n)", "size(i)")},
        [],
    ),
]


@pytest.mark.parametrize(("lines", "extents", "placed"), KEPT)
def test_placement(lines: str, extents: dict[str, tuple[str, ...]], placed: list[str]) -> None:
    program = derive.parse(f"{HEAD}output h[t, n, i]\n{lines}")
    blocks = schedule(program)
    stores = placement(program, blocks, frozenset(["h"]))
    assert {name: tuple(map(str, stores[name].extents)) for name in extents} == extents
    found = []
    for block in blocks:
        loops = (block,) if isinstance(block, Loop) else ()
        for equation in block.body if isinstance(block, Loop) else (block,):
            assert not isinstance(equation, Loop)
            here = place(equation, loops, stores).equation
            found.append(f"{left_text(here.name, here.indices)} = {expr_text(here.expr)}")
    assert [line for line in placed if line not in found] == []


# ---- what is computed where ---------------------------------------------------------------------

SPLITS = [
    # relu needs z, the weights and the input; b and a are not handed over
    ("dense", ("z", "a"), ("x", "W", "z")),
    # through the output
    ("tanh", ("a",), ("a",)),
    ("sumpool2d", ("y",), ()),
]


@pytest.mark.parametrize(("layer", "forward", "saved"), SPLITS)
def test_nothing_is_saved_that_backward_does_not_read(
    layer: str, forward: tuple[str, ...], saved: tuple[str, ...]
) -> None:
    backward = derive.adjoint(derive.load(layer))
    given = {a.name for a in derive.load(layer).arrays}
    cotangents = [a.name for a in backward.arrays if a.name not in given]
    own = derive.load(layer)
    joined = backward.with_equations(
        (*own.equations, *(e for e in backward.equations if own.definition(e.name) is None))
    )
    found = split(joined, own.outputs, backward.outputs, cotangents)
    assert (found.forward, found.saved) == (forward, saved)


def test_a_line_that_nobody_needs_is_in_neither_function() -> None:
    program = derive.parse("input x[n]\noutput y[n]\ny[n] = x[n]^2\nz[n] = exp(x[n])")
    found = split(program, ("y",), (), ())
    assert (found.forward, found.backward, found.saved) == (("y",), (), ())
