"""JAX as its users write it: one jitted function for value and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.contenders.packing import packed, unpacked
from benchmarks.contenders.prepared import Prepared, Results, results_of
from benchmarks.workloads import Case

Arrays = dict[str, Any]


def prepare(case: Case) -> Prepared:
    """A case for JAX, compiled at its first step; float64 only where it is asked for."""
    config: Any = jax.config
    config.update("jax_enable_x64", case.cotangent().dtype == np.float64)
    p = {name: jnp.asarray(array) for name, array in packed(case).items()}
    held = {"x", "t"} if case.workload.steps else {"t"}
    constants = {name: p.pop(name) for name in sorted(held & set(p))}
    forward = FORWARD[case.workload.name]

    def value(trained: Arrays, given: Arrays) -> Any:
        return forward({**trained, **given})

    if case.workload.steps:
        return _stepping(case.rate, value, p, constants)
    return _layer(case, value, p, constants)


def _stepping(
    rate: float, value: Callable[[Arrays, Arrays], Any], p: Arrays, constants: Arrays
) -> Prepared:
    def change(trained: Arrays, given: Arrays) -> Any:
        loss, gradients = jax.value_and_grad(value)(trained, given)
        return loss, {name: trained[name] - rate * gradients[name] for name in trained}

    compiled = jax.jit(change, donate_argnums=0)
    held = dict(p)

    def step() -> Any:
        loss, new = compiled(held, constants)
        held.update(new)
        return _done(loss)

    return Prepared(step, lambda loss: _read({"loss": loss, **held}))


def _layer(
    case: Case, value: Callable[[Arrays, Arrays], Any], p: Arrays, constants: Arrays
) -> Prepared:
    name, (output,) = case.workload.name, case.workload.outputs

    def both(trained: Arrays, given: Arrays, dy: Any) -> Any:
        y, pull = jax.vjp(lambda t: value(t, given), trained)
        return y, pull(dy)[0]

    compiled = jax.jit(both)
    dy = jnp.asarray(case.cotangent())

    def step() -> Any:
        return _done(compiled(p, constants, dy))

    def read(found: Any) -> Results:
        return unpacked(name, _read(results_of({output: found[0]}, found[1])))

    return Prepared(step, read)


def _read(arrays: Arrays) -> Results:
    return {name: np.asarray(array) for name, array in arrays.items()}


def _done(results: Any) -> Any:
    """The results once they are there: JAX gives them before."""
    wait: Any = jax.block_until_ready
    return wait(results)


# ---- the functions ------------------------------------------------------------------------------


def _loss(z: Any, t: Any) -> Any:
    return -(t * jax.nn.log_softmax(z)).sum(1).mean()


def _mlp(p: Arrays) -> Any:
    a = jax.nn.relu(p["x"] @ p["W1"].T + p["b1"])
    a = jax.nn.relu(a @ p["W2"].T + p["b2"])
    return _loss(a @ p["W3"].T + p["b3"], p["t"])


def _convolved(x: Any, kernels: Any, b: Any, padding: int) -> Any:
    sides = [(padding, padding)] * 2
    y = lax.conv_general_dilated(x, kernels, (1, 1), sides)
    return y + b[None, :, None, None]


def _largest(x: Any, k: int, stride: int, padding: int) -> Any:
    sides = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, k, k), (1, 1, stride, stride), sides)


def _average(x: Any) -> Any:
    window = (1, 1, 2, 2)
    return lax.reduce_window(x, 0.0, lax.add, window, window, "VALID") / 4


def _lenet(p: Arrays) -> Any:
    y = _largest(jax.nn.relu(_convolved(p["x"], p["K1"], p["b1"], 0)), 2, 2, 0)
    y = _largest(jax.nn.relu(_convolved(y, p["K2"], p["b2"], 0)), 2, 2, 0)
    y = y.reshape(len(y), -1)
    a = jax.nn.relu(y @ p["W3"].reshape(len(p["W3"]), -1).T + p["b3"])
    a = jax.nn.relu(a @ p["W4"].T + p["b4"])
    return _loss(a @ p["W5"].T + p["b5"], p["t"])


def _rnn(p: Arrays) -> Any:
    def cell(h: Any, drive: Any) -> Any:
        h = jnp.tanh(drive + h @ p["U"].T)
        return h, h

    return lax.scan(cell, p["h0"], p["x"] @ p["W"].T + p["b"])[1]


def _lstm(p: Arrays) -> Any:
    def cell(state: Any, drive: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(drive + h @ p["U"].T, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return lax.scan(cell, (p["h0"], p["c0"]), p["x"] @ p["W"].T + p["b"])[1]


def _gru(p: Arrays) -> Any:
    def cell(h: Any, drive: Any) -> Any:
        (r, z, g), (ur, uz, ug) = jnp.split(drive, 3, 1), jnp.split(h @ p["U"].T, 3, 1)
        z = jax.nn.sigmoid(z + uz)
        g = jnp.tanh(g + jax.nn.sigmoid(r + ur) * (ug + p["c_g"]))
        h = (1 - z) * g + z * h
        return h, h

    return lax.scan(cell, p["h0"], p["x"] @ p["W"].T + p["b"])[1]


def _norm(p: Arrays) -> Any:
    x = p["x"]
    mean = x.mean(1, keepdims=True)
    return p["gamma"] * (x - mean) * lax.rsqrt(x.var(1, keepdims=True) + 1e-5) + p["beta"]


def _attention(p: Arrays) -> Any:
    scores = jnp.einsum("ntj,nsj->nts", p["Q"], p["K"]) / p["Q"].shape[2] ** 0.5
    return jax.nn.softmax(scores) @ p["V"]


FORWARD: dict[str, Callable[[Arrays], Any]] = {
    "mlp": _mlp,
    "smce": lambda p: _loss(p["z"], p["t"]),
    "lenet": _lenet,
    "conv": lambda p: _convolved(p["x"], p["W"], p["b"], 1),
    "maxpool": lambda p: _largest(p["x"], 2, 2, 0),
    "maxpool3": lambda p: _largest(p["x"], 3, 2, 1),
    "avgpool": lambda p: _average(p["x"]),
    "rnn": _rnn,
    "lstm": _lstm,
    "lstm_s": _lstm,
    "gru": _gru,
    "ln": _norm,
    "attn": _attention,
    "sigmoid": lambda p: jax.nn.sigmoid(p["z"]),
    "tanh": lambda p: jnp.tanh(p["z"]),
    "gelu": lambda p: jax.nn.gelu(p["z"], approximate=True),
    "gelu_erf": lambda p: jax.nn.gelu(p["z"], approximate=False),
}
