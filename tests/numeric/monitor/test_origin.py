"""The first equation whose value is not finite, with what it read."""

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric.axes import Flatten
from numeric.data import Data
from numeric.layer import Layer
from numeric.monitor import first_not_finite, origin
from numeric.network import Network
from numeric.training import train
from tests.numeric.monitor.trainings import affine, own

HARMLESS = np.array([[1, 2], [3, 4]], "float32")
POWER = "input x[n, t, j]\nparam w[j]\noutput h[n, t, j]\nh[n, -1, j] = 1\nh[n, t, j] = w[j]*h[n, t - 1, j]^2 + x[n, t, j]"
BACKWARDS = "input x[n, t, j]\nparam w[j]\noutput h[n, t, j]\nh[n, size(t), j] = 1\nh[n, t, j] = w[j]*h[n, t + 1, j]^2 + x[n, t, j]"


def with_zero():
    x = HARMLESS.copy()
    x[1, 0] = 0
    return x


def network(*steps, loss="mse", shape=(2,)):
    return Network(steps, loss=loss, shape=shape)


def series(text):
    return network(Layer(derive.parse(text), initial={"w": [10.0]}), Flatten(), shape=(9, 1))


# The network, samples and targets; then where, the equation, the element, its value, the function
# that gave it, and elements that were read.
ROWS = [
    (
        network(own("log(x[n, j])")), with_zero(), HARMLESS,
        ("step 0 (layer)", "y[n, j] = log(x[n, j])", "y[1, 0]", -np.inf, "log(0)", {"x[1, 0]": 0}),
    ),
    (
        network(affine(2, initial={"W": np.eye(2)}), own("1/x[n, j]")), with_zero(), HARMLESS,
        ("step 1 (layer)", "y[n, j] = 1/x[n, j]", "y[1, 0]", np.inf, "1/0", {"x[1, 0]": 0}),
    ),
    (
        network(own("exp(w[j]*x[n, j])", "w[j]", initial={"w": [1, 60]})), HARMLESS, HARMLESS,
        # within the range of double precision, not of single
        ("step 0 (layer)", "y[n, j] = exp(w[j]*x[n, j])", "y[0, 1]", np.inf, "", {"w[1]": 60, "x[0, 1]": 2}),
    ),
    (
        network(own("sqrt(x[n, j] - 2)")), HARMLESS, HARMLESS,
        ("step 0 (layer)", "y[n, j] = sqrt(x[n, j] - 2)", "y[0, 0]", np.nan, "sqrt(-1)", {"x[0, 0]": 1}),
    ),
    (
        network(own("relu(w[j]*x[n, j])", "w[j]", initial={"w": [1, 1]}), loss="cross_entropy"),
        with_zero(), np.ones((2, 2), "float32"),
        ("the loss", "loss = mean[n](-sum[k](t[n, k]*log(p[n, k])))", "loss", np.inf, "log(0)", {}),
    ),
    (
        series(POWER), np.zeros((3, 9, 1), "float32"), np.zeros((3, 9), "float32"),
        ("step 0 (layer)", "h[n, t, j] = w[j]*h[n, t - 1, j]^2 + x[n, t, j]", "h[0, 5, 0]", np.inf, "", {"w[0]": 10}),
    ),
    (
        series(BACKWARDS), np.zeros((3, 9, 1), "float32"), np.zeros((3, 9), "float32"),
        ("step 0 (layer)", "h[n, t, j] = w[j]*h[n, t + 1, j]^2 + x[n, t, j]", "h[0, 3, 0]", np.inf, "", {"w[0]": 10}),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("net", "x", "targets", "wanted"), ROWS)
def test_the_first_equation_is_named_with_what_it_read(net, x, targets, wanted):
    where, equation, element, value, offence, reads = wanted
    found = first_not_finite(net.in_dtype("float32"), x, targets)
    assert (found.where, found.equation, found.element) == (where, equation, element)
    assert found.value == pytest.approx(value, nan_ok=True)
    assert found.offence == offence
    assert reads.items() <= dict(found.reads).items()
    assert str(found).startswith(f"in {where}, {equation}, {element} is ")


def test_a_gradient_is_looked_for_in_the_derived_equations():
    net = network(own("sqrt(w[j]*x[n, j])", "w[j]", initial={"w": [1, 1]}), own("x[n, j] + 1"))
    found = first_not_finite(net.in_dtype("float32"), with_zero(), HARMLESS)
    assert found.where == "step 0 (layer), backwards"
    assert found.equation.startswith("dy_in[n, j] = ")
    assert found.element == "dy_in[1, 0]"
    assert found.offence.endswith("/0")
    assert dict(found.reads)["y[1, 0]"] == 0


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("x", "in the batch, x[1, 0] is nan"),
        ("targets", "in the batch, targets[1, 0] is nan"),
        ("parameter", "in the parameters, 0.W[1, 0] is nan"),
    ],
)
def test_what_was_given_is_looked_at_first(spoil, told):
    net = network(affine(2))
    arrays = {"x": HARMLESS.copy(), "targets": HARMLESS.copy(), "parameter": net.parameters["0.W"]}
    arrays[spoil][1, 0] = np.nan
    assert str(first_not_finite(net, arrays["x"], arrays["targets"])) == told


def test_where_all_is_finite_there_is_no_origin():
    assert first_not_finite(network(affine(2)), HARMLESS, HARMLESS) is None


def test_of_very_many_numbers_the_value_of_the_network_is_told(monkeypatch):
    monkeypatch.setattr(origin, "MOST_NUMBERS", 3)
    found = first_not_finite(network(own("log(x[n, j])")), with_zero(), HARMLESS)
    assert (found.element, found.value, found.offence) == ("y[1, 0]", -np.inf, "")


def test_training_names_it_with_or_without_a_monitor():
    message = r"(?s)the loss became nan: in step 0 \(layer\), y\[n, j\] = sqrt.* by sqrt\(-1\)"
    data = Data(HARMLESS, HARMLESS, HARMLESS, HARMLESS)
    with pytest.raises(OptionRefused, match=message):
        train(network(own("sqrt(x[n, j] - 2)"), affine(2)), data)
