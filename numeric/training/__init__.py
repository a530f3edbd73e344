"""Training: mini-batches, an optimiser, figures after every batch and epoch."""

from numeric.training.epoch import EVALUATED_TOGETHER, Epoch, evaluate
from numeric.training.interrupt import Interrupted
from numeric.training.plan import Plan, Progress, Watcher
from numeric.training.train import train

__all__ = [
    "EVALUATED_TOGETHER",
    "Epoch",
    "Interrupted",
    "Plan",
    "Progress",
    "Watcher",
    "evaluate",
    "train",
]
