"""The checkers of other libraries, each at its documented defaults, in float64.

Every one gets the same pair of NumPy functions, wrapped as that library's own custom function.
A checker accepts or rejects; a kernel that raises is rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from trials.peers.host import Host, quiet

# SciPy returns a distance and leaves the judgement to its caller.
SCIPY_LARGEST = 1e-5


@dataclass(frozen=True, slots=True)
class Peer:
    """A checker.

    Attributes:
        name: what it is called.
        package: where it is from; also the distribution that has its version.
        rejects: raises if it does not accept the gradient; the number seeds its draws.
    """

    name: str
    package: str
    rejects: Callable[[Host, int], None]

    @property
    def installed(self) -> bool:
        """Whether it can be run."""
        return find_spec(self.package) is not None


class Rejected(Exception):
    """A checker found the gradient wrong."""


# ---- PyTorch ------------------------------------------------------------------------------


def _torch(fast: bool, host: Host, seed: int) -> None:
    torch = import_module("torch")

    def tensor(value: Any) -> Any:
        return torch.as_tensor(np.asarray(value))

    def forward(ctx: Any, *inputs: Any) -> Any:
        outputs, ctx.kept = host.forward([x.detach().numpy() for x in inputs])
        several = tuple(map(tensor, outputs))
        return several if len(several) > 1 else several[0]

    def backward(ctx: Any, *cotangents: Any) -> Any:
        found = host.backward(ctx.kept, [g.detach().numpy() for g in cotangents])
        return tuple(None if g is None else tensor(g) for g in found)

    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    function: Any = type("Kernel", (torch.autograd.Function,), methods)
    # filled in, not converted: gradcheck refuses the strides that NumPy gives empty arrays
    inputs = tuple(torch.empty(x.shape, dtype=torch.float64) for x in host.inputs)
    for found, x in zip(inputs, host.inputs, strict=True):
        found.copy_(torch.as_tensor(x)).requires_grad_()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.autograd.gradcheck(function.apply, inputs, fast_mode=fast)


# ---- JAX ----------------------------------------------------------------------------------


def _jax(host: Host, seed: int) -> None:  # noqa: ARG001  it draws from a seed of its own
    jax, test_util = import_module("jax"), import_module("jax.test_util")

    def outputs(*inputs: Any) -> tuple[Any, ...]:
        return tuple(map(np.array, host.forward([np.array(x) for x in inputs])[0]))

    def vjp(*inputs: Any) -> tuple[tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
        found, saved = host.forward([np.array(x) for x in inputs])

        def pull(cotangents: Any) -> tuple[Any, ...]:
            return host.backward(saved, [np.array(g) for g in cotangents])

        return tuple(map(np.asarray, found)), pull

    with jax.enable_x64(True):
        test_util.check_vjp(outputs, vjp, host.inputs)


# ---- autograd -----------------------------------------------------------------------------


def _autograd(host: Host, seed: int) -> None:
    extend, test_util = import_module("autograd.extend"), import_module("autograd.test_util")
    kept: list[Any] = []

    @extend.primitive  # type: ignore[untyped-decorator]
    def kernel(*inputs: Any) -> Any:
        outputs, saved = host.forward(inputs)
        kept[:] = [saved, [np.shape(y) for y in outputs]]
        if len(outputs) == 1:
            return outputs[0]
        return np.concatenate([np.ravel(y) for y in outputs])

    def vjp(argnums: Any, answer: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        saved, shapes = kept

        def pull(cotangent: Any) -> Any:
            ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
            parts = [cotangent]
            if len(shapes) > 1:
                pieces = np.split(cotangent, ends[:-1])
                parts = [g.reshape(shape) for g, shape in zip(pieces, shapes, strict=True)]
            found = host.backward(saved, parts)
            return tuple(found[number] for number in argnums)

        return pull

    extend.defvjp_argnums(kernel, vjp)
    state = np.random.get_state()  # noqa: NPY002  the checker draws from the global generator
    np.random.seed(seed)  # noqa: NPY002
    try:
        # without the numbers of the arguments it looks at the first one only
        every = tuple(range(len(host.names)))
        test_util.check_grads(kernel, every, modes=["rev"], order=1)(*host.inputs)
    finally:
        np.random.set_state(state)  # noqa: NPY002


# ---- SciPy --------------------------------------------------------------------------------


def _scipy(host: Host, seed: int) -> None:
    optimize = import_module("scipy.optimize")
    shapes = [x.shape for x in host.inputs]
    ends = np.cumsum([x.size for x in host.inputs])[:-1]
    rng = np.random.default_rng(seed)
    first, _ = host.forward(host.inputs)
    weights = [rng.standard_normal(np.shape(y)) for y in first]

    def unpacked(flat: Any) -> list[Any]:
        parts = zip(np.split(flat, ends), shapes, strict=True)
        return [part.reshape(shape).copy() for part, shape in parts]

    def value(flat: Any) -> float:
        outputs, _ = host.forward(unpacked(flat))
        return float(sum(np.sum(w * y) for w, y in zip(weights, outputs, strict=True)))

    def gradient(flat: Any) -> Any:
        _, saved = host.forward(unpacked(flat))
        found = host.backward(saved, [w.copy() for w in weights])
        if len(found) != len(shapes):
            raise Rejected("another number of gradients")
        return np.concatenate([np.ravel(g) for g in found])

    start = np.concatenate([x.ravel() for x in host.inputs])
    if not optimize.check_grad(value, gradient, start) <= SCIPY_LARGEST:
        raise Rejected("too far from the difference")


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("torch gradcheck", "torch", partial(_torch, False)),
        Peer("torch gradcheck, fast", "torch", partial(_torch, True)),
        Peer("jax check_vjp", "jax", _jax),
        Peer("autograd check_grads", "autograd", _autograd),
        Peer("scipy check_grad", "scipy", _scipy),
    )
}


def accepts(peer: Peer, host: Host, seed: int) -> bool:
    """Whether a checker lets a kernel through at a point."""
    try:
        with quiet():
            peer.rejects(host, seed)
    except Exception:
        # whatever leaves a foreign checker is its refusal
        return False
    return True
