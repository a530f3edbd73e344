"""Fisher's irises."""

from __future__ import annotations

import numpy as np

from numeric.data.extra import extra
from numeric.data.samples import Array


def iris() -> tuple[Array, Array]:
    """Load Fisher's irises: x (150, 4) standardised, species (150,) from 0 to 2.

    Raises:
        OptionRefused: if scikit-learn is not installed.
    """
    datasets = extra("sklearn.datasets", "scikit-learn", "Fisher's irises come")
    lengths, species = datasets.load_iris(return_X_y=True)
    return (lengths - lengths.mean(axis=0)) / lengths.std(axis=0), np.asarray(species)
