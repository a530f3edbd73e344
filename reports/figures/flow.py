"""Which array is computed from which: what the drawing of a computation shows, before any place.

node        stands for
input       an array that is given and gets a gradient
param       the same, trained
const       an array that is given and gets none
equation    a computed array, with its forward equation and that of its cotangent
delay       a computed array some steps before or after: the element that a recurrence reads
besides     a computed array that only the backward equations need
loss        the scalar that the outputs lead to
carried     an array of the part before, where a drawing is cut into parts

An array and its cotangent share a node, and a link that carries a value forwards and a cotangent
back is one link: ``backward`` says whether some equation of a cotangent reads along it. What
backward equations read of forward values is told at the node, as ``kept``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise, product

from derive.expr import Read, reads
from derive.program import Equation
from reports.equations import Derived
from reports.figures.delays import Delays, delays, is_moved, shift, started
from reports.figures.words import labels, operation
from reports.mathematics.layout import Layout, Letter, Prose
from reports.mathematics.subscripts import subscript

LOSS = "loss of all"  # no name of the language has a space


@dataclass(frozen=True, slots=True)
class Cotangent:
    """The cotangent of a node: how it looks, and the number of its equation, if it has one."""

    equation: str
    label: Layout
    number: str


@dataclass(frozen=True, slots=True)
class Node:
    """An array, as the module says.

    Attributes:
        key: what links call it.
        kind: a word of the table above.
        label: its name with its indices.
        words: what its equation does.
        equations: the names and numbers of the equations that it stands for.
        cotangents: what comes back to it.
        kept: whether backward equations read its value.
    """

    key: str
    kind: str
    label: Layout
    words: Layout | None = None
    numbers: tuple[str, ...] = ()
    cotangents: tuple[Cotangent, ...] = ()
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A read: the value of ``source`` goes to ``target``.

    ``recurrent`` links lead from an array to its delayed self.
    """

    source: str
    target: str
    backward: bool = False
    recurrent: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """The nodes and links of a program."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    def node(self, key: str) -> Node:
        """Give the node called ``key``."""
        return next(node for node in self.nodes if node.key == key)


def flow(equations: Derived) -> Flow:
    """Arrange the arrays of a program, their equations and what each reads, as nodes and links."""
    delayed = delays(equations.joint, equations.forward)
    owners = _owners(equations)
    links = _links(equations, delayed, owners)
    joined = {(link.source, link.target) for link in links}
    back = set(_back(equations, owners, joined, delayed))
    extra = sorted(back - joined)
    nodes = (*_given(equations), *_computed(equations, owners), *_delayed(equations, delayed))
    nodes = (*nodes, Node(LOSS, "loss", Letter("L"), Prose("any scalar loss")))
    return Flow(
        nodes=tuple(_with_cotangents(node, equations, owners) for node in nodes),
        links=(
            *(replace(link, backward=(link.source, link.target) in back) for link in links),
            *(Link(source, target, backward=True) for source, target in extra),
        ),
    )


# ---- forward ----------------------------------------------------------------------------------


def _links(equations: Derived, delayed: Delays, owners: Mapping[str, str]) -> tuple[Link, ...]:
    found: dict[Link, None] = {}
    for place, equation in enumerate(equations.forward):
        targets = [equation.name]
        if equation.is_start:
            targets = [delay.key for delay in started(equation, delayed.values())] or targets
        sources = [
            delayed[place, read].key if (place, read) in delayed else read.array
            for read in reads(equation.expr)
        ]
        for source, target in product((*sources, *labels(equation.expr)), targets):
            found[Link(source, target)] = None
    for equation in _besides(equations, owners):
        for read in reads(equation.expr):
            found[Link(owners.get(read.array, read.array), equation.name)] = None
    for delay in delayed.values():
        found[Link(delay.array, delay.key, recurrent=True)] = None
    for name in equations.program.outputs:
        found[Link(name, LOSS)] = None
    return tuple(found)


def _given(equations: Derived) -> Iterator[Node]:
    names = equations.names
    for array in equations.program.arrays:
        label = names.array(array.name, tuple(names.index(axis) for axis in array.axes))
        yield Node(array.name, array.role, label)


def _computed(equations: Derived, owners: Mapping[str, str]) -> Iterator[Node]:
    for equation in equations.forward:
        if not equation.is_start:
            yield _defined(equation, equations, "equation")
    for equation in _besides(equations, owners):
        yield _defined(equation, equations, "besides")


def _defined(equation: Equation, equations: Derived, kind: str) -> Node:
    names = equations.names
    label = names.array(equation.name, tuple(subscript(i, names) for i in equation.indices))
    words = operation(equation.expr, names)
    return Node(equation.name, kind, label, words, (equations.numbers[equation],))


def _delayed(equations: Derived, delayed: Delays) -> Iterator[Node]:
    names = equations.names
    starts = [e for e in equations.forward if e.is_start]
    nearest = {e: started(e, delayed.values())[:1] for e in starts}
    for delay in dict.fromkeys(delayed.values()):
        label = names.array(delay.array, tuple(subscript(i, names) for i in delay.indices))
        numbers = tuple(equations.numbers[e] for e in starts if nearest[e] == (delay,))
        yield Node(delay.key, "delay", label, Prose(delay.words), numbers)


# ---- backward ---------------------------------------------------------------------------------


def _besides(equations: Derived, owners: Mapping[str, str]) -> tuple[Equation, ...]:
    return tuple(e for e in equations.cotangents if e.name not in owners)


def _owners(equations: Derived) -> dict[str, str]:
    """The array that each cotangent belongs to: what is left of its name without d and suffix."""
    primal = {a.name for a in equations.program.arrays} | {e.name for e in equations.forward}
    found: dict[str, str] = {}
    given = (a.name for a in equations.joint.arrays if a.name not in primal)
    for name in (*given, *(e.name for e in equations.cotangents)):
        rest = name[1:] if name.startswith("d") else ""
        while rest and rest not in primal:
            rest = rest.rpartition("_")[0]
        if rest:
            found[name] = rest
    return found


def _back(
    equations: Derived, owners: Mapping[str, str], joined: set[tuple[str, str]], delayed: Delays
) -> Iterator[tuple[str, str]]:
    """The links that a cotangent comes back along; one that had no line of its own is passed."""
    alone = {owners[e.name] for e in equations.cotangents if e.name in owners}
    besides = {e.name for e in _besides(equations, owners)}
    given = set(owners) - {e.name for e in equations.cotangents}
    for equation in equations.cotangents:
        if equation.name not in owners:
            continue
        reader = owners[equation.name]
        for read in reads(equation.expr):
            if read.array in besides:
                yield reader, read.array
            if read.array not in owners:
                continue
            source = owners[read.array]
            if read.array in given:
                yield source, LOSS
            if source != reader or is_moved(read):
                strict = alone | _other_steps(equations, read, delayed)
                found = (_ways(reader, source, closed, joined) for closed in (strict, alone, set()))
                yield from next(filter(None, found), ())


def _other_steps(equations: Derived, read: Read, delayed: Delays) -> set[str]:
    """The delays that a cotangent read some steps away does not come back through."""
    steps = shift(equations.joint, read)
    if steps is None:
        return set()
    return {delay.key for delay in delayed.values() if delay.shift != -steps}


def _ways(
    start: str, end: str, closed: set[str], joined: set[tuple[str, str]]
) -> set[tuple[str, str]]:
    """The links of the shortest ways from ``start`` to ``end`` that pass no node of ``closed``."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    while ways:
        arrived = [way for way in ways if (way[-1], end) in joined]
        if arrived:
            return {pair for way in arrived for pair in pairwise((*way, end))}
        seen |= {way[-1] for way in ways}
        ways = [
            [*way, target]
            for way in ways
            for source, target in sorted(joined)
            if source == way[-1] and target not in seen | closed and target != LOSS
        ]
    return set()


def _with_cotangents(node: Node, equations: Derived, owners: Mapping[str, str]) -> Node:
    read = {r.array for e in equations.cotangents for r in reads(e.expr)}
    read |= {name for e in equations.cotangents for name in labels(e.expr)}
    numbers = {e.name: equations.numbers[e] for e in equations.cotangents}
    names = equations.names
    found = []
    for name, owner in owners.items():
        if owner == node.key:
            axes = tuple(names.index(axis) for axis in equations.joint.axes(name))
            found.append(Cotangent(name, names.array(name, axes), numbers.get(name, "")))
    written = tuple(c for c in found if c.number)
    return replace(node, cotangents=written or tuple(found), kept=node.key in read)
