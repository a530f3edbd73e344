"""Every right kernel with the shapes to check it at."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.numeric.check.own.kernels_dense import (
    BATCH_NORM,
    CLASS,
    DENSE,
    DENSE_LOOPS,
    DROPOUT,
    GELU_TANH,
    HUBER,
    L2_NORMALISE,
    LAYER_NORM,
    LOGISTIC_LOSS,
    LONE,
    MSE,
    OUTER,
    SIGMOID_MLP,
    SOFTMAX_CE,
)
from tests.numeric.check.own.kernels_layers import (
    ATTENTION,
    CAUSAL,
    CUMSUM,
    EMBEDDING,
    GRU,
    IM2COL,
    LSTM,
    MAX_MASK,
    MAX_POOL,
    RNN,
    SORTED,
    STRIDED,
    WINDOWS,
)

LABELS = np.array([2, 0, 2, 1])
IDS = np.array([[1, 3, 1], [0, 1, 3]])
MASK = np.array([[True, False, True], [False, True, True]])

# name: text of the kernel, shapes
RIGHT: dict[str, tuple[str, Any]] = {
    "dense": (DENSE, [(3, 2), (4, 2), (4,)]),
    "dense in loops": (DENSE_LOOPS, [(2, 3), (2, 3), (2,)]),
    "perceptron": (SIGMOID_MLP, [(2, 3), (3, 4), (4,), (4, 2), (2,)]),
    "cross entropy": (SOFTMAX_CE, [(4, 3), LABELS]),
    "logistic loss": (LOGISTIC_LOSS, [(4,), (4,)]),
    "mse": (MSE, [(3, 5), (3, 5)]),
    "lone": (LONE, [(2, 3)]),
    "gelu": (GELU_TANH, [(5,)]),
    "layer norm": (LAYER_NORM, [[(2, 3), (3,), (3,)], [(2, 2, 4), (4,), (4,)]]),
    "batch norm": (BATCH_NORM, [(4, 3), (3,), (3,)]),
    "normalise": (L2_NORMALISE, [(3, 4)]),
    "huber": (HUBER, [(5,), (5,)]),
    "class": (CLASS, [(2, 3)]),
    "outer": (OUTER, [(3,), (2,), ()]),
    "dropout": (DROPOUT, [(2, 3), MASK]),
    "lstm": (LSTM, [(4, 1, 1), (1, 1), (1, 1), (3, 4)]),
    "rnn": (RNN, [(4, 1, 2), (1, 2), (2, 2), (2, 2)]),
    "gru": (GRU, [(4, 1, 1), (1, 1), (2, 1), (2, 1), (2, 1)]),
    "im2col": (IM2COL, [(1, 1, 4, 3), (2, 1, 3, 3), (2,)]),
    "windows": (WINDOWS, [(2, 6), (3,)]),
    "strided": (STRIDED, [(2, 7), (3,)]),
    "max pool": (MAX_POOL, [(1, 2, 4, 4)]),
    "max by mask": (MAX_MASK, [(2, 6)]),
    "attention": (ATTENTION, [(1, 2, 2), (1, 3, 2), (1, 3, 2)]),
    "causal": (CAUSAL, [(3, 2), (3, 2), (3, 2)]),
    "embedding": (EMBEDDING, [(4, 2), IDS]),
    "cumsum": (CUMSUM, [(4, 3)]),
    "sorted": (SORTED, [(2, 4)]),
}
