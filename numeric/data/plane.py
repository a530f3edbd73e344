"""Points of the plane in two classes."""

from __future__ import annotations

import numpy as np

from numeric.data.extra import extra
from numeric.data.samples import Data, one_hot

_TRAIN, _TEST, _NOISE = 300, 500, 0.15


def moons(rng: np.random.Generator) -> Data:
    """Two half circles that interlock, with noise: 300 samples to train on, 500 to test.

    Raises:
        OptionRefused: if scikit-learn is not installed.
    """
    datasets = extra("sklearn.datasets", "scikit-learn", "the two moons come")
    seed = int(rng.integers(2**31))
    x, labels = datasets.make_moons(_TRAIN + _TEST, noise=_NOISE, random_state=seed)
    x, t = x.astype("float32"), one_hot(labels, 2)
    return Data(x[:_TRAIN], t[:_TRAIN], x[_TRAIN:], t[_TRAIN:], classes=True)
