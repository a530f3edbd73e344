"""The reports of a gallery, written side by side: each layer's page in every format asked for."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from derive.errors import DeriveError, OptionRefused
from derive.program import Program
from reports.document import Code, Document, Inline, Line, Link, Paragraph
from reports.equations import Derived
from reports.mathematics.typeset import typeset_equation
from reports.story import compose
from reports.writing import WRITERS, material, put

WORKERS = 2
INDEX = "index"
NOT_WRITTEN = "not written"
FORMATS = tuple(suffix.removeprefix(".") for suffix in WRITERS)
# Formats whose pages are read one after the other, and so lead from one to the next.
LINKED = ("html", "md")
# Of more forward equations a card shows the last ones: those that give the outputs.
_SHOWN = 3
_DIE_IN_SILENCE = (signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True, slots=True)
class Order:
    """How the pages of a gallery are to be written.

    Attributes:
        folder: where they go.
        formats: suffixes without the point, the first being what the index leads to.
        options: of the check.
        overwrite: whether existing files are replaced.
        engine: what makes a PDF.
        math: what formulas are on an HTML page.
    """

    folder: Path
    formats: tuple[str, ...] = ("html",)
    options: tuple[tuple[str, Any], ...] = ()
    overwrite: bool = False
    engine: str = "typst"
    math: str = "svg"

    def path(self, name: str, kind: str) -> Path:
        """Where the page of a layer goes."""
        return self.folder / f"{name}.{kind}"


@dataclass(frozen=True, slots=True)
class Page:
    """What became of one layer: its verdict and forward equations, or why there is no page."""

    name: str
    title: str
    verdict: str = ""
    good: bool = False
    forward: tuple[Line, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    program: Program
    before: str
    after: str


def written(programs: Mapping[str, Program], order: Order) -> Iterator[Page]:
    """Write the pages of ``programs``, each linked to its neighbours; give each when it is done.

    What cannot be derived, built or written is told in its ``Page``, and the others go on.
    """
    names = tuple(programs)
    tasks = [
        _Task(name, programs[name], before, after)
        for before, name, after in zip(("", *names[:-1]), names, (*names[1:], ""), strict=True)
    ]
    # the long ones first, so that none of them is left alone at the end
    tasks.sort(key=lambda task: _size(task.program), reverse=True)
    # a worker that is interrupted goes in silence; the message is the parent's
    pool = ProcessPoolExecutor(
        WORKERS,
        # a process that is forked when Typst has run waits for threads that it does not have
        mp_context=get_context("spawn"),
        initializer=signal.signal,
        initargs=_DIE_IN_SILENCE,
    )
    try:
        running = {pool.submit(_page, task, order): task for task in tasks}
        yield from (_outcome(done, running[done]) for done in as_completed(running))
    finally:
        pool.shutdown(cancel_futures=True)


def _size(program: Program) -> int:
    return len(program.equations) + sum(len(array.axes) for array in program.arrays)


def _outcome(done: Future[Page], task: _Task) -> Page:
    try:
        return done.result()
    except BrokenProcessPool:
        return Page(task.name, task.program.title, problem="the process that wrote it was ended")


def _page(task: _Task, order: Order) -> Page:
    title = task.program.title or task.name
    try:
        found = material(task.program, task.name, {}, dict(order.options))
        _put(compose(found), task, order, order.formats)
    except DeriveError as refusal:
        # its neighbours lead to it: they must not lead nowhere
        stub = Document(title, NOT_WRITTEN, (), (Code(str(refusal), "text"),))
        with suppress(OptionRefused):  # where it cannot be saved either, that is what is told
            _put(stub, task, order, [kind for kind in order.formats if kind in LINKED])
        return Page(task.name, title, problem=str(refusal))
    result, forward = found.result, _forward(found.equations)
    return Page(task.name, title, result.verdict, result.exit_code == 0, forward)


def _put(document: Document, task: _Task, order: Order, formats: Iterable[str]) -> None:
    for kind in formats:
        put(
            _linked(document, task, kind) if kind in LINKED else document,
            order.path(task.name, kind),
            overwrite=order.overwrite,
            engine=order.engine,
            math=order.math,
        )


def _linked(document: Document, task: _Task, kind: str) -> Document:
    """The document between two lines that lead to its neighbours and to the index."""
    links: list[Inline] = [Link("All layers", f"{INDEX}.{kind}")]
    if task.before:
        links = [Link(f"← {task.before}", f"{task.before}.{kind}"), " · ", *links]
    if task.after:
        links += [" · ", Link(f"{task.after} →", f"{task.after}.{kind}")]
    line = Paragraph(tuple(links))
    return replace(document, blocks=(line, *document.blocks, line))


def _forward(equations: Derived) -> tuple[Line, ...]:
    shown = [e for e in equations.program.equations if not e.is_start][-_SHOWN:]
    return tuple(Line(*typeset_equation(e, equations.names)) for e in shown)
