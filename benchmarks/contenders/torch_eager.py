"""PyTorch as its users write it: eager, autograd, one call per layer; also in channels_last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  as everyone calls it

from benchmarks.contenders.packing import packed, unpacked
from benchmarks.contenders.prepared import NotOfferedError, Prepared, Results, results_of
from benchmarks.workloads import Array, Case

Tensors = dict[str, Any]
IN_CHANNELS_LAST = frozenset({"lenet", "conv", "maxpool", "maxpool3", "avgpool"})


def prepare(case: Case, channels_last: bool = False) -> Prepared:
    """A case for PyTorch.

    Raises:
        NotOfferedError: if the layout is asked for where there are no images.
    """
    name = case.workload.name
    if channels_last and name not in IN_CHANNELS_LAST:
        raise NotOfferedError("there are no images")
    layout = torch.channels_last if channels_last else torch.contiguous_format
    if case.workload.steps:
        return _stepping(case, layout)
    if name in RECURRENT:
        return _recurrent(case)
    return _layer(case, layout)


def _tensors(arrays: dict[str, Array], layout: Any) -> Tensors:
    found = {name: torch.from_numpy(array) for name, array in arrays.items()}
    if "t" in found:
        found["labels"] = found.pop("t").argmax(1)
    return {k: v.contiguous(memory_format=layout) if v.dim() == 4 else v for k, v in found.items()}


# ---- SGD steps ----------------------------------------------------------------------------------


def _stepping(case: Case, layout: Any) -> Prepared:
    p = _tensors(case.fresh(), layout)
    trained = [p[name].requires_grad_() for name in case.parameters]
    forward = STEPS[case.workload.name]

    def step() -> Any:
        loss = forward(p)
        loss.backward()
        with torch.no_grad():
            for parameter in trained:
                parameter.sub_(parameter.grad, alpha=case.rate)
                parameter.grad = None
        return loss

    return Prepared(step, lambda loss: _read({"loss": loss} | {k: p[k] for k in case.parameters}))


def _mlp(p: Tensors) -> Any:
    a = F.relu(F.linear(p["x"], p["W1"], p["b1"]))
    a = F.relu(F.linear(a, p["W2"], p["b2"]))
    return F.cross_entropy(F.linear(a, p["W3"], p["b3"]), p["labels"])


def _lenet(p: Tensors) -> Any:
    y = F.max_pool2d(F.relu(F.conv2d(p["x"], p["K1"], p["b1"])), 2)
    y = F.max_pool2d(F.relu(F.conv2d(y, p["K2"], p["b2"])), 2)
    a = F.relu(F.linear(y.flatten(1), p["W3"].flatten(1), p["b3"]))
    a = F.relu(F.linear(a, p["W4"], p["b4"]))
    return F.cross_entropy(F.linear(a, p["W5"], p["b5"]), p["labels"])


STEPS: dict[str, Callable[[Tensors], Any]] = {"mlp": _mlp, "lenet": _lenet}


# ---- layers -------------------------------------------------------------------------------------


def _attention(p: Tensors) -> Any:
    return F.scaled_dot_product_attention(p["Q"], p["K"], p["V"])


LAYERS: dict[str, Callable[[Tensors], Any]] = {
    "smce": lambda p: F.cross_entropy(p["z"], p["labels"]),
    "conv": lambda p: F.conv2d(p["x"], p["W"], p["b"], padding=1),
    "maxpool": lambda p: F.max_pool2d(p["x"], 2),
    "maxpool3": lambda p: F.max_pool2d(p["x"], 3, stride=2, padding=1),
    "avgpool": lambda p: F.avg_pool2d(p["x"], 2),
    "ln": lambda p: F.layer_norm(p["x"], p["x"].shape[-1:], p["gamma"], p["beta"]),
    "attn": _attention,
    "sigmoid": lambda p: torch.sigmoid(p["z"]),
    "tanh": lambda p: torch.tanh(p["z"]),
    "gelu": lambda p: F.gelu(p["z"], approximate="tanh"),
    "gelu_erf": lambda p: F.gelu(p["z"]),
}


def _layer(case: Case, layout: Any) -> Prepared:
    p = _tensors(case.fresh(), layout)
    names = [name for name in case.arrays if name in p]
    leaves = [p[name].requires_grad_() for name in names]
    (output,) = case.workload.outputs
    dy = _tensors({"dy": case.cotangent()}, layout)["dy"]
    forward = LAYERS[case.workload.name]

    def step() -> Any:
        y = forward(p)
        return y, torch.autograd.grad(y, leaves, dy)

    def read(found: Any) -> Results:
        y, gradients = found
        return _read(results_of({output: y}, dict(zip(names, gradients, strict=True))))

    return Prepared(step, read)


# ---- recurrent layers ---------------------------------------------------------------------------

RECURRENT = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "lstm_s": torch.nn.LSTM}
RECURRENT["gru"] = torch.nn.GRU


def _recurrent(case: Case) -> Prepared:
    name = case.workload.name
    p = _tensors(packed(case), torch.contiguous_format)
    layer = RECURRENT[name](p["x"].shape[2], p["h0"].shape[1]).to(p["x"].dtype)
    _load(layer, p)
    states = [s for s in ("h0", "c0") if s in p]
    x = p["x"].requires_grad_()
    first = [p[s][None].requires_grad_() for s in states]
    weights = {"W": layer.weight_ih_l0, "U": layer.weight_hh_l0, "b": layer.bias_ih_l0}
    if "c_g" in p:
        weights["c_g"] = layer.bias_hh_l0
    names = ["x", *states, *weights]
    leaves = [x, *first, *weights.values()]
    dy = torch.from_numpy(case.cotangent().copy())
    hidden = p["h0"].shape[1]

    def step() -> Any:
        h, _ = layer(x, tuple(first) if len(first) > 1 else first[0])
        return h, torch.autograd.grad(h, leaves, dy)

    def read(found: Any) -> Results:
        h, gradients = found
        results = _read(results_of({"h": h}, dict(zip(names, gradients, strict=True))))
        results |= {f"d{s}": results[f"d{s}"][0] for s in states}
        if "dc_g" in results:
            results["dc_g"] = results["dc_g"][-hidden:]
        return unpacked(name, results)

    return Prepared(step, read)


def _load(layer: Any, p: Tensors) -> None:
    """Copy weights into a layer; its second bias, which adds nothing, is zero."""
    with torch.no_grad():
        layer.weight_ih_l0.copy_(p["W"])
        layer.weight_hh_l0.copy_(p["U"])
        layer.bias_ih_l0.copy_(p["b"])
        layer.bias_hh_l0.zero_()
        if "c_g" in p:
            layer.bias_hh_l0[-len(p["c_g"]) :] = p["c_g"]


def _read(tensors: Tensors) -> Results:
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}
