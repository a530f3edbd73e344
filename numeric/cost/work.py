"""What one operation of a plan costs: operations on numbers, and bytes read and written.

    a*b, a > b, exp(a), sigmoid(a)      one operation an element of the result
    sum, max, mean of a                 one an element of a; softmax and log-softmax five
    a @ b                               two a product: multiply and add
    copies, casts, padding              none

Every operand is read once and every result written once: what caches save is not counted, and
neither is what functions of several passes, as sigmoid, read again.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass

from derive.index import IndexExpr, Size, as_expr, number
from derive.lower.plan import (
    BOOL,
    INT,
    NUMBER,
    Accumulate,
    Assign,
    Broadcast,
    Cast,
    Copy,
    Fold,
    For,
    Literal,
    Map,
    Matmul,
    Named,
    Quietly,
    Reshape,
    Slice,
    Stored,
    Tensordot,
    Transpose,
    Update,
    Value,
    Windows,
    inside,
    kind,
    operands,
)
from derive.lower.rooms import Into, Room, Step
from derive.lower.shapes import SHARES, Shape, by_axes, by_rows, shape_of

NOTHING = number(0)
VIEWS = (Slice, Transpose, Windows, Broadcast, Reshape, Stored)
OF_A_SHARE = 5  # of softmax: the largest, the difference, the exponential, the sum, the quotient
OWN_BYTES = {BOOL: 1, INT: 8}


@dataclass(frozen=True, slots=True)
class Work:
    """Operations, and bytes read and written."""

    operations: IndexExpr = NOTHING
    moved: IndexExpr = NOTHING

    def __add__(self, other: Work) -> Work:
        return Work(self.operations + other.operations, self.moved + other.moved)

    def times(self, count: IndexExpr) -> Work:
        """The same ``count`` times."""
        return Work(self.operations * count, self.moved * count)


class Counter:
    """Counts the work of statements.

    Args:
        shapes: the shape of every array.
        plain: extents, the same for all that are equal.
        itemsize: bytes of a real number.
    """

    def __init__(
        self,
        shapes: MutableMapping[str, Shape],
        plain: Callable[[IndexExpr], IndexExpr],
        itemsize: int,
    ) -> None:
        self.shapes = shapes
        self.plain = plain
        self.itemsize = itemsize

    def steps(self, steps: Sequence[Step]) -> Work:
        """The work of ``steps``, one after the other."""
        return sum(map(self.step, steps), Work())

    def step(self, step: Step) -> Work:  # noqa: PLR0911  one for each kind
        """The work of a statement, or of one operation."""
        match step:
            case Room():
                return Work()
            case For(index, body):
                return self.steps(body).times(self.plain(as_expr(Size(index.name))))
            case Quietly(body):
                return self.steps(body)
            case Assign(_, value):
                return self.value(value)
            case Into(target, value):
                if self._is_there(value):
                    return Work(moved=self.size(value) + self.size(target))
                return self.value(value)
            case Update(target, op, value):
                return self._update(target, op, value)
        assert isinstance(step, Accumulate), f"{type(step).__name__} is not a step: add it here"
        added = Work(self.elements(step.value), self.size(step.value) * number(3))
        return self.value(step.value) + added

    def _update(self, target: Value, op: str, value: Value) -> Work:
        found = self.value(value)
        if op != "=":
            return found + Work(self.elements(target), self.size(target) * number(3))
        if self._is_there(value):
            return found + Work(moved=self.size(value) + self.size(target))
        return found

    def value(self, value: Value) -> Work:
        """The work of a value and of all that it is computed from."""
        return sum(map(self._node, inside(value)), Work())

    def _is_there(self, value: Value) -> bool:
        return isinstance(value, VIEWS) or kind(value) == NUMBER

    def _node(self, node: Value) -> Work:
        if self._is_there(node) or not node.axes:
            return Work()
        read = sum((self.size(operand) for operand in operands(node)), NOTHING)
        return Work(self._operations(node), read + self.size(node))

    def _operations(self, node: Value) -> IndexExpr:
        match node:
            case Map():
                return self.elements(node)
            case Fold(op, source):
                return self.elements(source) * number(OF_A_SHARE if op in SHARES else 1)
            case Matmul(left, right):
                if by_rows(node):
                    return self.elements(left) * number(2)
                summed = self.shape(left)[-1] if left.axes else number(1)
                return self.elements(node) * summed * number(2) if right.axes else NOTHING
            case Tensordot(left, _, positions):
                found = self.elements(node) * number(2)
                for position in positions:
                    found = found * self.shape(left)[position]
                return found
        return NOTHING

    def shape(self, value: Value) -> Shape:
        """The shape of ``value``; where it depends on a step, that of all its elements."""
        found = shape_of(value, self.shapes)
        if found is None or any(e.indices() for e in found):
            found = by_axes(value.axes)
        return tuple(map(self.plain, found))

    def elements(self, value: Value) -> IndexExpr:
        """How many elements ``value`` has."""
        found = number(1)
        for extent in self.shape(value):
            found = found * extent
        return found

    def size(self, value: Value) -> IndexExpr:
        """The bytes of memory that ``value`` is read from, or written to."""
        while isinstance(value, (Broadcast, Cast, Copy)):
            value = value.source
        if isinstance(value, (Literal, Named)) or kind(value) == NUMBER:
            return NOTHING
        return self.elements(value) * number(OWN_BYTES.get(kind(value), self.itemsize))
