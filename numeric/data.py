"""Data sets: arrays to train on, arrays to test on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from derive.errors import CallRefused, OptionRefused

Array = NDArray[Any]
# One split for everybody, so that test accuracies of different runs compare.
SPLIT_SEED = 0
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
        if len(targets) != len(samples):
            raise CallRefused(
                f"x has {len(samples)} samples and t has {len(targets)} targets",
                remedy="give one target per sample",
            )
        trained, held, tested = _dealt(targets, (test, valid), classes, seed)
        parts = {"train": trained, "test": tested} | ({"valid": held} if valid else {})
        arrays = {f"x_{name}": samples[members] for name, members in parts.items()}
        arrays |= {f"t_{name}": targets[members] for name, members in parts.items()}
        return cls(**arrays, classes=classes)


def _dealt(
    targets: Array, shares: tuple[float, float], classes: bool, seed: int | None
) -> tuple[Array, Array, Array]:
    """The samples to train, to validate and to test with."""
    test, valid = shares
    if not (test >= 0 and valid >= 0 and test + valid < 1):
        raise OptionRefused(
            f"test = {test} and valid = {valid} are not shares that leave samples to train on",
            remedy="give shares from 0 up whose sum is below 1",
        )
    count = len(targets)
    order = np.arange(count) if seed is None else _mixed(targets, classes, seed)
    draw = _from_the_end if seed is None else _evenly
    rest, tested = draw(order, round(count * test))
    trained, held = draw(rest, round(count * valid))
    return trained, held, tested


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


def digits() -> Data:
    """scikit-learn's 1,797 handwritten digits: (N, 1, 8, 8) in [0, 1], ten classes, float32.

    The split into 1,437 training and 360 test images is fixed and keeps the share of each class.

    Raises:
        OptionRefused: if scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415  an optional package
        from sklearn.model_selection import train_test_split  # noqa: PLC0415
    except ImportError as error:
        raise OptionRefused(
            "the digits come with scikit-learn, which is not installed",
            remedy="pip install 'backproof[all]'",
        ) from error
    pixels, labels = load_digits(return_X_y=True)
    images = (pixels / 16).astype("float32").reshape(-1, 1, 8, 8)
    x_train, x_test, t_train, t_test = train_test_split(
        images,
        one_hot(labels, 10),
        test_size=TEST_SHARE,
        stratify=labels,
        random_state=SPLIT_SEED,
    )
    return Data(x_train, t_train, x_test, t_test, classes=True)
