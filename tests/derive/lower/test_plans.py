"""Every value of every plan: axes that fit, and results that share no memory with what is given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import derive
from derive.lower.context import Context
from derive.lower.equation import lower_equation
from derive.lower.plan import (
    Accumulate,
    Assign,
    Axes,
    Fold,
    For,
    Gather,
    Map,
    Matmul,
    New,
    Quietly,
    Slice,
    Stmt,
    Tensordot,
    Transpose,
    Update,
    Value,
    inside,
    owns_memory,
)
from derive.lower.shapes import by_rows
from derive.program import Program

LOOPS = ("gru", "lstm", "lstm_peephole", "rnn")
LAYERS = [name for name in derive.layers() if name not in LOOPS]


def programs(name: str) -> tuple[Program, Program]:
    forward = derive.bind(derive.load(name))
    return forward, derive.bind(derive.adjoint(forward))


def statements(program: Program) -> Iterator[Stmt]:
    for equation in program.equations:
        yield from flat(lower_equation(equation, Context(program)))


def flat(body: tuple[Stmt, ...]) -> Iterator[Stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, (For, Quietly)):
            yield from flat(statement.body)


def values(statement: Stmt) -> Iterator[Value]:
    if isinstance(statement, (Assign, Update, Accumulate)):
        yield from inside(statement.value)


def broadcast(axes: Axes, target: Axes) -> bool:
    pairs = zip(reversed(axes), reversed(target), strict=False)
    return len(axes) <= len(target) and all(a is None or a == t for a, t in pairs)


def fits(value: Value) -> bool:  # noqa: PLR0911  one per node
    match value:
        case Map(_, args, axes):
            return all(broadcast(arg.axes, axes) for arg in args)
        case Fold(_, source, positions, axes):
            left = tuple(a for k, a in enumerate(source.axes) if k not in positions)
            named = tuple(a for a in axes if a is not None)
            return named == left
        case Transpose(source, order, axes):
            return tuple(source.axes[k] for k in order) == axes
        case Matmul(left, right) if by_rows(value):
            return value.axes == left.axes[:-1] == right.axes[:-1]
        case Matmul(left, right):
            return left.axes[-1] == (right.axes[-2] if len(right.axes) > 1 else right.axes[-1])
        case Tensordot(left, right, mine, yours, axes):
            summed = [left.axes[k] for k in mine] == [right.axes[k] for k in yours]
            return summed and len(axes) == len(left.axes) + len(right.axes) - 2 * len(mine)
        case Slice(_, parts, axes) | Gather(_, parts, axes):
            return sum(isinstance(part, New) for part in parts) <= len(axes)
    return True


@pytest.mark.parametrize("name", LAYERS)
def test_axes_fit(name: str) -> None:
    for program in programs(name):
        for statement in statements(program):
            for value in values(statement):
                if isinstance(value, Fold) and value.op in ("softmax", "log_softmax"):
                    assert value.axes == value.source.axes
                else:
                    assert fits(value), value


@pytest.mark.parametrize("name", LAYERS)
def test_results_own_their_memory(name: str) -> None:
    for program in programs(name):
        for equation in program.equations:
            plan = tuple(flat(lower_equation(equation, Context(program))))
            made = {s.name for s in plan if isinstance(s, Assign) and owns_memory(s.value)}
            last = next(s for s in reversed(plan) if isinstance(s, Assign) and s.name == equation.name)
            source = last.value.source if isinstance(last.value, Slice) else last.value
            assert owns_memory(last.value) or getattr(source, "name", "") in made


@pytest.mark.parametrize("name", LAYERS)
def test_only_offsets_are_looped_over(name: str) -> None:
    offsets = {"p", "q"}
    for program in programs(name):
        loops = [s.index.name for s in statements(program) if isinstance(s, For)]
        assert set(loops) <= offsets
