"""The fast style: the same numbers and proofs, nothing allocated in loops, any pass left out."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import derive
from derive.lower.passes import NAMES
from numeric.build import build
from numeric.check import check
from numeric.inplace import INTO, SUFFIX
from numeric.kernel import Kernel
from numeric.prelude import PRELUDE
from numeric.selfcheck import fitting_sizes

LAYERS = derive.layers()
RECURRENT = ("gru", "lstm", "lstm_peephole", "rnn")
WITHOUT = [(), *((name,) for name in NAMES), NAMES]
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
Arrays = dict[str, np.ndarray]


@functools.cache
def built(layer: str, style: str = "fast", without: tuple[str, ...] = ()) -> Kernel:
    return build(derive.bind(derive.load(layer)), style=style, without=without)


def drawn(layer: str, dtype: Any = np.float64, **extents: int) -> Arrays:
    program = built(layer).program
    sizes = {**(fitting_sizes(program) or {}), **extents}
    rng = np.random.default_rng(3)
    found: Arrays = {}
    for array in program.arrays:
        shape = tuple(sizes[axis] for axis in array.axes)
        real = np.asarray(rng.uniform(0.1, 0.9, size=shape)).astype(dtype)
        found[array.name] = rng.integers(0, 2, size=shape) if array.integer else real
    return found


def run(kernel: Kernel, arrays: Arrays) -> Arrays:
    outputs, saved = kernel.forward(**arrays)
    seeds = {
        name: np.asarray(1 + np.arange(y.size).reshape(y.shape) % 5 / 4, y.dtype)
        for name, y in outputs.items()
    }
    gradients = kernel.backward(saved, **seeds)
    return {**outputs, **{f"d{name}": g for name, g in gradients.items()}}


def same(one: Arrays, other: Arrays, tolerance: float) -> None:
    for name, value in one.items():
        assert value.dtype == other[name].dtype, name
        np.testing.assert_allclose(value, other[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_proved(layer: str) -> None:
    result = check(derive.load(layer), style="fast", fast=True)
    assert result.verdict == "PROVED", str(result)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layer", LAYERS)
def test_the_numbers_are_those_of_the_readable_style(layer: str, dtype: Any) -> None:
    arrays = drawn(layer, dtype)
    same(run(built(layer, "readable"), arrays), run(built(layer), arrays), TOLERANCE[dtype])


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("layer", RECURRENT)
def test_few_steps(layer: str, steps: int) -> None:
    arrays = drawn(layer, t=steps)
    same(run(built(layer, "readable"), arrays), run(built(layer), arrays), 1e-12)


@pytest.mark.parametrize("without", WITHOUT, ids="-".join)
@pytest.mark.parametrize("layer", ["lstm", "gru", "conv2d", "maxpool2d", "softmax", "gelu"])
def test_any_pass_can_be_left_out(layer: str, without: tuple[str, ...]) -> None:
    arrays = drawn(layer)
    kernel = built(layer, "fast", without)
    same(run(built(layer, "readable"), arrays), run(kernel, arrays), 1e-10)


@pytest.mark.parametrize("layer", LAYERS)
def test_memory_is_used_again(layer: str) -> None:
    kernel = built(layer)
    arrays = drawn(layer)
    expected = run(kernel, arrays)
    reusing = kernel.reusing()
    first = run(reusing, arrays)
    same(expected, first, 0)
    second = run(reusing, {name: array.copy() for name, array in arrays.items()})
    same(expected, second, 0)
    shared = [n for n, a in first.items() if a.ndim and a.size and np.shares_memory(a, second[n])]
    own = [n for n, a in first.items() if a.ndim and a.dtype.kind == "f"]
    assert set(shared) >= set(own) - _copied(kernel)


def _copied(kernel: Kernel) -> set[str]:
    """Results that NumPy makes, since they are gathered or added into computed places."""
    return {name for name in ("y", "dE") if f"{name} = E[" in kernel.source or "np.add.at" in kernel.source}


@pytest.mark.parametrize("layer", ["lstm", "dense", "conv2d"])
def test_without_memory_of_its_own_every_result_is_new(layer: str) -> None:
    first, second = run(built(layer), drawn(layer)), run(built(layer), drawn(layer))
    for name, array in first.items():
        assert not any(np.shares_memory(array, other) for other in second.values()), name


def test_each_owner_has_memory_of_its_own() -> None:
    one, other = built("dense").reusing(), built("dense").reusing()
    again = one.reusing()
    results = [run(k, drawn("dense"))["a"] for k in (one, other, again)]
    assert not any(np.shares_memory(results[0], r) for r in results[1:])


def test_memory_fits_smaller_calls_and_other_dtypes() -> None:
    kernel = built("lstm").reusing()
    for extents, dtype in (({"n": 5}, np.float64), ({"n": 2}, np.float64), ({"n": 5}, np.float32)):
        arrays = drawn("lstm", dtype, **extents)
        same(run(built("lstm", "readable"), arrays), run(kernel, arrays), TOLERANCE[dtype])


def test_memory_of_a_larger_call_is_kept() -> None:
    kernel = built("lstm").reusing()
    results = [run(kernel, drawn("lstm", n=samples)) for samples in (5, 2, 5)]
    for name in ("h", "dx", "dW_f"):
        assert np.shares_memory(results[0][name], results[1][name])
        assert np.shares_memory(results[0][name], results[2][name])


LABELS = (
    "param K[t]\nconst ix[t, n] : int\nparam E[z, t]\noutput Q[t, n]\n"
    "Q[t, n] = E[ix[t, n], t]*K[(size(t) - 1 - t)//2]"
)


def test_padded_labels_stay_labels() -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "K": rng.uniform(size=4), "ix": rng.integers(0, 3, (4, 2)), "E": rng.uniform(size=(3, 4))
    }  # fmt: skip
    program = derive.parse(LABELS)
    assert "np.pad(ix" in build(program, style="fast").source
    same(run(build(program), arrays), run(build(program, style="fast"), arrays), 1e-12)


# ---- loops over time ------------------------------------------------------------------------


def loops(source: str) -> Iterator[ast.For]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.For) and getattr(node.target, "id", "") == "t":
            yield node


@pytest.mark.parametrize("layer", RECURRENT)
def test_every_line_of_a_loop_writes_into_memory_that_is_there(layer: str) -> None:
    found = list(loops(built(layer).source))
    assert len(found) == 2
    for statement in (s for loop in found for s in loop.body):
        assert isinstance(statement, ast.Expr), ast.unparse(statement)
        assert isinstance(statement.value, ast.Call)
        assert [k.arg for k in statement.value.keywords][-1] == "out", ast.unparse(statement)


def test_a_loop_that_allocates_is_seen() -> None:
    (loop, _) = loops(built("rnn", "readable").source)
    assert any(isinstance(s, ast.Assign) for s in loop.body)


# ---- functions that write where they are told ------------------------------------------------


@pytest.mark.parametrize("entry", [e for e in INTO if e.name != f"ratio{SUFFIX}"], ids=lambda e: e.name)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("alias", [False, True])
def test_functions_are_those_of_the_prelude(entry: Any, dtype: Any, alias: bool) -> None:
    name = entry.name.removesuffix(SUFFIX)
    names = {"np": np}
    for text in (*(e.text for e in PRELUDE.values()), *(e.text for e in INTO)):
        exec(text, names)
    z = np.linspace(-120, 120, 480, dtype=dtype).reshape(12, 40)
    z[0, :3] = np.nan, np.inf, -np.inf
    extra = {"elu": (dtype(0.5),), "leaky_relu": (dtype(0.5),)}.get(name, ())
    options = {"axis": 1} if "softmax" in name else {}
    with np.errstate(invalid="ignore"):
        wanted = names[name](z, *extra, **options)
        given = z.copy()
        out = given if alias else np.empty_like(z)
        spare = {k: np.empty_like(z) for k in ("spare", "spare2", "spare3") if f" {k}," in entry.text}
        names[entry.name](given, *extra, **options, **spare, out=out)
    np.testing.assert_allclose(out, wanted, rtol=4 * np.finfo(dtype).eps, atol=0)
    assert entry.worst == PRELUDE[name].worst
    assert entry.leaf == PRELUDE[name].leaf


@pytest.mark.parametrize(
    ("without", "copy", "product"),
    [
        ((), "tmp3[...] = dy.swapaxes(0, 1)", "tmp3.reshape(F, N * U * V).T,"),
        (("rows",), "tmp3[...] = dy.transpose(0, 2, 3, 1)", "tmp3.reshape(N * U * V, F),"),
    ],
)
def test_copies_for_products_keep_rows(without: tuple[str, ...], copy: str, product: str) -> None:
    source = built("conv2d", "fast", without).source
    assert copy in source
    assert product in source


def test_terms_can_be_left_unshared() -> None:
    term = "np.subtract(x, mu[:, None]"
    sources = [built("layer_norm", "fast", without).source for without in ((), ("terms",))]
    assert [source.count(term) > 1 for source in sources] == [False, True]
