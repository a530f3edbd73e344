"""What is asked of a library that differentiates arrays, and PyTorch and JAX as two of them.

All numbers are float64. Vectors have one axis, tables have two; a table is reduced along its
second axis. Nothing global is changed: JAX computes in float64 within ``Library.session`` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from derive.errors import OptionRefused

Array = np.ndarray[Any, Any]
# A vector, table or array of the library; PyTorch and JAX share no type.
Tensor = Any
Tensors = dict[str, Tensor]
Function = Callable[..., Tensor]
Model = Callable[[Tensors], Tensors]
Pull = Callable[[Mapping[str, Array]], dict[str, Array]]


@dataclass(frozen=True, slots=True)
class Library:
    """A library that differentiates what is computed with its arrays.

    Attributes:
        name: its name.
        version: its version.
        session: the context in which everything else is to be called.
        array: an array of the library from one of NumPy.
        values: the numbers in an array of the library, also while it is being differentiated.
        take: elements of a vector, by an array of places.
        join: vectors end to end.
        power: the power, element by element.
        functions: the pointwise functions of the language.
        reductions: the reductions of the language, of a table along its second axis.
        vjp: the outputs of a model at given inputs, and what pulls cotangents back to them.
    """

    name: str
    version: str
    session: Callable[[], AbstractContextManager[object]]
    array: Callable[[Array], Tensor]
    values: Callable[[Tensor], Array]
    take: Callable[[Tensor, Array], Tensor]
    join: Callable[[Sequence[Tensor]], Tensor]
    power: Callable[[Tensor, Tensor], Tensor]
    functions: Mapping[str, Function]
    reductions: Mapping[str, Callable[[Tensor], Tensor]]
    vjp: Callable[[Model, Tensors], tuple[dict[str, Array], Pull]]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def require(name: str) -> None:
    """Refuse an oracle that cannot be asked, without importing it.

    Raises:
        OptionRefused: if there is no such oracle, or it is not installed.
    """
    if name not in _MAKERS:
        raise OptionRefused(
            f"there is no oracle {name!r}", remedy=f"choose from {', '.join(_MAKERS)}"
        )
    if find_spec(name) is None:
        raise _not_installed(name, "there is no such module")


def library(name: str) -> Library:
    """The library of that name, imported now.

    Raises:
        OptionRefused: if there is no such oracle, or it is not installed.
    """
    require(name)
    try:
        module = import_module(name)
    except ImportError as error:
        raise _not_installed(name, str(error)) from None
    return _MAKERS[name](module)


def _not_installed(name: str, reason: str) -> OptionRefused:
    return OptionRefused(
        f"{name} is not installed: {reason}", remedy="pip install 'backproof[oracles]'"
    )


# ---- PyTorch ------------------------------------------------------------------------------


def _torch(torch: ModuleType) -> Library:
    return Library(
        name="torch",
        version=torch.__version__,
        session=nullcontext,
        array=lambda values: _torch_array(torch, values),
        values=lambda x: x.detach().numpy(),
        take=lambda x, places: x[torch.as_tensor(places)],
        join=torch.cat,
        power=torch.pow,
        functions=_torch_functions(torch),
        reductions={
            "sum": lambda table: table.sum(1),
            "prod": lambda table: table.prod(1),
            "max": lambda table: table.amax(1),
            "min": lambda table: table.amin(1),
            "logsumexp": lambda table: table.logsumexp(1),
        },
        vjp=lambda model, inputs: _torch_vjp(torch, model, inputs),
    )


def _torch_array(torch: ModuleType, values: Array) -> Tensor:
    return torch.tensor(np.asarray(values, dtype=np.float64), dtype=torch.float64)


def _torch_vjp(
    torch: ModuleType, model: Model, inputs: Tensors
) -> tuple[dict[str, Array], Pull]:
    leaves = {name: x.detach().clone().requires_grad_() for name, x in inputs.items()}
    outputs = model(leaves)

    def pull(cotangents: Mapping[str, Array]) -> dict[str, Array]:
        reached = [name for name, y in outputs.items() if y.requires_grad]
        found: Sequence[Tensor | None] = [None] * len(leaves)
        if reached and leaves:
            found = torch.autograd.grad(
                [outputs[name] for name in reached], list(leaves.values()),
                [_torch_array(torch, cotangents[name]) for name in reached],
                allow_unused=True, retain_graph=True,
            )  # fmt: skip
        return {
            name: np.zeros(tuple(leaf.shape)) if g is None else g.numpy()
            for (name, leaf), g in zip(leaves.items(), found, strict=True)
        }

    return {name: y.detach().numpy() for name, y in outputs.items()}, pull


def _torch_functions(torch: ModuleType) -> dict[str, Function]:
    of_torch = (
        "exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc",
        "sigmoid", "relu", "abs", "sign",
    )  # fmt: skip
    layers = torch.nn.functional
    return {
        **{name: getattr(torch, name) for name in of_torch},
        # the library's own softplus is the identity from 20 on, which loses three digits
        "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
        "gelu": layers.gelu,
        "silu": layers.silu,
        "step": lambda z: (z > 0).to(z.dtype),
        "max": torch.maximum,
        "min": torch.minimum,
        "leaky_relu": lambda z, a: torch.where(z > 0, z, a * z),
        "elu": lambda z, a: torch.where(z > 0, z, a * torch.expm1(torch.clamp(z, max=0))),
    }


# ---- JAX ----------------------------------------------------------------------------------


def _jax(jax: ModuleType) -> Library:
    jnp = jax.numpy

    def numbers(x: Tensor) -> Array:
        return np.asarray(jax.lax.stop_gradient(x))

    def vjp(model: Model, inputs: Tensors) -> tuple[dict[str, Array], Pull]:
        outputs, back = jax.vjp(model, inputs)

        def pull(cotangents: Mapping[str, Array]) -> dict[str, Array]:
            seeds = {
                name: jnp.asarray(cotangents[name], dtype=y.dtype) for name, y in outputs.items()
            }
            (found,) = back(seeds)
            return {name: np.asarray(g) for name, g in found.items()}

        return {name: np.asarray(y) for name, y in outputs.items()}, pull

    return Library(
        name="jax",
        version=jax.__version__,
        session=lambda: _double(jax),
        array=lambda values: jnp.asarray(np.asarray(values, dtype=np.float64)),
        values=numbers,
        take=lambda x, places: x[places],
        join=jnp.concatenate,
        power=jnp.power,
        functions=_jax_functions(jax),
        reductions={
            "sum": lambda table: table.sum(1),
            "prod": lambda table: table.prod(1),
            "max": lambda table: table.max(1),
            "min": lambda table: table.min(1),
            "logsumexp": lambda table: jax.nn.logsumexp(table, axis=1),
        },
        vjp=vjp,
    )


@contextmanager
def _double(jax: ModuleType) -> Iterator[None]:
    """Float64 for the time being; the switch moved between modules over the versions."""
    switch = getattr(jax, "enable_x64", None)
    if switch is None:
        switch = import_module("jax.experimental").enable_x64
    with switch(True):
        yield


def _jax_functions(jax: ModuleType) -> dict[str, Function]:
    jnp, layers = jax.numpy, jax.nn
    of_numpy = (
        "exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign",
    )  # fmt: skip
    return {
        **{name: getattr(jnp, name) for name in of_numpy},
        "erf": jax.lax.erf,
        "erfc": jax.lax.erfc,
        "sigmoid": layers.sigmoid,
        "relu": layers.relu,
        "softplus": layers.softplus,
        "gelu": lambda z: layers.gelu(z, approximate=False),
        "silu": layers.silu,
        "step": lambda z: (z > 0).astype(z.dtype),
        "max": jnp.maximum,
        "min": jnp.minimum,
        "leaky_relu": lambda z, a: jnp.where(z > 0, z, a * z),
        "elu": lambda z, a: jnp.where(z > 0, z, a * jnp.expm1(jnp.minimum(z, 0))),
    }


_MAKERS: Mapping[str, Callable[[ModuleType], Library]] = {"torch": _torch, "jax": _jax}
NAMES = tuple(_MAKERS)
