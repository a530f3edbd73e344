"""Steps inside of steps are looked at, too."""

import numpy as np

from numeric.axes import Transpose
from numeric.compose import Branches, Residual
from numeric.data import Data
from numeric.dropout import Dropout
from numeric.layer import Layer
from numeric.monitor import Monitor
from numeric.monitor.finding import DYING
from numeric.network import Network
from numeric.optimise import Adam
from numeric.training import train
from tests.numeric.monitor.trainings import affine, classes, classifier, watched


def test_dead_units_in_a_residual_step_and_in_a_branch_are_named_by_their_path():
    off = {"b": np.full(12, -30.0)}
    network = classifier(
        affine(12),
        Residual([Layer("dense", i=12, initial=off), affine(12)]),
        Branches(
            [[Layer("dense", i=12)], [Layer("dense", i=12, initial=off)]], join="concat", axis=1
        ),
    )
    monitor, _ = watched(network, classes(), epochs=1, optimiser=Adam(1e-3))
    places = [f.where.partition(",")[0] for f in monitor.findings if f.illness == DYING]
    assert len(places) == 2
    assert all(place.startswith(("step 1.", "step 2.")) for place in places), places


def test_states_averages_and_drops_are_left_as_they_are():
    rng = np.random.default_rng(4)
    x, t = rng.standard_normal((2, 36, 5, 3)).astype("float32")
    data, kept = Data(x[:24], t[:24], x[24:], t[24:]), []
    for monitor in (None, Monitor(every=1)):
        steps = [
            Layer("dense", i=3), Layer("batch_norm"), Dropout(0.3), Transpose((1, 0, 2)),
            Layer("rnn", i=4, o=3, carry=True), Transpose((1, 0, 2)),
        ]  # fmt: skip
        network = Network(steps, loss="mse", shape=(5, 3))
        train(network, data, epochs=2, batch=4, shuffle=False, monitor=monitor)
        kept.append({**network.parameters, **network.state()})
    assert {k: v.tobytes() for k, v in kept[0].items()} == {
        k: v.tobytes() for k, v in kept[1].items()
    }
