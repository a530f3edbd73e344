"""Networks as scikit-learn estimators: its own checks, pipelines and searches."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from derive.errors import DeriveError
from numeric import Dropout, Flatten, Layer, Network, Residual, Transpose
from numeric.optimise import SGD

pytest.importorskip("sklearn", reason="estimators need scikit-learn")

from sklearn.base import clone
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from numeric.estimator import NetworkClassifier, NetworkRegressor

# as many steps as the checks' small data sets need, so that they are quick
QUICK = {"hidden": (16,), "epochs": 15, "batch": 16, "rate": 0.01}


@parametrize_with_checks([NetworkClassifier(**QUICK), NetworkRegressor(**QUICK)])
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    check(estimator)


def moons():
    x, labels = make_moons(200, noise=0.1, random_state=0)
    return x, np.array(["lower", "upper"])[labels]


def test_two_moons_are_told_apart():
    x, y = moons()
    model = NetworkClassifier(hidden=(16, 16), rate=0.01, random_state=1).fit(x[:150], y[:150])
    assert model.score(x[150:], y[150:]) >= 0.95
    assert list(model.classes_) == ["lower", "upper"]
    p = model.predict_proba(x)
    assert p.sum(axis=1) == pytest.approx(1)
    assert ((p[:, 1] > 0.5) == (model.decision_function(x) > 0)).all()
    assert (model.predict(x) == model.classes_[p.argmax(axis=1)]).all()


def test_the_seed_decides_everything():
    x, y = moons()
    first, second, other = (
        NetworkClassifier(**QUICK, validation=0.2, patience=3, random_state=s).fit(x, y)
        for s in (1, 1, 2)
    )
    assert (first.predict_proba(x) == second.predict_proba(x)).all()
    assert (first.predict_proba(x) != other.predict_proba(x)).any()
    assert first.history_[0].valid_loss is not None


def test_steps_and_optimisers_of_the_user():
    digits = load_digits()
    steps = [
        Layer("conv2d", f=4, p=3, q=3, P=1), Layer("relu"), Layer("maxpool2d"), Flatten(),
        Residual([Layer("dense", i=64), Dropout(0.1)]),
    ]  # fmt: skip
    model = NetworkClassifier(
        steps, shape=(1, 8, 8), epochs=5, dtype="float32", random_state=0,
        optimiser=lambda: SGD(0.01, momentum=0.9),
    )  # fmt: skip
    model.fit(digits.data[:600] / 16, digits.target[:600])
    assert model.score(digits.data[600:900] / 16, digits.target[600:900]) > 0.8
    assert list(model.network_.parameters)[::2] == ["1.W", "5.body.0.W", "6.W"]
    assert model.network_.dtype == np.float32


def test_in_a_pipeline_and_a_search():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((120, 3)) * [1, 100, 0.01]
    y = np.sin(x[:, 0]) + x[:, 1] / 100
    model = make_pipeline(StandardScaler(), NetworkRegressor(**QUICK, random_state=0))
    search = GridSearchCV(model, {"networkregressor__hidden": [(1,), (16,)]}, cv=2)
    search.fit(x, y)
    assert search.best_params_ == {"networkregressor__hidden": (16,)}
    assert search.best_score_ > 0.7


def test_columns_of_targets():
    x = np.random.default_rng(1).standard_normal((200, 3))
    y = np.stack([x[:, 0] - x[:, 1], x[:, 2]], axis=1)
    model = NetworkRegressor(hidden=(), epochs=60, rate=0.02, random_state=0).fit(x, y)
    assert model.predict(x).shape == (200, 2)
    assert model.score(x, y) > 0.99
    W = model.network_.parameters["0.W"]
    assert pytest.approx(np.array([[1, -1, 0], [0, 0, 1]]), abs=0.05) == W


def test_a_copy_predicts_the_same_and_goes_its_own_way():
    x, y = moons()
    model = NetworkClassifier(**QUICK, random_state=0).fit(x, y)
    assert clone(model).get_params() == model.get_params()
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert (twin.predict_proba(x) == model.predict_proba(x)).all()
        twin.network_.parameters["0.W"][...] = 0
        assert model.network_.parameters["0.W"].any()


@pytest.mark.parametrize("how", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_network_is_copied_with_its_state(how):
    shared = Layer("rnn", i=3, o=3, carry=True)
    turn = Transpose((1, 0, 2))
    network = Network([turn, shared, shared, Dropout(0.5), turn], loss="mse", shape=(4, 3), seed=2)
    rng = np.random.default_rng(3)
    x, targets = rng.standard_normal((2, 2, 4, 3)).astype("float32")
    network.gradients(x, targets)
    twin = how(network)
    assert list(twin.parameters) == list(network.parameters)
    (loss, found), (again, same) = network.gradients(x, targets), twin.gradients(x, targets)
    assert loss == again
    for name, value in found.items():
        assert (value == same[name]).all()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (NetworkClassifier(shape=(2, 2)), r"(?s)shape = \(2, 2\) does not hold the 2 features"),
        (NetworkClassifier(epochs=0), "epochs = 0 is below 1"),
        (NetworkClassifier([Layer("conv2d", f=1, p=1, q=1)]), "step 0: conv2d reads"),
        (NetworkRegressor(validation=1.5), "are not shares that leave samples"),
    ],
)
def test_settings_that_do_not_fit_are_refused(model, message):
    x, y = moons()
    with pytest.raises(DeriveError, match=message):
        model.fit(x, y == "upper")
