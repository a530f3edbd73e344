"""A mutant: a kernel with one bug, the program it claims to be, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import derive
import numeric
from derive.program import Program

Settings = Mapping[str, float]
# Windows that overlap, are cut off and leave gaps, and constants that are not 1: with the
# defaults many edits change nothing.
SETTINGS: Mapping[str, Settings] = {
    "avgpool1d": {"k": 3, "s": 2, "P": 1},
    "avgpool2d": {"k": 3, "s": 2, "P": 1},
    "conv1d": {"s": 2, "P": 1, "d": 2},
    "conv2d": {"s": 2, "P": 1, "d": 2},
    "conv_transpose2d": {"s": 2, "P": 1, "d": 2, "a": 1},
    "elu": {"alpha": 0.5},
    "huber": {"delta": 0.75},
    "maxpool1d": {"k": 3, "s": 2, "P": 1},
    "maxpool2d": {"k": 3, "s": 2, "P": 1},
    "sumpool2d": {"k": 3, "s": 2, "P": 1},
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug to be put into a kernel; the kernel is made where it is judged.

    Attributes:
        program: the name of a built-in layer, or the text of a program.
        kind: where the bug is put: ``text``, ``equation``, ``rule`` or ``catalogue``.
        edit: what is done, in words that find it again.
        key: what tells the maker of this kind which bug it is.
    """

    program: str
    kind: str
    edit: str
    key: tuple[str | int, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """The hyperparameters that the kernel is built with."""
        return dict(SETTINGS.get(self.program, {}))

    @property
    def base(self) -> Program:
        """The program that the kernel claims to be."""
        return program_of(self.program)


@lru_cache
def program_of(name: str) -> Program:
    """The built-in layer of this name, or the program of this text."""
    return derive.load(name) if name in derive.layers() else derive.parse(name)


@lru_cache
def right_source(name: str) -> str:
    """The kernel of a program without any bug."""
    return numeric.build(program_of(name), **dict[str, Any](SETTINGS.get(name, {}))).source
