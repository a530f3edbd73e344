"""Samples and targets, to train on and to test on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from derive.errors import CallRefused

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Data:
    """Samples and targets; the first axis of every array counts samples.

    Attributes:
        x_train: samples to learn from.
        t_train: their targets, as the loss reads them (one row per sample).
        x_test: samples that training never sees.
        t_test: their targets.
        classes: whether targets are one-hot rows, so that accuracy has a meaning.
    """

    x_train: Array
    t_train: Array
    x_test: Array
    t_test: Array
    classes: bool = False

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            samples, targets = len(getattr(self, f"x_{part}")), len(getattr(self, f"t_{part}"))
            if samples != targets or not samples:
                raise CallRefused(
                    f"x_{part} has {samples} samples and t_{part} has {targets} targets",
                    remedy="give one target per sample, and at least one sample",
                )


def one_hot(labels: ArrayLike, classes: int, dtype: DTypeLike = "float32") -> Array:
    """Rows of zeros with a one at each label; shape (N, classes).

    Raises:
        CallRefused: if a label is not an integer from 0 to ``classes - 1``.
    """
    found = np.asarray(labels)
    if not np.issubdtype(found.dtype, np.integer):
        raise CallRefused(f"labels are {found.dtype}, not integers", remedy="give integer labels")
    bad = np.flatnonzero((found < 0) | (found >= classes))
    if bad.size:
        raise CallRefused(
            f"label {found[bad[0]]} of sample {bad[0]} is outside 0 to {classes - 1}",
            remedy="number the classes from 0, or give more classes",
        )
    rows: Array = found[:, None] == np.arange(classes)
    return rows.astype(dtype)
