"""Runs spread over processes, with limits on time and memory; what one raises ends only itself."""

from __future__ import annotations

import resource
import signal
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from time import monotonic, perf_counter
from types import FrameType

from trials.ledger import CRASH, SLOW, Entry, code_digest
from trials.subjects import Subject, judged, subject

SECONDS = 120.0
BYTES = 6 * 2**30
MINUTE = 60.0


class TooSlow(BaseException):
    """A run has taken its time. No handler of ordinary errors may swallow it."""


def spread(seed: int, runs: Sequence[int], workers: int, minutes: float | None) -> Iterator[Entry]:
    """Run them in order, ``workers`` at once, until done or until the time is over."""
    end = monotonic() + MINUTE * minutes if minutes is not None else float("inf")
    left = iter(runs)
    # a library that the parent has loaded may have threads, which a fork does not survive
    fresh = get_context("spawn")
    with ProcessPoolExecutor(workers, fresh, initializer=_limited) as pool:
        waiting: dict[Future[Entry], int] = {}
        while True:
            while len(waiting) < 2 * workers and monotonic() < end:
                run = next(left, None)
                if run is None:
                    break
                waiting[pool.submit(ran, seed, run)] = run
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                run, error = waiting.pop(future), future.exception()
                yield future.result() if error is None else _crashed(seed, run, error)


def ran(seed: int, run: int) -> Entry:
    """One run, with the time it took; what it raises is a crash and is left to the caller."""
    begun = perf_counter()
    chosen = subject(seed, run)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        outcome, note = judged(chosen)
    except TooSlow:
        outcome, note = SLOW, f"more than {SECONDS:.0f} s"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    taken = round(perf_counter() - begun, 4)
    return _entry(chosen, outcome, taken, note)


def _crashed(seed: int, run: int, error: BaseException) -> Entry:
    chosen = subject(seed, run)
    note = "".join(traceback.format_exception(error))
    return _entry(chosen, CRASH, 0.0, note)


def _entry(chosen: Subject, outcome: str, seconds: float, note: str) -> Entry:
    about = (chosen.seed, chosen.run, chosen.layer, chosen.fast)
    return Entry(*about, outcome, seconds, note, code_digest(), chosen.style)


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.signal(signal.SIGALRM, _stop)


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001  as signal calls it
    raise TooSlow
