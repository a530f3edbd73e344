"""Mistakes with derivatives of functions: of another one, at another place, the value itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.algebra import factors_of, mul, product
from derive.expr import ZERO, Call, Expr, Read
from derive.extent import same_extent
from derive.functions import FUNCTIONS
from derive.index import Index, IndexExpr, as_expr
from derive.match import Matcher
from derive.mutate.scene import Change, Scene
from derive.mutate.site import Site, rows, text
from derive.program import Equation
from derive.scope import in_expr

# The activations that are taken for one another.
MISTAKEN = ("sigmoid", "tanh", "relu", "softplus", "silu", "gelu", "exp")


def other_derivative(scene: Scene, equation: Equation) -> Iterator[Change]:
    """The derivative of an activation replaced by what is mistaken for it."""
    if equation.name not in scene.derived:
        return
    for forward in scene.forward.equations:
        call = forward.expr
        if not isinstance(call, Call) or len(call.args) != 1:
            continue
        value = Read(forward.name, forward.indices)
        true = FUNCTIONS[call.name].derivatives[0](call.args, value)
        coefficient, pattern = factors_of(true)
        matcher = Matcher(scene.backward, forward.free)
        for row in rows(equation.expr):
            node: Expr = row.node  # type: ignore[assignment]  # rows are expressions
            ours, factors = factors_of(node)
            found = matcher.match_factors(pattern, factors) if pattern else None
            if found is not None:
                rest = product(ours / coefficient, found[1])
                yield from _changes(equation, row, rest, (call, value), found[0])


def further_derivative(scene: Scene, equation: Equation) -> Iterator[Change]:
    """A derivative or a value too many: of an activation that the output has been through."""
    if equation.name not in scene.derived or equation.expr == ZERO:
        return
    for forward in scene.forward.equations:
        if forward.is_start or len(forward.free) != len(equation.free):
            continue
        pairs = list(zip(forward.free, equation.free, strict=True))
        if not all(same_extent(scene.whole, a.name, b.name) for a, b in pairs):
            continue
        here = {a: as_expr(b) for a, b in pairs}
        value = in_expr(Read(forward.name, forward.indices), here)
        further = [(text(value), value)]
        further += [(f"the derivative of {n} through {text(value)}",
                     FUNCTIONS[n].derivatives[0]((value,), value)) for n in ("sigmoid", "tanh")]
        for told, factor in further:
            new = replace(equation, expr=mul(equation.expr, factor))
            yield Change(f"with a further factor {told}", (new,))


def _changes(
    equation: Equation,
    row: Site,
    rest: Expr,
    function: tuple[Call, Read],
    bindings: dict[Index, IndexExpr],
) -> Iterator[Change]:
    call, value = function
    for phrase, derivative in _mistakes(call, value):
        here = in_expr(derivative, bindings)
        new = replace(equation, expr=row.put(mul(rest, here)))
        yield Change(f"{phrase} at {text(in_expr(value, bindings))}", (new,))


def _mistakes(call: Call, value: Read) -> Iterator[tuple[str, Expr]]:
    rule = FUNCTIONS[call.name].derivatives[0]
    argument = call.args[0]
    yield (
        f"with {call.name}' taken at the output, {text(value)},",
        rule((value,), Call(call.name, (value,))),
    )
    yield (
        f"with the input {text(argument)} in place of the output in {call.name}'",
        rule(call.args, argument),
    )
    yield f"with the value of {call.name} in place of its derivative", value
    for name in MISTAKEN:
        if name == call.name:
            continue
        other = FUNCTIONS[name].derivatives[0]
        phrase = f"with the derivative of {name} in place of that of {call.name}"
        yield phrase, other(call.args, Call(name, call.args))
        through_value = other((argument,), value)
        if through_value != other(call.args, Call(name, call.args)):
            yield f"{phrase}, as a function of the output,", through_value

