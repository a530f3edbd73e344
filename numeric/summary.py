"""The steps of a network as a table: shapes, trained numbers, and what a batch costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from derive.display import Displayed
from derive.program import Program
from numeric.cost import Cost, cost
from numeric.fit import feed
from numeric.shape import Shape, numbers, text
from numeric.stage import Stage

HEAD = ("step", "layer", "gives", "parameters", "forward", "backward")
_RIGHT = frozenset({3, 4, 5})
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Row:
    """One step, or the loss.

    Attributes:
        path: of the step; ``loss`` for the loss.
        name: what it is called.
        gives: the shape that comes out.
        parameters: numbers that are trained, those of steps inside not among them.
        shared: the path of the step that has these parameters too and counts them.
        forward: operations of a batch on its way forward, those of steps inside not among them.
        backward: operations on its way back.
    """

    path: str
    name: str
    gives: Shape
    parameters: int
    shared: str
    forward: int
    backward: int


@dataclass(frozen=True, slots=True)
class Summary(Displayed):
    """A network as a table; ``str(summary)`` shows it.

    Operations are on numbers: a product with sum counts as two, a function of one number as one.

    Attributes:
        title: what stands above the table.
        samples: of the batch whose operations are counted.
        rows: the steps in order, those inside a step after it, and the loss.
    """

    title: str
    samples: int
    rows: tuple[Row, ...] = field(repr=False)

    @property
    def parameters(self) -> int:
        """Trained numbers of the whole network."""
        return sum(row.parameters for row in self.rows)

    @property
    def forward(self) -> int:
        """Operations of a batch on its way forward."""
        return sum(row.forward for row in self.rows)

    @property
    def backward(self) -> int:
        """Operations of a batch on its way back."""
        return sum(row.backward for row in self.rows)

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """The table as text, without its head; the last line is the sum."""
        total = ("", "total", "", *map(_count, (self.parameters, self.forward, self.backward)))
        return (*map(_cells, self.rows), total)

    def __str__(self) -> str:
        lines = [HEAD, *self.cells]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        rule = _GAP.join("-" * width for width in widths)
        shown = [_line(line, widths) for line in lines]
        samples = "1 sample" if self.samples == 1 else f"{self.samples:,} samples"
        note = f"{self.title}; operations for {samples}"
        return "\n".join([note, shown[0], rule, *shown[1:-1], rule, shown[-1]])


def summarise(
    title: str, stages: Sequence[Stage], given: Shape, loss: Program, samples: int
) -> Summary:
    """Make the table of steps that give a shape, and of the loss."""
    known: dict[Program, Cost] = {}

    def counted(program: Program, arrays: Mapping[str, tuple[int, ...]]) -> tuple[int, int]:
        if program not in known:
            known[program] = cost(program)
        found = known[program]
        pairs = ((a.axes, arrays.get(a.name, ())) for a in found.program.arrays)
        sizes = {axis: n for axes, extents in pairs for axis, n in zip(axes, extents, strict=False)}
        wanted = {axis: sizes[axis] for axis in found.sizes}
        forward, backward = (
            found.figures(found.total(f), wanted).operations for f in ("forward", "backward")
        )
        return forward, backward

    inside = [inner for stage in stages for inner in stage.walk()]
    rows = [_row(stage, samples, counted) for stage in inside]
    return Summary(title, samples, (*rows, _loss(loss, given, samples, counted)))


Counted = Callable[[Program, Mapping[str, tuple[int, ...]]], tuple[int, int]]


def _row(stage: Stage, samples: int, counted: Counted) -> Row:
    program = stage.program
    costs = (0, 0) if program is None else counted(program, dict(_arrays(stage, program, samples)))
    own = 0 if stage.shared else sum(value.size for value in stage.parameters.values())
    return Row(stage.path, stage.name, stage.after, own, stage.shared, *costs)


def _arrays(
    stage: Stage, program: Program, samples: int
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The extents of the arrays that fix the sizes of a step."""
    yield from ((name, value.shape) for name, value in stage.parameters.items())
    fed = [a.name for a in program.arrays if a.role != "param"]
    if stage.branches:
        for name, branch in zip(fed, stage.branches.values(), strict=True):
            yield name, numbers(branch[-1].after if branch else stage.before, samples)
    else:
        yield fed[0], _seen(numbers(stage.before, samples), len(program.axes(fed[0])), stage)


def _seen(extents: tuple[int, ...], rank: int, stage: Stage) -> tuple[int, ...]:
    """The extents of what goes in, as the equations see them."""
    if stage.pointwise:
        lead = min(rank - 1, len(extents))
        return (*extents[:lead], *(1,) * (rank - 1 - lead), prod(extents[lead:]))
    return (prod(extents[: stage.folded]), *extents[stage.folded :])


def _loss(loss: Program, given: Shape, samples: int, counted: Counted) -> Row:
    extents, fed = numbers(given, samples), feed(loss)
    lead = len(extents) - len(loss.axes(fed)) + 1
    arrays = {fed: (prod(extents[:lead]), *extents[lead:])}
    return Row("loss", loss.title or "loss", (), 0, "", *counted(loss, arrays))


def _cells(row: Row) -> tuple[str, ...]:
    trained = f"as {row.shared}" if row.shared else _count(row.parameters)
    gives = text(row.gives) if row.gives else "scalar"
    return (row.path, row.name, gives, trained, _count(row.forward), _count(row.backward))


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    pairs = enumerate(zip(cells, widths, strict=True))
    shown = [c.rjust(w) if k in _RIGHT else c.ljust(w) for k, (c, w) in pairs]
    return _GAP.join(shown).rstrip()
