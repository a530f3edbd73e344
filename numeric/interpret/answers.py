"""Letting numbers of other types answer as NumPy's scalars do, for emitted code."""

from __future__ import annotations

from typing import Any

import numpy as np


def answer_like_scalars(kind: type) -> None:
    """Give the numbers of a class the attributes of a NumPy scalar.

    NumPy hands out the elements of object arrays bare, where it wraps floats as ``float64``.
    """

    def itself(number: Any, *_: object, **__: object) -> Any:
        return number

    def reshape(number: Any, *shape: Any) -> Any:
        return np.array(number, dtype=object).reshape(*shape)

    answers = {"shape": (), "ndim": 0, "size": 1, "dtype": np.dtype(object), "reshape": reshape}
    same = ("sum", "prod", "mean", "max", "min", "copy", "ravel")
    for name, answer in {**answers, **dict.fromkeys(same, itself)}.items():
        setattr(kind, name, answer)
    kind.T = property(itself)  # type: ignore[attr-defined]
