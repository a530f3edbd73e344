"""Writing results to files, without losing what was there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from derive.errors import OptionRefused

# Devices on Windows whatever follows the point, and in whatever folder.
_DEVICES = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)))
)
# What one of the usual systems does not take in a name, or takes for something else.
_STRANGE = frozenset('<>:"|?*\\')
_LONGEST = 255  # bytes of a name, on every usual file system
_SHOWN = 200


def save(path: Path, content: str | bytes, *, overwrite: bool = False) -> None:
    """Write ``content`` to ``path``; text as UTF-8 with plain line feeds.

    Raises:
        OptionRefused: if the file exists and ``overwrite`` is not set, is a symbolic link or no
            regular file, has a name that is not a file's everywhere, or cannot be written.
    """
    usable(path)
    data = content.encode() if isinstance(content, str) else content
    # a link made since it was looked at is not followed either
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= os.O_TRUNC if overwrite else os.O_EXCL
    try:
        with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise exists(path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unwritable(path, reason) from None


def in_a_folder(path: Path) -> None:
    """Refuse a path in a folder that is not there, before any work is done for it.

    Raises:
        OptionRefused: where there is no such folder.
    """
    try:
        if path.parent.is_dir():
            return
        reason = errno.ENOTDIR if path.parent.exists() else errno.ENOENT
    except (OSError, ValueError):
        return  # cannot be looked at, so it cannot be written, and that is said there
    raise _unwritable(path, os.strerror(reason))


def _unwritable(path: Path, reason: str) -> OptionRefused:
    return OptionRefused(
        f"cannot write {quoted(path)}: {reason}", remedy="give a file in a writable folder"
    )


def usable(path: Path) -> None:
    """Refuse a path that results should not go to, before any work is done for them.

    Raises:
        OptionRefused: for a folder, a link, a device, a pipe, or a name that is not a file's.
    """
    problem = _unusable_name(path.name)
    if problem:
        raise OptionRefused(f"{quoted(path)} {problem}", remedy="give another name for the file")
    try:
        if path.is_symlink():
            raise OptionRefused(
                f"{quoted(path)} is a symbolic link", remedy="give the file that it points to"
            )
        if path.is_dir():
            raise OptionRefused(f"{quoted(path)} is a folder", remedy="give the name of a file")
        if path.exists() and not path.is_file():
            raise OptionRefused(
                f"{quoted(path)} is not a regular file", remedy="give the name of a file"
            )
    except OSError:
        return  # cannot be looked at, so it cannot be written, and that is said there


def _unusable_name(name: str) -> str:
    if any(ord(character) < ord(" ") for character in name):
        return "has a control character in its name"
    if name.split(".", maxsplit=1)[0].rstrip(" ").upper() in _DEVICES:
        return "is the name of a device on Windows"
    if name.endswith((".", " ")) and name not in {".", ".."}:
        return "ends in a point or a space, which Windows drops"
    strange = next((character for character in name if character in _STRANGE), "")
    if strange:
        return f"has {strange!r} in its name"
    if len(os.fsencode(name)) > _LONGEST:
        return f"has a name of {len(os.fsencode(name))} bytes; the limit is {_LONGEST}"
    return ""


def exists(path: Path) -> OptionRefused:
    """Build the refusal to overwrite ``path``."""
    return OptionRefused(
        f"{path} exists already", remedy="choose another name, or overwrite it with --force"
    )


def quoted(path: Path) -> str:
    """Show a path that may hold anything, in one line of bounded length."""
    text = str(path)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def made(folder: Path) -> None:
    """Make ``folder`` if it is not there.

    Raises:
        OptionRefused: if it cannot be made.
    """
    try:
        folder.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OptionRefused(
            f"cannot make the folder {quoted(folder)}: {reason}",
            remedy="give a folder in one that exists and is writable",
        ) from None
