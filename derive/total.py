"""Which expressions have a finite value everywhere, so that a zero factor makes them zero."""

from __future__ import annotations

from derive.expr import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
    children,
)

# Functions that neither overflow nor have a hole for finite arguments.
BOUNDED = frozenset(
    {"abs", "sign", "step", "max", "min", "sin", "cos", "tanh", "erf"}
    | {"sigmoid", "softplus", "relu", "leaky_relu", "gelu", "silu"}
)
_ALWAYS = (
    Number, Constant, Parameter, IndexValue, Read, Add, Mul, Iverson, Compare, Logic, Select,
)  # fmt: skip


def is_total(node: Node) -> bool:
    """Whether ``node`` is finite wherever what it reads is finite."""
    if isinstance(node, Call):
        own = node.name in BOUNDED
    elif isinstance(node, Power):
        own = _whole(node.exponent)
    elif isinstance(node, Div):
        own = not _varies(node.denominator)
    elif isinstance(node, Reduce):
        own = node.op in ("sum", "prod", "argmax", "argmin")
    else:
        own = isinstance(node, _ALWAYS)
    return own and all(is_total(part) for part in children(node))


def _whole(node: Node) -> bool:
    return isinstance(node, Number) and node.value >= 0 and node.value.denominator == 1


def _varies(node: Node) -> bool:
    if isinstance(node, IndexValue):
        return bool(node.expr.indices())
    return isinstance(node, (Read, Reduce)) or any(map(_varies, children(node)))
