"""The table of a network: shapes, trained numbers, operations counted by hand."""

import numpy as np

from numeric import Branches, Flatten, Layer, Network, Residual, Sequential, Transpose

SHARED = Layer("dense", i=5)
TIME_FIRST = Transpose((1, 0, 2))


def rows(steps, shape, samples=1, loss="mse"):
    network = Network(steps, loss=loss, shape=shape)
    return network, {row.path: row for row in network.summary(samples).rows}


def test_a_dense_layer_costs_what_its_products_cost():
    _, found = rows([Layer("dense", i=3)], (4,), samples=7)
    # a product with sum is two operations; then the bias and the maximum with 0
    assert found["0"].forward == 7 * 3 * (2 * 4 + 1 + 1)
    assert found["0"].parameters == 3 * 4 + 3


def test_operations_follow_the_shapes_of_branches_and_folds():
    steps = [Branches([Layer("tanh"), [], Layer("dense", i=2)]), Layer("dense", i=2)]
    _, found = rows(steps, (6, 4), samples=3)
    assert found["0.0.0"].forward == 3 * 6 * 4
    assert found["0.2.0"].forward == 3 * 6 * 2 * (2 * 4 + 2)
    assert found["1"].forward == 3 * 6 * 2 * (2 * 10 + 2)
    assert found["0"].parameters == 0
    assert found["loss"].forward > 0


def test_the_sums_are_those_of_the_network():
    steps = [
        SHARED, Residual([SHARED, Layer("tanh")]), Sequential([SHARED]),
        Residual([Layer("dense", i=2)], [Layer("dense", i=2)]),
    ]  # fmt: skip
    network, found = rows(steps, (5,))
    summary = network.summary()
    assert summary.parameters == network.size == 5 * 5 + 5 + 2 * (2 * 5 + 2)
    assert found["1.body.0"].shared == found["2.0"].shared == "0"
    assert found["1"].forward == 5
    assert summary.forward == sum(row.forward for row in summary.rows)
    assert np.isclose(network.summary(10).backward / summary.backward, 10, rtol=0.2)


def test_the_table_is_readable():
    steps = [TIME_FIRST, Layer("rnn", i=2, o=3), TIME_FIRST, Flatten(), Layer("dense", i=5), SHARED,
             SHARED]  # fmt: skip
    lines = str(Network(steps, loss="mse", shape=(5, 1))).splitlines()
    assert lines[0] == "Network on samples of shape (N, 5, 1); operations for 1 sample"
    assert lines[1].split() == ["step", "layer", "gives", "parameters", "forward", "backward"]
    assert lines[3].split() == ["0", "Transpose", "(5,", "N,", "1)"]
    assert lines[4].split()[:6] == ["1", "rnn", "(5,", "N,", "3)", "12"]
    assert lines[9].split()[:6] == ["6", "dense", "(N,", "5)", "as", "5"]
    assert lines[-1].split()[:2] == ["total", "122"]
    assert len({len(lines[2]), len(lines[-2]), len(lines[-1])}) == 1


def test_a_network_of_no_steps_has_a_table():
    summary = Network([], loss="mse", shape=(3,)).summary(2)
    assert [row.path for row in summary.rows] == ["loss"]
    assert summary.parameters == 0
    assert summary.rows[0].forward > 0
