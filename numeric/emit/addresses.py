"""Steps of a plan in three-address form as lines of Python."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.index import IndexExpr
from derive.lower.plan import (
    BOOL,
    Fold,
    For,
    Literal,
    Map,
    Matmul,
    Named,
    Quietly,
    Stored,
    Value,
)
from derive.lower.rooms import Into, Room, Step
from derive.lower.shapes import SHARES, by_rows
from numeric.emit.expressions import expression
from numeric.emit.integers import integer
from numeric.emit.statements import INDENT, emit_statements
from numeric.emit.text import broken
from numeric.names import Names

UFUNCS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power",
    "neg": "negative", "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal",
    ">": "greater", ">=": "greater_equal", "and": "logical_and", "or": "logical_or",
    "not": "logical_not", "maximum": "maximum", "minimum": "minimum",
    **{name: name for name in (
        "exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh",
        "log1p", "expm1",
    )},
}  # fmt: skip
SQUARE = Literal(Fraction(2))
SPARES = ("spare", "spare2", "spare3")


def emit_steps(
    steps: Sequence[Step], names: Names, passes: frozenset[str], margin: str = ""
) -> list[str]:
    """Lines of Python behind ``margin``."""
    found: list[str] = []
    for step in steps:
        match step:
            case Room(name, shape, kind):
                found.append(margin + room(names.arrays.get(name, name), shape, kind, names))
            case Into():
                found += [margin + line for line in _into(step, names, passes)]
            case For(index, body):
                head = f"for {names.indices[index.name]} in range({names.sizes[index.name]}):"
                found += [margin + head, *emit_steps(body, names, passes, margin + INDENT)]
            case Quietly(body):
                found.append(f'{margin}with np.errstate(all="ignore"):')
                found += emit_steps(body, names, passes, margin + INDENT)
            case _:
                found += emit_statements([step], names, margin=margin)
    return [line for piece in found for line in broken(piece)]


def room(name: str, shape: Sequence[IndexExpr], kind: str, names: Names) -> str:
    """The line that makes memory for an array."""
    extents = "".join(f", {integer(e, names)}" for e in shape)
    dtype = ", dtype=bool" if kind == BOOL else ""
    return f'{name} = new("{name}"{extents}{dtype})'


def _into(step: Into, names: Names, passes: frozenset[str]) -> list[str]:
    target, value = str(expression(step.target, names)), step.value
    match value:
        case Map("where", (condition, then, other), _):
            mask = expression(condition, names)
            copied = f"np.copyto({target}, {expression(then, names)}, where={mask})"
            return [*_copy(step.target, other, names), copied]
        case Map():
            return [f"{_call(step, value, names)}, out={target})"]
        case Matmul(left, right):
            a, b = expression(left, names), expression(right, names)
            # np.dot calls BLAS 0.6 us sooner, but casts nothing and writes rows in order only
            function = "dot" if step.own and "dot" in passes else "matmul"
            function = "vecdot" if by_rows(value) else function
            return [f"np.{function}({a}, {b}, out={target})"]
        case Fold():
            return [f"{_reduction(step, value, names)}, out={target})"]
    return _copy(step.target, value, names)


def _copy(place: Value, value: Value, names: Names) -> list[str]:
    target = str(expression(place, names))
    if target == str(expression(value, names)):
        return []
    if isinstance(value, (Literal, Named)) and isinstance(place, Stored):
        return [f"{target}.fill({expression(value, names)})"]
    whole = "[...]" if target.isidentifier() or not target.endswith("]") else ""
    return [f"{target}{whole} = {expression(value, names)}"]


def _call(step: Into, value: Map, names: Names) -> str:
    """The call of an operation, without what comes after its operands."""
    args, op = value.args, value.op
    if op == "**" and args[1] == SQUARE:
        op, args = "square", args[:1]
    function = f"np.{UFUNCS.get(op, op)}" if op in UFUNCS or op == "square" else f"{op}_into"
    inside = ", ".join(str(expression(arg, names)) for arg in args)
    return f"{function}({inside}{_spare(step)}"


def _spare(step: Into) -> str:
    return "".join(f", {SPARES[k]}={s.name}" for k, s in enumerate(step.spare))


def _reduction(step: Into, value: Fold, names: Names) -> str:
    source = str(expression(value.source, names))
    places = value.positions
    axis = str(places[0]) if len(places) == 1 else str(places)
    if value.op in SHARES:
        return f"{value.op}_into({source}, axis={axis}{_spare(step)}"
    keep = ", keepdims=True" if value.keep else ""
    start = ""
    if value.empty and value.op in ("max", "min"):
        start = f", initial={'-' if value.op == 'max' else ''}np.inf"
    return f"np.{value.op}({source}, axis={axis}{keep}{start}"
