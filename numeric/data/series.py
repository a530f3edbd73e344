"""Series that were observed."""

from __future__ import annotations

import numpy as np

from numeric.data.extra import extra
from numeric.data.samples import Array


def sunspots() -> tuple[Array, Array]:
    """Years from 1700 to 2008 and the yearly mean number of sunspots, from statsmodels: (309,).

    Raises:
        OptionRefused: if statsmodels is not installed.
    """
    loaded = extra("statsmodels.datasets.sunspots", "statsmodels", "the sunspots come")
    table = loaded.load_pandas().data
    return np.asarray(table["YEAR"], int), np.asarray(table["SUNACTIVITY"], float)
