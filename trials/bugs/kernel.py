"""A right kernel, and an edit that makes it wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel written by hand, in the convention of emitted modules.

    Attributes:
        program: the equations that it computes.
        kernel: its text, with ``forward`` and ``backward``.
    """

    program: str
    kernel: str


@dataclass(frozen=True, slots=True)
class Bug:
    """One edit of a right kernel.

    Attributes:
        kernel: the name of the kernel.
        family: what kind of bug it is.
        old: the text to replace, which stands there once.
        new: what to put in its place.
    """

    kernel: str
    family: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.kernel}: {' '.join(self.new.split()) or 'without ' + self.old}"

    def put_into(self, source: str) -> str:
        """The wrong kernel."""
        assert source.count(self.old) == 1, f"{self} is to change one place"
        return source.replace(self.old, self.new)
