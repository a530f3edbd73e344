"""Writing results to files, without losing what was there."""

from __future__ import annotations

from pathlib import Path

from derive.errors import OptionRefused


def save(path: Path, content: str | bytes, *, overwrite: bool = False) -> None:
    """Write ``content`` to ``path``; text as UTF-8 with plain line feeds.

    Raises:
        OptionRefused: if the file exists and ``overwrite`` is not set, or cannot be written.
    """
    if path.is_dir():
        raise OptionRefused(f"{str(path)!r} is a folder", remedy="give the name of a file")
    data = content.encode() if isinstance(content, str) else content
    try:
        with path.open("wb" if overwrite else "xb") as file:
            file.write(data)
    except FileExistsError:
        raise exists(path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OptionRefused(
            f"cannot write {str(path)!r}: {reason}", remedy="give a file in a writable folder"
        ) from None


def exists(path: Path) -> OptionRefused:
    """Build the refusal to overwrite ``path``."""
    return OptionRefused(
        f"{path} exists already", remedy="choose another name, or overwrite it with --force"
    )
