"""Reports as files: the suffix decides the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import derive
import numeric
from derive.errors import OptionRefused
from derive.program import Program
from numeric.check.result import CheckResult
from reports.compose import Material, compose
from reports.document import Document
from reports.equations import derived
from reports.files import exists, save, usable
from reports.html import html
from reports.settings import checked, configured
from reports.tex import tex

WRITERS: Mapping[str, Callable[[Document], str]] = {".html": html, ".tex": tex}
_KINDS = " or ".join(WRITERS)


def write(  # noqa: PLR0913  what to write, and five choices that have a default
    program: Program,
    path: str | Path,
    *,
    name: str = "",
    seed: int = 0,
    overwrite: bool = True,
    settings: Mapping[str, int | float] | None = None,
) -> CheckResult:
    """Derive, build and check ``program`` and write the report; give the verdict.

    Args:
        program: the forward equations.
        path: where to write; ``.html`` or ``.tex``.
        name: what the report calls the layer in its commands; by default the file's stem.
        seed: where the draws of the check start.
        overwrite: whether an existing file is replaced.
        settings: values for hyperparameters, in place of their defaults.

    Raises:
        OptionRefused: for another suffix, or a file that cannot be written.
        DeriveError: where the program cannot be derived or built.
    """
    target = Path(path)
    writer = _writer(target)
    usable(target)
    if not overwrite and target.exists():
        raise exists(target)
    chosen = dict(settings or {})
    material = Material(
        name=name or target.stem,
        equations=derived(configured(program, chosen)),
        source=numeric.build(derive.bind(program, **chosen)).source,
        result=checked(program, chosen, {"seed": seed}),
        settings=chosen,
    )
    save(target, writer(compose(material)), overwrite=overwrite)
    return material.result


def _writer(target: Path) -> Callable[[Document], str]:
    writer = WRITERS.get(target.suffix)
    if writer is None:
        raise OptionRefused(
            f"a report cannot be written as {target.suffix or 'a file without a suffix'}: {target}",
            remedy=f"give a file name that ends in {_KINDS}",
        )
    return writer
