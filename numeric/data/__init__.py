"""Data sets: arrays to train on, arrays to test on."""

from numeric.data.baselines import neighbours, principal
from numeric.data.flowers import iris
from numeric.data.images import digits, mnist, photograph
from numeric.data.plane import moons
from numeric.data.samples import Data, one_hot
from numeric.data.sequences import adding, mackey_glass
from numeric.data.series import sunspots
from numeric.data.text import prose

__all__ = [
    "Data",
    "adding",
    "digits",
    "iris",
    "mackey_glass",
    "mnist",
    "moons",
    "neighbours",
    "one_hot",
    "photograph",
    "principal",
    "prose",
    "sunspots",
]
