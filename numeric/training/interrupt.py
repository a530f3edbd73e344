"""Interrupts that wait for the end of a step."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType

from numeric.training.epoch import Epoch


class Interrupted(KeyboardInterrupt):
    """Training was interrupted; the network is that of the last whole step.

    Attributes:
        history: figures of the epochs that were finished.
        batches: steps taken.
        saved: where the training can be resumed from; None without a checkpoint.
    """

    def __init__(self, history: tuple[Epoch, ...], batches: int, saved: str | Path | None) -> None:
        self.history, self.batches, self.saved = history, batches, saved
        after = f"interrupted after {batches} batches, {len(history)} whole epochs"
        super().__init__(after if saved is None else f"{after}; saved to {saved}")


@contextmanager
def deferred() -> Iterator[Callable[[], bool]]:
    """Within, an interrupt only answers True from then on; a second one does not wait.

    Where signals do not arrive (other threads), or somebody else handles them, nothing changes.
    """
    asked = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def answer() -> bool:
        return asked

    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or before is not signal.default_int_handler:
        yield answer
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield answer
    finally:
        signal.signal(signal.SIGINT, before)
