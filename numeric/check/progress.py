"""Telling whoever follows a check which step it is in.

A check is followed from outside, through any number of its parts, so the follower is kept in
the context of the call rather than handed through every signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from numeric.check.result import Line

Follow = Callable[[str, Sequence[Line]], None]

_follower: ContextVar[Follow | None] = ContextVar("follower", default=None)


def step(name: str, lines: Iterable[Line] = ()) -> None:
    """Say that the step ``name`` begins, and what the steps before it found."""
    follow = _follower.get()
    if follow is not None:
        follow(name, tuple(lines))


@contextmanager
def following(follow: Follow) -> Iterator[None]:
    """Have ``follow`` called at every step of the checks that run meanwhile."""
    token = _follower.set(follow)
    try:
        yield
    finally:
        _follower.reset(token)
