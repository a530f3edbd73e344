"""The folder of a gallery: looked at before any work is done for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from derive.errors import OptionRefused
from reports.files import exists, quoted


def prepared(folder: Path, paths: Iterable[Path], *, overwrite: bool) -> None:
    """Make ``folder`` if it is not there; refuse it if something in it would be lost.

    Raises:
        OptionRefused: if it is no folder, cannot be made, or a file of ``paths`` is there already
            and ``overwrite`` is not set.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise OptionRefused(
                f"{quoted(folder)} is a file, and --all writes many",
                remedy="give the name of a folder",
            )
        taken = None if overwrite else next((path for path in paths if path.exists()), None)
        if taken is not None:
            raise exists(taken)
        folder.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OptionRefused(
            f"cannot make the folder {quoted(folder)}: {reason}",
            remedy="give a folder in one that exists and is writable",
        ) from None
