"""Parse tree to index expressions: what stands between brackets, and extents."""

from __future__ import annotations

from collections.abc import Callable

from derive import syntax
from derive.errors import IndexRefused, LimitError, NameRefused, Span
from derive.functions import FUNCTIONS
from derive.index import (
    Hyper,
    Index,
    IndexExpr,
    Label,
    Size,
    as_expr,
    exact,
    floor,
    greatest,
    least,
    mod,
    number,
)
from derive.resolve.names import counted, nearest
from derive.resolve.scope import Scope
from derive.words import MAX_INTEGER

# A product of sums is multiplied out; beyond this many terms it is no index anybody means.
MAX_TERMS = 256
Operation = Callable[[IndexExpr, IndexExpr], IndexExpr]


def index_expr(node: syntax.Expr, scope: Scope) -> IndexExpr:  # noqa: PLR0911  a line a node
    """The index expression that ``node`` is.

    Raises:
        IndexRefused: if an index is not bound, or something is not an integer.
        NameRefused: if a name is unknown.
        LimitError: if a number or the expression grows too large.
    """
    match node:
        case syntax.Number(value, integer, span):
            if not integer:
                raise _no_integer(f"the real number {float(value):g}", span, scope)
            return number(int(value))
        case syntax.Name(name, span):
            return _name(name, span, scope)
        case syntax.Size(name, span):
            check_size(name, span, scope)
            return as_expr(Size(name))
        case syntax.Element():
            return label(node, scope)
        case syntax.Negation(operand, _):
            return -index_expr(operand, scope)
        case syntax.Chain(first, rest, span):
            return _chain(first, rest, span, scope)
        case syntax.Call(("min" | "max") as name, args, span):
            check_arity(name, len(args), FUNCTIONS[name].arity, span, scope)
            left, right = (index_expr(arg, scope) for arg in args)
            return least(left, right) if name == "min" else greatest(left, right)
    raise _no_integer(_described(node), node.span, scope)


def _described(node: syntax.Expr) -> str:
    match node:
        case syntax.Power():
            return "a power"
        case syntax.Call(name):
            return f"the function `{name}`"
        case syntax.Reduction(op):
            return f"the reduction `{op}`"
    return "an expression with a condition"


def _no_integer(what: str, span: Span, scope: Scope) -> IndexRefused:
    error = scope.refuse(
        IndexRefused, f"{what} cannot stand in an index or an extent", span,
        "use + - * / // % min max over indices, size(), integer hyperparameters and labels",
    )  # fmt: skip
    assert isinstance(error, IndexRefused), "refuse returns the kind it is given"
    return error


def _name(name: str, span: Span, scope: Scope) -> IndexExpr:
    if name in scope.bound:
        return as_expr(Index(name))
    hyper = scope.names.hypers.get(name)
    if hyper is not None:
        if not hyper.integer:
            raise scope.refuse(
                IndexRefused, f"the hyperparameter `{name}` is real and cannot stand in an index",
                span, f"give it an integer default, hyper {name} = {int(hyper.default)} : int",
            )  # fmt: skip
        return as_expr(Hyper(name))
    if scope.names.ranks.get(name) == 0:
        return label(syntax.Element(name, (), span), scope)
    if name in ("pi", "inf"):
        raise _no_integer(f"`{name}`", span, scope)
    if name in scope.names.indices or name not in scope.names.ranks:
        raise _unbound(name, span, scope)
    raise scope.unknown(name, span)


def _unbound(name: str, span: Span, scope: Scope) -> Exception:
    if name in scope.names.indices:
        return scope.unbound(name, span)
    close = nearest(name, (*scope.bound, *scope.names.hypers))
    return scope.refuse(
        IndexRefused, f"the index `{name}` is neither on the left side nor bound", span,
        close or f"sum over it, sum[{name}](...), or put it on the left side",
    )  # fmt: skip


def label(node: syntax.Element, scope: Scope) -> IndexExpr:
    """The value of an integer array as an index expression."""
    check_read(node, scope)
    if not scope.names.integer(node.array):
        raise scope.refuse(
            IndexRefused, f"`{node.array}` is a real array and cannot stand in an index",
            node.span, f"declare it `const {node.array}[...] : int` if it holds integers",
        )  # fmt: skip
    indices = tuple(index_expr(part, scope) for part in node.indices)
    return as_expr(Label(node.array, indices))


def check_read(node: syntax.Element, scope: Scope) -> None:
    """Refuse a read of an unknown array, or with the wrong number of indices."""
    if node.array not in scope.names.ranks:
        known = nearest(node.array, scope.names.ranks)
        raise scope.refuse(
            NameRefused, f"unknown array `{node.array}`", node.span,
            known or f"declare it: `input {node.array}[...]`",
        )  # fmt: skip
    rank, given = scope.names.ranks[node.array], len(node.indices)
    if rank != given:
        raise scope.refuse(
            IndexRefused, f"`{node.array}` has {counted(rank)} and is read with {given}",
            node.span, f"give {counted(rank)}" if rank else "a scalar is written without brackets",
        )  # fmt: skip


def check_size(name: str, span: Span, scope: Scope) -> None:
    """Refuse the size of something that is no index."""
    if name not in scope.names.indices:
        remedy = nearest(name, scope.names.indices)
        raise scope.refuse(
            IndexRefused, f"size({name}): no index is called `{name}`", span,
            remedy or "size() takes the name of an index",
        )  # fmt: skip


def check_arity(name: str, given: int, wanted: int, span: Span, scope: Scope) -> None:
    """Refuse a call with the wrong number of arguments."""
    if given != wanted:
        plural = "argument" if wanted == 1 else "arguments"
        raise scope.refuse(
            NameRefused, f"`{name}` takes {wanted} {plural} and is given {given}", span,
            f"give {wanted} {plural}",
        )  # fmt: skip


def _chain(
    first: syntax.Expr, rest: tuple[tuple[str, syntax.Expr], ...], span: Span, scope: Scope
) -> IndexExpr:
    total = index_expr(first, scope)
    for op, node in rest:
        total = combine(op, total, index_expr(node, scope), span, scope)
    return total


def combine(op: str, left: IndexExpr, right: IndexExpr, span: Span, scope: Scope) -> IndexExpr:
    """``left op right`` for one of ``+ - * / // %``, within the limits."""
    if op in ("/", "//", "%") and right.constant == 0:
        raise scope.refuse(
            IndexRefused, f"division by zero: `{op} 0`", span, "divide by something else"
        )
    if len(left.terms) * len(right.terms) > MAX_TERMS and op == "*":
        raise scope.refuse(
            LimitError, f"the product has more than {MAX_TERMS} terms", span, "simplify it"
        )
    result = _OPERATIONS[op](left, right)
    check_integers(result, span, scope)
    return result


def check_integers(expr: IndexExpr, span: Span, scope: Scope) -> None:
    """Refuse numbers above the limit, which folding may have made."""
    largest = max((abs(c) for c, _ in expr.terms), default=0)
    if largest > MAX_INTEGER:
        raise scope.refuse(
            LimitError, f"the integer {largest} is above the limit of {MAX_INTEGER:,}", span,
            "use smaller numbers",
        )  # fmt: skip


_OPERATIONS: dict[str, Operation] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": exact,
    "//": floor,
    "%": mod,
}
