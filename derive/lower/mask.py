"""Conditions as arrays of bools, and values of which only some elements count."""

from __future__ import annotations

from fractions import Fraction

from derive.algebra import both
from derive.expr import (
    Call,
    Compare,
    Condition,
    Constant,
    Div,
    Expr,
    IndexValue,
    Logic,
    Mul,
    Node,
    Number,
    Power,
    Read,
    Reduce,
    walk,
)
from derive.index import IndexExpr, Label, Size, number
from derive.lower.align import mapped
from derive.lower.bounds import Bounds, constant
from derive.lower.context import Builder, Order
from derive.lower.grid import grid, is_scalar
from derive.lower.plan import Literal, Map, Named, Value


def needed(node: Condition | None, builder: Builder) -> Condition | None:
    """``node`` without the parts that hold for all positions; None if that is all of it."""
    if isinstance(node, Logic) and node.op == "and":
        return both(*(needed(arg, builder) for arg in node.args))
    return None if isinstance(node, Compare) and _always(node, builder) else node


def _always(node: Compare, builder: Builder) -> bool:
    left, right = as_index(node.left), as_index(node.right)
    if left is None or right is None:
        return False
    gap = right - left if node.op in ("<", "<=") else left - right
    if node.op == "==":
        return gap.constant == 0
    if node.op == "!=":
        return False
    low, _ = Bounds(builder.program, gap.indices()).of(gap)
    least = constant(1 if node.op in ("<", ">") else 0)
    return Bounds(builder.program, gap.indices()).surely(least, low)


def condition(node: Condition, order: Order, builder: Builder) -> Value:
    """The array of bools that ``node`` is; a Python bool where it looks at scalars only."""
    if isinstance(node, Logic):
        args = tuple(condition(arg, order, builder) for arg in node.args)
        found = args[0]
        if node.op == "not":
            return _negated(found)
        for arg in args[1:]:
            found = mapped(node.op, (found, arg), order)
        return found
    left, right = as_index(node.left), as_index(node.right)
    sides = (
        builder.lower(node.left, order) if left is None else grid(left, order, builder),
        builder.lower(node.right, order) if right is None else grid(right, order, builder),
    )
    return mapped(node.op, sides, order)


_OPPOSITE = {"==": "!=", "!=": "=="}


def _negated(value: Value) -> Value:
    if isinstance(value, Map) and value.op in _OPPOSITE:
        return Map(_OPPOSITE[value.op], value.args, value.axes)
    return Map("not", (value,), value.axes)


def as_index(node: Node) -> IndexExpr | None:
    """The integer expression that ``node`` is, or None."""
    if isinstance(node, IndexValue):
        return node.expr
    if isinstance(node, Number) and node.value.denominator == 1:
        return number(int(node.value))
    return None


def decided_early(node: Condition, builder: Builder) -> bool:
    """Whether ``node`` looks at sizes and loop variables only: one bool for all elements."""
    leaves = [n for n in walk(node) if not isinstance(n, (Compare, Logic))]
    indices = [as_index(n) for n in leaves]
    return all(e is not None and is_scalar(e, builder) for e in indices)


def _is_fixed(node: Node) -> bool:
    """Whether ``node`` is one number, ``-inf`` for instance."""
    return not any(isinstance(part, (Read, IndexValue)) for part in walk(node))


def always_finite(node: Node, builder: Builder) -> bool:
    """Whether ``node`` is finite, and silent, for any finite elements of the arrays it reads."""
    for part in walk(node):
        if isinstance(part, Read):
            pad = builder.program.pad(part.array)
            if part.array in builder.context.wild or (pad is not None and pad.value is None):
                return False
        elif isinstance(part, Div):
            if not _is_positive(part.denominator):
                return False
        elif isinstance(part, Power):
            # a root of a negative number is none
            if not (
                _is_positive(part.exponent)
                and (_is_whole(part.exponent) or _is_positive(part.base))
            ):
                return False
        elif isinstance(part, (Call, Reduce)) and not _is_positive(part):
            if (part.name if isinstance(part, Call) else part.op) not in _TAME:
                return False
        elif isinstance(part, Constant) and part.name == "inf":
            return False
    return True


def _is_whole(node: Node) -> bool:
    if isinstance(node, Number):
        return node.value.denominator == 1
    return isinstance(node, IndexValue)


def _is_positive(node: Node) -> bool:
    """Whether ``node`` is a number above 0; sizes are, where there is anything to compute."""
    if isinstance(node, Number):
        return node.value > 0
    if isinstance(node, IndexValue):
        return isinstance(node.expr.atom, Size)
    if isinstance(node, Mul):
        return all(map(_is_positive, node.factors))
    return isinstance(node, Call) and node.name == "sqrt" and _is_positive(node.args[0])


_TAME = frozenset((
    "sigmoid", "tanh", "relu", "abs", "sign", "sin", "cos", "erf", "step", "max", "min", "sum",
    "prod", "leaky_relu", "softplus", "gelu", "silu",
))  # fmt: skip


def masked(
    body: Expr, where: Condition, neutral: Literal | Named, order: Order, builder: Builder
) -> Value:
    """``body`` where the condition holds, ``neutral`` elsewhere."""
    kept = needed(where, builder)
    if kept is None:
        return builder.lower(body, order)
    mask = condition(kept, order, builder)
    value, quiet = guarded(body, where, order, builder)
    if quiet and neutral == Literal(Fraction(0)):
        return mapped("*", (value, mask), order)
    return mapped("where", (mask, value, neutral), order)


def doubts(where: Condition) -> frozenset[str]:
    """The integer arrays whose values ``where`` compares with anything but a plain index."""
    found: set[str] = set()
    for part in walk(where):
        if isinstance(part, Compare):
            sides = [as_index(part.left), as_index(part.right)]
            if not (part.op == "==" and any(s is not None and s.index for s in sides)):
                atoms = (a for s in sides if s is not None for a in s.atoms())
                found.update(a.array for a in atoms if isinstance(a, Label))
    return frozenset(found)


def guarded(body: Expr, where: Condition, order: Order, builder: Builder) -> tuple[Value, bool]:
    """``body`` where not every element counts, and whether all are finite all the same."""
    with builder.excused(doubts(where)):
        value = builder.lower(body, order)
    finite = always_finite(body, builder)
    if not finite and not isinstance(body, Read) and not _is_fixed(body):
        builder.root.noisy = True
    return value, finite
