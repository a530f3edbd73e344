"""The indices of a program, as far as choosing extents needs them: what its text says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import prod

import numpy as np

from derive.errors import DeriveError, IndexRefused, Span
from derive.syntax import (
    Chain,
    Element,
    Expr,
    Name,
    Negation,
    Node,
    Number,
    Reduction,
    Size,
    Tree,
    children,
)
from numeric.check.corners import inside, is_linear
from numeric.interpret.arithmetic import floats
from numeric.interpret.extents import Extents, Reading, is_definition, walk
from numeric.interpret.positions import position
from numeric.interpret.run import run
from numeric.interpret.scope import Scope

Sizes = dict[str, int]
Rank = tuple[int, int, int]
Key = tuple[int, tuple[int, ...]]
# More places than this are not looked through for two that are the same.
MANY = 100
PLACES = ("argmax", "argmin")
_NOWHERE = Span(1, 1)


@dataclass(frozen=True, slots=True)
class Layout:
    """The indices of a program, as far as choosing extents needs them.

    Attributes:
        tree: the program.
        integers: its integer hyperparameters.
        reading: what its text says of axes.
        roots: the index names of declared axes, those apart that an index line gives.
        times: the roots along which a recurrence runs.
        used: the indices of left sides and reductions.
        nests: the indices of the loops around each element that is read or written, whatever
            their order, and around how many elements there are these.
        pairs: two different indices of one array, for each such pair.
        floors: numerator and divisor of each floor in an extent.
        windows: each axis of a read with several indices in it, and all the names in it.
    """

    tree: Tree
    integers: Mapping[str, int]
    reading: Reading
    roots: tuple[str, ...]
    times: tuple[str, ...]
    used: tuple[str, ...]
    nests: tuple[tuple[tuple[str, ...], int], ...]
    pairs: tuple[tuple[str, str], ...]
    floors: tuple[tuple[Expr, Expr], ...]
    windows: tuple[tuple[Expr, tuple[str, ...]], ...]

    @property
    def asks_for_places(self) -> bool:
        """Whether the place of a largest or smallest is asked for, whatever its value."""
        known = self.tree.known
        if "asks for places" not in known:
            bodies = [line.expr for line in self.tree.equations]
            bodies += [line.body for line in self.tree.functions]
            nodes = (node for body in bodies for node in walk(body))
            asks = any(isinstance(node, Reduction) and node.op in PLACES for node in nodes)
            known["asks for places"] = asks
        return bool(known["asks for places"])

    def shapes(self, sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        """The shape of every declared array."""
        extents = self.extents(sizes)
        return {a.name: extents.shape(a.name, a.span) for a in self.tree.arrays}

    def output_shapes(self, sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        """The shape of every output."""
        extents = self.extents(sizes)
        return {o.name: extents.shape(o.name, o.span) for o in self.tree.outputs}

    def extents(self, sizes: Mapping[str, int]) -> Extents:
        """The extents of all indices, to be asked for."""
        return Extents(self.tree, sizes, self.integers, self.reading)

    def every(self, sizes: Mapping[str, int], least: int = 1) -> Sizes | None:
        """The extent of every index in use; None if one has none, or less than ``least``."""
        extents = self.extents(sizes)
        try:
            found = {name: extents.size(name, _NOWHERE) for name in (*self.roots, *self.used)}
        except DeriveError:
            return None
        return found if all(found[name] >= least for name in self.used) else None

    def on_grid(self, sizes: Mapping[str, int]) -> bool:
        """Whether the program with these extents reads no array off its grid."""
        return inside(self.tree, self.extents(sizes), self.integers) or self._runs(sizes)

    def _runs(self, sizes: Mapping[str, int]) -> bool:
        kinds = {line.name: int if line.integer else float for line in self.tree.arrays}
        arrays = {name: np.zeros(shape, kinds[name]) for name, shape in self.shapes(sizes).items()}
        try:
            run(self.tree, arrays, floats(), self.integers)
        except IndexRefused:
            return False
        except DeriveError:
            return True  # zeros may be outside the domain; extents are not to blame
        return True

    def divides_by_nothing(self, sizes: Mapping[str, int]) -> bool:
        """Whether some equation divides by an extent, as a mean does, and that is zero."""
        extents = self.extents(sizes)
        nodes = [node for equation in self.tree.equations for node in walk(equation.expr)]
        divisors = [
            operand
            for node in nodes
            if isinstance(node, Chain)
            for op, operand in node.rest
            if op == "/" and _is_static(operand)
        ]
        means = [node for node in nodes if isinstance(node, Reduction) and node.op == "mean"]
        return any(position(extents, operand, Scope()) == 0 for operand in divisors) or any(
            extents.size(index.name, index.span) == 0 for mean in means for index in mean.indices
        )

    def work(self, every: Mapping[str, int]) -> int:
        """The number of innermost steps of all loops."""
        return sum(count * prod([every[name] for name in nest]) for nest, count in self.nests)

    def rank(
        self, sizes: Mapping[str, int], every: Mapping[str, int], known: dict[Key, bool]
    ) -> Rank:
        """How far from what a battery wants: the smaller the better.

        ``known`` remembers which windows overlap, for the next to ask.
        """
        extents = self.extents(sizes)
        still = sum(every[name] == 1 for name in self.used)
        apart = self.apart(sizes, every, known)
        whole = sum(divides(extents, *floor) for floor in self.floors)
        return 2 * still + 2 * apart + whole, clashes(self, every), self.work(every)

    def apart(
        self, sizes: Mapping[str, int], every: Mapping[str, int], known: dict[Key, bool]
    ) -> int:
        """How many windows do not overlap."""
        found = 0
        for n, (index, names) in enumerate(self.windows):
            key = (n, tuple(every.get(name, 0) for name in (*names, *self.roots)))
            if key not in known:
                known[key] = _overlaps(self.extents(sizes), every, index, names)
            found += not known[key]
        return found


def layout(tree: Tree, hypers: Mapping[str, Fraction]) -> Layout:
    """The layout of a program under these hyperparameters."""
    whole = {line.name for line in tree.hypers if line.integer}
    integers = {name: int(value) for name, value in hypers.items() if name in whole}
    reading = Reading.of(tree, integers)
    declared = [tuple(i.name for i in a.indices) for a in tree.arrays]
    lines = {line.name for line in tree.indices}
    roots = dict.fromkeys(name for axes in declared for name in axes if name not in lines)
    recurrent = _recurrent(tree, integers)
    nests = list(_nests(tree, reading))
    pairs = {
        pair
        for axes in (*declared, *reading.axes.values())
        for pair in combinations(dict.fromkeys(axes), 2)
    }
    return Layout(
        tree=tree,
        integers=integers,
        reading=reading,
        roots=tuple(roots),
        times=tuple(root for root in roots if root in recurrent),
        used=tuple(dict.fromkeys(name for axes in (*declared, *nests) for name in axes)),
        nests=tuple(Counter(tuple(sorted(nest)) for nest in nests).items()),
        pairs=tuple(sorted(pairs)),
        floors=tuple(_floors(tree)),
        windows=tuple(_windows(tree, integers)),
    )


def clashes(layout: Layout, every: Mapping[str, int]) -> int:
    """How many pairs of axes of one array, by different indices, have equal extents."""
    return sum(every[a] == every[b] for a, b in layout.pairs if a in every and b in every)


# ---- what the text says -------------------------------------------------------------------


def _nests(tree: Tree, reading: Reading) -> Iterator[tuple[str, ...]]:
    for equation in tree.equations:
        if tuple(getattr(i, "name", "") for i in equation.indices) == reading.axes.get(
            equation.name
        ):
            outer = reading.axes[equation.name]
            yield outer
            yield from _inner(equation.expr, outer)


def _inner(node: Node, outer: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(node, Reduction):
        outer = (*outer, *(i.name for i in node.indices))
        yield outer
    elif isinstance(node, Element):
        yield outer
    for part in children(node):
        yield from _inner(part, outer)


def _floors(tree: Tree) -> Iterator[tuple[Expr, Expr]]:
    for line in tree.indices:
        for node in walk(line.extent):
            if isinstance(node, Chain):
                for at, (op, divisor) in enumerate(node.rest):
                    if op == "//":
                        yield Chain(node.first, node.rest[:at], node.span), divisor


def divides(extents: Extents, numerator: Expr, divisor: Expr) -> bool:
    """Whether a floor leaves no rest."""
    above = position(extents, numerator, Scope())
    below = position(extents, divisor, Scope())
    return above is not None and below not in (None, 0) and above % below == 0


def _windows(tree: Tree, integers: Mapping[str, int]) -> Iterator[tuple[Expr, tuple[str, ...]]]:
    """Index expressions with several indices, as ``s*u + p``."""
    seen = set()
    for equation in tree.equations:
        for read in walk(equation.expr):
            for index in read.indices if isinstance(read, Element) else ():
                parts = list(walk(index))
                names = {p.name: None for p in parts if isinstance(p, Name)}
                moving = tuple(name for name in names if name not in integers)
                plain = not any(isinstance(p, Element) for p in parts)
                if len(moving) > 1 and plain and (moving, str(index)) not in seen:
                    seen.add((moving, str(index)))
                    yield index, moving


def _overlaps(
    extents: Extents, every: Mapping[str, int], index: Expr, names: tuple[str, ...]
) -> bool:
    """Whether some place is read by two different values of the indices."""
    if any(name not in every for name in names):
        return False
    ranges = [range(every[name]) for name in names]
    if prod(map(len, ranges)) > MANY:
        return True
    inside = [place for place in _places(extents, index, names, ranges) if place >= 0]
    return len(set(inside)) < len(inside)


def _places(
    extents: Extents, index: Expr, names: tuple[str, ...], ranges: Sequence[range]
) -> list[int]:
    """The places that an index stands for; off the grid is left out."""

    def at(values: Sequence[int]) -> int | None:
        return position(extents, index, Scope(dict(zip(names, values, strict=True))))

    start = at([0] * len(names))
    if start is None or not is_linear(index, extents.integers):
        found = (at(values) for values in product(*ranges))
        return [place for place in found if place is not None]
    places = np.array([start])
    for n, values in enumerate(ranges):
        step = (at([int(k == n) for k in range(len(names))]) or 0) - start
        places = np.add.outer(places, step * np.arange(len(values)))
    return [int(place) for place in places.flat]


def _is_static(node: Expr) -> bool:
    """Whether an expression is of sizes and integers only."""
    parts = list(walk(node))
    return any(isinstance(part, Size) for part in parts) and all(
        isinstance(part, (Size, Chain, Negation)) or (isinstance(part, Number) and part.integer)
        for part in parts
    )


def _recurrent(tree: Tree, integers: Mapping[str, int]) -> set[str]:
    """The indices along which some array reads itself, directly or through others."""
    definitions = {e.name: e for e in tree.equations if is_definition(e.indices, integers)}
    reads = {
        name: [n for n in walk(e.expr) if isinstance(n, Element)] for name, e in definitions.items()
    }
    after = {name: _reachable(name, reads) for name in definitions}
    return {
        axis.name
        for name in definitions
        for read in reads[name]
        if read.array in after[name] and name in after[read.array]
        for axis, index in zip(definitions[read.array].indices, read.indices, strict=False)
        if isinstance(axis, Name) and not isinstance(index, Name)
    }


def _reachable(name: str, reads: Mapping[str, list[Element]]) -> set[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        for read in reads[todo.pop()]:
            if read.array in reads and read.array not in found:
                found.add(read.array)
                todo.append(read.array)
    return found
