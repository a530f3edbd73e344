"""Equations of a layer in, its backward equations out; nothing here sees an array."""

from derive.bind import bind
from derive.cotangent import adjoint
from derive.errors import (
    CallRefused,
    DeriveError,
    IndexRefused,
    LimitError,
    NameRefused,
    OptionRefused,
    ParseError,
    ProgramRefused,
    UntrueEquality,
)
from derive.library import layers, load, parse, updates
from derive.program import Program

__all__ = [
    "CallRefused",
    "DeriveError",
    "IndexRefused",
    "LimitError",
    "NameRefused",
    "OptionRefused",
    "ParseError",
    "Program",
    "ProgramRefused",
    "UntrueEquality",
    "adjoint",
    "bind",
    "layers",
    "load",
    "parse",
    "updates",
]
