"""What is compared with a network, by scikit-learn: no gradient, no training."""

from __future__ import annotations

import numpy as np

from numeric.data.extra import extra
from numeric.data.samples import Array, Data


def neighbours(data: Data, count: int) -> float:
    """The share of test samples whose ``count`` nearest training samples vote for their class.

    Raises:
        OptionRefused: if scikit-learn is not installed.
    """
    found = extra("sklearn.neighbors", "scikit-learn", "nearest neighbours come")
    judge = found.KNeighborsClassifier(count)
    judge.fit(_rows(data.x_train), data.t_train.argmax(axis=1))
    return float(judge.score(_rows(data.x_test), data.t_test.argmax(axis=1)))


def principal(x: Array, seen: Array, count: int) -> Array:
    """``seen`` (N, J) as ``count`` principal components of ``x`` (M, J) tell it: (N, J)."""
    centre = x.mean(axis=0)
    _, _, directions = np.linalg.svd(x - centre, full_matrices=False)
    kept = directions[:count]
    told: Array = (seen - centre) @ kept.T @ kept + centre
    return told


def _rows(x: Array) -> Array:
    return x.reshape(len(x), -1)
