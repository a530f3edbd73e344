"""Data sets: arrays to train on, arrays to test on."""

from numeric.data.images import digits, mnist, photograph
from numeric.data.samples import Data, one_hot

__all__ = ["Data", "digits", "mnist", "one_hot", "photograph"]
