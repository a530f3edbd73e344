"""Operations that write where they are told, and how many spare arrays each needs for it."""

from __future__ import annotations

from collections.abc import Mapping

ARITHMETIC = ("+", "-", "*", "/", "**", "neg", "maximum", "minimum", "where")
CONDITIONS = ("==", "!=", "<", "<=", ">", ">=", "and", "or", "not")
FUNCTIONS: Mapping[str, int] = {
    **dict.fromkeys(("exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh"), 0),
    **dict.fromkeys(("tanh", "log1p", "expm1"), 0),
    "sigmoid": 0,
    "silu": 1,
    "softplus": 3,
    "erf": 3,
    "gelu": 3,
    "step": 0,
    "elu": 1,
    "leaky_relu": 1,
}
REDUCTIONS: Mapping[str, int] = {
    **dict.fromkeys(("sum", "prod", "max", "min", "softmax"), 0),
    "log_softmax": 1,
}
