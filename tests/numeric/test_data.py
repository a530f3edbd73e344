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


def test_validation_samples_come_with_targets():
    x, t = np.zeros((2, 1)), np.zeros((2, 1))
    with pytest.raises(CallRefused, match="of x_valid and t_valid one is missing"):
        Data(x, t, x, t, x_valid=x)
    with pytest.raises(CallRefused, match="x_valid has 2 samples and t_valid has 1 targets"):
        Data(x, t, x, t, x_valid=x, t_valid=t[:1])


def numbered(count, classes=3):
    """Samples that are their own numbers; the classes are unlike in size."""
    rng = np.random.default_rng(5)
    labels = rng.choice(classes, count, p=np.arange(1, classes + 1) / sum(range(classes + 1)))
    return np.arange(count)[:, None].astype("float32"), one_hot(labels, classes)


@pytest.mark.parametrize("seed", [0, 1, None])
@pytest.mark.parametrize(("count", "test", "valid"), [(100, 0.2, 0.1), (7, 0.3, 0.3), (50, 0.5, 0)])
def test_a_split_deals_every_sample_once(count, test, valid, seed):
    x, t = numbered(count)
    data = Data.split(x, t, test=test, valid=valid, classes=True, seed=seed)
    parts = [data.x_train, data.x_test] + ([data.x_valid] if valid else [])
    assert sorted(np.concatenate(parts).ravel()) == list(range(count))
    assert len(data.x_test) == round(count * test)
    assert (data.x_valid is None) == (valid == 0)
    for samples, targets in ((data.x_train, data.t_train), (data.x_test, data.t_test)):
        assert (targets == t[samples[:, 0].astype(int)]).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_split_by_classes_keeps_their_shares(seed):
    x, t = numbered(97)
    data = Data.split(x, t, test=0.25, valid=0.15, classes=True, seed=seed)
    for part, share in ((data.t_test, 24 / 97), (data.t_valid, 15 / 97), (data.t_train, 58 / 97)):
        assert np.abs(part.sum(axis=0) - share * t.sum(axis=0)).max() < 2


def test_a_split_repeats_by_its_seed():
    x, t = numbered(60)
    first, second, other = (Data.split(x, t, seed=seed) for seed in (3, 3, 4))
    assert first.x_test.tobytes() == second.x_test.tobytes()
    assert first.x_test.tobytes() != other.x_test.tobytes()


def test_a_split_in_order_keeps_it():
    data = Data.split(np.arange(10), np.arange(10), test=0.2, valid=0.3, seed=None)
    parts = (data.x_train, data.x_valid, data.x_test)
    assert [part.tolist() for part in parts] == [[0, 1, 2, 3, 4], [5, 6, 7], [8, 9]]


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"test": -0.1}, "test = -0.1 and valid = 0.0 are not shares"),
        ({"test": 0.6, "valid": 0.4}, "leave samples to train on"),
        ({"valid": float("nan")}, "valid = nan are not shares"),
    ],
)
def test_shares_that_leave_nothing_are_refused(shares, message):
    with pytest.raises(OptionRefused, match=message):
        Data.split(*numbered(10), **shares)


def test_a_split_that_does_not_fit_is_refused():
    with pytest.raises(CallRefused, match="x has 3 samples and t has 2 targets"):
        Data.split(np.zeros(3), np.zeros(2))
    with pytest.raises(CallRefused, match="x_test has 0 samples"):
        Data.split(np.zeros(2), np.zeros(2), test=0.1)


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
