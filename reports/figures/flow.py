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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.expr import Read, reads
from derive.index import Index, as_expr
from derive.program import Equation
from derive.recurrence import components
from reports.equations import Derived
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
    delays = _delays(equations)
    links = _links(equations, delays)
    owners = _owners(equations)
    joined = {(link.source, link.target) for link in links}
    back = set(_back(equations, owners, joined))
    extra = sorted(back - joined)
    nodes = (*_given(equations), *_computed(equations), *_delayed(equations, delays))
    nodes = (*nodes, Node(LOSS, "loss", Letter("L"), Prose("any scalar loss")))
    return Flow(
        nodes=tuple(_with_cotangents(node, equations, owners) for node in nodes),
        links=(
            *(replace(link, backward=(link.source, link.target) in back) for link in links),
            *(Link(source, target, backward=True) for source, target in extra),
        ),
    )


# ---- forward ----------------------------------------------------------------------------------

Delays = Mapping[tuple[int, Read], str]


def _delays(equations: Derived) -> Delays:
    """The reads of earlier or later steps, by the place of the equation, each with a node's key."""
    forward = equations.forward
    names = list(dict.fromkeys(e.name for e in forward))
    pairs = [(e.name, r.array) for e in forward for r in reads(e.expr) if r.array in names]
    group = {name: n for n, found in enumerate(components(names, pairs)) for name in found}
    first = {e.name: place for place, e in reversed(tuple(enumerate(forward))) if not e.is_start}
    found: dict[tuple[int, Read], str] = {}
    for place, equation in enumerate(forward):
        for read in reads(equation.expr):
            inside = group.get(read.array) == group[equation.name] and not equation.is_start
            if inside and (_is_moved(read) or first[read.array] >= place):
                found[place, read] = _delay_key(read, equations)
    return found


def _is_moved(read: Read) -> bool:
    return any(index.index is None for index in read.indices)


def _delay_key(read: Read, equations: Derived) -> str:
    return f"{read.array}[{', '.join(map(str, _positions(read, equations)))}]"


def _positions(read: Read, equations: Derived) -> tuple[object, ...]:
    """The indices of a delayed read: plain ones by the names of the axes."""
    axes = equations.joint.axes(read.array)
    return tuple(
        index if index.index is None else as_expr(Index(axis))
        for axis, index in zip(axes, read.indices, strict=True)
    )


def _links(equations: Derived, delays: Delays) -> tuple[Link, ...]:
    found: dict[Link, None] = {}
    late = {read.array: key for (_, read), key in delays.items()}
    for place, equation in enumerate(equations.forward):
        target = equation.name
        if equation.is_start:
            target = late.get(equation.name, equation.name)
        for read in reads(equation.expr):
            found[Link(delays.get((place, read), read.array), target)] = None
        for name in labels(equation.expr):
            found[Link(name, target)] = None
    for equation in _besides(equations):
        for read in reads(equation.expr):
            found[Link(read.array, equation.name)] = None
    for (_, read), key in delays.items():
        found[Link(read.array, key, recurrent=True)] = None
    for name in equations.program.outputs:
        found[Link(name, LOSS)] = None
    return tuple(found)


def _given(equations: Derived) -> Iterator[Node]:
    names = equations.names
    for array in equations.program.arrays:
        label = names.array(array.name, tuple(names.index(axis) for axis in array.axes))
        yield Node(array.name, array.role, label)


def _computed(equations: Derived) -> Iterator[Node]:
    for equation in equations.forward:
        if not equation.is_start:
            yield _defined(equation, equations, "equation")
    for equation in _besides(equations):
        yield _defined(equation, equations, "besides")


def _defined(equation: Equation, equations: Derived, kind: str) -> Node:
    names = equations.names
    label = names.array(equation.name, tuple(subscript(i, names) for i in equation.indices))
    words = operation(equation.expr, names)
    return Node(equation.name, kind, label, words, (equations.numbers[equation],))


def _delayed(equations: Derived, delays: Delays) -> Iterator[Node]:
    shown: set[str] = set()
    for (_, read), key in delays.items():
        if key in shown:
            continue
        shown.add(key)
        positions = _positions(read, equations)
        names = equations.names
        label = names.array(read.array, tuple(subscript(p, names) for p in positions))  # type: ignore[arg-type]
        starts = [e for e in equations.forward if e.is_start and e.name == read.array]
        first = key == next(k for (_, r), k in delays.items() if r.array == read.array)
        numbers = tuple(equations.numbers[e] for e in starts) if first else ()
        yield Node(key, "delay", label, Prose(_delay_words(read, equations)), numbers)


def _delay_words(read: Read, equations: Derived) -> str:
    axes = equations.joint.axes(read.array)
    shifts = [
        (index - as_expr(Index(axis))).constant
        for axis, index in zip(axes, read.indices, strict=True)
        if index.index is None
    ]
    if len(shifts) != 1 or shifts[0] is None:
        return "other steps"
    count = abs(shifts[0])
    steps = "one step" if count == 1 else f"{count} steps"
    return f"{steps} {'before' if shifts[0] < 0 else 'after'}"


# ---- backward ---------------------------------------------------------------------------------


def _besides(equations: Derived) -> tuple[Equation, ...]:
    return tuple(e for e in equations.cotangents if not equations.names.is_cotangent(e.name))


def _owners(equations: Derived) -> dict[str, str]:
    """The array that each cotangent belongs to: what is left of its name without d and suffix."""
    primal = {a.name for a in equations.program.arrays} | {e.name for e in equations.forward}
    found: dict[str, str] = {}
    given = (a.name for a in equations.joint.arrays if a.name not in primal)
    for name in (*given, *(e.name for e in equations.cotangents)):
        rest = name[1:]
        while rest and rest not in primal:
            rest = rest.rpartition("_")[0]
        if rest and equations.names.is_cotangent(name):
            found[name] = rest
    return found


def _back(
    equations: Derived, owners: Mapping[str, str], joined: set[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The links that a cotangent comes back along; one that had no line of its own is passed."""
    alone = {owners[e.name] for e in equations.cotangents if e.name in owners}
    besides = {e.name for e in _besides(equations)}
    seeds = {owners[name] for name in owners if name not in {e.name for e in equations.cotangents}}
    for equation in equations.cotangents:
        if equation.name not in owners:
            continue
        reader = owners[equation.name]
        for read in reads(equation.expr):
            if read.array in besides:
                yield reader, read.array
            source = owners.get(read.array)
            if source is None:
                continue
            if source in seeds and read.array == f"d{source}":
                yield source, LOSS
            if source != reader or _is_moved(read):
                yield from _path(reader, source, alone, joined)


def _path(
    start: str, end: str, closed: set[str], joined: set[tuple[str, str]]
) -> Sequence[tuple[str, str]]:
    """The shortest way forward from ``start`` to ``end`` that passes no node of ``closed``."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    while ways:
        following: list[list[str]] = []
        for way in ways:
            for target in sorted(t for s, t in joined if s == way[-1]):
                if target == end:
                    return tuple(zip((*way,), (*way[1:], end), strict=True))
                if target not in seen and target not in closed and target != LOSS:
                    seen.add(target)
                    following.append([*way, target])
        ways = following
    return ((start, end),)


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
