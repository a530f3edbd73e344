"""Order and loops of equations, as the text of a schedule."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import derive
from derive.errors import ProgramRefused
from derive.expr import Read
from derive.index import Index, as_expr, number
from derive.lower.graph import components
from derive.lower.schedule import Block, Loop, schedule
from derive.program import Array, Equation, Program
from derive.text import left_text


def shown(blocks: Sequence[Block]) -> str:
    """``a b t<[h c]``: names in order, loops with their index and direction."""
    words = []
    for block in blocks:
        if isinstance(block, Loop):
            way = ">" if block.descending else "<"
            words.append(f"{block.index}{way}[{shown(block.body)}]")
        elif block.is_start:
            words.append(left_text(block.name, block.indices).replace(" ", ""))
        else:
            words.append(block.name)
    return " ".join(words)


ROWS = [
    # no recurrence: what is read comes first, written order otherwise
    ("y[n] = z[n]\nz[n] = exp(h0[n])", "output y[n]", "z y"),
    ("z[n] = exp(h0[n])\ny[n] = z[n]", "output y[n]", "z y"),
    # one step back, one start
    ("h[t, n] = h[t-1, n] + x[t, n]\nh[-1, n] = h0[n]", "output h[t, n]", "h[-1,n] t<[h]"),
    # two steps back, two starts
    (
        "h[t, n] = h[t-1, n] + h[t-2, n]*x[t, n]\nh[-1, n] = h0[n]\nh[-2, n] = 0",
        "output h[t, n]",
        "h[-1,n] h[-2,n] t<[h]",
    ),
    # a start that reads a start
    (
        "h[t, n] = h[t-1, n] + h[t-2, n]*x[t, n]\nh[-1, n] = h[-2, n]\nh[-2, n] = h0[n]",
        "output h[t, n]",
        "h[-2,n] h[-1,n] t<[h]",
    ),
    # backwards in time
    (
        "g[t, n] = g[t+1, n]*x[t, n]\ng[size(t), n] = h0[n]",
        "output g[t, n]",
        "g[size(t),n] t>[g]",
    ),
    # two arrays; one is read in the same step
    (
        "c[t, n] = h[t-1, n] + x[t, n]\nh[t, n] = tanh(c[t, n])\nh[-1, n] = h0[n]",
        "output h[t, n]",
        "h[-1,n] t<[c h]",
    ),
    # written the other way round
    (
        "h[t, n] = tanh(c[t, n])\nc[t, n] = h[t-1, n] + x[t, n]\nh[-1, n] = h0[n]",
        "output h[t, n]",
        "h[-1,n] t<[c h]",
    ),
    # what only reads the recurrence stays after it, what it reads before it
    (
        "y[t, n] = h[t, n]*2\nh[t, n] = h[t-1, n] + d[t, n]\nd[t, n] = x[t, n]^2\npad h = 0",
        "output y[t, n]",
        "d t<[h] y",
    ),
    # the time axis is the second one
    ("h[n, t] = h[n, t-1] + x[t, n]\npad h = 0", "output h[n, t]", "t<[h]"),
    # two index names for one axis
    (
        "h[t, n] = c[t-1, n] + x[t, n]\nc[s, n] = tanh(h[s, n])\npad c = 0\nindex s : size(t)",
        "output h[t, n]",
        "t<[h c]",
    ),
    # over two axes
    (
        "D[t, n] = min(D[t-1, n], D[t, n-1]) + x[t, n]\npad D = 0",
        "output D[t, n]",
        "t<[n<[D]]",
    ),
    (
        "D[t, n] = D[t-1, n-1] + D[t-1, n] + D[t, n+1] + x[t, n]\npad D = 0",
        "output D[t, n]",
        "t<[n>[D]]",
    ),
    # one axis suffices
    ("D[t, n] = D[t-1, n-1] + D[t-1, n+1] + x[t, n]\npad D = 0", "output D[t, n]", "t<[D]"),
    # all of the past
    (
        "s[t, n] = x[t, n] + sum[u where u < t](s[u, n])\nindex u : size(t)",
        "output s[t, n]",
        "t<[s]",
    ),
    # the start is computed
    (
        "m[n] = h0[n]^2\nh[t, n] = h[t-1, n] + x[t, n]\nh[-1, n] = m[n]",
        "output h[t, n]",
        "m h[-1,n] t<[h]",
    ),
]


@pytest.mark.parametrize(("lines", "output", "expected"), ROWS)
def test_order_and_loops(lines: str, output: str, expected: str) -> None:
    text = f"input x[t, n], h0[n]\n{output}\n{lines}"
    assert shown(schedule(derive.parse(text))) == expected


def test_loops_name_the_axis_of_each_array() -> None:
    lines = ("h[n, t] = c[t-1, n]", "c[t, n] = h[n, t] + x[t, n]", "pad c = 0")
    text = "\n".join(("input x[t, n]", "output h[n, t]", *lines))
    (loop,) = schedule(derive.parse(text))
    assert isinstance(loop, Loop)
    assert dict(loop.axes) == {"h": 1, "c": 0}


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ({}, [(0,), (1,), (2,)]),
        ({0: [1], 1: [2]}, [(2,), (1,), (0,)]),
        ({0: [1], 1: [0]}, [(0, 1), (2,)]),
        ({0: [2], 2: [0], 1: [0]}, [(0, 2), (1,)]),
        ({0: [0]}, [(0,), (1,), (2,)]),
    ],
)
def test_components_come_in_written_order_where_they_can(
    edges: dict[int, list[int]], expected: list[tuple[int, ...]]
) -> None:
    assert components(3, lambda node: edges.get(node, [])) == expected


def test_a_long_chain_does_not_overflow_the_stack() -> None:
    assert components(3000, lambda node: [node + 1] if node < 2999 else [])[0] == (2999,)


# ---- refusals: programs that the text language would not let through ----------------------------

T = as_expr(Index("t"))


def circle(*equations: tuple[str, tuple[object, ...], tuple[str, tuple[object, ...]]]) -> Program:
    """Equations ``name[left] = array[read]``."""
    return Program(
        arrays=(Array("x", ("t",)),),
        equations=tuple(
            Equation(name, left, Read(array, read))  # type: ignore[arg-type]
            for name, left, (array, read) in equations
        ),
        outputs=(equations[0][0],),
    )


@pytest.mark.parametrize(
    ("refused", "match"),
    [
        (circle(("y", (T,), ("y", (T,)))), r"y needs itself.*y\[t\] reads y\[t\]"),
        (
            circle(("y", (T,), ("z", (T,))), ("z", (T,), ("y", (T,)))),
            r"y and z need each other.*y\[t\] reads z\[t\]; z\[t\] reads y\[t\]",
        ),
        (
            circle(("y", (T,), ("z", (T - 1,))), ("z", (T,), ("y", (T + 2,)))),
            r"y and z need each other",
        ),
        (circle(("y", (T,), ("y", (T * 2,)))), "y needs itself"),
        (circle(("y", (), ("y", ()))), "y reads y"),
        (
            circle(
                ("y", (T,), ("y", (T - 1,))), ("y", (number(-1),), ("y", (number(0),)))
            ),
            r"the start y\[-1\] reads what the recurrence computes from it",
        ),
    ],
)
def test_circles_that_are_no_recurrence_are_refused(refused: Program, match: str) -> None:
    with pytest.raises(ProgramRefused, match=match):
        schedule(refused)
