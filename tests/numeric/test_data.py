"""Data sets: targets, the digits and their split."""

import sys

import numpy as np
import pytest

from derive.errors import CallRefused, OptionRefused
from numeric.data import Data, digits, one_hot


def test_one_hot_has_a_one_at_each_label():
    assert one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert one_hot([2, 0], 3).dtype == np.float32


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], "label 3 of sample 1 is outside 0 to 2"),
        ([-1, 0], "label -1 of sample 0 is outside 0 to 2"),
        ([0.0, 1.0], "labels are float64, not integers"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message):
    with pytest.raises(CallRefused, match=message):
        one_hot(labels, 3)


@pytest.mark.parametrize(
    ("samples", "targets", "message"),
    [
        (3, 2, "x_train has 3 samples and t_train has 2 targets"),
        (0, 0, "x_train has 0 samples and t_train has 0 targets"),
    ],
)
def test_samples_without_targets_are_refused(samples, targets, message):
    x, t = np.zeros((samples, 2)), np.zeros((targets, 1))
    with pytest.raises(CallRefused, match=message):
        Data(x, t, x, t)


def test_digits_are_split_once_and_for_all_by_class():
    data, again = digits(), digits()
    assert data.x_train.shape == (1437, 1, 8, 8)
    assert data.x_test.shape == (360, 1, 8, 8)
    assert data.x_train.dtype == data.t_train.dtype == np.float32
    assert data.x_train.min() == 0
    assert data.x_train.max() == 1
    assert (data.x_test == again.x_test).all()
    shares = data.t_train.mean(axis=0) - data.t_test.mean(axis=0)
    assert np.abs(shares).max() < 1 / 360


def test_no_test_image_is_trained_on():
    data = digits()
    trained = {image.tobytes() for image in data.x_train}
    assert not trained & {image.tobytes() for image in data.x_test}


def test_digits_without_scikit_learn_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(OptionRefused, match=r"(?s)not installed.*backproof\[all\]"):
        digits()
