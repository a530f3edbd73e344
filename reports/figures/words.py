"""What an equation does, in a word or two, read off the form of its right side."""

from __future__ import annotations

from derive.expr import (
    Add,
    Call,
    Div,
    Expr,
    IndexValue,
    Mul,
    Node,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
    children,
    reads,
    walk,
)
from derive.index import Label
from reports.mathematics.layout import Layout, Prose, listed, row
from reports.mathematics.names import Names

FUNCTIONS = {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "elu": "ELU", "sqrt": "square root"}
REDUCTIONS = {
    "prod": "product", "argmax": "arg max", "argmin": "arg min", "logsumexp": "log sum exp",
}  # fmt: skip
# Of the indices that a reduction runs over so many are named.
MOST_INDICES = 3


def operation(expr: Expr, names: Names) -> Layout:
    """Name what ``expr`` does: its reduction, its function, or what it is made of."""
    reductions = tuple(_outermost(expr))
    if reductions:
        op = reductions[0].op
        indices = dict.fromkeys(i.name for r in reductions if r.op == op for i in r.indices)
        shown = tuple(names.index(name) for name in indices)
        word = REDUCTIONS.get(op, op)
        if len(shown) > MOST_INDICES:
            return Prose(f"{word} over {len(shown)} indices")
        return row(Prose(f"{word} over "), listed(shown))
    return Prose(_plain(expr))


def _outermost(node: Node) -> list[Reduce]:
    """The reductions in ``node`` that stand in no other."""
    if isinstance(node, Reduce):
        return [node]
    return [found for part in children(node) for found in _outermost(part)]


def _plain(expr: Expr) -> str:  # noqa: PLR0911  one line per form
    if isinstance(expr, Call):
        return FUNCTIONS.get(expr.name, expr.name.replace("_", " "))
    if isinstance(expr, Read):
        return "look up" if _is_gather(expr) else "copy"
    if isinstance(expr, (Number, Parameter, IndexValue)):
        return "constant"
    if isinstance(expr, Select):
        return "by cases"
    if isinstance(expr, Power):
        return "square" if expr.exponent == Number(2) else "power"  # type: ignore[arg-type]
    if isinstance(expr, Div):
        return "quotient" if reads(expr.denominator) else _scaled(expr.numerator)
    if isinstance(expr, Add):
        products = [_is_product(term) for term in expr.terms]
        if any(products):
            return "sum of products" if all(products) else "multiply, add"
        return "difference" if len(expr.terms) == 2 and _is_negative(expr.terms[1]) else "sum"
    if isinstance(expr, Mul):
        return "product" if _is_product(expr) else "scale"
    return "value"


def _scaled(expr: Expr) -> str:
    return "scale" if isinstance(expr, Read) else f"{_plain(expr)}, scaled"


def _is_product(expr: Expr) -> bool:
    return isinstance(expr, Mul) and len({read.array for read in reads(expr)}) > 1


def _is_negative(expr: Expr) -> bool:
    return (
        isinstance(expr, Mul) and isinstance(expr.factors[0], Number) and expr.factors[0].value < 0
    )


def _is_gather(read: Read) -> bool:
    return any(isinstance(atom, Label) for index in read.indices for atom in index.atoms())


def labels(node: Node) -> tuple[str, ...]:
    """The integer arrays that stand inside indices of ``node``, each once."""
    found = (
        atom.array
        for part in walk(node)
        for index in (part.indices if isinstance(part, Read) else ())
        for atom in index.atoms()
        if isinstance(atom, Label)
    )
    values = (
        atom.array
        for part in walk(node)
        if isinstance(part, IndexValue)
        for atom in part.expr.atoms()
        if isinstance(atom, Label)
    )
    return tuple(dict.fromkeys((*found, *values)))
