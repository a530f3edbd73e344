"""Text that ships with every Python."""

from __future__ import annotations

import re
from importlib import import_module

_LENGTH = 200_000  # characters; the help is longer, and grows with Python
_KEPT = re.compile(r"[^a-z0-9 .,:;()'\"\n=_*-]")


def prose(length: int = _LENGTH) -> str:
    """The beginning of the help on Python's language, in small letters and a few signs.

    It is the text that ``help()`` shows, and differs a little from one Python to the next.
    """
    # a large module, read when it is asked for
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    whole = "\n".join(topics[name] for name in sorted(topics)).lower()
    return re.sub(r"[ ]+", " ", _KEPT.sub(" ", whole))[:length]
