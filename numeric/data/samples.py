"""Samples and targets, to train on and to test on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from derive.errors import CallRefused, OptionRefused

Array = NDArray[Any]
TEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Data:
    """Samples and targets; the first axis of every array counts samples.

    Attributes:
        x_train: samples to learn from.
        t_train: their targets, as the loss reads them (one row per sample).
        x_test: samples that training never sees.
        t_test: their targets.
        classes: whether targets are one-hot rows, so that accuracy has a meaning.
        x_valid: samples that decide when to stop, and are not learned from; None without.
        t_valid: their targets.
    """

    x_train: Array
    t_train: Array
    x_test: Array
    t_test: Array
    classes: bool = False
    x_valid: Array | None = None
    t_valid: Array | None = None

    def __post_init__(self) -> None:
        if (self.x_valid is None) != (self.t_valid is None):
            raise CallRefused(
                "of x_valid and t_valid one is missing", remedy="give both of them, or neither"
            )
        for part in ("train", "test") if self.x_valid is None else ("train", "valid", "test"):
            samples, targets = len(getattr(self, f"x_{part}")), len(getattr(self, f"t_{part}"))
            if samples != targets or not samples:
                raise CallRefused(
                    f"x_{part} has {samples} samples and t_{part} has {targets} targets",
                    remedy="give one target per sample, and at least one sample",
                )

    @classmethod
    def split(  # noqa: PLR0913  what to split, and how
        cls,
        x: ArrayLike,
        t: ArrayLike,
        *,
        test: float = TEST_SHARE,
        valid: float = 0.0,
        classes: bool = False,
        seed: int | None = 0,
    ) -> Data:
        """Split samples into training, validation and test parts; the same seed, the same parts.

        ``test`` and ``valid`` are shares of the samples. With classes (one-hot rows ``t[n, k]``)
        every part holds each class in proportion, as evenly as whole samples allow. With
        ``seed=None`` the order decides, as for series: the first to train, the last to test.

        Raises:
            OptionRefused: if the shares leave nothing to train on.
            CallRefused: if the numbers of samples and targets differ, or a part would be empty.
        """
        samples, targets = np.asarray(x), np.asarray(t)
        count = len(samples)
        _refuse_split(count, len(targets), test, valid)
        order = np.arange(count) if seed is None else _mixed(targets, classes, seed)
        draw = _from_the_end if seed is None else _evenly
        rest, tested = draw(order, round(count * test))
        trained, held = draw(rest, round(count * valid))
        return cls(
            samples[trained],
            targets[trained],
            samples[tested],
            targets[tested],
            classes,
            samples[held] if valid else None,
            targets[held] if valid else None,
        )


def _refuse_split(samples: int, targets: int, test: float, valid: float) -> None:
    if not (test >= 0 and valid >= 0 and test + valid < 1):
        raise OptionRefused(
            f"test = {test} and valid = {valid} are not shares that leave samples to train on",
            remedy="give shares from 0 up whose sum is below 1",
        )
    if targets != samples:
        raise CallRefused(
            f"x has {samples} samples and t has {targets} targets",
            remedy="give one target per sample",
        )


def _mixed(targets: Array, classes: bool, seed: int) -> Array:
    """The samples in random order, those of a class together."""
    order = np.random.default_rng(seed).permutation(len(targets))
    if not classes or targets.ndim != 2:
        return order
    return order[np.argsort(targets[order].argmax(axis=1), kind="stable")]


def _evenly(order: Array, count: int) -> tuple[Array, Array]:
    """What is left of ``order``, and ``count`` members of it at equal distances."""
    ends = np.arange(len(order) + 1) * count // max(len(order), 1)
    chosen = np.diff(ends) > 0
    return order[~chosen], order[chosen]


def _from_the_end(order: Array, count: int) -> tuple[Array, Array]:
    """What is left of ``order``, and its last ``count`` members."""
    return order[: len(order) - count], order[len(order) - count :]


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
