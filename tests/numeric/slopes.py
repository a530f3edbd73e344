"""Gradients of a network by central differences, entry by entry: independent of the checker."""

from __future__ import annotations

import numpy as np

STEP = 1e-6


def differences(network, x, targets):
    """For every parameter the slopes of the loss, of a network in double precision."""
    found = {}
    for name, value in network.parameters.items():
        found[name] = np.empty(value.shape)
        for place in np.ndindex(value.shape):
            start, ends = value[place], []
            for sign in (1, -1):
                value[place] = start + sign * STEP
                ends.append(network.evaluate(x, targets)[0])
            value[place] = start
            found[name][place] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def assert_slopes(network, x, targets):
    """The gradients of a training step are the slopes of its loss."""
    still = network.in_dtype("float64")
    loss, gradients = still.gradients(x, targets)
    assert loss == still.evaluate(x, targets)[0]
    assert gradients.keys() == network.parameters.keys()
    for name, slopes in differences(still, x, targets).items():
        scale = max(1e-3, float(np.abs(slopes).max()))
        assert np.abs(gradients[name] - slopes).max() < 1e-6 * scale + 1e-8, name
