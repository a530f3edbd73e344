"""The plan of an equation: array operations and statements, not yet in any language.

Every value carries its ``axes``: for each dimension of the array the index that runs over it,
or None where it has length one and is broadcast. A value without axes is a scalar. Operands of
a ``Map`` are aligned already: from the last axis on, each pair is the same index or has a None.

    number       Literal Named Integer               Python's own numbers
    array        Stored Arange Filled                given, computed, or made here
    view         Slice Transpose Windows Gather      (Gather copies)
    work         Map Fold Matmul Tensordot Pad Cast Copy Broadcast Reshape

    statement    Assign Update Accumulate For Quietly
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Union

from derive.index import Index, IndexExpr

Axis = Index | None
Axes = tuple[Axis, ...]

NUMBER, BOOL, INT, REAL = "number", "bool", "int", "real"


# ---- numbers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A rational number."""

    value: Fraction
    axes: ClassVar[Axes] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """``pi``, ``inf``, ``-inf``, or a hyperparameter that is still a name."""

    name: str
    axes: ClassVar[Axes] = ()


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer expression over sizes and loop variables."""

    expr: IndexExpr
    axes: ClassVar[Axes] = ()


# ---- arrays -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """The array called ``name``.

    Attributes:
        name: its name in the program, or that of a temporary.
        axes: its axes.
        kind: what its elements are.
        temporary: whether this plan has made it itself.
        offsets: axes that are offsets in a window, short and not apart in memory.
    """

    name: str
    axes: Axes = ()
    kind: str = REAL
    temporary: bool = False
    offsets: Axes = ()


@dataclass(frozen=True, slots=True)
class Arange:
    """``0, 1, ...`` along one index."""

    index: Index

    @property
    def axes(self) -> Axes:
        """Its one axis."""
        return (self.index,)


@dataclass(frozen=True, slots=True)
class Filled:
    """A new array of one value; ``small`` integers take a byte each."""

    shape: tuple[IndexExpr, ...]
    value: Literal | Named
    axes: Axes
    kind: str = REAL
    small: bool = False


# ---- views ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class At:
    """One position of an axis, which disappears."""

    place: IndexExpr


@dataclass(frozen=True, slots=True)
class Span:
    """Positions ``start, start + step, ...`` before ``stop``; None is the end of the axis."""

    start: IndexExpr | None = None
    stop: IndexExpr | None = None
    step: IndexExpr | None = None


@dataclass(frozen=True, slots=True)
class New:
    """A new axis of length one."""


Part = Union[At, Span, New]
WHOLE = Span()
REVERSED = Span(step=IndexExpr(((-1, ()),)))


@dataclass(frozen=True, slots=True)
class Slice:
    """A rectangular part of an array."""

    source: Value
    parts: tuple[Part, ...]
    axes: Axes


@dataclass(frozen=True, slots=True)
class Gather:
    """Elements at computed places: each part is one, an index array, or a whole axis."""

    source: Value
    parts: tuple[Union[Part, Value], ...]
    axes: Axes


@dataclass(frozen=True, slots=True)
class Transpose:
    """The axes in another order: axis ``k`` was ``order[k]``."""

    source: Value
    order: tuple[int, ...]
    axes: Axes


@dataclass(frozen=True, slots=True)
class Windows:
    """One axis as several: element ``start + sum of step * index`` of axis ``position``."""

    source: Value
    position: int
    start: IndexExpr
    terms: tuple[tuple[Index, IndexExpr], ...]
    axes: Axes


# ---- work -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Map:
    """A pointwise operation; ``op`` is an operator or the name of a function.

    Beside the functions of the language: ``neg``, ``and``, ``or``, ``not``, the comparisons,
    ``where`` (condition, then, other) and ``if`` (the same, of scalars, one branch computed).
    """

    op: str
    args: tuple[Value, ...]
    axes: Axes


@dataclass(frozen=True, slots=True)
class Fold:
    """A reduction over axes; with ``keep`` they stay, with length one.

    ``empty``: it may reduce axes of length 0, but then its result has no elements either.
    """

    op: str
    source: Value
    positions: tuple[int, ...]
    axes: Axes
    keep: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Matmul:
    """The matrix product of the last two axes (the last, of a vector); of equal axes, by rows."""

    left: Value
    right: Value
    axes: Axes


@dataclass(frozen=True, slots=True)
class Tensordot:
    """The sum of products over pairs of axes; the rest of the left, then of the right."""

    left: Value
    right: Value
    left_positions: tuple[int, ...]
    right_positions: tuple[int, ...]
    axes: Axes


@dataclass(frozen=True, slots=True)
class Pad:
    """An array with elements of one value added before and after each axis."""

    source: Value
    widths: tuple[tuple[IndexExpr, IndexExpr], ...]
    value: Literal | Named
    axes: Axes


@dataclass(frozen=True, slots=True)
class Cast:
    """The same numbers in the dtype of the module."""

    source: Value

    @property
    def axes(self) -> Axes:
        """Those of the source."""
        return self.source.axes


@dataclass(frozen=True, slots=True)
class Copy:
    """The same elements in new memory."""

    source: Value

    @property
    def axes(self) -> Axes:
        """Those of the source."""
        return self.source.axes


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A view in which axes of length one are repeated, and leading axes added."""

    source: Value
    shape: tuple[IndexExpr, ...]
    axes: Axes


@dataclass(frozen=True, slots=True)
class Reshape:
    """The same elements, in the same order, in another shape."""

    source: Value
    shape: tuple[IndexExpr, ...]
    axes: Axes


Value = Union[
    Literal, Named, Integer, Stored, Arange, Filled, Slice, Gather, Transpose, Windows,
    Map, Fold, Matmul, Tensordot, Pad, Cast, Copy, Broadcast, Reshape,
]  # fmt: skip


# ---- statements -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assign:
    """Give ``value`` a name. ``ahead``: it needs no loop variable and belongs before the loops."""

    name: str
    value: Value
    temporary: bool = False
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Write into an array that exists: ``op`` is ``=`` or ``+=``."""

    target: Value
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class Accumulate:
    """Add into computed places, every one of them also where places coincide."""

    target: Stored
    parts: tuple[Union[Part, Value], ...]
    value: Value


@dataclass(frozen=True, slots=True)
class For:
    """Run ``body`` for every number of ``index``, in order; it is a scalar there."""

    index: Index
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Quietly:
    """Run ``body`` without warnings: it computes elements that no one looks at."""

    body: tuple[Stmt, ...]


Stmt = Union[Assign, Update, Accumulate, For, Quietly]

_CONDITIONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "and", "or", "not"))
_KEEPS_KIND = frozenset({*"+-*%", "//", "neg", "where", "if", "maximum", "minimum", "int8"})
_RANK = (NUMBER, BOOL, INT, REAL)


def kind(value: Value) -> str:  # noqa: PLR0911  one per node
    """What the elements are: Python's own ``number``, or arrays of ``bool``, ``int``, ``real``."""
    match value:
        case Literal() | Named() | Integer():
            return NUMBER
        case Stored() | Filled():
            return value.kind
        case Arange():
            return INT
        case Map(op, args):
            return _map_kind(op, args)
        case Fold(op, source):
            return _fold_kind(op, kind(source))
        case Matmul(left, right) | Tensordot(left, right):
            return max(kind(left), kind(right), key=_RANK.index)
        case Cast():
            return REAL
    return kind(value.source)


def _map_kind(op: str, args: tuple[Value, ...]) -> str:
    kinds = [kind(arg) for arg in args]
    if op in _CONDITIONS:
        return BOOL
    if op in ("where", "if"):
        kinds = kinds[1:]
    widest = max(kinds, key=_RANK.index)
    if widest == NUMBER and op == "where":
        return INT  # an array, in a dtype that NumPy chooses for numbers
    if widest == NUMBER:
        return NUMBER if op in _KEEPS_KIND or op in ("/", "**") else REAL
    if op in _KEEPS_KIND:
        return INT if widest == BOOL and op not in ("*", "where", "if") else widest
    return REAL


def _fold_kind(op: str, inner: str) -> str:
    if op in ("argmax", "argmin"):
        return INT
    return INT if inner == BOOL and op in ("sum", "prod") else inner


def inside(value: Value) -> Iterator[Value]:
    """``value`` and every value that it is computed from."""
    yield value
    for part in operands(value):
        yield from inside(part)


def operands(value: Value) -> tuple[Value, ...]:
    """The values directly inside ``value``."""
    match value:
        case Literal() | Named() | Integer() | Stored() | Arange() | Filled():
            return ()
        case Map(_, args):
            return args
        case Matmul(left, right) | Tensordot(left, right):
            return (left, right)
        case Gather(source, parts):
            return (source, *(p for p in parts if not isinstance(p, (At, Span, New))))
    return (value.source,)


def owns_memory(value: Value) -> bool:
    """Whether ``value`` is an array of its own, no view of one that has a name."""
    if isinstance(value, (Stored, Arange)):
        return isinstance(value, Arange)
    if isinstance(value, (Slice, Transpose, Windows, Broadcast, Reshape, Cast)):
        return owns_memory(value.source)
    return not isinstance(value, (Literal, Named, Integer))
