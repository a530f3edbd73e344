"""The parse tree: what was written, with its place, before names and extents are looked up.

    expression  written                     meaning
    Number      3, 0.5                      a literal; ``integer`` if written as one
    Name        b, k, eps, pi               a scalar array, an index, a hyperparameter, a constant
                                            (``pi``, ``inf``) or a parameter of a ``def``
    Element     x[n, s*u + p]               an element of an array
    Size        size(k)                     the extent of an index
    Call        tanh(a), max(a, b), f(a)    a pointwise function, built in or by ``def``
    Negation    -a                          the negative
    Chain       a + b - c, a*b/c            operators of one precedence, taken from left to right
    Power       a^b                         the power
    Compare     a <= b                      a condition
    Logic       a and b, not a              a condition
    Iverson     [condition]                 1 where the condition holds, else 0
    Select      a if condition else b       only the branch taken is looked at
    Reduction   sum[j where condition](e)   a reduction; binds its indices

Index expressions are ordinary expressions here. Names are keys: Greek letters are spelled out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Union

from derive.errors import DeriveError, Span

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Source:
    """The text that was parsed and the file or layer it came from."""

    text: str
    origin: str = ""

    @property
    def lines(self) -> list[str]:
        """The lines without their ends; only the usual line ends count."""
        return _LINE_END.split(self.text)

    def line(self, number: int) -> str:
        """The source line of that 1-based number."""
        lines = self.lines
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def refuse(
        self, kind: type[DeriveError], problem: str, span: Span, remedy: str = ""
    ) -> DeriveError:
        """An error of ``kind`` that points into this text."""
        return kind(
            problem, remedy=remedy, span=span, line_text=self.line(span.line), origin=self.origin
        )


# ---- expressions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """The exact value of a literal; ``integer`` says that it was written without point or e."""

    value: Fraction
    integer: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name that stands alone."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Element:
    """``array[indices]``; ``span`` is the array's name."""

    array: str
    indices: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Size:
    """``size(index)``."""

    index: str
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """``function(args)``; ``span`` is the function's name."""

    function: str
    args: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Negation:
    """``-operand``."""

    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Chain:
    """``first op expr op expr ...``, evaluated from the left.

    The operators are all of ``+ -`` or all of ``* / // %``.
    """

    first: Expr
    rest: tuple[tuple[str, Expr], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Power:
    """``base ^ exponent``."""

    base: Expr
    exponent: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right`` with op one of ``== != < <= > >=``."""

    op: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` of two or more ``args``, or ``not`` of one."""

    op: str
    args: tuple[Condition, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Iverson:
    """``[condition]``."""

    condition: Condition
    span: Span


@dataclass(frozen=True, slots=True)
class Select:
    """``then if condition else other``."""

    condition: Condition
    then: Expr
    other: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Reduction:
    """``op[indices where condition](body)``; ``span`` is the word ``op``."""

    op: str
    indices: tuple[Name, ...]
    where: Condition | None
    body: Expr
    span: Span


Condition = Union[Compare, Logic]
Expr = Union[
    Number, Name, Element, Size, Call, Negation, Chain, Power, Iverson, Select, Reduction
]
Node = Union[Expr, Condition]


# ---- statements -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArrayDeclaration:
    """``input``, ``param`` or ``const`` (the ``role``) ``name[indices]``, perhaps ``: int``."""

    role: str
    name: str
    indices: tuple[Name, ...]
    integer: bool
    span: Span


@dataclass(frozen=True, slots=True)
class HyperDeclaration:
    """``hyper name = default``; ``integer`` if the default was written as one."""

    name: str
    default: Fraction
    integer: bool
    span: Span


@dataclass(frozen=True, slots=True)
class OutputDeclaration:
    """``output name[indices]``."""

    name: str
    indices: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class IndexDeclaration:
    """``index name : extent``."""

    name: str
    extent: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class PadDeclaration:
    """``pad array = value``, where None stands for ``-inf``."""

    array: str
    value: Fraction | None
    span: Span


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """``def name(parameters) = body``."""

    name: str
    parameters: tuple[Name, ...]
    body: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class AssumeDeclaration:
    """``assume left = right``."""

    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class ClaimDeclaration:
    """``claim name[indices] = side = side = ...``; ``span`` is the name on the left."""

    name: str
    indices: tuple[Expr, ...]
    sides: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class EquationStatement:
    """``name[indices] = expr``; ``span`` is the name on the left."""

    name: str
    indices: tuple[Expr, ...]
    expr: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed text: its statements by kind, each kind in written order.

    ``known`` is room for what readers work out of the text alone, to be found again by others.
    """

    source: Source
    arrays: tuple[ArrayDeclaration, ...] = ()
    hypers: tuple[HyperDeclaration, ...] = ()
    outputs: tuple[OutputDeclaration, ...] = ()
    indices: tuple[IndexDeclaration, ...] = ()
    pads: tuple[PadDeclaration, ...] = ()
    functions: tuple[FunctionDeclaration, ...] = ()
    assumptions: tuple[AssumeDeclaration, ...] = ()
    equations: tuple[EquationStatement, ...] = ()
    title: str = ""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    claims: tuple[ClaimDeclaration, ...] = ()
    known: dict[Any, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )


def children(node: Node) -> tuple[Node, ...]:  # noqa: PLR0911  one line per node
    """The nodes directly inside ``node``, in written order."""
    match node:
        case Number() | Name() | Size():
            return ()
        case Element(_, parts) | Call(_, parts) | Logic(_, parts):
            return parts
        case Negation(operand) | Iverson(operand):
            return (operand,)
        case Chain(first, rest):
            return (first, *(part for _, part in rest))
        case Power(left, right) | Compare(_, left, right):
            return (left, right)
        case Select(condition, then, other):
            return (then, condition, other)
        case Reduction(_, _, where, body):
            return (body,) if where is None else (where, body)
    raise TypeError(f"{type(node).__name__} is not a node: add it to derive.syntax.children")
