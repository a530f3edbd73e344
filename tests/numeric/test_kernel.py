"""Every built-in kernel keeps the contract of its calls: dtypes, memory, strides, sizes."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.program import Program
from numeric.build import STYLES, build
from numeric.interpret import interpret
from numeric.kernel import Kernel
from numeric.selfcheck import fitting_sizes

LAYERS = derive.layers()
ZERO_SIZE = [layer for layer in LAYERS if layer not in ("batch_norm",)]
Arrays = dict[str, np.ndarray]


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@functools.cache
def kernel_of(layer: str, style: str = "readable") -> Kernel:
    return build(derive.load(layer), style=style)


def data(program: Program, sizes: dict[str, int], dtype: Any = np.float64) -> Arrays:
    """Positive numbers below one, inside every domain; labels of the smallest extent."""
    rng = np.random.default_rng(7)
    found: Arrays = {}
    for array in program.arrays:
        shape = tuple(sizes[axis] for axis in array.axes)
        if array.integer:
            found[array.name] = rng.integers(0, 2, size=shape)
        else:
            found[array.name] = np.asarray(rng.uniform(0.1, 0.9, size=shape)).astype(dtype)
    return found


def run(kernel: Kernel, arrays: Arrays) -> tuple[Arrays, Arrays]:
    """Outputs, and gradients for cotangents that are all different."""
    outputs, saved = kernel.forward(**arrays)
    return outputs, kernel.backward(saved, **cotangents(outputs))


def cotangents(outputs: Arrays) -> Arrays:
    return {
        name: np.asarray(1 + np.arange(y.size).reshape(y.shape) % 7 / 8, dtype=y.dtype)
        for name, y in outputs.items()
    }


def sizes_of(layer: str) -> dict[str, int]:
    found = fitting_sizes(kernel_of(layer).program)
    assert found is not None
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_outputs_are_those_of_the_interpreter(layer: str, style: str) -> None:
    kernel = kernel_of(layer, style)
    arrays = data(kernel.program, sizes_of(layer))
    outputs, _ = run(kernel, arrays)
    expected = interpret(kernel.program, arrays)
    for name, value in outputs.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("layer", LAYERS)
def test_float32_goes_through(layer: str, style: str) -> None:
    kernel = kernel_of(layer, style)
    wide = run(kernel, data(kernel.program, sizes_of(layer)))
    narrow = run(kernel, data(kernel.program, sizes_of(layer), np.float32))
    for wider, group in zip(wide, narrow, strict=True):
        for name, value in group.items():
            assert value.dtype == np.float32, name
            np.testing.assert_allclose(value, wider[name], rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize(
    "text",
    [
        str(derive.load("dense")),
        str(derive.load("embedding")),
        "input x[n, i]\noutput y[n]\ny[n] = max[i](x[n, i])",
    ],
)
def test_float32_goes_through_derived_programs(text: str) -> None:
    program = derive.adjoint(derive.parse(text))
    sizes = fitting_sizes(program)
    assert sizes is not None
    outputs, gradients = run(build(program), data(program, sizes, np.float32))
    assert {value.dtype for value in (*outputs.values(), *gradients.values())} == {
        np.dtype(np.float32)
    }


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_given_is_changed_or_handed_back(layer: str, style: str) -> None:
    kernel = kernel_of(layer, style)
    arrays = data(kernel.program, sizes_of(layer))
    before = {name: array.copy() for name, array in arrays.items()}
    for array in arrays.values():
        array.flags.writeable = False
    outputs, saved = kernel.forward(**arrays)
    seeds = cotangents(outputs)
    for seed in seeds.values():
        seed.flags.writeable = False
    gradients = kernel.backward(saved, **seeds)
    again = kernel.backward(saved, **seeds)
    for name, array in arrays.items():
        assert np.array_equal(array, before[name])
    made = [*outputs.values(), *gradients.values()]
    for value in made:
        assert value.flags.writeable
        assert not any(np.shares_memory(value, a) for a in (*arrays.values(), *seeds.values()))
    for name, value in gradients.items():
        assert value.shape == arrays[name].shape
        assert np.array_equal(value, again[name])


def fortran(array: np.ndarray) -> np.ndarray:
    return np.asfortranarray(array) if array.ndim else array


def strided(array: np.ndarray) -> np.ndarray:
    if not array.ndim:
        return array
    wide = np.zeros(tuple(2 * n for n in array.shape), array.dtype)
    view = wide[tuple(slice(None, None, -2) for _ in array.shape)]
    view[...] = array
    return view


@pytest.mark.parametrize("change", [strided, fortran])
@pytest.mark.parametrize("layer", LAYERS)
def test_memory_order_does_not_matter(layer: str, change: Any, style: str) -> None:
    kernel = kernel_of(layer, style)
    arrays = data(kernel.program, sizes_of(layer))
    plain = run(kernel, arrays)
    moved = run(kernel, {name: change(array) for name, array in arrays.items()})
    for expected, group in zip(plain, moved, strict=True):
        for name, value in group.items():
            np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-14)


def zero_cases() -> list[tuple[str, str]]:
    """Every layer with its samples, or its steps in time, empty."""
    rows = []
    for layer in LAYERS:
        axes = {axis for a in derive.load(layer).arrays for axis in a.axes}
        rows += [(layer, root) for root in ("n", "t") if root in axes]
    return rows


@pytest.mark.parametrize(("layer", "root"), zero_cases())
def test_nothing_goes_in_and_nothing_comes_out(layer: str, root: str, style: str) -> None:
    kernel = kernel_of(layer, style)
    arrays = data(kernel.program, {**sizes_of(layer), root: 0})
    needs_a_sample = layer in ("batch_norm",) or "loss" in kernel.program.outputs
    with np.errstate(invalid="ignore", divide="ignore"):
        if needs_a_sample:  # the mean over nothing is not a number
            return
        outputs, gradients = run(kernel, arrays)
    for name, value in gradients.items():
        assert value.shape == arrays[name].shape
        assert np.isfinite(value).all()
    for name, value in outputs.items():
        expected = tuple({**sizes_of(layer), root: 0}.get(a) for a in kernel.program.axes(name))
        assert all(e is None or e == n for e, n in zip(expected, value.shape, strict=True))


def test_scalars(style: str) -> None:
    kernel = build(derive.parse("input a, b\noutput y\ny = a*b^2"), style=style)
    outputs, saved = kernel.forward(a=np.array(3.0), b=np.array(2.0))
    assert outputs["y"].shape == ()
    gradients = kernel.backward(saved, y=np.array(1.0))
    assert {n: g.item() for n, g in gradients.items()} == {"a": 4.0, "b": 12.0}
    assert all(g.shape == () for g in gradients.values())


def test_an_input_that_nobody_reads_has_gradient_zero(style: str) -> None:
    kernel = build(derive.parse("input x[n], y[n, k]\noutput z[n]\nz[n] = 2*x[n]"), style=style)
    _, saved = kernel.forward(x=np.ones(2, np.float32), y=np.ones((2, 3), np.float32))
    gradient = kernel.backward(saved, z=np.ones(2, np.float32))["y"]
    assert gradient.shape == (2, 3)
    assert gradient.dtype == np.float32
    assert not gradient.any()


@pytest.mark.parametrize(
    "text",
    [
        "input x[n]\noutput x[n], y[n]\ny[n] = x[n]",
        "input x[n]\noutput y[n]\ny[n] = x[n]",
        "input x[n, k]\noutput y[k, n]\ny[k, n] = x[n, k]",
        "input x[n, k]\noutput y[n]\nindex r : size(n)\ny[n] = x[size(n) - 1 - n, 0]",
        "input x[n, k]\noutput y[n, k], z[n, k]\ny[n, k] = x[n, k]\nz[n, k] = y[n, k]",
    ],
)
def test_a_copy_is_a_copy(text: str, style: str) -> None:
    kernel = build(derive.parse(text), style=style)
    x = np.ones((2, 3) if "x[n, k]" in text else 2)
    outputs, saved = kernel.forward(x=x)
    seeds = {name: np.ones_like(value) for name, value in outputs.items()}
    gradient = kernel.backward(saved, **seeds)["x"]
    for value in outputs.values():
        assert not np.shares_memory(value, x)
    for seed in seeds.values():
        assert not np.shares_memory(gradient, seed)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_module_runs_on_its_own(layer: str, tmp_path: Path) -> None:
    source = kernel_of(layer).source
    path = tmp_path / "kernel.py"
    path.write_text(source, encoding="utf-8")
    if "def check(" not in source:
        pytest.fail("no check() in the module")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-I", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    gradients = [a for a in kernel_of(layer).program.arrays if a.differentiable]
    assert len(done.stdout.splitlines()) == len(gradients)


def test_the_same_program_gives_the_same_bytes() -> None:
    for layer in ("dense", "lstm", "conv2d", "maxpool2d"):
        assert build(derive.load(layer)).source == kernel_of(layer).source


# Elements that a condition excludes lie outside of the domain: nothing may look at them.
EXCLUDED = [
    ("y[i] = sum[j where j < i](sqrt(x[j]))", [1, 4, -1], [0, 1, 3], [1, 0.25, 0]),
    ("y[i] = sum[j where j < i](1/x[j])", [1, 2, 0], [0, 1, 1.5], [-2, -0.25, 0]),
    ("y[i] = log(x[i - 1]) if i >= 1 else 0", [1, 2, 0], [0, 0, np.log(2)], [1, 0.5, 0]),
    ("y[i] = sqrt(x[i]) if x[i] > 0 else 0", [4, 0, -4], [2, 0, 0], [0.25, 0, 0]),
]


@pytest.mark.parametrize(("equation", "x", "y", "dx"), EXCLUDED)
def test_what_a_condition_excludes_is_not_looked_at(
    equation: str, x: list[float], y: list[float], dx: list[float]
) -> None:
    kernel = build(derive.parse(f"input x[i]\noutput y[i]\n{equation}"))
    outputs, saved = kernel.forward(x=np.array(x, float))  # a warning would be an error here
    gradients = kernel.backward(saved, y=np.ones(3))
    np.testing.assert_allclose(outputs["y"], y)
    np.testing.assert_allclose(gradients["x"], dx)


def test_numbers_chosen_by_a_condition_are_in_the_dtype_of_the_module():
    program = derive.parse(
        "input g[w, i, j], K[i, j]\nindex u : size(i)\nindex q : size(w)\noutput P[i, w]\n"
        "P[i, w] = mean[u](K[u, 0])*mean[j, q](-1*g[(size(w) - 1 - q)//2, i, j])\n"
    )
    kernel = build(program, dtype="float32")
    _, saved = kernel.forward(g=np.ones((2, 3, 2)), K=np.ones((3, 2)))
    found = kernel.backward(saved, P=np.ones((3, 2), np.float32))
    assert {name: a.dtype for name, a in found.items()} == dict.fromkeys("gK", np.dtype("f4"))
