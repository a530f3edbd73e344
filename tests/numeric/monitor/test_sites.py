"""What can fall ill is found in the equations, whatever a layer is called."""

import numpy as np
import pytest

import derive
from derive.functions import TABLE
from numeric.axes import Flatten
from numeric.interpret import interpret
from numeric.layer import Layer
from numeric.monitor.look import Looker
from numeric.monitor.sites import observed, unit_axes
from tests.numeric.monitor.trainings import affine, classifier, convolutional, own

LSTM = {"f": True, "i": False, "o": False, "g": False, "tanh(c[t, n, i])": False}


def program(expression, before=""):
    return derive.parse(f"input x[n, j]\noutput y[n, j]\n{before}\ny[n, j] = {expression}")


@pytest.mark.parametrize(
    ("expression", "texts"),
    [
        ("relu(x[n, j])", ["y[n, j] = relu(x[n, j])"]),
        ("max(x[n, j], 0)", ["y[n, j] = max(x[n, j], 0)"]),
        ("max(0, x[n, j])", ["y[n, j] = max(0, x[n, j])"]),
        ("x[n, j] if x[n, j] > 0 else 0", ["y[n, j] = x[n, j] if x[n, j] > 0 else 0"]),
        ("0 if x[n, j] <= 0 else x[n, j]", ["y[n, j] = 0 if x[n, j] <= 0 else x[n, j]"]),
        ("2*relu(x[n, j]) + tanh(x[n, j])", ["relu(x[n, j])", "tanh(x[n, j])"]),
        ("sigmoid(1 - erf(x[n, j]))", ["y[n, j] = sigmoid(1 - erf(x[n, j]))", "erf(x[n, j])"]),
        ("max(x[n, j], 1)", []),
        ("x[n, j] if x[n, j] > 0 else 0.1*x[n, j]", []),
        ("leaky_relu(x[n, j], 0.1) + exp(x[n, j])", []),
        ("sum[k](tanh(x[n, k]))*x[n, j]", []),  # not one value for each element
        ("relu(x[n, j - 1]) if j >= 1 else 0", []),  # not read everywhere
    ],
)
def test_sites_are_found_by_what_is_computed(expression, texts):
    watched, sites = observed(program(expression))
    assert [site.text for site in sites] == texts
    x = np.random.default_rng(0).standard_normal((2, 3))
    plain = interpret(program(expression), {"x": x})["y"]
    found = interpret(watched, {"x": x})
    assert (found["y"] == plain).all()
    assert set(found) == {"y", *(site.array for site in sites)}


def test_names_of_sites_are_new():
    text = program("site1[n, j] + tanh(x[n, j])", "site1[n, j] = 2*x[n, j]")
    _, sites = observed(text)
    assert [site.array for site in sites] == ["site2"]


def test_gates_of_an_lstm_and_which_of_them_keeps():
    _, sites = observed(derive.load("lstm"))
    assert {s.text if s.array.startswith("site") else s.array: s.keeps for s in sites} == LSTM


@pytest.mark.parametrize("function", [f for f in TABLE if f.asymptotes], ids=lambda f: f.name)
def test_asymptotes_are_what_the_function_nears(function):
    text = f"input z[i]\noutput y[i]\ny[i] = {function.name}(z[i])"
    y = interpret(text, {"z": np.array([-40.0, 0, 40.0])})["y"]
    assert y == pytest.approx(
        [function.asymptotes[0], sum(function.asymptotes) / 2, function.asymptotes[1]]
    )


@pytest.mark.parametrize(
    ("layer", "array", "before", "units"),
    [
        ("dense", "a", (False, False), (False, True)),
        ("conv2d", "y", (False,) * 4, (False, True, False, False)),
        ("maxpool2d", "y", (False, True, False, False), (False, True, False, False)),
        ("lstm", "f", (False,) * 3, (False, False, True)),
        ("rnn", "y", (False,) * 3, (False, False, True)),
        ("relu", "a", (False, True), (False, True)),
        ("relu", "a", (False, False), (False, False)),
    ],
)
def test_units_are_the_axes_that_parameters_have(layer, array, before, units):
    loaded = derive.bind(derive.load(layer))
    fed = next(a.name for a in loaded.arrays if a.role != "param")
    assert unit_axes(loaded, fed, before)[array] == units


def looked(network, x):
    return [
        (step.stage.path, [(v.site.array, v.value.shape, v.units) for v in step.values])
        for step in Looker().look(network, x, network.activations(x))
    ]


def test_a_look_sees_channels_of_a_convolution_through_its_relu():
    seen = dict(looked(convolutional(), np.zeros((5, 1, 3, 4), "float32")))
    assert seen["1"] == [("a", (5, 6, 3, 4), (False, True, False, False))]
    assert seen["4"] == [("a", (5, 16), (False, True))]


def test_a_look_sees_steps_of_sequences_apart_from_units():
    network = classifier(
        Layer("dense", i=4), Layer("tanh"), Flatten(), own("relu(x[n, j])"), affine(3), shape=(7, 2)
    )
    seen = dict(looked(network, np.zeros((5, 7, 2), "float32")))
    assert seen["0"] == [("a", (5, 7, 4), (False, False, True))]
    assert seen["1"] == [("a", (5, 7, 4), (False, False, True))]
    assert seen["3"] == [("y", (5, 28), None)]  # steps and units in one axis: nothing is said


def test_a_look_gives_what_the_network_gives():
    network = classifier(Layer("dense", i=4), Layer("lstm", i=3), shape=(6, 2))
    x = np.random.default_rng(0).standard_normal((5, 6, 2)).astype("float32")
    given = network.activations(x)
    *_, lstm, _ = Looker().look(network, x, given)
    o, through = (next(v for v in lstm.values if v.site.array == name) for name in ("o", "site1"))
    assert o.value * through.value == pytest.approx(given[1], rel=1e-5)
