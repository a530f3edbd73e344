"""Parse tree to expressions and conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from derive import syntax
from derive.canonical import call, integral, minus, negative, over, plus, times, value
from derive.errors import IndexRefused, ParseError, ProgramRefused, Span
from derive.expr import (
    MINUS_ONE,
    Add,
    Call,
    Compare,
    Condition,
    Constant,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
    is_static,
)
from derive.functions import FUNCTIONS
from derive.index import Hyper, Index, Size, as_expr
from derive.resolve.indices import (
    check_arity,
    check_integers,
    check_read,
    check_size,
    combine,
    index_expr,
    label,
)
from derive.resolve.scope import MAX_HEIGHT, Scope
from derive.words import CONSTANTS


def expression(node: syntax.Expr, scope: Scope) -> Expr:
    """The expression that ``node`` is, with the functions of the text put in."""
    scope.budget.depth += 1
    if scope.budget.depth > MAX_HEIGHT:
        raise scope.too_deep(node.span)
    made = _made(node, scope)
    scope.checked(made, node.span)
    scope.budget.depth -= 1
    return made


def _made(node: syntax.Expr, scope: Scope) -> Expr:  # noqa: PLR0911  one line per node
    match node:
        case syntax.Number(number):
            return Number(number)
        case syntax.Name(name, span):
            return _name(name, span, scope)
        case syntax.Element():
            return _element(node, scope)
        case syntax.Size(name, span):
            check_size(name, span, scope)
            return value(as_expr(Size(name)))
        case syntax.Call():
            return _call(node, scope)
        case syntax.Negation(operand, _):
            return negative(expression(operand, scope))
        case syntax.Chain():
            return _chain(node, scope)
        case syntax.Power(base, exponent, _):
            return Power(expression(base, scope), expression(exponent, scope))
        case syntax.Iverson(inside, _):
            return Iverson(condition(inside, scope))
        case syntax.Select(guard, then, other, _):
            return Select(
                condition(guard, scope), expression(then, scope), expression(other, scope)
            )
        case syntax.Reduction():
            return _reduction(node, scope)
    raise TypeError(f"{type(node).__name__} is not a node: add it to derive.resolve.values")


def condition(node: syntax.Condition, scope: Scope) -> Condition:
    """The condition that ``node`` is."""
    if isinstance(node, syntax.Compare):
        return Compare(node.op, expression(node.left, scope), expression(node.right, scope))
    return Logic(node.op, tuple(condition(arg, scope) for arg in node.args))


def _name(name: str, span: Span, scope: Scope) -> Expr:
    if scope.parameters is not None and name in scope.parameters:
        return scope.parameters[name]
    if name in CONSTANTS:
        return Constant(name)
    if name in scope.bound:
        return IndexValue(as_expr(Index(name)))
    hyper = scope.names.hypers.get(name)
    if hyper is not None:
        return IndexValue(as_expr(Hyper(name))) if hyper.integer else Parameter(name)
    if scope.names.ranks.get(name) == 0:
        return _element(syntax.Element(name, (), span), scope)
    raise scope.unknown(name, span)


def _element(node: syntax.Element, scope: Scope) -> Expr:
    if scope.parameters is not None and node.array in scope.parameters:
        raise scope.refuse(
            IndexRefused, f"`{node.array}` is a parameter of a `def`, one number, not an array",
            node.span, "a def is pointwise: drop the brackets",
        )  # fmt: skip
    if scope.names.integer(node.array):
        return value(label(node, scope))
    check_read(node, scope)
    return Read(node.array, tuple(index_expr(part, scope) for part in node.indices))


def _chain(node: syntax.Chain, scope: Scope) -> Expr:
    total = expression(node.first, scope)
    # Terms and factors that simply follow are gathered: a long row is built once.
    row: list[Expr] = []
    for op, part in node.rest:
        right = expression(part, scope)
        if _follows(op, total):
            row.append(negative(right) if op == "-" else right)
        else:
            total = _operation(op, _extended(total, row), right, node.span, scope)
            row = []
    return _extended(total, row)


def _follows(op: str, total: Expr) -> bool:
    """Whether ``total op right`` is the row of ``total`` with ``right`` put at its end."""
    if op in ("+", "-"):
        return isinstance(total, Add)
    lone_sign = isinstance(total, Mul) and len(total.factors) == 2 and total.factors[0] == MINUS_ONE
    return op == "*" and isinstance(total, Mul) and not lone_sign


def _extended(total: Expr, row: list[Expr]) -> Expr:
    if row and isinstance(total, Add):
        return Add((*total.terms, *row))
    return Mul((*total.factors, *row)) if row and isinstance(total, Mul) else total


def _operation(op: str, left: Expr, right: Expr, span: Span, scope: Scope) -> Expr:
    if op in ("//", "%"):
        return _integer_division(op, left, right, span, scope)
    if op == "*":
        _check_product(left, right, span, scope)
    result = _OPERATIONS[op](left, right)
    if isinstance(result, IndexValue):
        check_integers(result.expr, span, scope)
    return result


def _check_product(left: Expr, right: Expr, span: Span, scope: Scope) -> None:
    first, second = integral(left), integral(right)
    both_numbers = isinstance(left, Number) and isinstance(right, Number)
    if first is not None and second is not None and not both_numbers:
        combine("*", first, second, span, scope)


def _integer_division(op: str, left: Expr, right: Expr, span: Span, scope: Scope) -> Expr:
    first, second = integral(left), integral(right)
    if first is None or second is None:
        raise scope.refuse(
            ParseError, f"`{op}` needs integers on both sides", span,
            "use it on indices, size(), integer hyperparameters and labels",
        )  # fmt: skip
    return value(combine(op, first, second, span, scope))


_OPERATIONS = {"+": plus, "-": minus, "*": times, "/": over}


def _call(node: syntax.Call, scope: Scope) -> Expr:
    function = scope.names.functions.get(node.function)
    if function is not None:
        return _inlined(node, function, scope)
    if node.function not in FUNCTIONS:
        raise scope.unknown_function(node.function, node.span)
    check_arity(
        node.function, len(node.args), FUNCTIONS[node.function].arity, node.span, scope
    )
    return call(node.function, tuple(expression(arg, scope) for arg in node.args))


def _inlined(node: syntax.Call, function: syntax.FunctionDeclaration, scope: Scope) -> Expr:
    check_arity(node.function, len(node.args), len(function.parameters), node.span, scope)
    args = [expression(arg, scope) for arg in node.args]
    if not scope.inlining:
        return Call(function.name, tuple(args))
    parameters = {p.name: arg for p, arg in zip(function.parameters, args, strict=True)}
    return body(function, parameters, scope)


def body(
    function: syntax.FunctionDeclaration, parameters: dict[str, Expr], scope: Scope
) -> Expr:
    """The body of ``function`` with its parameters replaced, as if written in place."""
    inside = replace(scope, bound=(), parameters=parameters)
    return expression(function.body, inside)


def _reduction(node: syntax.Reduction, scope: Scope) -> Expr:
    if scope.parameters is not None:
        raise scope.refuse(
            ProgramRefused, f"a `def` is pointwise and cannot hold the reduction `{node.op}`",
            node.span, "write the reduction as an equation",
        )  # fmt: skip
    inside = scope.binding(node.indices)
    where = None if node.where is None else condition(node.where, inside)
    if where is not None and not is_static(where):
        raise scope.refuse(
            IndexRefused, "`where` may look at indices, integer hyperparameters, size() and "
            "integer arrays only", cast(syntax.Condition, node.where).span,
            "put a condition on real values inside: sum[i](x[i]*[x[i] > 0])",
        )  # fmt: skip
    indices = tuple(Index(index.name) for index in node.indices)
    return Reduce(node.op, indices, expression(node.body, inside), where)
