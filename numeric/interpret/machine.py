"""The interpreter itself: computes every element of every array, in whatever order is needed.

An element that reads one not computed yet waits on an explicit stack, so a recurrence may run
in any direction and over any distance, and one that needs itself is found out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product

from derive.errors import CallRefused, DeriveError, IndexRefused, NameRefused, ProgramRefused, Span
from derive.syntax import Element, EquationStatement, Expr, FunctionDeclaration, Name, Tree
from numeric.interpret.arithmetic import Arithmetic, Number
from numeric.interpret.expressions import meaning
from numeric.interpret.extents import Extents, Shapes, is_definition
from numeric.interpret.positions import position
from numeric.interpret.scope import Scope
from numeric.interpret.values import Meaning, lifted
from numeric.interpret.watch import Watch

Place = tuple[int, ...]
Cells = dict[Place, Number]


class Waiting(Exception):
    """An element that is read before it is computed."""

    def __init__(self, array: str, place: Place) -> None:
        self.element = (array, place)
        super().__init__(array, place)


class Machine:
    """A program with its data, and the elements computed so far."""

    def __init__(  # noqa: PLR0913  what a program is run on
        self,
        tree: Tree,
        arithmetic: Arithmetic,
        shapes: Shapes,
        given: Mapping[str, Cells],
        *,
        hypers: Mapping[str, Fraction],
        watch: Watch,
        mark: Callable[[Number], Number] | None = None,
    ) -> None:
        self.mark = mark
        self.source = tree.source
        self.arithmetic = arithmetic
        self.watch = watch
        self.parameters: Mapping[str, Fraction] = hypers
        whole = {line.name for line in tree.hypers if line.integer}
        self.integers: Mapping[str, int] = {
            name: int(value) for name, value in hypers.items() if name in whole
        }
        self.functions: Mapping[str, FunctionDeclaration] = {
            line.name: line for line in tree.functions
        }
        self.extents = Extents.of_shapes(tree, shapes, self.integers)
        self._integer_arrays = {a.name for a in tree.arrays if a.integer}
        self._pads = {pad.array: pad.value for pad in tree.pads}
        self._cells = {name: dict(cells) for name, cells in given.items()}
        self._given = set(given)
        self._literals: dict[tuple[int, int], Number] = {}
        self._meanings: dict[int, tuple[Expr, Meaning]] = tree.known.setdefault("meanings", {})
        self._left_sides: dict[str, tuple[tuple[str, ...], Place, Meaning]] = {}
        self.definitions: dict[str, EquationStatement] = {}
        self._starts: dict[str, list[EquationStatement]] = {}
        for equation in tree.equations:
            if is_definition(equation.indices, self.integers):
                self._define(equation)
            else:
                self._starts.setdefault(equation.name, []).append(equation)

    def _define(self, equation: EquationStatement) -> None:
        if equation.name in self.definitions or equation.name in self._given:
            raise self.source.refuse(
                NameRefused, f"{equation.name} is defined twice", equation.span, "rename one"
            )
        self.definitions[equation.name] = equation

    # ---- what expressions ask -----------------------------------------------------------------

    def size(self, name: str, span: Span) -> int:
        """The extent of an index."""
        return self.extents.size(name, span)

    def literal(self, value: Fraction) -> Number:
        """The number of the arithmetic that an exact value stands for."""
        key = value.numerator, value.denominator
        found = self._literals.get(key)
        if found is None:
            found = self._literals[key] = self.arithmetic.exact(value)
        return found

    def meaning(self, node: Expr) -> Meaning:
        """The meaning of a node of the program, looked at once."""
        # with the node, or another might come to have its identity
        found = self._meanings.get(id(node))
        if found is None:
            found = self._meanings[id(node)] = node, meaning(node)
        return found[1]

    def label(self, array: str, place: tuple[int | None, ...], span: Span) -> int:
        """The element of an integer array.

        Raises:
            NameRefused: if there is no integer array of that name.
            IndexRefused: if the place is off its grid.
        """
        if array not in self._integer_arrays:
            raise self.source.refuse(
                NameRefused, f"{array} is not an index, integer hyper or integer array", span,
                "bind it, or declare it as const with : int",
            )  # fmt: skip
        return int(self._cells[array][self._on_grid(array, place, span)])

    def read(self, node: Element | Name, place: tuple[int | None, ...], scope: Scope) -> Number:
        """The element of an array, on or off its grid."""
        array = node.array if isinstance(node, Element) else node.name
        cells = self._cells.get(array)
        if cells is not None and place in cells:
            found = cells[place]  # type: ignore[index]  # a key holds no None
            return Fraction(found) if array in self._integer_arrays else found
        if array not in self.definitions and array not in self._given:
            raise self.source.refuse(
                NameRefused, f"nothing is called {array}", node.span, "declare or define it"
            )
        shape = self.extents.shape(array, node.span)
        self._check_labels(node, place, shape, scope)
        whole = self._whole(array, place, shape, node.span)
        if whole is not None and array in self.definitions and _inside(whole, shape):
            raise Waiting(array, whole)
        if whole is not None and self._start(array, whole) is not None:
            raise Waiting(array, whole)
        return self._outside(array, place, node.span)

    def _whole(
        self, array: str, place: tuple[int | None, ...], shape: Place, span: Span
    ) -> Place | None:
        """``place`` if it is one of integers."""
        if len(place) != len(shape):
            raise self.source.refuse(
                IndexRefused, f"{array} has {len(shape)} axes, not {len(place)}", span,
                "give one index per axis",
            )  # fmt: skip
        whole = tuple(p for p in place if p is not None)
        return whole if len(whole) == len(place) else None

    def _check_labels(
        self, node: Element | Name, place: tuple[int | None, ...], shape: Place, scope: Scope
    ) -> None:
        """Refuse a label outside its axis, pad or no pad."""
        if isinstance(node, Name):
            return
        for index, found, size in zip(node.indices, place, shape, strict=False):
            label = index.array if isinstance(index, Element) else getattr(index, "name", "")
            if label not in self._integer_arrays or found is None or 0 <= found < size:
                continue
            parts = index.indices if isinstance(index, Element) else ()
            at = [position(self, part, scope) for part in parts]
            raise self.source.refuse(
                CallRefused, f"{label}{at or ''} is {found}, outside 0..{size - 1}", node.span,
                f"give labels of {node.array} from 0 to {size - 1}",
            )  # fmt: skip

    def _outside(self, array: str, place: tuple[int | None, ...], span: Span) -> Number:
        if array not in self._pads:
            raise self._off_grid(array, place, span)
        pad = self._pads[array]
        return -self.arithmetic.infinity if pad is None else self.literal(pad)

    def _on_grid(self, array: str, place: tuple[int | None, ...], span: Span) -> Place:
        shape = self.extents.shape(array, span)
        whole = self._whole(array, place, shape, span)
        if whole is None or not _inside(whole, shape):
            raise self._off_grid(array, place, span)
        return whole

    def _off_grid(self, array: str, place: tuple[int | None, ...], span: Span) -> DeriveError:
        shown = ", ".join("no integer" if p is None else str(p) for p in place)
        starts = array in self._starts
        return self.source.refuse(
            IndexRefused,
            f"{array}[{shown}] is off the grid: {array} has shape"
            f" {self.extents.shape(array, span)}",
            span,
            f"add a start {array}[{shown}] = ..., or pad {array} = 0"
            if starts or array in self.definitions
            else f"add pad {array} = 0, or exclude the read by a condition",
        )

    # ---- starts -------------------------------------------------------------------------------

    def _start(self, array: str, place: Place) -> tuple[EquationStatement, Scope] | None:
        """The start that gives this element: of several, the one with most constants."""
        best: tuple[int, EquationStatement, Scope] | None = None
        for start in self._starts.get(array, ()):
            indices = self._matched(start, place)
            constants = len(place) if indices is None else len(place) - len(indices)
            if indices is not None and (best is None or constants > best[0]):
                best = (constants, start, Scope(indices))
        return None if best is None else best[1:]

    def _matched(self, start: EquationStatement, place: Place) -> dict[str, int] | None:
        indices: dict[str, int] = {}
        for part, at in zip(start.indices, place, strict=True):
            if isinstance(part, Name) and part.name not in self.integers:
                if not 0 <= at < self.size(part.name, part.span):
                    return None
                indices[part.name] = at
            elif position(self, part, Scope()) != at:
                return None
        return indices

    # ---- running ------------------------------------------------------------------------------

    def compute(self, array: str) -> None:
        """Compute every element of an array, and whatever they need."""
        shape = self.extents.shape(array, self.definitions[array].span)
        cells = self.cells(array)
        for place in product(*map(range, shape)):
            if place not in cells:
                self._demand(array, place)

    def element(self, array: str, place: Place) -> Number:
        """One element of a computed array, and nothing that it does not need."""
        self._demand(array, place)
        return self.cells(array)[place]

    def cells(self, array: str) -> Cells:
        """The elements of an array that are known so far."""
        return self._cells.setdefault(array, {})

    def _demand(self, array: str, place: Place) -> None:
        stack = [(array, place)]
        waiting = {(array, place)}
        while stack:
            name, at = stack[-1]
            cells = self.cells(name)
            if at not in cells:
                try:
                    found = self._element(name, at)
                    cells[at] = found if self.mark is None else self.mark(found)
                except Waiting as other:
                    self._refuse_cycle(other.element, waiting)
                    stack.append(other.element)
                    waiting.add(other.element)
                    continue
            waiting.discard(stack.pop())

    def _element(self, array: str, place: Place) -> Number:
        names, shape, found = self._left_sides.get(array) or self._left_side(array)
        if _inside(place, shape):
            scope = Scope(dict(zip(names, place, strict=True)))
            return lifted(self, found(self, scope))
        origin = self._start(array, place)
        assert origin is not None, "only elements with a definition or a start are waited for"
        start, scope = origin
        return lifted(self, self.meaning(start.expr)(self, scope))

    def _left_side(self, array: str) -> tuple[tuple[str, ...], Place, Meaning]:
        """The indices and the extents of an array, and what gives its elements."""
        definition = self.definitions[array]
        names = tuple(index.name for index in definition.indices if isinstance(index, Name))
        shape = self.extents.shape(array, definition.span)
        found = self._left_sides[array] = names, shape, self.meaning(definition.expr)
        return found

    def _refuse_cycle(self, element: tuple[str, Place], waiting: set[tuple[str, Place]]) -> None:
        if element not in waiting:
            return
        array, place = element
        shown = f"{array}[{', '.join(map(str, place))}]" if place else array
        raise self.source.refuse(
            ProgramRefused, f"{shown} depends on itself", self.definitions[array].span,
            "read an element computed before it, such as t - 1 for t",
        )  # fmt: skip


def _inside(place: Place, shape: Place) -> bool:
    return all(0 <= p < size for p, size in zip(place, shape, strict=True))
