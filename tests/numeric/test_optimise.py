"""Optimisers against their published update equations, written out step by step."""

import numpy as np
import pytest

from derive.errors import OptionRefused
from numeric.optimise import SGD, Adam


def rosenbrock(x):
    """The gradient of (1 - x0)^2 + 100*(x1 - x0^2)^2."""
    return np.array([
        -2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2),
        200 * (x[1] - x[0] ** 2),
    ])  # fmt: skip


def followed(optimiser, steps):
    parameters = {"x": np.array([-1.2, 1.0])}
    path = []
    for _ in range(steps):
        optimiser.step(parameters, {"x": rosenbrock(parameters["x"])})
        path.append(parameters["x"].copy())
    return np.array(path)


def sgd_as_published(steps, rate, momentum):
    x, v, path = np.array([-1.2, 1.0]), np.zeros(2), []
    for _ in range(steps):
        v = momentum * v - rate * rosenbrock(x)
        x = x + v
        path.append(x)
    return np.array(path)


def adam_as_published(steps, rate, beta1, beta2, eps):
    x, m, v, path = np.array([-1.2, 1.0]), np.zeros(2), np.zeros(2), []
    for t in range(1, steps + 1):
        g = rosenbrock(x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        x = x - rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        path.append(x)
    return np.array(path)


@pytest.mark.parametrize(
    ("optimiser", "published"),
    [
        (SGD(1e-4), sgd_as_published(50, 1e-4, 0.0)),
        (SGD(1e-4, momentum=0.9), sgd_as_published(50, 1e-4, 0.9)),
        (Adam(0.05), adam_as_published(50, 0.05, 0.9, 0.999, 1e-8)),
        (
            Adam(0.05, beta1=0.7, beta2=0.99, eps=1e-2),
            adam_as_published(50, 0.05, 0.7, 0.99, 1e-2),
        ),
    ],
)
def test_the_path_is_the_published_one(optimiser, published):
    assert followed(optimiser, 50) == pytest.approx(published, rel=1e-10)


def test_adam_reaches_the_valley_of_rosenbrock():
    assert followed(Adam(0.02), 4000)[-1] == pytest.approx([1, 1], abs=1e-3)


@pytest.mark.parametrize("optimiser", [SGD(0.1), SGD(0.1, momentum=0.5), Adam()])
def test_parameters_change_in_place_and_keep_their_type(optimiser):
    value = np.ones(3, "float32")
    gradient = np.ones(3, "float32")
    for _ in range(3):
        optimiser.step({"W": value}, {"W": gradient})
    assert value.dtype == np.float32
    assert (value < 1).all()
    assert (gradient == 1).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(0), "rate = 0 is not above 0"),
        (lambda: SGD(float("nan")), "rate = nan is not above 0"),
        (lambda: SGD(0.1, momentum=1.0), r"momentum = 1.0 is not in \[0, 1\)"),
        (lambda: Adam(-1), "rate = -1 is not above 0"),
        (lambda: Adam(beta1=1.5), r"beta1 = 1.5 is not in \[0, 1\)"),
        (lambda: Adam(beta2=-0.1), r"beta2 = -0.1 is not in \[0, 1\)"),
        (lambda: Adam(eps=0), "eps = 0 is not above 0"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(OptionRefused, match=message):
        make()
