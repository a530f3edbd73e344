"""Steps inside of steps are looked at, too."""

import numpy as np

from numeric.compose import Branches, Residual
from numeric.layer import Layer
from numeric.monitor.finding import DYING
from numeric.optimise import Adam
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
