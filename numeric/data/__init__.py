"""Data sets: arrays to train on, arrays to test on."""

from numeric.data.flowers import iris
from numeric.data.images import digits, mnist, photograph
from numeric.data.samples import Data, one_hot
from numeric.data.text import prose

__all__ = ["Data", "digits", "iris", "mnist", "one_hot", "photograph", "prose"]
