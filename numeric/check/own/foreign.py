"""Modules of PyTorch and functions of PyTorch or JAX, with the backward that they bring along.

They compute in floats only, so they are judged in float64, also by their own ``backward``: it
is theirs that is under check, a custom ``autograd.Function`` or ``custom_vjp`` above all. The
parameters of a module become arrays, after its inputs, with the shapes that they have.
"""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from derive.errors import CallRefused
from numeric.check.own.declared import Given, parameter_names
from numeric.check.own.precise import Functions

REMEDY = "give forward and backward, a torch.nn.Module, or a function of PyTorch or JAX"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Functions that stand for somebody's module, and the arrays that it brings along.

    Attributes:
        functions: forward and backward over NumPy arrays.
        parameters: the arrays that follow the inputs.
    """

    functions: Functions
    parameters: tuple[Given, ...] = field(default=())


def adapted(forward: Any) -> Foreign:
    """The functions of a module or function that differentiates itself.

    Raises:
        CallRefused: if it is none.
    """
    library = _library(forward)
    if library == "torch":
        return _of_torch(forward, importlib.import_module("torch"))
    if library == "jax":
        return _of_jax(forward, importlib.import_module("jax"))
    raise CallRefused("there is no backward to check", remedy=REMEDY)


def with_parameters(
    lists: Sequence[Sequence[Given]], parameters: Sequence[Given]
) -> list[list[Given]]:
    """Lists of the shapes of the inputs, with those of the parameters after them."""
    return [[*given, *parameters] for given in lists]


def _library(forward: Any) -> str:
    """The library that something is of: by its class, or by what its code refers to."""
    classes = forward.__mro__ if isinstance(forward, type) else type(forward).__mro__
    roots = [kind.__module__.partition(".")[0] for kind in classes]
    roots += _referred(forward)
    known = {"torch": "torch", "jax": "jax", "jaxlib": "jax"}
    return next((known[root] for root in roots if root in known), "")


def _referred(forward: Any) -> Iterator[str]:
    function = inspect.unwrap(forward) if callable(forward) else forward
    code = getattr(function, "__code__", None)
    for name in code.co_names if code is not None else ():
        value = function.__globals__.get(name)
        module = (
            value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        )
        yield str(module).partition(".")[0]


def _named(call: Callable[..., Any], names: Sequence[str], like: Any) -> Callable[..., Any]:
    """``call`` with a signature, so that its arrays have names."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind) for name in names]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__qualname__ = getattr(like, "__qualname__", type(like).__name__)
    return call


def _inputs(function: Callable[..., Any]) -> tuple[str, ...]:
    names = parameter_names(function, None)
    if names is None:
        raise CallRefused(
            f"forward takes any number of arrays: {inspect.signature(function)}",
            remedy="give a function with named arrays",
        )
    return names


# ---- PyTorch -------------------------------------------------------------------------------------


def _of_torch(forward: Any, torch: Any) -> Foreign:
    names: tuple[str, ...] = ()
    parameters: dict[str, Any] = {}
    if isinstance(forward, torch.nn.Module):
        module = copy.deepcopy(forward).double()
        parameters = {n: p.detach() for n, p in module.named_parameters() if p.requires_grad}
        names = _inputs(forward.forward)

        def run(*tensors: Any) -> Any:
            given = dict(zip(parameters, tensors[len(names) :], strict=True))
            return torch.func.functional_call(module, given, tensors[: len(names)])
    elif isinstance(forward, type):
        run = forward.apply  # type: ignore[attr-defined]  # of a torch.autograd.Function
        names = _inputs(forward.forward)[1:]  # type: ignore[attr-defined]
    else:
        run, names = forward, _inputs(forward)
    every = (*names, *(name.replace(".", "_") for name in parameters))
    functions = Functions(_named(_torch_forward(run, torch), every, forward),
                          _torch_backward(torch), "PyTorch")  # fmt: skip
    return Foreign(functions, tuple(Given(tuple(p.shape)) for p in parameters.values()))


def _torch_forward(run: Callable[..., Any], torch: Any) -> Callable[..., Any]:
    def forward(*arrays: Any) -> Any:
        tensors = [torch.tensor(np.array(a, dtype=_wide(a))) for a in arrays]
        for tensor in tensors:
            tensor.requires_grad_(tensor.is_floating_point())
        found = run(*tensors)
        outputs = tuple(found) if isinstance(found, (tuple, list)) else (found,)
        kind = next((a.dtype for a in arrays if a.dtype.kind == "f"), np.dtype(np.float64))
        plain = (np.array(o.detach().numpy(), dtype=kind) for o in outputs)
        return (*plain, (tensors, outputs, kind))

    return forward


def _torch_backward(torch: Any) -> Callable[..., Any]:
    def backward(saved: Any, *cotangents: Any) -> Any:
        tensors, outputs, kind = saved
        leaves = [t for t in tensors if t.requires_grad]
        pairs = [(o, torch.tensor(np.array(g, dtype=np.float64)))
                 for o, g in zip(outputs, cotangents, strict=True) if o.requires_grad]  # fmt: skip
        found = [None] * len(leaves)
        if pairs:
            ends, g = zip(*pairs, strict=True)
            found = torch.autograd.grad(ends, leaves, g, retain_graph=True, allow_unused=True)
        zeros = (torch.zeros_like(leaf) if f is None else f
                 for f, leaf in zip(found, leaves, strict=True))  # fmt: skip
        return tuple(np.array(z.detach().numpy(), dtype=kind) for z in zeros)

    return backward


def _wide(array: Any) -> Any:
    return np.float64 if array.dtype.kind == "f" else array.dtype


# ---- JAX -----------------------------------------------------------------------------------------


def _of_jax(function: Callable[..., Any], jax: Any) -> Foreign:
    names = _inputs(function)

    def forward(*arrays: Any) -> Any:
        kind = next((a.dtype for a in arrays if a.dtype.kind == "f"), np.dtype(np.float64))
        with _double(jax):
            found = function(*_given(jax, arrays))
            several = isinstance(found, (tuple, list))
            outputs = tuple(found) if several else (found,)
            saved = (arrays, type(found) if several else None, kind)
            return (*(np.array(o, dtype=kind) for o in outputs), saved)

    def backward(saved: Any, *cotangents: Any) -> Any:
        arrays, several, kind = saved
        with _double(jax):
            _, pull = jax.vjp(function, *_given(jax, arrays))
            g = [jax.numpy.asarray(np.array(c, dtype=np.float64)) for c in cotangents]
            found = pull(g[0] if several is None else several(g))
            pairs = zip(found, arrays, strict=True)
            return tuple(np.array(f, dtype=kind) for f, a in pairs if a.dtype.kind == "f")

    return Foreign(Functions(_named(forward, names, function), backward, "JAX"))


def _given(jax: Any, arrays: Sequence[Any]) -> list[Any]:
    return [jax.numpy.asarray(np.array(a, dtype=_wide(a))) for a in arrays]


def _double(jax: Any) -> AbstractContextManager[Any]:
    """Double precision, meanwhile."""
    enable = getattr(jax, "enable_x64", None)
    if enable is None:
        enable = importlib.import_module("jax.experimental").enable_x64
    return enable(True)  # type: ignore[no-any-return]
