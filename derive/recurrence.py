"""The order in which arrays can be computed: recurrences have one, circles have none.

Arrays that read each other are a recurrence if along some axis every read goes the same way
(``t-1``, or ``t+1``), those that stay in place (``t``) being ordered in the same manner by
another axis, or not going round at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from derive.expr import Condition
from derive.index import Atom, Hyper, IndexExpr, Size, as_expr, number
from derive.inference import expand
from derive.program import Equation, Program
from derive.ranges import guarded_reads, lower, mentions, upper


@dataclass(frozen=True, slots=True)
class Edge:
    """``target[left] = ... source[read] ...`` at ``place``, looked at where the guards hold."""

    place: int
    target: str
    left: tuple[IndexExpr, ...]
    source: str
    read: tuple[IndexExpr, ...]
    guards: tuple[Condition, ...] = ()


def edges(program: Program) -> tuple[Edge, ...]:
    """Every read of a computed array, with the defaults of the integer hyperparameters."""
    computed = {e.name for e in program.equations}
    rows = dict(program.extents)
    values = {h.name: number(int(h.default)) for h in program.hypers if h.integer}

    def rule(atom: Atom) -> IndexExpr | None:
        return values.get(atom.name) if isinstance(atom, Hyper) else None

    return tuple(
        Edge(
            place,
            equation.name,
            tuple(expand(e, rows).rewrite(rule) for e in equation.indices),
            found.read.array,
            tuple(expand(e, rows).rewrite(rule) for e in found.read.indices),
            found.guards,
        )
        for place, equation in enumerate(program.equations)
        for found in guarded_reads(equation.expr)
        if found.read.array in computed
    )


def components(names: Sequence[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The groups of names that reach each other, each after the groups that it reads.

    Args:
        names: all names, in the order in which to look at them.
        links: pairs (reader, read).
    """
    out: dict[str, list[str]] = {name: [] for name in names}
    for reader, read in links:
        out[reader].append(read)
    number_of: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for root in names:
        waiting: list[tuple[str, Iterator[str]]] = []
        if root not in number_of:
            waiting.append(_enter(root, out, number_of, lowest, stack))
        while waiting:
            name, rest = waiting[-1]
            following = next(rest, None)
            if following is None:
                waiting.pop()
                if waiting:
                    above = waiting[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
                if lowest[name] == number_of[name]:
                    start = stack.index(name)
                    found.append(stack[start:])
                    del stack[start:]
            elif following not in number_of:
                waiting.append(_enter(following, out, number_of, lowest, stack))
            elif following in stack:
                lowest[name] = min(lowest[name], number_of[following])
    return found


def _enter(
    name: str,
    out: dict[str, list[str]],
    number_of: dict[str, int],
    lowest: dict[str, int],
    stack: list[str],
) -> tuple[str, Iterator[str]]:
    number_of[name] = lowest[name] = len(number_of)
    stack.append(name)
    return name, iter(out[name])


def recurrences(links: Sequence[Edge]) -> list[list[Edge]]:
    """The edges inside each group of arrays that read each other."""
    names = list(dict.fromkeys(name for e in links for name in (e.target, e.source)))
    groups = components(names, ((e.target, e.source) for e in links))
    group_of = {name: n for n, group in enumerate(groups) for name in group}
    inside: dict[int, list[Edge]] = {}
    for edge in links:
        if group_of[edge.target] == group_of[edge.source]:
            inside.setdefault(group_of[edge.target], []).append(edge)
    return list(inside.values())


def cycle(program: Program) -> tuple[int, tuple[str, ...]] | None:
    """The place of an equation on a circle, and the circle's names; None if there is none."""
    for group in recurrences(edges(program)):
        stuck = _unordered(group)
        if stuck:
            return stuck[0].place, _path(stuck)
    return None


def _unordered(group: list[Edge]) -> list[Edge]:
    """What is left of ``group`` when every edge that an axis orders is taken away."""
    waiting = [group]
    while waiting:
        links = waiting.pop()
        rest = next((r for r in _reduced(links) if len(r) < len(links)), None)
        if rest is None:
            return links
        waiting.extend(recurrences(rest))
    return []


def _reduced(links: list[Edge]) -> Iterator[list[Edge]]:
    """For each axis that orders some of the edges and contradicts none: the other edges."""
    first = links[0]
    for position in range(len(first.left)):
        steps = _along(links, first.target, position)
        if steps is None:
            continue
        if all(high is not None and high <= 0 for _, high in steps):
            yield [e for e, (_, high) in zip(links, steps, strict=True) if high == 0]
        if all(low is not None and low >= 0 for low, _ in steps):
            yield [e for e, (low, _) in zip(links, steps, strict=True) if low == 0]


Step = tuple[int | None, int | None]


def _along(links: list[Edge], name: str, position: int) -> list[Step] | None:
    """The least and the largest step of each edge along one axis, found array by array."""
    axes = {name: position}
    changed = True
    while changed:
        changed = False
        for edge in links:
            if edge.target in axes and edge.source not in axes:
                axis = _matching(edge, axes[edge.target])
                if axis is None:
                    return None
                axes[edge.source] = axis
                changed = True
    return [_step(edge, axes[edge.target], axes[edge.source]) for edge in links]


def _matching(edge: Edge, position: int) -> int | None:
    """The axis of the array read that moves with an axis of the array written."""
    own = edge.left[position].index
    order = sorted(range(len(edge.read)), key=lambda axis: axis != position)
    for axis in order:
        if own is not None and own in edge.read[axis].indices():
            return axis
    return next((a for a in order if _step(edge, position, a) != (None, None)), None)


def _step(edge: Edge, written: int, read: int) -> Step:
    gap = edge.read[read] - edge.left[written]
    return lower(gap, edge.guards), upper(gap, edge.guards)


def _path(links: list[Edge]) -> tuple[str, ...]:
    """A circle through the edges, from the first of them back to itself."""
    reads: dict[str, str] = {}
    for edge in links:
        reads.setdefault(edge.target, edge.source)
    path = [links[0].target]
    while path[-1] not in path[:-1]:
        path.append(reads[path[-1]])
    return tuple(path[path.index(path[-1]) :])


# ---- starts -----------------------------------------------------------------------------------


def missing_start(program: Program) -> tuple[int, str] | None:
    """An element that a recurrence reads and nothing defines: place and text; or None."""
    for group in recurrences(edges(program)):
        for edge in group:
            definition = program.definition(edge.source)
            if definition is None or program.pad(edge.source) is not None:
                continue
            if any(mentions(g, e) for g in edge.guards for e in edge.read):
                continue
            for element in _outside(program, definition, edge.read):
                if not _covered(program, edge.source, element):
                    return edge.place, _element_text(definition, element)
    return None


Element = tuple[IndexExpr | None, ...]


def _outside(
    program: Program, definition: Equation, read: tuple[IndexExpr, ...]
) -> Iterator[Element]:
    """The kinds of elements off the grid that are read: a number per axis, or None if on it."""
    rows = dict(program.extents)
    options = [
        _axis(expand(as_expr(Size(index.name)), rows), expr, rows)
        for index, expr in zip(definition.free, read, strict=True)
    ]
    for element in product(*options):
        if any(e is not None for e in element):
            yield element


def _axis(extent: IndexExpr, expr: IndexExpr, rows: dict[str, IndexExpr]) -> list[IndexExpr | None]:
    index = next(iter(expr.indices()), None)
    shift = None if index is None else (expr - as_expr(index)).constant
    if index is None or shift is None or expand(as_expr(Size(index.name)), rows) != extent:
        return [None]
    if shift < 0:
        return [None, *(number(-step) for step in _steps(-shift))]
    return [None, *(extent + (step - 1) for step in _steps(shift))]


# A start for each step back is written out; no text has room for more than this.
MOST_STEPS = 600


def _steps(count: int) -> range:
    return range(1, min(count, MOST_STEPS) + 1)


def _covered(program: Program, name: str, element: Element) -> bool:
    rows = dict(program.extents)
    for start in program.starts(name):
        wanted = [
            (expand(given, rows), value)
            for given, value in zip(start.indices, element, strict=True)
            if given.index is None
        ]
        if all(value is not None and given == value for given, value in wanted):
            return True
    return False


def _element_text(definition: Equation, element: Element) -> str:
    inside = (
        str(index if value is None else value)
        for index, value in zip(definition.free, element, strict=True)
    )
    return f"{definition.name}[{', '.join(inside)}]"
