"""The steps of a network as a table: what each is, what goes in and out, what it learns."""

from __future__ import annotations

from collections.abc import Iterable

from numeric.network import Network
from numeric.shape import Shape, entry
from numeric.stage import Stage
from reports.document import Inline, Table
from reports.mathematics.layout import Digits, Layout, Letter, Mark, Word, listed, row
from reports.network.positions import placed

TIMES = Mark("×", "binary")


def steps_table(network: Network) -> Table:
    """Give one row for each step, and one for the loss."""
    rows = [_step(inside) for stage in network.stages for inside in stage.walk()]
    rows.append(("", network.loss.title or "loss", shape(network.shape), "scalar", "", ""))
    head = ("Step", "Layer", "In", "Out", "Parameters", "Numbers")
    return Table(head, tuple(rows), frozenset({0, 5}))


def _step(stage: Stage) -> tuple[Inline, ...]:
    numbers = 0 if stage.shared else sum(value.size for value in stage.parameters.values())
    return (
        stage.path,
        title(stage),
        shape(stage.before),
        shape(stage.after),
        _parameters(stage),
        f"{numbers:,}" if numbers else "",
    )


def title(stage: Stage) -> str:
    """What a reader calls a step."""
    if stage.branches or stage.program is None:
        return stage.name
    return stage.program.title or stage.name


def _parameters(stage: Stage) -> Inline:
    if stage.program is None or not stage.parameters:
        return ""
    return listed(tuple(placed((name, stage.shared or stage.path)) for name in stage.parameters))


def shape(extents: Shape) -> Layout:
    """A shape in a network: N × 16 × 8."""
    return product(map(entry, extents))


def product(extents: Iterable[str]) -> Layout:
    """Extents with signs between them."""
    shown: list[Layout] = []
    for extent in extents:
        shown += [TIMES, _extent(extent)] if shown else [_extent(extent)]
    return row(*shown) if shown else Word("scalar")


def _extent(extent: str) -> Layout:
    """One extent: a number, the letter of the samples, or an expression in words."""
    if extent.isdecimal():
        return Digits(extent)
    return Letter(extent) if len(extent) == 1 else Word(extent)
