"""Working without the collector of cycles, which looks through all that a check has made so far.

What a check makes lives until a proof is done, and there is much of it: tapes, syntax, numbers.
Looking through it again and again for garbage that is not there takes a fifth of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep the collector of cycles from running meanwhile, if it runs at all."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
