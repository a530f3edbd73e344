"""How far every index runs, from the shapes of the arrays given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from derive.errors import CallRefused, IndexRefused, Span
from derive.syntax import Element, Name, Node, Source, Tree, children
from numeric.interpret.positions import position
from numeric.interpret.scope import Scope

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text says of axes, whatever the shapes.

    Attributes:
        axes: the index of each axis of every array.
        plain: for each index the axes, as array and number, that it reads as it is.
    """

    axes: Mapping[str, tuple[str, ...]]
    plain: Mapping[str, Sequence[tuple[str, int]]]

    @classmethod
    def of(cls, tree: Tree, integers: Mapping[str, int]) -> Reading:
        """Read it off the text, once for each set of names of integers."""
        key = cls, frozenset(integers)
        if key not in tree.known:
            tree.known[key] = cls(_axes(tree, integers), _plain_reads(tree))
        found: Reading = tree.known[key]
        return found


class Extents:
    """The extent of every index: declared, given by an ``index`` line, or read off an axis."""

    def __init__(
        self,
        tree: Tree,
        roots: Mapping[str, int],
        integers: Mapping[str, int],
        reading: Reading | None = None,
    ) -> None:
        self.source: Source = tree.source
        self.integers = integers
        self._declared = {line.name: line for line in tree.indices}
        known = reading or Reading.of(tree, integers)
        self._axes, self._plain = known.axes, known.plain
        self._found = dict(roots)
        self._open: list[str] = []

    @classmethod
    def of_shapes(cls, tree: Tree, shapes: Shapes, integers: Mapping[str, int]) -> Extents:
        """The extents for arrays of these shapes.

        Raises:
            CallRefused: if axes with one index differ, or differ from an ``index`` line.
        """
        sizes = _agreed(tree, shapes)
        lines = {line.name: line for line in tree.indices}
        found = cls(tree, {n: s for n, s in sizes.items() if n not in lines}, integers)
        for name in lines.keys() & sizes.keys():
            stated = found.size(name, lines[name].span)
            if stated != sizes[name]:
                raise tree.source.refuse(
                    CallRefused,
                    f"the arrays given have extent {sizes[name]} along {name}, its index line"
                    f" gives {stated}",
                    lines[name].span,
                    f"give arrays with extent {stated} along {name}",
                )
        return found

    def size(self, name: str, span: Span) -> int:
        """The extent of the index called ``name``.

        Raises:
            IndexRefused: if nothing determines it, or it is negative.
            CallRefused: if the axes that determine it do not agree.
        """
        if name not in self._found:
            self._found[name] = self._determine(name, span)
        return self._found[name]

    def label(self, array: str, place: tuple[int | None, ...], span: Span) -> int:
        """Refuse: extents are known before any array is read."""
        raise self.source.refuse(
            IndexRefused, f"{array}{list(place) if place else ''} in an extent", span,
            "use size(), integers and integer hypers",
        )  # fmt: skip

    def shape(self, array: str, span: Span) -> tuple[int, ...]:
        """The extents of an array's axes, given or computed."""
        return tuple(self.size(name, span) for name in self._axes[array])

    def _determine(self, name: str, span: Span) -> int:
        line = self._declared.get(name)
        if line is None:
            return self._inferred(name, span)
        self._enter(name, span)
        found = position(self, line.extent, Scope())
        self._open.pop()
        if found is None or found < 0:
            raise self.source.refuse(
                IndexRefused,
                f"the extent of {name} is {'not an integer' if found is None else found}",
                line.span,
                "give larger arrays, or other hyperparameters",
            )
        return found

    def _inferred(self, name: str, span: Span) -> int:
        self._enter(name, span)
        sizes = {
            f"axis {axis} of {array}": size
            for array, axis in self._plain.get(name, ())
            if (size := self._axis(array, axis, span)) is not None
        }
        self._open.pop()
        if not sizes:
            raise self.source.refuse(
                IndexRefused, f"nothing says how far {name} runs", span,
                f"declare it: index {name} : extent",
            )  # fmt: skip
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{size} ({where})" for where, size in sizes.items())
            raise self.source.refuse(
                CallRefused, f"the axes that {name} reads have extents {listed}", span,
                f"give arrays that agree, or declare index {name} : extent",
            )  # fmt: skip
        return next(iter(sizes.values()))

    def _axis(self, array: str, axis: int, span: Span) -> int | None:
        """The extent of an axis; None where that is what is being determined."""
        names = self._axes.get(array, ())
        if axis >= len(names) or names[axis] in self._open:
            return None
        return self.size(names[axis], span)

    def _enter(self, name: str, span: Span) -> None:
        if name in self._open:
            cycle = " -> ".join([*self._open, name])
            raise self.source.refuse(
                IndexRefused, f"extents depend on each other: {cycle}", span,
                "state one of them without the others",
            )  # fmt: skip
        self._open.append(name)


def _agreed(tree: Tree, shapes: Shapes) -> dict[str, int]:
    """The extent of every declared axis, the same in all arrays."""
    seen: dict[str, tuple[int, str]] = {}
    for array in tree.arrays:
        for axis, size in zip(array.indices, shapes[array.name], strict=True):
            before = seen.setdefault(axis.name, (size, array.name))
            if before[0] != size:
                raise tree.source.refuse(
                    CallRefused,
                    f"{array.name} has shape {shapes[array.name]} and {before[1]} has shape"
                    f" {shapes[before[1]]}: the extent of {axis.name} is {size} and {before[0]}",
                    array.span,
                    f"give arrays that agree in {axis.name}",
                )
    return {name: size for name, (size, _) in seen.items()}


def is_definition(indices: Iterable[Node], integers: Mapping[str, int]) -> bool:
    """Whether a left side defines an array, rather than starting a recurrence."""
    return all(isinstance(index, Name) and index.name not in integers for index in indices)


def _axes(tree: Tree, integers: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    declared = {array.name: tuple(i.name for i in array.indices) for array in tree.arrays}
    computed = {
        equation.name: tuple(i.name for i in equation.indices if isinstance(i, Name))
        for equation in tree.equations
        if is_definition(equation.indices, integers)
    }
    return computed | declared


def _plain_reads(tree: Tree) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for equation in tree.equations:
        for node in walk(equation.expr):
            if isinstance(node, Element):
                for axis, index in enumerate(node.indices):
                    if isinstance(index, Name):
                        found.setdefault(index.name, []).append((node.array, axis))
    return found


def walk(node: Node) -> Iterator[Node]:
    """Every node inside ``node``, itself first."""
    yield node
    for part in children(node):
        yield from walk(part)
