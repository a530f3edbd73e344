"""What kernels cost: counts by hand, growth, and the memory that kernels really take."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from derive.program import Program
from numeric.build import build
from numeric.cost import Cost, cost
from numeric.selfcheck import fitting_sizes

LAYERS = (
    "avgpool2d", "batch_norm", "conv2d", "conv_transpose2d", "dense", "embedding", "gelu", "gru",
    "layer_norm", "lstm", "maxpool2d", "softmax", "softmax_cross_entropy",
)


@functools.cache
def counted(layer: str, style: str = "readable", without: tuple[str, ...] = ()) -> Cost:
    return cost(derive.load(layer), style=style, without=without)


# Products with their sums, by hand: two operations each. What is left are single operations.
BY_HAND = {
    # x W' forward, dz W and dz' x backward
    "dense": "6*n*i*j",
    # forward, and the same number for dx and dW
    "conv2d": "6*n*f*c*p*q*u*v",
    # four gates, each an x W' and an h U' a step, both again for two gradients; and dh0
    "lstm": "24*t*n*i*j + 24*t*n*i*i + 8*n*i*i",
    # scores and values; backward dp and dV, dQ and dK
    "attention": "6*n*t*s*j + 6*n*t*s*i",
}
SIZES = {
    "n": 512,
    "i": 384,
    "j": 640,
    "t": 320,
    "s": 448,
    "f": 256,
    "c": 320,
    "p": 3,
    "q": 5,
    "u": 62,
    "v": 60,
}
GIVEN = {
    "dense": "nij", "conv2d": "nfcpqhw", "lstm": "tnij", "attention": "ntjsi",
}  # fmt: skip
IMAGE = {"h": 64, "w": 64}


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("layer", BY_HAND)
def test_operations_are_those_counted_by_hand(layer: str, style: str) -> None:
    found, sizes = counted(layer, style), {**SIZES, **IMAGE}
    given = {name: sizes[name] for name in GIVEN[layer]}
    products = sum(product_of(term, sizes) for term in BY_HAND[layer].split(" + "))
    total = found.figures(found.total(), given).operations
    # single operations are few beside products over 256 and more
    assert products <= total < 1.05 * products


def product_of(text: str, sizes: dict[str, int]) -> int:
    found = 1
    for factor in text.split("*"):
        found *= int(factor) if factor.isdigit() else sizes[factor]
    return found


@pytest.mark.parametrize(
    ("layer", "style", "operations"),
    [
        ("dense", "readable", "6*I*J*N + 5*I*N"),
        ("dense", "fast", "6*I*J*N + 5*I*N"),
        ("relu", "readable", "3*I*N"),
        ("lstm", "fast", "24*I*J*N*T + 24*I^2*N*T + 45*I*N*T + 8*I^2*N + I*N"),
    ],
)
def test_polynomials(layer: str, style: str, operations: str) -> None:
    found = counted(layer, style)
    assert found.text(found.total().operations) == operations


@pytest.mark.parametrize(
    ("layer", "given", "grown", "column", "factor"),
    [
        ("lstm", {"t": 640, "n": 32, "j": 64, "i": 128}, "t", "operations", 2),
        ("lstm", {"t": 640, "n": 512, "j": 64, "i": 128}, "n", "operations", 2),
        ("lstm", {"t": 640, "n": 32, "j": 8, "i": 4096}, "i", "operations", 4),
        ("lstm", {"t": 4096, "n": 32, "j": 64, "i": 64}, "t", "workspace", 2),
        ("lstm", {"t": 4096, "n": 32, "j": 64, "i": 64}, "t", "saved", 2),
        ("attention", {"n": 8, "t": 512, "j": 64, "s": 512, "i": 64}, "n", "operations", 2),
        ("attention", {"n": 8, "t": 512, "j": 64, "s": 512, "i": 64}, "s", "operations", 2),
        ("conv2d", {"n": 8, "f": 64, "c": 64, "p": 3, "q": 3, "h": 512, "w": 66}, "h", "operations", 2),
        ("conv2d", {"n": 8, "f": 64, "c": 64, "p": 3, "q": 3, "h": 66, "w": 66}, "c", "operations", 2),
        ("maxpool2d", {"n": 8, "c": 64, "h": 512, "w": 64}, "h", "moved", 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("style", ["readable", "fast"])
def test_growth(
    layer: str, given: dict[str, int], grown: str, column: str, factor: int, style: str
) -> None:
    found = counted(layer, style)
    one, two = (
        getattr(found.figures(found.total(), sizes), column)
        for sizes in (given, {**given, grown: 2 * given[grown]})
    )
    assert two / one == pytest.approx(factor, rel=0.05)


@functools.cache
def sizes_of(layer: str) -> dict[str, int]:
    found = counted(layer)
    fitting = fitting_sizes(derive.bind(derive.load(layer))) or {}
    return {name: fitting[name] for name in found.sizes}


@pytest.mark.parametrize(
    ("layer", "dtype", "without"),
    [
        *((layer, np.float32, ()) for layer in LAYERS),
        *((layer, np.float64, ("pack",)) for layer in ("lstm", "gru", "conv2d")),
        ("gru", np.float64, ("hoist", "flat", "dot")),
    ],
)
def test_memory_is_that_of_the_kernel(layer: str, dtype: Any, without: tuple[str, ...]) -> None:
    program = derive.bind(derive.load(layer))
    found = cost(program, style="fast", without=without, dtype=dtype)
    memory, saved = run(program, dtype, without)
    assert found.workspace(sizes_of(layer)) == sum(room.base.nbytes for room in memory.values())
    held = [m for m in memory.values() if any(s is m for s in saved)]
    forward = found.total("forward")
    assert found.figures(forward, sizes_of(layer)).saved == sum(room.nbytes for room in held)


def run(program: Program, dtype: Any, without: tuple[str, ...]) -> tuple[dict[str, Any], Any]:
    kernel, rng = build(program, style="fast", without=without), np.random.default_rng(0)
    fitting = fitting_sizes(program) or {}
    memory: dict[str, Any] = {}
    given = [
        rng.integers(0, 2, shape) if array.integer else rng.uniform(0.1, 0.9, shape).astype(dtype)
        for array in program.arrays
        for shape in [tuple(fitting[axis] for axis in array.axes)]
    ]
    *outputs, saved = kernel.run_forward(*given, work=memory)
    made = list(memory.values())
    kernel.run_backward(saved, *(np.asarray(y, dtype) for y in outputs), work=memory)
    # what forward has made is still held, also where backward needed more room under the name
    return memory, [s for s in saved if any(s is m for m in made)]


def test_every_row_is_in_the_total() -> None:
    found = counted("lstm", "fast")
    for function in ("forward", "backward", ""):
        total = found.total(function)
        rows = [row for row in found.rows if function in ("", row.function)]
        sizes = sizes_of("lstm")
        assert found.figures(total, sizes).moved == sum(
            found.figures(row, sizes).moved for row in rows
        )
    assert [row.names for row in found.rows if row.numbers == (4, 6, 8)] == [("f", "i", "o")]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"n": 4, "j": 2}, "the size of i is not given"),
        ({"n": 4, "j": 2, "i": 3, "z": 1}, "has no size of its own called 'z'"),
        ({"n": 4, "j": 2, "i": -3}, r"size\(i\) = -3 is negative"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, int], message: str) -> None:
    found = counted("dense")
    with pytest.raises(OptionRefused, match=message):
        found.figures(found.total(), sizes)
    with pytest.raises(OptionRefused, match=message):
        found.workspace(sizes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "int32"}, "there are no kernels in int32"),
        ({"dtype": "sand"}, "there are no kernels in sand"),
        ({"style": "baroque"}, "there is no style 'baroque'"),
        ({"style": "fast", "without": ("pock",)}, "the fast style has no pass 'pock'"),
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionRefused, match=message):
        cost(derive.load("dense"), **options)


def test_packing_saves_operations_and_bytes() -> None:
    sizes = {"t": 50, "n": 16, "j": 32, "i": 32}
    packed, plain = counted("lstm", "fast"), counted("lstm", "fast", ("pack",))
    one, other = (c.figures(c.total(), sizes) for c in (packed, plain))
    assert one.operations < other.operations
    assert one.moved < other.moved


def test_backward_is_counted_where_nothing_is_handed_over() -> None:
    program = derive.parse("input x[n], z[n]\noutput y[n]\ny[n] = 3*x[n] - z[n]\n")
    found = cost(program)
    assert [(row.function, row.names) for row in found.rows] == [
        ("forward", ("y",)), ("backward", ("dx",)), ("backward", ("dz",)),
    ]  # fmt: skip
    assert [found.text(row.operations) for row in found.rows] == ["2*N", "N", "N"]
