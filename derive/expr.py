"""The closed set of nodes that the right side of an equation is made of.

    node        written                         meaning
    Number      3, 0.5                          an exact rational
    Constant    pi, inf                         a named real
    Parameter   eps                             a real hyperparameter
    IndexValue  t - j                           an integer index expression, as a number
    Read        x[n, s*u + p]                   an element of an array
    Add         a + b - c                       the sum of its terms, in written order
    Mul         a * b * c                       the product of its factors, in written order
    Div         a / b                           the quotient
    Power       a^b                             the power
    Call        tanh(a)                         a pointwise function of the table in ``functions``
    Compare     a <= b                          a condition
    Logic       a and b, not a                  a condition
    Iverson     [condition]                     1 where the condition holds, else 0
    Select      a if condition else b           only the branch taken is looked at
    Reduce      sum[j where condition](e)       a reduction; binds its indices

Nodes are frozen and compared by value. A negative term is ``Mul((Number(-1), ...))``.
Operations on nodes are modules of rules; a rule that meets an unknown node raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Union

from derive.hashing import Hashed, hashed_once
from derive.index import Index, IndexExpr


@hashed_once
@dataclass(frozen=True, slots=True)
class Number(Hashed):
    """An exact rational; a decimal literal stands for exactly the decimal written."""

    value: Fraction


@hashed_once
@dataclass(frozen=True, slots=True)
class Constant(Hashed):
    """``pi`` or ``inf``."""

    name: str


@hashed_once
@dataclass(frozen=True, slots=True)
class Parameter(Hashed):
    """A hyperparameter whose default is not an integer."""

    name: str


@hashed_once
@dataclass(frozen=True, slots=True)
class IndexValue(Hashed):
    """An index expression (indices, sizes, integer hyperparameters) used as a number."""

    expr: IndexExpr


@hashed_once
@dataclass(frozen=True, slots=True)
class Read(Hashed):
    """The element of ``array`` at ``indices``; a scalar array has none."""

    array: str
    indices: tuple[IndexExpr, ...] = ()


@hashed_once
@dataclass(frozen=True, slots=True)
class Add(Hashed):
    """The sum of two or more ``terms``."""

    terms: tuple[Expr, ...]


@hashed_once
@dataclass(frozen=True, slots=True)
class Mul(Hashed):
    """The product of two or more ``factors``."""

    factors: tuple[Expr, ...]


@hashed_once
@dataclass(frozen=True, slots=True)
class Div(Hashed):
    """``numerator / denominator``."""

    numerator: Expr
    denominator: Expr


@hashed_once
@dataclass(frozen=True, slots=True)
class Power(Hashed):
    """``base ^ exponent``."""

    base: Expr
    exponent: Expr


@hashed_once
@dataclass(frozen=True, slots=True)
class Call(Hashed):
    """The pointwise function ``name`` of ``args``."""

    name: str
    args: tuple[Expr, ...]


@hashed_once
@dataclass(frozen=True, slots=True)
class Compare(Hashed):
    """``left op right`` with op one of ``== != < <= > >=``."""

    op: str
    left: Expr
    right: Expr


@hashed_once
@dataclass(frozen=True, slots=True)
class Logic(Hashed):
    """``and`` or ``or`` of two or more ``args``, or ``not`` of one."""

    op: str
    args: tuple[Condition, ...]


@hashed_once
@dataclass(frozen=True, slots=True)
class Iverson(Hashed):
    """1 where ``condition`` holds and 0 elsewhere; its derivative is 0."""

    condition: Condition


@hashed_once
@dataclass(frozen=True, slots=True)
class Select(Hashed):
    """``then if condition else other``; the branch not taken reads nothing."""

    condition: Condition
    then: Expr
    other: Expr


@hashed_once
@dataclass(frozen=True, slots=True)
class Reduce(Hashed):
    """``op[indices where condition](body)``.

    ``op`` is one of ``sum prod mean max min logsumexp argmax argmin``. The last two give the
    row-major position, among the bound indices, of the first largest (smallest) member.
    """

    op: str
    indices: tuple[Index, ...]
    body: Expr
    where: Condition | None = None


Condition = Union[Compare, Logic]
Expr = Union[
    Number, Constant, Parameter, IndexValue, Read, Add, Mul, Div, Power, Call, Iverson, Select,
    Reduce,
]
Node = Union[Expr, Condition]

ZERO, ONE, MINUS_ONE = Number(Fraction(0)), Number(Fraction(1)), Number(Fraction(-1))
LEAVES = (Number, Constant, Parameter, IndexValue, Read)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside ``node``, in written order."""
    found = _CHILDREN.get(type(node))
    if found is None:
        raise TypeError(f"{type(node).__name__} is not a node: add it to derive.expr.children")
    return found(node)


# A table, since every pass over a program asks every node.
_CHILDREN: Mapping[type, Callable[[Any], tuple[Node, ...]]] = {
    **dict.fromkeys(LEAVES, lambda _: ()),
    Add: lambda node: node.terms,
    Mul: lambda node: node.factors,
    Div: lambda node: (node.numerator, node.denominator),
    Power: lambda node: (node.base, node.exponent),
    Compare: lambda node: (node.left, node.right),
    Call: lambda node: node.args,
    Logic: lambda node: node.args,
    Iverson: lambda node: (node.condition,),
    Select: lambda node: (node.condition, node.then, node.other),
    Reduce: lambda node: (node.body,) if node.where is None else (node.body, node.where),
}


def rebuild(node: Node, parts: tuple[Node, ...]) -> Node:  # noqa: PLR0911
    """``node`` with its ``children`` replaced, in the order in which ``children`` gives them."""
    match node:
        case Number() | Constant() | Parameter() | IndexValue() | Read():
            return node
        case Add():
            return Add(parts)  # type: ignore[arg-type]  # children of an Add are expressions
        case Mul():
            return Mul(parts)  # type: ignore[arg-type]
        case Div():
            return Div(*parts)  # type: ignore[arg-type]
        case Power():
            return Power(*parts)  # type: ignore[arg-type]
        case Compare(op):
            return Compare(op, *parts)  # type: ignore[arg-type]
        case Call(name):
            return Call(name, parts)  # type: ignore[arg-type]
        case Logic(op):
            return Logic(op, parts)  # type: ignore[arg-type]
        case Iverson():
            return Iverson(*parts)  # type: ignore[arg-type]
        case Select():
            return Select(*parts)  # type: ignore[arg-type]
        case Reduce(op, indices):
            return Reduce(op, indices, *parts)  # type: ignore[arg-type]
    raise TypeError(f"{type(node).__name__} is not a node: add it to derive.expr.rebuild")


def transform(node: Node, rule: Callable[[Node], Node]) -> Node:
    """Apply ``rule`` to every node, innermost first."""
    parts = children(node)
    changed = tuple(transform(part, rule) for part in parts)
    return rule(node if changed == parts else rebuild(node, changed))


def walk(node: Node) -> Iterator[Node]:
    """Every node inside ``node``, itself first, in written order."""
    left = [node]
    while left:
        found = left.pop()
        yield found
        left += reversed(children(found))


def reads(node: Node) -> tuple[Read, ...]:
    """Every read of an array, in written order; labels inside indices are not among them."""
    return tuple(n for n in walk(node) if isinstance(n, Read))


def own_index_exprs(node: Node) -> tuple[IndexExpr, ...]:
    """The index expressions of this node alone."""
    if isinstance(node, Read):
        return node.indices
    return (node.expr,) if isinstance(node, IndexValue) else ()


def index_exprs(node: Node) -> Iterator[IndexExpr]:
    """Every index expression that stands in ``node``."""
    for part in walk(node):
        yield from own_index_exprs(part)


def map_index_exprs(node: Node, rule: Callable[[IndexExpr], IndexExpr]) -> Node:
    """Replace every index expression in ``node``; binders keep their indices."""

    def change(part: Node) -> Node:
        if isinstance(part, Read):
            return Read(part.array, tuple(map(rule, part.indices)))
        return IndexValue(rule(part.expr)) if isinstance(part, IndexValue) else part

    return transform(node, change)


def free_indices(node: Node) -> tuple[Index, ...]:
    """The indices ``node`` uses without binding them, each once, in written order."""
    found: dict[Index, None] = {}
    _collect_free(node, frozenset(), found)
    return tuple(found)


def _collect_free(node: Node, bound: frozenset[Index], found: dict[Index, None]) -> None:
    if isinstance(node, Read):
        used = [i for e in node.indices for i in e.indices()]
    else:
        used = list(node.expr.indices()) if isinstance(node, IndexValue) else []
    found.update((i, None) for i in used if i not in bound)
    inner = bound.union(node.indices) if isinstance(node, Reduce) else bound
    for part in children(node):
        _collect_free(part, inner, found)


def is_static(condition: Node) -> bool:
    """Whether a condition looks at indices, sizes and integer labels only, at no real value."""
    return not any(isinstance(n, (Read, Reduce, Call, Parameter)) for n in walk(condition))
