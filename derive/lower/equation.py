"""One equation as plan statements."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from derive.index import Index, IndexExpr, Size, as_expr
from derive.lower.align import expanded
from derive.lower.arithmetic import real
from derive.lower.context import Builder, Context
from derive.lower.memory import stored
from derive.lower.plan import (
    INT,
    NUMBER,
    Assign,
    Broadcast,
    Cast,
    Copy,
    Filled,
    Literal,
    Map,
    Named,
    Quietly,
    Slice,
    Stmt,
    Stored,
    Update,
    Value,
    kind,
    owns_memory,
)
from derive.lower.pointwise import lower
from derive.lower.views import part_of
from derive.program import Equation


def lower_equation(equation: Equation, context: Context) -> tuple[Stmt, ...]:
    """Statements that compute ``equation``.

    A whole array is assigned, and owns its memory. An element or a part of one (of a
    recurrence, of a start) is written into the array, which exists by then. Temporaries marked
    ``ahead`` come first and belong before the loops.
    """
    builder = Builder(context, equation.name, lower, loops=context.loops)
    order = tuple(i for i in equation.free if i not in builder.scalars)
    value = builder.lower(equation.expr, order)
    array = stored(equation.name, builder)
    if array.kind != INT:
        value = real(value)
    target = part_of(array, equation.indices, builder)
    statements = tuple(builder.statements)
    if isinstance(target, Stored):
        found = _assigned(equation.name, _complete(value, order, _made(statements)), statements)
    else:
        found = (*statements, Update(target, "=", expanded(value, order)))
    return _quiet(found) if builder.noisy else found


def lower_extremes(
    positions: Equation, context: Context, extreme: str
) -> tuple[Stmt, ...] | None:
    """The loop that finds ``positions``, what is best there called ``extreme``; None if no loop.

    The first statement makes the array of extremes, which the others fill.
    """
    statements = lower_equation(positions, context)
    first = statements[0]
    if len(statements) < 2 or not isinstance(first, Assign) or not first.temporary:
        return None
    if first.ahead or not isinstance(first.value, Filled):
        return None
    return cast(tuple[Stmt, ...], _renamed(statements, first.name, extreme))


def _complete(value: Value, order: tuple[Any, ...], made: frozenset[str]) -> Value:
    """``value`` with every axis of the array, in memory of its own."""
    shape: tuple[IndexExpr, ...] = tuple(as_expr(Size(i.name)) for i in order)
    full = value.axes == order and _surely_has(value) == frozenset(order)
    if full and (order or kind(value) != NUMBER):
        return value if owns_memory(value) or _is_made_here(value, made) else Copy(value)
    if isinstance(value, (Literal, Named)):
        return Filled(shape, value, order)
    if not order:
        return Cast(value)
    # a branch that is a plain number has no dtype yet
    plain = kind(value) == NUMBER or _surely_has(value) != frozenset(value.axes)
    inner = Cast(value) if plain else value
    return Copy(Broadcast(expanded(inner, order), shape, order))


def _made(statements: tuple[Stmt, ...]) -> frozenset[str]:
    """The arrays that the statements fill."""
    return frozenset(
        s.name for s in statements if isinstance(s, Assign) and isinstance(s.value, Filled)
    )


def _surely_has(value: Value) -> frozenset[Index]:
    """The axes that ``value`` has whichever branch of a scalar condition is taken."""
    if not isinstance(value, Map):
        return frozenset(i for i in value.axes if i is not None)
    args = [_surely_has(arg) for arg in value.args]
    return args[1] & args[2] if value.op == "if" else frozenset().union(*args)


def _is_made_here(value: Value, made: frozenset[str]) -> bool:
    """Whether ``value`` is, or is a part of, an array that nothing else uses."""
    array = value.source if isinstance(value, Slice) else value
    return isinstance(array, Stored) and array.temporary and array.name in made


def _assigned(name: str, value: Value, statements: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """Name the result; an array that was filled step by step gets the name at once."""
    if not (isinstance(value, Stored) and value.temporary):
        return (*statements, Assign(name, value))
    return cast(tuple[Stmt, ...], _renamed(statements, value.name, name))


def _renamed(node: Any, old: str, new: str) -> Any:
    """``node`` with the temporary ``old`` called ``new``, which is none."""
    if isinstance(node, tuple):
        return tuple(_renamed(part, old, new) for part in node)
    if not is_dataclass(node) or isinstance(node, (IndexExpr, type)):
        return node
    changed = {
        f.name: _renamed(getattr(node, f.name), old, new) for f in fields(node) if f.init
    }
    if isinstance(node, (Stored, Assign)) and node.name == old:
        changed.update(name=new, temporary=False)
    return replace(node, **changed)


def _quiet(statements: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    ahead = tuple(s for s in statements if isinstance(s, Assign) and s.ahead)
    rest = tuple(s for s in statements if s not in ahead)
    return (*ahead, Quietly(rest))
