"""Networks as scikit-learn estimators, for pipelines, searches and cross-validation.

Needs scikit-learn 1.6 or later (``pip install backproof[all]``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

import derive
from derive.errors import OptionRefused
from numeric.axes import Reshape
from numeric.data import Data, one_hot
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam, Optimiser
from numeric.step import Array, Step
from numeric.training import EVALUATED_TOGETHER, train

AFFINE = """
title  Affine map
input  x[n, j]
param  W[i, j], b[i]
output z[n, i]

z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]
"""
_SEEDS = 2**31 - 1


class _Estimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What classifiers and regressors share: the settings, and training."""

    def __init__(  # noqa: PLR0913  the settings of a network and of its training
        self,
        steps: Sequence[Step] | None = None,
        *,
        hidden: tuple[int, ...] = (64,),
        shape: tuple[int, ...] | None = None,
        loss: str | None = None,
        epochs: int = 50,
        batch: int = 32,
        rate: float = 1e-3,
        optimiser: Callable[[], Optimiser] | None = None,
        validation: float = 0.0,
        patience: int | None = None,
        dtype: str = "float64",
        style: str = "fast",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.steps = steps
        self.hidden = hidden
        self.shape = shape
        self.loss = loss
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.optimiser = optimiser
        self.validation = validation
        self.patience = patience
        self.dtype = dtype
        self.style = style
        self.random_state = random_state

    def _train(self, x: Array, targets: Array, *, loss: str, classes: bool) -> None:
        """Make the network and train it; ``targets`` has one column for each output."""
        draws = check_random_state(self.random_state)
        drawn, ordered, parted = (int(draws.randint(_SEEDS)) for _ in range(3))
        targets = targets.astype(self.dtype, copy=False)
        network = Network(
            [*self._before(x.shape[1]), Layer(derive.parse(AFFINE), rule="xavier",
                                              i=targets.shape[1])],
            loss=self.loss or loss, shape=(x.shape[1],), seed=drawn, dtype=self.dtype,
            style=self.style,
        )  # fmt: skip
        self.history_ = train(
            network,
            self._parts(x.astype(self.dtype, copy=False), targets, classes, parted),
            epochs=self.epochs,
            batch=self.batch,
            optimiser=Adam(self.rate) if self.optimiser is None else self.optimiser(),
            patience=self.patience,
            seed=ordered,
        )
        self.network_ = network

    def _before(self, features: int) -> list[Step]:
        """The steps before the output layer."""
        steps: Sequence[Step] = self.steps or [Layer("dense", i=units) for units in self.hidden]
        if self.shape is None:
            return list(steps)
        if int(np.prod(self.shape)) != features:
            raise OptionRefused(
                f"shape = {self.shape} does not hold the {features} features of a sample",
                remedy="give a shape with as many elements as X has columns, or leave it out",
            )
        return [Reshape(tuple(self.shape)), *steps]

    def _parts(self, x: Array, targets: Array, classes: bool, seed: int) -> Data:
        if not self.validation:
            # nobody asks for the figures of a test: one sample costs next to nothing
            return Data(x, targets, x[:1], targets[:1], classes)
        parts = Data.split(x, targets, test=self.validation, classes=classes, seed=seed)
        held, wanted = parts.x_test, parts.t_test
        return Data(parts.x_train, parts.t_train, held, wanted, classes, held, wanted)

    def _given(self, x: Any) -> Array:
        """What the network gives for samples that were never seen."""
        check_is_fitted(self)
        samples = validate_data(self, x, reset=False, dtype=self.dtype)
        batches = range(0, len(samples), EVALUATED_TOGETHER)
        given = [self.network_.forward(samples[k : k + EVALUATED_TOGETHER]) for k in batches]
        return np.concatenate(given)


class NetworkClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]  # the same
    """A network that tells classes apart, as a scikit-learn estimator.

    Args:
        steps: what comes before the output layer, which has one unit for each class and is added;
            None for dense layers of ``hidden`` units.
        hidden: units of the dense layers, where no steps are given.
        shape: of one sample, as the first step reads it; None where it reads the features.
        loss: of the network; ``softmax_cross_entropy`` where None.
        epochs: passes over the samples.
        batch: samples in one step.
        rate: learning rate of Adam.
        optimiser: makes another optimiser, as ``lambda: SGD(0.1, momentum=0.9)``.
        validation: share of the samples that are kept aside to decide when to stop.
        patience: stop when those have not got better for so many epochs.
        dtype: ``float64``, or ``float32`` for speed.
        style: of the kernels.
        random_state: decides parameters, order and validation samples.

    Attributes:
        network_: the trained ``numeric.Network``.
        history_: figures of every epoch.
        classes_: the classes, in the order of the columns of ``predict_proba``.
        n_features_in_: features of a sample.
    """

    def fit(self, X: Any, y: Any) -> NetworkClassifier:
        """Train on samples X (N, features) with classes y (N,).

        Raises:
            ValueError: if they are no samples and classes, as scikit-learn says it.
            DeriveError: if a setting is out of range, or the steps do not fit.
        """
        X, y = validate_data(self, X, y, dtype=self.dtype)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        targets = one_hot(labels, len(self.classes_), self.dtype)
        self._train(X, targets, loss="softmax_cross_entropy", classes=True)
        return self

    def decision_function(self, X: Any) -> Array:
        """Give the logits: (N, classes), or for two classes that of the second over the first."""
        logits = self._given(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: Any) -> Array:
        """Give the probability of every class: (N, classes)."""
        logits = self._given(X)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Array = weights / weights.sum(axis=1, keepdims=True)
        return found

    def predict(self, X: Any) -> Array:
        """Give the most probable class of every sample: (N,)."""
        logits = self._given(X)
        found: Array = self.classes_[logits.argmax(axis=1)]
        return found


class NetworkRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]  # the same
    """A network that predicts numbers, as a scikit-learn estimator.

    The arguments and attributes are those of ``NetworkClassifier``; the output layer has one unit
    for each column of y, and the loss is ``mse`` where None is given.
    """

    def fit(self, X: Any, y: Any) -> NetworkRegressor:
        """Train on samples X (N, features) with numbers y, (N,) or (N, outputs).

        Raises:
            ValueError: if they are no samples and numbers, as scikit-learn says it.
            DeriveError: if a setting is out of range, or the steps do not fit.
        """
        X, y = validate_data(self, X, y, dtype=self.dtype, multi_output=True, y_numeric=True)
        self._single = y.ndim == 1
        self._train(X, y.reshape(len(y), -1), loss="mse", classes=False)
        return self

    def predict(self, X: Any) -> Array:
        """Give the numbers of every sample, in the shape that y had."""
        given = self._given(X)
        return given[:, 0] if self._single else given

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that y may have several columns."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
