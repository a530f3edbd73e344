"""Modules of PyTorch and functions of JAX, where these are installed."""

from __future__ import annotations

from typing import Any

import pytest

import derive
from derive.errors import CallRefused
from numeric import check_function


def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def jax() -> Any:
    return pytest.importorskip("jax", reason="JAX is not installed")


def test_a_module_agrees_with_the_equations() -> None:
    library = torch()

    class Dense(library.nn.Module):  # type: ignore[misc, name-defined]  # known when it runs
        def __init__(self) -> None:
            super().__init__()
            self.linear = library.nn.Linear(4, 5)

        def forward(self, x: Any) -> Any:
            return library.relu(self.linear(x))

    result = check_function(Dense(), None, [(3, 4)], derive.load("dense"))
    assert result.verdict == "INCONCLUSIVE"
    assert "PyTorch computes in floats only" in str(result)
    assert "linear_weight is W, linear_bias is b" in "; ".join(result.notes)
    assert all((line.worst or 0) < 1e-6 for line in result.lines)


def test_a_wrong_function_of_autograd_is_found() -> None:
    library = torch()

    class Product(library.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y)
            return x * x * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            return x * y * g, x * x * g

    result = check_function(Product, None, [(2, 3), (2, 3)])
    assert result.verdict == "WRONG"
    assert result.counterexample is not None
    assert result.counterexample.entry.startswith("dx[")


def test_a_function_of_jax_is_compared_with_differences() -> None:
    library = jax()

    def right(x: Any) -> Any:
        return library.numpy.sin(x) * 2

    @library.custom_vjp
    def cubed(x: Any) -> Any:
        return x**3

    cubed.defvjp(lambda x: (x**3, x), lambda x, g: (2 * x**2 * g,))
    for function, verdict in ((library.jit(right), "INCONCLUSIVE"), (cubed, "WRONG")):
        assert check_function(function, None, [(3,)]).verdict == verdict


def test_a_module_of_any_number_of_arrays_is_refused() -> None:
    library = torch()
    with pytest.raises(CallRefused, match="takes any number of arrays"):
        check_function(_Many(library).module, None, [(3,)])


class _Many:
    def __init__(self, library: Any) -> None:
        class Module(library.nn.Module):  # type: ignore[misc, name-defined]
            def forward(self, *arrays: Any) -> Any:
                return arrays[0]

        self.module = Module()
