"""What the right side of an equation means, one rule per kind of expression.

A rule looks at a node once and gives its meaning: a function of the machine and the scope, to be
called for every element. A value is an exact ``Fraction`` as long as only literals, indices and
sizes are in it, and a number of the arithmetic as soon as an array element or a function is. Only
what the language says is looked at is evaluated: one branch of a conditional, no member that
``where`` excludes. What is wrong with a node is told where it is evaluated, not before.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product

from derive.errors import NameRefused, Span
from derive.kinks import BOUNDARIES
from derive.syntax import (
    Call,
    Chain,
    Compare,
    Condition,
    Element,
    Expr,
    FunctionDeclaration,
    Iverson,
    Name,
    Negation,
    Number,
    Power,
    Reduction,
    Select,
    Size,
)
from numeric.interpret.arithmetic import Number as Value
from numeric.interpret.positions import placed
from numeric.interpret.reductions import REDUCTIONS, Members
from numeric.interpret.scope import Scope
from numeric.interpret.values import (
    Machine,
    Meaning,
    Truth,
    alike,
    divided,
    lifted,
    refusal,
)
from numeric.interpret.watch import Site


def meaning(node: Expr) -> Meaning:
    """The meaning of ``node``: a fraction, or a number of the arithmetic."""
    return RULES[type(node)](node)


def number(machine: Machine, node: Expr, scope: Scope) -> Value:
    """The value of ``node`` as a number of the arithmetic."""
    return lifted(machine, machine.meaning(node)(machine, scope))


def truth(node: Condition) -> Truth:
    """Whether a condition holds; ``and`` and ``or`` stop as soon as that is known."""
    if isinstance(node, Compare):
        return _compare(node)
    parts = tuple(map(truth, node.args))
    if node.op == "not":
        return lambda machine, scope: not parts[0](machine, scope)
    test = all if node.op == "and" else any
    return lambda machine, scope: test(part(machine, scope) for part in parts)


def _compare(node: Compare) -> Truth:
    first, second, compare = meaning(node.left), meaning(node.right), COMPARISONS[node.op]
    site = Site.of("comparison", node.span)

    def run(machine: Machine, scope: Scope) -> bool:
        left, right = alike(machine, first(machine, scope), second(machine, scope))
        if type(left) is not Fraction:
            machine.watch.passed(site, left - right)
        return bool(compare(left, right))

    return run


# ---- leaves -----------------------------------------------------------------------------------


def _number(node: Number) -> Meaning:
    found = node.value
    return lambda machine, scope: found


def _size(node: Size) -> Meaning:
    return lambda machine, scope: Fraction(machine.size(node.index, node.span))


def _name(node: Name) -> Meaning:
    name = node.name

    def run(machine: Machine, scope: Scope) -> Value:
        if name in scope.parameters:
            return scope.parameters[name]
        if name in scope.indices:
            return Fraction(scope.indices[name])
        if name in machine.parameters:
            return machine.parameters[name]
        if name == "pi":
            return machine.arithmetic.pi
        if name == "inf":
            return machine.arithmetic.infinity
        return machine.read(node, (), scope)

    return run


def _element(node: Element) -> Meaning:
    parts = tuple(map(placed, node.indices))
    names = tuple(index.name for index in node.indices if type(index) is Name)

    def run(machine: Machine, scope: Scope) -> Value:
        return machine.read(node, tuple([part(machine, scope) for part in parts]), scope)

    def plain(machine: Machine, scope: Scope) -> Value:
        bound = scope.indices
        try:
            place = tuple([bound[name] for name in names])
        except KeyError:  # a hyperparameter, or a label
            return run(machine, scope)
        return machine.read(node, place, scope)

    return plain if len(names) == len(parts) else run


# ---- operators --------------------------------------------------------------------------------


def _negation(node: Negation) -> Meaning:
    operand = meaning(node.operand)
    return lambda machine, scope: -operand(machine, scope)


def _chain(node: Chain) -> Meaning:
    if any(op in ("//", "%") for op, _ in node.rest):
        return _whole(node)
    first = meaning(node.first)
    rest = [(OPERATORS.get(op), meaning(operand)) for op, operand in node.rest]

    def run(machine: Machine, scope: Scope) -> Value:
        left = first(machine, scope)
        for combine, operand in rest:
            right = operand(machine, scope)
            if type(left) is not type(right):
                left, right = lifted(machine, left), lifted(machine, right)
            left = divided(machine, left, right) if combine is None else combine(left, right)
        return left

    return run


def _whole(node: Chain) -> Meaning:
    place = placed(node)

    def run(machine: Machine, scope: Scope) -> Value:
        found = place(machine, scope)
        if found is None:
            raise refusal(machine, node.span, "a quotient that is not an integer", "use //")
        return Fraction(found)

    return run


def _power(node: Power) -> Meaning:
    below, above = meaning(node.base), meaning(node.exponent)

    def run(machine: Machine, scope: Scope) -> Value:
        base, exponent = below(machine, scope), above(machine, scope)
        whole = type(exponent) is Fraction and exponent.denominator == 1
        if type(base) is Fraction and whole and (base != 0 or exponent >= 0):
            return base ** int(exponent)
        return machine.arithmetic.power(lifted(machine, base), lifted(machine, exponent))

    return run


def _call(node: Call) -> Meaning:
    parts, name = tuple(map(meaning, node.args)), node.function
    boundary, site = BOUNDARIES.get(name), Site.of(name, node.span)

    def run(machine: Machine, scope: Scope) -> Value:
        args = [lifted(machine, part(machine, scope)) for part in parts]
        declared = machine.functions.get(name)
        if declared is not None:
            return _defined(machine, declared, args, scope, node.span)
        function = machine.arithmetic.functions.get(name)
        if function is None:
            raise machine.source.refuse(
                NameRefused, f"no function is called {name}", node.span,
                "use a function of the language, or declare one with def",
            )  # fmt: skip
        if boundary is not None:
            difference = boundary(*args)
            machine.watch.took(site, bool(difference > 0))
            machine.watch.passed(site, difference)
        return function(*args)

    return run


def _defined(
    machine: Machine, function: FunctionDeclaration, args: list[Value], scope: Scope, at: Span
) -> Value:
    if function.name in scope.inside:
        raise refusal(machine, at, f"{function.name} calls itself", "write it without recursion")
    if len(args) != len(function.parameters):
        raise refusal(
            machine, at,
            f"{function.name} takes {len(function.parameters)} arguments, not {len(args)}",
            "give one argument for each parameter",
        )  # fmt: skip
    names = (parameter.name for parameter in function.parameters)
    inner = Scope({}, dict(zip(names, args, strict=True)), (*scope.inside, function.name))
    return machine.meaning(function.body)(machine, inner)


def _iverson(node: Iverson) -> Meaning:
    holds, branch = truth(node.condition), _branch("[condition]", node.condition, node.span)

    def run(machine: Machine, scope: Scope) -> Value:
        found = holds(machine, scope)
        if branch is not None:
            machine.watch.took(branch, found)
        return Fraction(int(found))

    return run


def _select(node: Select) -> Meaning:
    holds, branch = truth(node.condition), _branch("if", node.condition, node.span)
    then, other = meaning(node.then), meaning(node.other)

    def run(machine: Machine, scope: Scope) -> Value:
        found = holds(machine, scope)
        if branch is not None:
            machine.watch.took(branch, found)
        return (then if found else other)(machine, scope)

    return run


def _branch(what: str, condition: Condition, span: Span) -> Site | None:
    # an equality of reals holds on a set without volume: no generic point can take it
    equality = isinstance(condition, Compare) and condition.op in ("==", "!=")
    return None if equality else Site.of(what, span)


# ---- reductions -------------------------------------------------------------------------------


def _reduction(node: Reduction) -> Meaning:
    rule = REDUCTIONS[node.op]
    body, where = meaning(node.body), None if node.where is None else truth(node.where)
    names = tuple(index.name for index in node.indices)

    def run(machine: Machine, scope: Scope) -> Value:
        ranges = [range(machine.size(index.name, index.span)) for index in node.indices]
        inner = scope.opened()
        # the members that ``where`` leaves, each with its row-major position
        members: Members = []
        for place, values in enumerate(product(*ranges)):
            inner.indices.update(zip(names, values, strict=True))
            if where is None or where(machine, inner):
                members.append((place, body(machine, inner)))
        return rule(machine, node, members)

    return run


OPERATORS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
RULES: Mapping[type, Callable[..., Meaning]] = {
    Number: _number,
    Name: _name,
    Element: _element,
    Size: _size,
    Call: _call,
    Negation: _negation,
    Chain: _chain,
    Power: _power,
    Iverson: _iverson,
    Select: _select,
    Reduction: _reduction,
}
