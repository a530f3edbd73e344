"""Outputs that say the same of every sample, which is at best how frequent the classes are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from derive.program import Program
from numeric.monitor.finding import CONSTANT, Finding
from numeric.monitor.probe import Array, forward_only, loss_arrays

# Parts of the loss: what the outputs may gain over their own mean, and how far that may be from
# the best constant answer.
GAINED, OFF = 0.01, 0.02
_SHOWN = 5  # classes whose share a finding tells


class Constant:
    """Compares a loss with that of one answer for all samples."""

    def __init__(self, loss: Program) -> None:
        self._program, self._kernel = loss, forward_only(loss)

    def losses(self, y: Array, targets: Array) -> tuple[float, float]:
        """The loss of what the network gives, and of the mean of it for every sample."""
        answer = y.mean(axis=tuple(range(y.ndim - 1)), dtype=np.float64)
        return self._loss(y, targets), self._loss(_everywhere(answer, y), targets)

    def findings(self, y: Array, targets: Array, epoch: int) -> Iterator[Finding]:
        """What is ill, of what the network gives for samples, and their classes."""
        if not are_classes(targets):
            return
        shares = targets.mean(axis=tuple(range(targets.ndim - 1)), dtype=np.float64)
        loss, same = self.losses(y, targets)
        best = self._best(shares, y, targets)
        if abs(loss - same) > GAINED * abs(same) or same > best + OFF * abs(best):
            return
        yield Finding(
            CONSTANT, "",
            f"the loss is {loss:.4g}; the mean of the outputs for every sample has {same:.4g}, "
            f"and the shares of the classes ({_list(shares)}) for every sample have {best:.4g}",
            "look whether the samples are scaled to about 1 and belong to their targets, whether "
            "gradients arrive at the first step, and try another learning rate", epoch,
        )  # fmt: skip

    def _loss(self, y: Array, targets: Array) -> float:
        program = self._program
        arrays = loss_arrays(program, y, targets)
        with np.errstate(all="ignore"):
            outputs, _ = self._kernel.forward(**arrays)
        return float(outputs[program.outputs[0]])

    def _best(self, shares: Array, y: Array, targets: Array) -> float:
        """The loss of the shares for every sample, taken as they are or as logarithms."""
        tiny = np.finfo(y.dtype).tiny
        answers = (shares, np.log(np.maximum(shares, tiny)))
        losses = [self._loss(_everywhere(answer, y), targets) for answer in answers]
        return min(loss for loss in losses if not np.isnan(loss))


def are_classes(targets: Array) -> bool:
    """Whether targets are rows of zeros with one 1."""
    if targets.ndim < 2 or targets.shape[-1] < 2:
        return False
    binary = ((targets == 0) | (targets == 1)).all()
    return bool(binary and (targets.sum(axis=-1) == 1).all())


def _everywhere(answer: Array, like: Array) -> Array:
    return np.full_like(like, answer)


def _list(shares: Array) -> str:
    shown = ", ".join(f"{share:.2g}" for share in shares[:_SHOWN])
    return shown if len(shares) <= _SHOWN else f"{shown}, ..."
