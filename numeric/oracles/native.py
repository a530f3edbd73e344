"""The built-in layers that a library has itself, in our layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import Any

from derive.bind import bind
from derive.library import load
from derive.program import Program
from numeric.oracles.libraries import Library, Tensor, Tensors

Numbers = Mapping[str, Any]
Layer = Callable[[Tensors, Numbers], Any]


def _always(_: Numbers) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Native:
    """A layer of a library.

    Attributes:
        function: what the library calls it.
        layer: the outputs, as one tensor or several in a tuple, from our arrays and
            hyperparameters; arrays of labels are NumPy's.
        takes: the hyperparameters that the library accepts.
        within: arrays that the library wants between 0 and 1.
    """

    function: str
    layer: Layer
    takes: Callable[[Numbers], bool] = _always
    within: tuple[str, ...] = ()


def natives(library: Library) -> Mapping[str, Native]:
    """The layers that ``library`` has, by the names of our built-in layers."""
    table = _TABLES.get(library.name)
    return {} if table is None else table(import_module(library.name))


def native_for(library: Library, program: Program, hypers: Numbers) -> Native | None:
    """The library's own layer for a program, or None if it is no built-in layer, or has none.

    ``program`` is the program with these values of its hyperparameters bound.
    """
    for name, row in natives(library).items():
        layer = load(name)
        if layer.title != program.title or {h.name for h in layer.hypers} != hypers.keys():
            continue
        if bind(layer, **hypers) == program:
            return row if row.takes(hypers) else None
    return None


def in_numbers(hypers: Mapping[str, Fraction]) -> Numbers:
    """Hyperparameters as Python's integers and floats."""
    return {n: int(v) if v.denominator == 1 else float(v) for n, v in hypers.items()}


def square(x: Tensor) -> Tensor:
    """Two equal extents."""
    return (x, x)


# ---- PyTorch ------------------------------------------------------------------------------


def _torch(torch: Any) -> Mapping[str, Native]:
    f = torch.nn.functional
    return {**_torch_pointwise(torch, f), **_torch_losses(torch, f), **_torch_windows(f),
            **_torch_others(torch, f)}  # fmt: skip


def _torch_pointwise(torch: Any, f: Any) -> dict[str, Native]:
    return {
        "neuron": Native(
            "linear, sigmoid",
            lambda a, h: torch.sigmoid(f.linear(a["x"], a["w"][None], a["b"][None]))[0],
        ),
        "dense": Native("linear, relu", lambda a, h: f.relu(f.linear(a["x"], a["W"], a["b"]))),
        "relu": Native("relu", lambda a, h: f.relu(a["z"])),
        "leaky_relu": Native("leaky_relu", lambda a, h: f.leaky_relu(a["z"], h["alpha"])),
        "elu": Native("elu", lambda a, h: f.elu(a["z"], h["alpha"])),
        "sigmoid": Native("sigmoid", lambda a, h: f.sigmoid(a["z"])),
        "tanh": Native("tanh", lambda a, h: f.tanh(a["z"])),
        # by default the library's softplus is the identity from 20 on
        "softplus": Native("softplus", lambda a, h: f.softplus(a["z"], threshold=40)),
        "gelu": Native("gelu", lambda a, h: f.gelu(a["z"])),
        "silu": Native("silu", lambda a, h: f.silu(a["z"])),
        "softmax": Native("softmax", lambda a, h: f.softmax(a["z"], dim=1)),
    }


def _torch_losses(torch: Any, f: Any) -> dict[str, Native]:
    def mean(loss: Any, first: str, **options: str) -> Layer:
        """Mean over samples, sum over units."""

        def layer(a: Tensors, h: Numbers) -> Tensor:
            more = {name: h[hyper] for name, hyper in options.items()}
            return loss(a[first], a["t"], reduction="sum", **more) / len(a[first])

        return layer

    def cross_entropy(a: Tensors, h: Numbers) -> Tensor:
        p, t = a["p"], a["t"]
        return (f.kl_div(p.log(), t, reduction="sum") - torch.xlogy(t, t).sum()) / len(p)

    def hinge(a: Tensors, h: Numbers) -> Tensor:
        return f.margin_ranking_loss(a["z"], torch.zeros_like(a["z"]), a["t"], margin=1.0)

    return {
        "mse": Native("mse_loss", mean(f.mse_loss, "y")),
        "binary_cross_entropy": Native(
            "binary_cross_entropy", mean(f.binary_cross_entropy, "p"), within=("t",)
        ),
        "binary_cross_entropy_logits": Native(
            "binary_cross_entropy_with_logits", mean(f.binary_cross_entropy_with_logits, "z")
        ),
        "cross_entropy": Native("kl_div, xlogy", cross_entropy, within=("t",)),
        "softmax_cross_entropy": Native(
            "cross_entropy", lambda a, h: f.cross_entropy(a["z"], a["t"])
        ),
        "huber": Native("huber_loss", mean(f.huber_loss, "y", delta="delta")),
        "hinge": Native("margin_ranking_loss", hinge),
    }


def _torch_windows(f: Any) -> dict[str, Native]:
    def conv(function: Any) -> Layer:
        return lambda a, h: function(
            a["x"], a["W"], a["b"], stride=h["s"], padding=h["P"], dilation=h["d"]
        )

    def transposed(a: Tensors, h: Numbers) -> Tensor:
        return f.conv_transpose2d(
            a["x"], a["W"], a["b"], stride=h["s"], padding=h["P"], output_padding=h["a"],
            dilation=h["d"],
        )  # fmt: skip

    def pool(function: Any, **options: Any) -> Layer:
        return lambda a, h: function(a["x"], h["k"], h["s"], h["P"], **options)

    def narrow(h: Numbers) -> bool:
        return bool(2 * h["P"] <= h["k"])

    return {
        "conv1d": Native("conv1d", conv(f.conv1d)),
        "conv2d": Native("conv2d", conv(f.conv2d)),
        "conv_transpose2d": Native(
            "conv_transpose2d", transposed, lambda h: bool(h["a"] < max(h["s"], h["d"]))
        ),
        "maxpool1d": Native("max_pool1d", pool(f.max_pool1d), narrow),
        "maxpool2d": Native("max_pool2d", pool(f.max_pool2d), narrow),
        "avgpool1d": Native("avg_pool1d", pool(f.avg_pool1d), narrow),
        "avgpool2d": Native("avg_pool2d", pool(f.avg_pool2d), narrow),
        "sumpool2d": Native("avg_pool2d", pool(f.avg_pool2d, divisor_override=1), narrow),
    }


def _torch_recurrent(torch: Any, f: Any) -> dict[str, Native]:
    def rnn(a: Tensors, h: Numbers) -> tuple[Tensor, Tensor]:
        state, states = a["h0"], []
        for x in a["x"]:
            state = torch.rnn_tanh_cell(x, state, a["W_xh"], a["W_hh"])
            states.append(state)
        found = torch.stack(states)
        return f.linear(found, a["W_hy"]), found

    def lstm(a: Tensors, h: Numbers) -> tuple[Tensor, Tensor]:
        W, U, b = (torch.cat([a[f"{part}_{gate}"] for gate in "ifgo"]) for part in "WUb")
        state, found = (a["h0"], a["c0"]), []
        for x in a["x"]:
            state = torch.lstm_cell(x, state, W, U, b, torch.zeros_like(b))
            found.append(state)
        states, cells = zip(*found, strict=True)
        return torch.stack(states), torch.stack(cells)

    return {"rnn": Native("rnn_tanh_cell, linear", rnn), "lstm": Native("lstm_cell", lstm)}


def _torch_others(torch: Any, f: Any) -> dict[str, Native]:
    def batch_norm(a: Tensors, h: Numbers) -> tuple[Tensor, ...]:
        x = a["x"]
        y = f.batch_norm(x, None, None, a["gamma"], a["beta"], training=True, eps=h["eps"])
        return y, x.mean(0), x.var(0, unbiased=False)

    def layer_norm(a: Tensors, h: Numbers) -> Tensor:
        return f.layer_norm(a["x"], a["gamma"].shape, a["gamma"], a["beta"], h["eps"])

    def attention(causal: bool) -> Layer:
        return lambda a, h: f.scaled_dot_product_attention(a["Q"], a["K"], a["V"], is_causal=causal)

    return {
        **_torch_recurrent(torch, f),
        "layer_norm": Native("layer_norm", layer_norm),
        "batch_norm": Native("batch_norm", batch_norm),
        "rms_norm": Native(
            "rms_norm", lambda a, h: f.rms_norm(a["x"], a["gamma"].shape, a["gamma"], h["eps"])
        ),
        "embedding": Native(
            "embedding", lambda a, h: f.embedding(torch.as_tensor(a["id"]), a["E"])
        ),
        "attention": Native("scaled_dot_product_attention", attention(False)),
        "causal_attention": Native("scaled_dot_product_attention", attention(True)),
    }


# ---- JAX ----------------------------------------------------------------------------------


def _jax(jax: Any) -> Mapping[str, Native]:
    return {**_jax_pointwise(jax), **_jax_losses(jax), **_jax_windows(jax), **_jax_others(jax)}


def _jax_pointwise(jax: Any) -> dict[str, Native]:
    nn, jnp = jax.nn, jax.numpy
    return {
        "neuron": Native("dot, sigmoid", lambda a, h: nn.sigmoid(jnp.dot(a["w"], a["x"]) + a["b"])),
        "dense": Native("dot, relu", lambda a, h: nn.relu(jnp.dot(a["x"], a["W"].T) + a["b"])),
        "relu": Native("relu", lambda a, h: nn.relu(a["z"])),
        "leaky_relu": Native("leaky_relu", lambda a, h: nn.leaky_relu(a["z"], h["alpha"])),
        "elu": Native("elu", lambda a, h: nn.elu(a["z"], h["alpha"])),
        "sigmoid": Native("sigmoid", lambda a, h: nn.sigmoid(a["z"])),
        "tanh": Native("tanh", lambda a, h: nn.tanh(a["z"])),
        "softplus": Native("softplus", lambda a, h: nn.softplus(a["z"])),
        "gelu": Native("gelu", lambda a, h: nn.gelu(a["z"], approximate=False)),
        "silu": Native("silu", lambda a, h: nn.silu(a["z"])),
        "step": Native("heaviside", lambda a, h: jnp.heaviside(a["z"], 0.0)),
        "softmax": Native("softmax", lambda a, h: nn.softmax(a["z"], axis=1)),
    }


def _jax_losses(jax: Any) -> dict[str, Native]:
    special, nn = jax.scipy.special, jax.nn

    def binary(a: Tensors, h: Numbers) -> Tensor:
        p, t = a["p"], a["t"]
        return -(special.xlogy(t, p) + special.xlog1py(1 - t, -p)).sum(1).mean()

    def logits(a: Tensors, h: Numbers) -> Tensor:
        z, t = a["z"], a["t"]
        return -(t * nn.log_sigmoid(z) + (1 - t) * nn.log_sigmoid(-z)).sum(1).mean()

    return {
        "binary_cross_entropy": Native("xlogy, xlog1py", binary),
        "binary_cross_entropy_logits": Native("log_sigmoid", logits),
        "cross_entropy": Native("xlogy", lambda a, h: -special.xlogy(a["t"], a["p"]).sum(1).mean()),
        "softmax_cross_entropy": Native(
            "log_softmax", lambda a, h: -(a["t"] * nn.log_softmax(a["z"], axis=1)).sum(1).mean()
        ),
    }


def _jax_pools(jax: Any) -> dict[str, Native]:
    lax, jnp = jax.lax, jax.numpy

    def pool(start: float, operation: Any, mean: bool = False) -> Layer:
        def layer(a: Tensors, h: Numbers) -> Tensor:
            rank = a["x"].ndim - 2
            window, steps = (1, 1, *[h["k"]] * rank), (1, 1, *[h["s"]] * rank)
            padding = [(0, 0), (0, 0), *[square(h["P"])] * rank]
            y = lax.reduce_window(a["x"], start, operation, window, steps, padding)
            return y / h["k"] ** rank if mean else y

        return layer

    highest, total, mean = pool(-jnp.inf, lax.max), pool(0.0, lax.add), pool(0.0, lax.add, True)
    return {
        "maxpool1d": Native("reduce_window", highest),
        "maxpool2d": Native("reduce_window", highest),
        "avgpool1d": Native("reduce_window", mean),
        "avgpool2d": Native("reduce_window", mean),
        "sumpool2d": Native("reduce_window", total),
    }


def _jax_windows(jax: Any) -> dict[str, Native]:
    lax, jnp = jax.lax, jax.numpy

    def conv(a: Tensors, h: Numbers) -> Tensor:
        rank = a["x"].ndim - 2
        y = lax.conv_general_dilated(
            a["x"], a["W"], (h["s"],) * rank, [square(h["P"])] * rank,
            rhs_dilation=(h["d"],) * rank,
        )  # fmt: skip
        return y + a["b"].reshape((-1, *[1] * rank))

    def transposed(a: Tensors, h: Numbers) -> Tensor:
        kernel = jnp.flip(a["W"], (2, 3)).swapaxes(0, 1)
        edges = [h["d"] * (size - 1) - h["P"] for size in kernel.shape[2:]]
        y = lax.conv_general_dilated(
            a["x"], kernel, (1, 1), [(edge, edge + h["a"]) for edge in edges],
            lhs_dilation=square(h["s"]), rhs_dilation=square(h["d"]),
        )  # fmt: skip
        return y + a["b"][:, None, None]

    return {
        "conv1d": Native("conv_general_dilated", conv),
        "conv2d": Native("conv_general_dilated", conv),
        "conv_transpose2d": Native("conv_general_dilated", transposed),
        **_jax_pools(jax),
    }


def _jax_others(jax: Any) -> dict[str, Native]:
    nn, jnp = jax.nn, jax.numpy

    def batch_norm(a: Tensors, h: Numbers) -> tuple[Tensor, ...]:
        x = a["x"]
        y = a["gamma"] * nn.standardize(x, axis=0, epsilon=h["eps"]) + a["beta"]
        return y, jnp.mean(x, axis=0), jnp.var(x, axis=0)

    def layer_norm(a: Tensors, h: Numbers) -> Tensor:
        return a["gamma"] * nn.standardize(a["x"], axis=1, epsilon=h["eps"]) + a["beta"]

    return {
        "layer_norm": Native("standardize", layer_norm),
        "batch_norm": Native("standardize", batch_norm),
        "embedding": Native("take", lambda a, h: jnp.take(a["E"], a["id"], axis=0)),
        # not dot_product_attention: its softmax is float32 whatever it is given
    }


_TABLES: Mapping[str, Callable[[Any], Mapping[str, Native]]] = {"torch": _torch, "jax": _jax}
