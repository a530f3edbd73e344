"""``check_file``: the ``forward`` and ``backward`` of a ``.py`` file, verified.

Running somebody's ``.py`` is running code: the file is imported, with everything that a Python
program may do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from derive.errors import CallRefused, OptionRefused
from derive.program import Program
from numeric.check.own.convention import contained, failure
from numeric.check.own.function import check_function
from numeric.check.result import CheckResult

LARGEST_FILE = 1_000_000
_PREFIX = "_backproof_checked_"


def check_file(
    path: str | Path,
    against: Program | str | None = None,
    *,
    shapes: Any = None,
    seed: int = 0,
    **hypers: Any,
) -> CheckResult:
    """Verify the ``forward`` and ``backward`` of a ``.py`` file, as ``check_function`` does.

    The file is executed: it is a program of its author, and is trusted as one. ``shapes`` are
    lists of shapes, or text as ``3,4;5,4;5``; without them and without a program to check
    against, the file says ``SHAPES = [(3, 4), (5, 4), (5,)]``.

    Raises:
        DeriveError: if the file is not such a file, or its functions cannot be called.
    """
    module = loaded(Path(path))
    forward, backward = (_function(module, name, Path(path)) for name in ("forward", "backward"))
    if shapes is None and against is None:
        shapes = getattr(module, "SHAPES", None)
        if shapes is None:
            raise OptionRefused(
                f"{Path(path).name} has no SHAPES, and none are given",
                remedy="write SHAPES = [(3, 4), (5, 4), (5,)] into it, give --shapes, "
                "or name a layer to check it against",
            )
    title = Path(path).name
    return check_function(forward, backward, shapes, against, seed=seed, title=title, **hypers)


def loaded(path: Path) -> ModuleType:
    """Import a file as a module of its own.

    Raises:
        OptionRefused: if it is not a readable Python file of reasonable size.
        CallRefused: if it raises while it is imported.
    """
    text = _text(path)
    try:
        compile(text, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise OptionRefused(
            f"{path.name} is not Python: {error.msg} in line {error.lineno}",
            remedy="give a file that Python can import",
        ) from None
    except ValueError as error:
        raise OptionRefused(
            f"{path.name} is not Python: {error}", remedy="give a file that Python can import"
        ) from None
    return _imported(path.resolve())


def _text(path: Path) -> str:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not a regular file" if path.exists() else \
            "does not exist"  # fmt: skip
        raise OptionRefused(f"{path} {what}", remedy="give a .py file with forward and backward")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise OptionRefused(
            f"{path.name} has {size} bytes", remedy=f"give a file of at most {LARGEST_FILE} bytes"
        )
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionRefused(
            f"{path.name} cannot be read: {error}", remedy="give a text file in UTF-8"
        ) from None


def _imported(path: Path) -> ModuleType:
    name = f"{_PREFIX}{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OptionRefused(f"{path.name} is not a Python file", remedy="let its name end in .py")
    module = module_from_spec(spec)
    with _beside(path.parent, module):
        try:
            with contained():
                spec.loader.exec_module(module)
        except Exception as error:  # whatever foreign code raises is about foreign code
            problem = failure("import", error, (str(path),)).problem
            raise CallRefused(
                f"{path.name} {problem}", remedy="give a file that Python can import"
            ) from error
    return module


@contextmanager
def _beside(folder: Path, module: ModuleType) -> Iterator[None]:
    """Let a file import its neighbours; forget them, and how to find them, afterwards."""
    before, known = list(sys.path), dict(sys.modules)
    sys.path.insert(0, str(folder))
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        sys.path[:] = before
        for name, other in list(sys.modules.items()):
            file = getattr(other, "__file__", None)
            if name not in known and file and Path(file).parent == folder:
                del sys.modules[name]


def _function(module: ModuleType, name: str, path: Path) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if not callable(found):
        raise CallRefused(
            f"{path.name} defines no function {name}",
            remedy="define forward(*arrays) and backward(saved, *cotangents)",
        )
    return found  # type: ignore[no-any-return]  # callable is all that is known
