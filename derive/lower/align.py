"""Bringing values to a common order of axes: transposing, and adding axes of length one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.expr import Node, reads
from derive.index import Index
from derive.lower.context import Order
from derive.lower.plan import (
    WHOLE,
    At,
    Axes,
    Cast,
    Fold,
    Map,
    New,
    Part,
    Slice,
    Transpose,
    Value,
)


def named(axes: Axes) -> tuple[Index, ...]:
    """The axes of a value none of whose axes is broadcast."""
    assert None not in axes, "a value that is an operand already is not aligned again"
    return tuple(a for a in axes if a is not None)


def in_order(value: Value, order: Order) -> Value:
    """``value`` with its axes in the order of ``order``, which has all of them."""
    axes = named(value.axes)
    wanted = tuple(i for i in order if i in axes)
    assert len(wanted) == len(axes), f"{axes} are not all among {order}"
    return transposed(value, wanted)


def transposed(value: Value, wanted: Sequence[Index]) -> Value:
    """``value`` with exactly the axes ``wanted``, in that order."""
    if tuple(wanted) == value.axes:
        return value
    inner, order = value, tuple(range(len(value.axes)))
    if isinstance(value, Transpose):
        inner, order = value.source, value.order
    permutation = tuple(order[value.axes.index(i)] for i in wanted)
    if permutation == tuple(range(len(permutation))):
        return inner
    return Transpose(inner, permutation, tuple(wanted))


def natural(expr: Node, order: Order) -> Order:
    """``order``, rearranged so that the widest array that ``expr`` reads is not transposed."""
    best: tuple[Index, ...] = ()
    for read in reads(expr):
        plain = [i for e in read.indices for i in e.indices() if i in order]
        if len(set(plain)) == len(plain) > len(best):
            best = tuple(plain)
    rest = iter(best)
    return tuple(next(rest) if i in best else i for i in order)


def untransposed(value: Value) -> Value:
    """The array that ``value`` is a transposition of."""
    return value.source if isinstance(value, Transpose) else value


def union(values: Sequence[Value], order: Order) -> tuple[Index, ...]:
    """Every axis of ``values``, in order."""
    present = {axis for value in values for axis in value.axes}
    return tuple(i for i in order if i in present)


def expanded(value: Value, target: Sequence[Index]) -> Value:
    """``value`` with axes of length one so that it broadcasts against ``target``."""
    axes = named(value.axes)
    if not axes:
        return value
    first = list(target).index(axes[0])
    wanted: Axes = tuple(i if i in axes else None for i in target[first:])
    if wanted == axes:
        return value
    if isinstance(value, Cast):
        return Cast(expanded(value.source, target))
    kept = _kept(value, target)
    if kept is not None:
        return kept
    if isinstance(value, Slice):
        return Slice(value.source, _with_new(value.parts, wanted), wanted)
    return Slice(value, _with_new((WHOLE,) * len(axes), wanted), wanted)


def _kept(value: Value, target: Sequence[Index]) -> Value | None:
    """A reduction that keeps its axes, where those stand where new ones are needed."""
    if not isinstance(value, Fold) or value.op in ("argmax", "argmin") or value.keep:
        return None
    source = value.source.axes
    tail = target[len(target) - len(source) :] if len(source) <= len(target) else ()
    if len(tail) != len(source):
        return None
    axes: Axes = tuple(None if k in value.positions else a for k, a in enumerate(source))
    if any(a is not None and a != t for a, t in zip(axes, tail, strict=True)):
        return None
    return replace(value, axes=axes, keep=True)


def _with_new(parts: Sequence[Part], wanted: Axes) -> tuple[Part, ...]:
    """``parts`` with new axes where ``wanted`` has None."""
    found: list[Part] = []
    rest = list(parts)
    for axis in wanted:
        while rest and isinstance(rest[0], At):
            found.append(rest.pop(0))
        found.append(New() if axis is None else rest.pop(0))
    return (*found, *rest)


def mapped(op: str, args: Sequence[Value], order: Order) -> Value:
    """A pointwise operation of aligned arguments."""
    target = union(args, order)
    return Map(op, tuple(expanded(arg, target) for arg in args), target)
