"""Reports as files: the suffix decides the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Union

import derive
import numeric
from derive.errors import OptionRefused
from derive.program import Program
from numeric.check.result import CheckResult
from numeric.network import Network
from numeric.step import Array
from reports.document import Document
from reports.equations import derived
from reports.files import exists, in_a_folder, made, save, usable
from reports.html import html
from reports.markdown import markdown
from reports.network.document import compose_network
from reports.network.material import network_material
from reports.pdf import latex_on_path, pdf, pdf_by_latex
from reports.settings import checked, configured
from reports.story import Material, compose
from reports.tex import drawings, tex
from reports.typesetting import compiler

WRITERS: Mapping[str, Callable[[Document], str | bytes]] = {
    ".html": html,
    ".pdf": pdf,
    ".tex": tex,
    ".md": markdown,
}
ENGINES = ("typst", "latex")  # what makes a PDF
MATHS = ("svg", "mathml")  # what formulas are on an HTML page

Settings = Union[Mapping[str, Union[int, float]], None]
Batch = Union[tuple[Array, Array], None]


def write(  # noqa: PLR0913  what to write, and choices that have a default
    subject: Program | Network,
    path: str | Path,
    *,
    name: str = "",
    seed: int = 0,
    overwrite: bool = True,
    settings: Settings = None,
    engine: str = "typst",
    math: str = "svg",
    fast: bool = False,
    batch: Batch = None,
) -> CheckResult:
    """Derive and check a program or a network and write the report; give the verdict.

    Args:
        subject: the forward equations, or a network with its parameters as they are.
        path: where to write; the suffix is one of ``WRITERS``.
        name: what commands call the layer, by default the file's stem; or a network's title.
        seed: where the draws start.
        overwrite: whether an existing file is replaced.
        settings: values for hyperparameters of a program, in place of their defaults.
        engine: what makes a PDF: ``typst``, or the ``latex`` found on the user's path.
        math: what formulas are on an HTML page: ``svg``, or ``mathml`` for the browser to set.
        fast: whether the check of a program looks at fewer points.
        batch: samples and targets to look at a network with, in place of drawn ones.

    Raises:
        OptionRefused: for a choice that there is not, or a file that cannot be written.
        DeriveError: where the subject cannot be derived or built.
    """
    target = Path(path)
    possible(target, overwrite=overwrite, engine=engine, math=math)
    options: dict[str, Any] = {"seed": seed} | ({"fast": True} if fast else {})
    if isinstance(subject, Network):
        document, result = _on_network(subject, name, options, settings, batch)
    else:
        document, result = _on_program(subject, name or target.stem, options, settings, batch)
    put(document, target, overwrite=overwrite, engine=engine, math=math)
    return result


def _on_program(
    program: Program, name: str, options: Mapping[str, Any], settings: Settings, batch: Batch
) -> tuple[Document, CheckResult]:
    _only_for("a network", batch=batch)
    found = material(program, name, settings or {}, options)
    return compose(found), found.result


def _on_network(
    network: Network, title: str, options: Mapping[str, Any], settings: Settings, batch: Batch
) -> tuple[Document, CheckResult]:
    _only_for("a program", settings=settings, fast=options.get("fast"))
    found = network_material(network, title, batch=batch, seed=options["seed"])
    return compose_network(found), found.result


def _only_for(kind: str, **given: object) -> None:
    for option, value in given.items():
        if value:
            raise OptionRefused(f"{option} is for {kind}", remedy=f"leave {option} out")


def material(
    program: Program,
    name: str,
    settings: Mapping[str, int | float],
    options: Mapping[str, Any],
) -> Material:
    """Derive, build and check ``program``, for a report that calls it ``name``.

    Raises:
        DeriveError: where the program cannot be derived or built.
    """
    chosen = dict(settings)
    return Material(
        name=name,
        equations=derived(configured(program, chosen)),
        source=numeric.build(derive.bind(program, **chosen)).source,
        result=checked(program, chosen, options),
        settings=chosen,
        fast=options.get("fast", False),
    )


def possible(
    target: Path, *, overwrite: bool = False, engine: str = "typst", math: str = "svg"
) -> None:
    """Refuse what cannot be written, before any work is done for it.

    Raises:
        OptionRefused: for a suffix, engine or kind of formulas that there is not, and for a path
            that cannot take a file.
    """
    if target.suffix not in WRITERS:
        *most, last = WRITERS
        raise OptionRefused(
            f"a report cannot be written as {target.suffix or 'a file without a suffix'}: {target}",
            remedy=f"give a file name that ends in {', '.join(most)} or {last}",
        )
    able(target.suffix, engine=engine, math=math)
    usable(target)
    in_a_folder(target)
    if not overwrite and target.exists():
        raise exists(target)


def able(suffix: str, *, engine: str = "typst", math: str = "svg") -> None:
    """Refuse a kind of files whose writer is not there, or a choice that there is not.

    Raises:
        OptionRefused: for an engine or kind of formulas that there is not or is not installed.
    """
    for option, value, values in (("engine", engine, ENGINES), ("math", math, MATHS)):
        if value not in values:
            raise OptionRefused(
                f"there is no {option} {value!r}", remedy=f"choose {' or '.join(values)}"
            )
    match suffix, engine, math:
        case ".pdf", "latex", _:
            latex_on_path()
        case (".pdf", _, _) | (".html", _, "svg"):
            compiler()


def put(
    document: Document,
    target: Path,
    *,
    overwrite: bool = False,
    engine: str = "typst",
    math: str = "svg",
) -> None:
    """Write ``document`` to ``target`` as its suffix asks, with what has to stand beside it.

    Raises:
        OptionRefused: if the file cannot be written, or what makes it is not there or fails.
    """
    beside: Mapping[str, bytes] = {}
    match target.suffix, engine:
        case ".tex", _:
            content: str | bytes = tex(document, target.stem)
            beside = drawings(document, target.stem)
        case ".pdf", "latex":
            content = pdf_by_latex(document)
        case ".html", _:
            content = html(document, math)
        case suffix, _:
            content = WRITERS[suffix](document)
    for name, drawing in beside.items():
        path = target.parent / name
        made(path.parent)
        save(path, drawing, overwrite=True)
    save(target, content, overwrite=overwrite)
