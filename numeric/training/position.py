"""How far a training has come: all that the rest of it depends on, beside the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from derive.errors import OptionRefused
from numeric.checkpoint import Archive
from numeric.data import Data
from numeric.network import Network
from numeric.step import Array
from numeric.training.epoch import Epoch

BEST, BEST_STATE = "best", "best state"


@dataclass(slots=True)
class Position:
    """A place in a training.

    Attributes:
        order: the state of the generator before the order of the current epoch was drawn.
        batch: batches of the current epoch that are done.
        total: their losses, summed over samples.
        seconds: so far.
        history: of the epochs that are over.
        best_epoch: of the smallest validation loss, counted from 0.
        best: the parameters then, if they may be asked for.
        best_state: what the steps kept then.
        stopped: whether there was no hope left of a better one.
    """

    order: Any
    batch: int = 0
    total: float = 0.0
    seconds: float = 0.0
    history: list[Epoch] = field(default_factory=list)
    best_epoch: int = -1
    best: dict[str, Array] = field(default_factory=dict)
    best_state: dict[str, Array] = field(default_factory=dict)
    stopped: bool = False

    def judge(self, network: Network, patience: int) -> None:
        """Keep the network if the last epoch was the best; stop if it has not been for long."""
        losses = [epoch.valid_loss for epoch in self.history]
        last, best = losses[-1], losses[self.best_epoch]
        assert last is not None, "patience asks for validation samples"
        assert best is not None, "the same"
        if self.best_epoch < 0 or last < best:
            self.best_epoch = len(losses) - 1
            self.best = {name: value.copy() for name, value in network.parameters.items()}
            self.best_state = {name: value.copy() for name, value in network.state().items()}
        self.stopped = len(losses) - 1 - self.best_epoch >= patience

    def put_best(self, network: Network) -> None:
        """Give the network the parameters of the best epoch, if any were kept."""
        for name, value in self.best.items():
            np.copyto(network.parameters[name], value)
        if self.best:
            network.restore(self.best_state)

    def arrays(self) -> dict[str, Array]:
        """What of it is arrays, by the names in a checkpoint."""
        found = {f"{BEST}/{name}": value for name, value in self.best.items()}
        return found | {f"{BEST_STATE}/{name}": value for name, value in self.best_state.items()}

    def facts(self) -> dict[str, Any]:
        """What of it is not."""
        return {
            "order": _plain(self.order),
            "batch": self.batch,
            "total": self.total,
            "seconds": self.seconds,
            "history": [asdict(epoch) for epoch in self.history],
            "best_epoch": self.best_epoch,
            "stopped": self.stopped,
        }


def position_of(archive: Archive, name: str) -> Position:
    """The place that was saved.

    Raises:
        OptionRefused: if the checkpoint is not of a training.
    """
    try:
        facts = archive.facts["position"]
        return Position(
            order=_arrays(facts["order"]),
            batch=int(facts["batch"]),
            total=float(facts["total"]),
            seconds=float(facts["seconds"]),
            history=[Epoch(**epoch) for epoch in facts["history"]],
            best_epoch=int(facts["best_epoch"]),
            best=archive.part(BEST),
            best_state=archive.part(BEST_STATE),
            stopped=bool(facts["stopped"]),
        )
    except (TypeError, KeyError, ValueError):
        raise OptionRefused(
            f"the checkpoint {name!r} is not of a training",
            remedy="put it into the network by numeric.checkpoint.load(path, network), and train",
        ) from None


def fingerprint(data: Data) -> str:
    """What tells the training samples from others."""
    digest = blake2b(digest_size=16)
    for array in (data.x_train, data.t_train):
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _plain(state: Any) -> Any:
    """The state of a generator without arrays, some of which have them."""
    if isinstance(state, Mapping):
        return {name: _plain(value) for name, value in state.items()}
    if isinstance(state, np.ndarray):
        return {"array": state.tolist(), "dtype": str(state.dtype)}
    return state.item() if isinstance(state, np.generic) else state


def _arrays(state: Any) -> Any:
    if not isinstance(state, Mapping):
        return state
    if set(state) == {"array", "dtype"}:
        return np.array(state["array"], state["dtype"])
    return {name: _arrays(value) for name, value in state.items()}
