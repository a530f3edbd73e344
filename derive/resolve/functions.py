"""The functions that a text defines: their bodies are checked once, used or not."""

from __future__ import annotations

from dataclasses import replace

from derive import syntax
from derive.errors import DeriveError, NameRefused, ProgramRefused, Span
from derive.expr import Expr, Parameter
from derive.recurrence import components
from derive.resolve.names import Names, descend
from derive.resolve.scope import Scope
from derive.resolve.values import body


def check_functions(names: Names) -> None:
    """Refuse a function that calls itself, or whose body cannot stand anywhere.

    Raises:
        ProgramRefused: a circle of calls, or a body that is not pointwise.
        NameRefused, IndexRefused: what any expression is refused for.
    """
    _check_circles(names)
    scope = replace(Scope(names), inlining=False)
    for function in names.functions.values():
        parameters: dict[str, Expr] = {}
        for parameter in function.parameters:
            if parameter.name in parameters:
                raise names.source.refuse(
                    NameRefused, f"the parameter `{parameter.name}` appears twice",
                    parameter.span, "rename one of the two",
                )  # fmt: skip
            parameters[parameter.name] = Parameter(parameter.name)
        body(function, parameters, scope)


def _check_circles(names: Names) -> None:
    links = {
        (function.name, call.function)
        for function in names.functions.values()
        for call in _calls(function, names)
    }
    groups = components(list(names.functions), sorted(links))
    group_of = {name: group for group in groups for name in group}
    for function in names.functions.values():
        if len(group_of[function.name]) > 1 or (function.name, function.name) in links:
            raise _circle(function, names)


def _circle(function: syntax.FunctionDeclaration, names: Names) -> DeriveError:
    """Walk the calls that ``function`` leads to; ``came_from`` tells the way back."""
    came_from: dict[str, tuple[str, Span]] = {}
    waiting = [function.name]
    while waiting:
        name = waiting.pop()
        for call in _calls(names.functions[name], names):
            if call.function not in came_from:
                came_from[call.function] = (name, call.span)
                waiting.append(call.function)
    path, name = [function.name], came_from[function.name][0]
    while name != function.name:
        path.append(name)
        name = came_from[name][0]
    circle = " -> ".join((function.name, *reversed(path)))
    return names.source.refuse(
        ProgramRefused, f"the function `{function.name}` calls itself: {circle}",
        came_from[function.name][1],
        "a def may call other defs only; a recurrence is an equation over an index",
    )  # fmt: skip


def _calls(function: syntax.FunctionDeclaration, names: Names) -> list[syntax.Call]:
    return [
        node
        for node in descend(function.body)
        if isinstance(node, syntax.Call) and node.function in names.functions
    ]
