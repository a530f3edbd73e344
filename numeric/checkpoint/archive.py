"""Arrays and facts in one file: written as a whole or not at all, read only if undamaged.

    file     = npz "comment"           members are stored as they are, with fixed dates
    comment  = backproof checkpoint VERSION blake2b DIGEST
    DIGEST   = of every byte before it

The comment of a zip archive is its end, so a file cut off has none. Facts are JSON, as bytes in
an array of their own.
"""

from __future__ import annotations

import io
import json
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tokenize import TokenError
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from derive.errors import OptionRefused

Array = NDArray[Any]
VERSION = 1
_DIGEST = 64  # characters, of 32 bytes
_LINE = "backproof checkpoint {} blake2b "
_END = re.compile(rb"backproof checkpoint (\d{1,9}) blake2b ([0-9a-f]{64})\Z")
_LONGEST_END = 128
_FACTS = "facts"
_SUFFIX = ".npy"
# The earliest that zip knows: a clock would make other bytes every time.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
# What reading a file that is not what it says may raise.
_BROKEN = (
    zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError, MemoryError, struct.error,
    NotImplementedError, RuntimeError, TypeError, RecursionError, OverflowError,
    SyntaxError, TokenError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Archive:
    """What a checkpoint holds.

    Attributes:
        arrays: by name; the part before the first ``/`` says whose they are.
        facts: what JSON can hold.
    """

    arrays: Mapping[str, Array]
    facts: Mapping[str, Any]

    def part(self, whose: str) -> dict[str, Array]:
        """The arrays of one part, without its name."""
        start = f"{whose}/"
        return {k[len(start) :]: v for k, v in self.arrays.items() if k.startswith(start)}


def write(path: str | Path, archive: Archive) -> None:
    """Write a file in whole: until the last moment one of that name stays as it is.

    Raises:
        OptionRefused: if it cannot be written.
    """
    try:
        target = Path(path)
        # in the same folder, as a file cannot be renamed from one disk to another
        fresh = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        try:
            with fresh.open("wb") as file:
                file.write(packed(archive))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise OptionRefused(
            f"cannot write the checkpoint {str(path)!r}: {_reason(error)}",
            remedy="give the path of a file in a folder that can be written to",
        ) from None


def read(path: str | Path) -> Archive:
    """Read a file that ``write`` has written.

    Raises:
        OptionRefused: if it is none, is damaged, or is of a newer version.
    """
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise OptionRefused(
            f"cannot read the checkpoint {str(path)!r}: {_reason(error)}",
            remedy="give the path of a file that checkpoint= has written",
        ) from None
    return unpacked(data, str(path))


def packed(archive: Archive) -> bytes:
    """The bytes of the file: the same for the same arrays and facts."""
    facts = np.frombuffer(json.dumps(dict(archive.facts)).encode(), np.uint8)
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_STORED) as file:
        for name, value in {_FACTS: facts, **archive.arrays}.items():
            entry = zipfile.ZipInfo(name + _SUFFIX, _DATE)
            entry.create_system = _UNIX
            with file.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(value), allow_pickle=False)
        file.comment = (_LINE.format(VERSION) + "0" * _DIGEST).encode()
    body = room.getvalue()[:-_DIGEST]
    return body + _digest(body).encode()


def unpacked(data: bytes, name: str) -> Archive:
    """What ``packed`` was given.

    Raises:
        OptionRefused: if it was not, or the bytes have changed since.
    """
    end = _END.search(data, max(0, len(data) - _LONGEST_END))
    if end is None:
        _refuse(name, "is not a checkpoint, or its end is missing", "give an undamaged copy")
    if _digest(data[:-_DIGEST]).encode() != end[2]:
        _refuse(name, "is damaged: its checksum is another", "give an undamaged copy")
    if int(end[1]) > VERSION:
        _refuse(
            name,
            f"is of version {int(end[1])}, and this backproof reads up to {VERSION}",
            "install the backproof that wrote it, or a newer one",
        )
    try:
        return _members(data)
    except _BROKEN as error:
        _refuse(name, f"holds no checkpoint: {error}", "give a file that checkpoint= has written")


def _members(data: bytes) -> Archive:
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for entry in file.infolist():
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{entry.filename} is compressed")
            with file.open(entry) as member:
                found = np.lib.format.read_array(member, allow_pickle=False)
            arrays[entry.filename.removesuffix(_SUFFIX)] = found
    facts = json.loads(arrays.pop(_FACTS).tobytes())
    if not isinstance(facts, dict):
        raise ValueError("its facts have no names")
    return Archive(arrays, facts)


def _refuse(name: str, problem: str, remedy: str) -> NoReturn:
    raise OptionRefused(f"the checkpoint {name!r} {problem}", remedy=remedy)


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=_DIGEST // 2).hexdigest()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
