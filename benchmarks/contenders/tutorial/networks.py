"""Networks: the layers called one after another, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.contenders.tutorial.dense import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from benchmarks.contenders.tutorial.windows import (
    conv_backward,
    conv_forward,
    max_pool_backward,
    max_pool_forward,
)
from benchmarks.workloads import Array

Arrays = Mapping[str, Array]
Gradients = dict[str, Array]


def _dense(p: Arrays, x: Array, ks: tuple[int, ...]) -> tuple[Array, Gradients, Array]:
    """Layers ``ks``, ReLU between them, and the loss; the gradients, that of x the last."""
    caches = []
    for k in ks:
        W = p[f"W{k}"]
        x, affine = affine_forward(x, W.reshape(W.shape[0], -1), p[f"b{k}"])
        x, relu = relu_forward(x) if k != ks[-1] else (x, None)
        caches.append((affine, relu))
    loss, dx = softmax_loss(x, p["t"])
    found: Gradients = {}
    for k, (affine, relu) in reversed(list(zip(ks, caches, strict=True))):
        if relu is not None:
            dx = relu_backward(dx, relu)
        dx, dW, db = affine_backward(dx, affine)
        found |= {f"W{k}": dW.reshape(p[f"W{k}"].shape), f"b{k}": db}
    return loss, found, dx


def mlp(p: Arrays) -> tuple[Array, Gradients]:
    """The loss and the gradients of a perceptron with two hidden layers."""
    loss, found, _ = _dense(p, p["x"], (1, 2, 3))
    return loss, found


def lenet(p: Arrays) -> tuple[Array, Gradients]:
    """The loss and the gradients of LeNet."""
    x, caches = p["x"], []
    for k in (1, 2):
        x, conv = conv_forward(x, p[f"K{k}"], p[f"b{k}"], 0)
        x, relu = relu_forward(x)
        x, pool = max_pool_forward(x)
        caches.append((conv, relu, pool))
    loss, found, dx = _dense(p, x, (3, 4, 5))
    for k, (conv, relu, pool) in reversed(list(zip((1, 2), caches, strict=True))):
        dx = relu_backward(max_pool_backward(dx, pool), relu)
        dx, found[f"K{k}"], found[f"b{k}"] = conv_backward(dx, conv)
    return loss, found


NETWORKS: dict[str, Callable[[Arrays], tuple[Array, Gradients]]] = {"mlp": mlp, "lenet": lenet}
