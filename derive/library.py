"""Programs from text, from the built-in layers and from files."""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path

from derive.claims import with_claims
from derive.errors import LimitError, OptionRefused, ParseError
from derive.parser import parse_tree
from derive.program import Program
from derive.resolve import resolve
from derive.words import MAX_CHARACTERS

SUFFIX = ".eqn"
# Where the equations are that ship with the package.
LAYERS, UPDATES = FOLDERS = ("layers", "updates")
# A character takes at most four bytes, and a text may begin with a mark of three.
MAX_BYTES = 4 * MAX_CHARACTERS + 3
# Of a path that is not usable, a message shows so many characters.
WIDEST = 200


def parse(text: str, origin: str = "") -> Program:
    """Read equations.

    Args:
        text: the equations, in the equation language.
        origin: where they are from, for messages.

    Raises:
        DeriveError: if the text is refused, with place and remedy.
        TypeError: if ``text`` is not text.
    """
    tree = parse_tree(text, origin)
    return with_claims(resolve(tree), tree)


def layers() -> tuple[str, ...]:
    """Name the built-in layers, in alphabetical order."""
    return _names(LAYERS)


def updates() -> tuple[str, ...]:
    """Name the update equations of the optimisers, in alphabetical order."""
    return _names(UPDATES)


def _names(folder: str) -> tuple[str, ...]:
    names = (entry.name for entry in resources.files("derive").joinpath(folder).iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


def load(name_or_path: str | Path) -> Program:
    """Read a built-in layer or update by its name, or a file of equations by its path.

    Raises:
        OptionRefused: if there is no such layer or file, or it cannot be read.
        DeriveError: if its text is refused.
    """
    return parse(read(name_or_path), str(name_or_path))


def read(name_or_path: str | Path) -> str:
    """Give the text of a built-in layer or update, or of a file of equations.

    Raises:
        OptionRefused: if there is no such layer or file, or it cannot be read.
        LimitError: if the file is too large.
        ParseError: if it is not UTF-8.
    """
    name = str(name_or_path)
    folder = next((f for f in FOLDERS if name in _names(f)), None)
    if isinstance(name_or_path, str) and folder is not None:
        data = resources.files("derive").joinpath(folder).joinpath(name + SUFFIX).read_bytes()
    else:
        data = _file_bytes(name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ParseError(
            f"byte {error.start} (0x{data[error.start]:02x}) in line {line} is not UTF-8",
            remedy="save the file as UTF-8", origin=name,
        ) from None  # fmt: skip


def _file_bytes(name: str) -> bytes:
    try:
        path = Path(name)
        if not path.exists() and not name.endswith(SUFFIX) and path.name == name:
            raise _unknown_layer(name)
        # asked before opening: to open a pipe waits for a writer, to read a device may not end
        if path.exists() and not path.is_file():
            raise ValueError("not a regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OptionRefused(
            f"cannot read {_shown(name)}: {reason}", remedy="give the path of an .eqn file"
        ) from None
    if len(data) > MAX_BYTES:
        raise LimitError(
            f"the file is larger than {MAX_BYTES:,} bytes",
            remedy="split the layer into several files", origin=name,
        )  # fmt: skip
    return data


def _shown(name: str) -> str:
    """A path that may hold anything, in one line of bounded length."""
    return repr(name if len(name) <= WIDEST else f"{name[:WIDEST]}...")


def _unknown_layer(name: str) -> OptionRefused:
    close = difflib.get_close_matches(name[:WIDEST], (*layers(), *updates()), n=3)
    remedy = f"did you mean {', '.join(close)}? " if close else ""
    return OptionRefused(
        f"there is no built-in layer {name[:60]!r}",
        remedy=f"{remedy}`backproof layers` lists them; a file's name ends in {SUFFIX}",
    )
