"""Each exhibit of a recipe as blocks of a report."""

from __future__ import annotations

from functools import singledispatch

from numeric.recipes.exhibits import Curves, Heat, Passage, Pictures, Points, Rows
from reports.document import Block, Code, Paragraph, Table
from reports.training.lines import curves, points
from reports.training.shades import heat, pictures


@singledispatch
def drawn(exhibit: object) -> tuple[Block, ...]:
    """Draw an exhibit.

    Raises:
        TypeError: for what is no exhibit.
    """
    raise TypeError(f"{type(exhibit).__name__} is not an exhibit: add a rule to reports.training")


@drawn.register
def _(exhibit: Curves) -> tuple[Block, ...]:
    return (curves(exhibit),)


@drawn.register
def _(exhibit: Heat) -> tuple[Block, ...]:
    return (heat(exhibit),)


@drawn.register
def _(exhibit: Pictures) -> tuple[Block, ...]:
    return (pictures(exhibit),)


@drawn.register
def _(exhibit: Points) -> tuple[Block, ...]:
    return (points(exhibit),)


@drawn.register
def _(exhibit: Passage) -> tuple[Block, ...]:
    return (Paragraph((f"{exhibit.title}:",)), Code(exhibit.text, "text"))


@drawn.register
def _(exhibit: Rows) -> tuple[Block, ...]:
    numbers = frozenset(range(1, len(exhibit.head)))
    return (Table(exhibit.head, exhibit.rows, numbers, (exhibit.title,)),)
