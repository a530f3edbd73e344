"""Values of a plan as NumPy expressions, with no more brackets than it takes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.index import IndexExpr
from derive.lower.plan import (
    INT,
    WHOLE,
    Arange,
    At,
    Broadcast,
    Cast,
    Copy,
    Filled,
    Fold,
    Gather,
    Integer,
    Literal,
    Map,
    Matmul,
    Named,
    New,
    Pad,
    Part,
    Reshape,
    Slice,
    Span,
    Stored,
    Tensordot,
    Transpose,
    Value,
    Windows,
)
from derive.lower.shapes import by_rows
from numeric.emit.integers import integer
from numeric.emit.text import (
    AND,
    ATOM,
    BIT_AND,
    BIT_OR,
    CHOICE,
    COMPARISON,
    NOT,
    OR,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Text,
)
from numeric.names import Names

_NUMPY = frozenset((
    "exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log1p",
    "expm1", "maximum", "minimum", "where", "int8",
))  # fmt: skip
_OPERATORS = {
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT,
}  # fmt: skip
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_METHODS = frozenset(("sum", "prod", "max", "min", "argmax", "argmin"))


def expression(value: Value, names: Names) -> Text:  # noqa: PLR0911  one per node
    """``value`` as a NumPy expression."""
    match value:
        case Literal(number):
            return literal(number)
        case Named(name):
            return _named(name)
        case Integer(expr):
            return integer(expr, names)
        case Stored(name):
            return Text(names.arrays.get(name, name))
        case Arange(index):
            return Text(f"np.arange({names.sizes[index.name]})")
        case Filled():
            return _filled(value, names)
        case Slice(source, parts) | Gather(source, parts):
            return Text(f"{_postfix(source, names)}{subscript(parts, names)}")
        case Transpose(source, order):
            return Text(f"{_postfix(source, names)}{_transposition(order)}")
        case Windows():
            return _windows(value, names)
    return _work(value, names)


def _work(value: Value, names: Names) -> Text:  # noqa: PLR0911  one per node
    match value:
        case Map():
            return _map(value, names)
        case Fold():
            return _fold(value, names)
        case Matmul(left, right):
            if by_rows(value):
                return Text(f"np.vecdot({expression(left, names)}, {expression(right, names)})")
            return _matmul(left, right, names)
        case Tensordot():
            return _tensordot(value, names)
        case Pad():
            return _pad(value, names)
        case Cast(source):
            return _cast(source, names)
        case Copy(source):
            return Text(f"{_postfix(source, names)}.copy()")
        case Broadcast(source, shape):
            return Text(f"np.broadcast_to({expression(source, names)}, {_shape(shape, names)})")
        case Reshape(source, shape):
            inside = ", ".join(str(integer(e, names)) for e in shape)
            return Text(f"{_postfix(source, names)}.reshape({inside})")
    raise TypeError(f"{type(value).__name__} is not a value: add it to numeric.emit.expressions")


def literal(number: Fraction) -> Text:
    """A number: an integer or the shortest decimal that gives the same float."""
    text = str(number.numerator) if number.denominator == 1 else repr(float(number))
    return Text(text, UNARY if number < 0 else ATOM)


def _named(name: str) -> Text:
    known = {"pi": "np.pi", "inf": "np.inf", "-inf": "-np.inf"}
    return Text(known.get(name, name), UNARY if name.startswith("-") else ATOM)


def _postfix(value: Value, names: Names) -> str:
    return expression(value, names).within(ATOM)


def _filled(value: Filled, names: Names) -> Text:
    shape = _shape(value.shape, names)
    dtype = "dtype" if value.kind != INT else "np.int8" if value.small else "int"
    if value.value == Literal(Fraction(0)):
        return Text(f"np.zeros({shape}, {dtype})")
    return Text(f"np.full({shape}, {expression(value.value, names)}, {dtype})")


def _shape(shape: Sequence[IndexExpr], names: Names) -> str:
    parts = [str(integer(e, names)) for e in shape]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


# ---- views ------------------------------------------------------------------------------------


def subscript(parts: Sequence[Part | Value], names: Names) -> str:
    """``[...]`` without whole axes at its end."""
    return f"[{', '.join(_part(part, names) for part in _needed(parts))}]"


def spelled(parts: Sequence[Part | Value], names: Names) -> str:
    """The same as an argument: outside of brackets a whole axis is a call."""
    return ", ".join(
        "slice(None)" if part == WHOLE else _part(part, names) for part in _needed(parts)
    )


def _needed(parts: Sequence[Part | Value]) -> list[Part | Value]:
    kept = list(parts)
    while len(kept) > 1 and kept[-1] == WHOLE:
        kept.pop()
    return kept


def _part(part: Part | Value, names: Names) -> str:
    match part:
        case At(place):
            return str(integer(place, names))
        case Span(start, stop, step):
            return _span(start, stop, step, names)
        case New():
            return "None"
    return str(expression(part, names))


def _span(
    start: IndexExpr | None, stop: IndexExpr | None, step: IndexExpr | None, names: Names
) -> str:
    ends = ["" if e is None else str(integer(e, names)) for e in (start, stop)]
    every = "" if step is None else str(integer(step, names))
    spaced = any(" " in text for text in (*ends, every))
    colon = " : " if spaced else ":"
    text = colon.join([*ends, every] if every else ends)
    return text.strip()


def _transposition(order: tuple[int, ...]) -> str:
    if order == (1, 0):
        return ".T"
    moved = [k for k, source in enumerate(order) if k != source]
    if len(moved) == 2:
        return f".swapaxes({moved[0]}, {moved[1]})"
    return f".transpose({', '.join(map(str, order))})"


def _windows(value: Windows, names: Names) -> Text:
    terms = ", ".join(
        f"({names.sizes[index.name]}, {integer(step, names)})" for index, step in value.terms
    )
    start = f", start={integer(value.start, names)}" if value.start.terms else ""
    return Text(f"windows({expression(value.source, names)}, {value.position}, {terms}{start})")


# ---- work -------------------------------------------------------------------------------------


def _map(value: Map, names: Names) -> Text:  # noqa: PLR0911  one per kind of operation
    op, args = value.op, [expression(arg, names) for arg in value.args]
    if op in _OPERATORS:
        return _binary(op, *args)
    if op in _COMPARISONS:
        sides = [arg.within(COMPARISON + 1) for arg in args]
        return Text(f" {op} ".join(sides), COMPARISON)
    if op in ("and", "or", "not"):
        return _logic(op, args, scalar=not value.axes)
    if op == "neg":
        return Text(f"-{args[0].within(UNARY)}", UNARY)
    if op == "**":
        return Text(f"{args[0].within(ATOM)}**{args[1].within(UNARY)}", POWER)
    if op == "if":
        then, other = args[1].within(CHOICE + 1), args[2].within(CHOICE)
        return Text(f"{then} if {args[0].within(CHOICE + 1)} else {other}", CHOICE)
    name = f"np.{op}" if op in _NUMPY else op
    return Text(f"{name}({', '.join(map(str, args))})")


def _binary(op: str, left: Text, right: Text) -> Text:
    tightness = _OPERATORS[op]
    before, after = left.within(tightness), right.within(tightness + 1)
    if "@" in (left.operator, right.operator) and tightness == PRODUCT:
        before, after = left.within(UNARY), right.within(UNARY)
    return Text(f"{before} {op} {after}", tightness, op)


def _logic(op: str, args: list[Text], *, scalar: bool) -> Text:
    if op == "not":
        return (
            Text(f"not {args[0].within(NOT)}", NOT)
            if scalar
            else Text(f"~{args[0].within(UNARY)}", UNARY)
        )
    if scalar:
        tightness = AND if op == "and" else OR
        return Text(f" {op} ".join(a.within(tightness) for a in args), tightness)
    tightness, sign = (BIT_AND, "&") if op == "and" else (BIT_OR, "|")
    return Text(f" {sign} ".join(a.within(tightness) for a in args), tightness)


def _matmul(left: Value, right: Value, names: Names) -> Text:
    a, b = expression(left, names), expression(right, names)
    before = a.body if a.operator == "@" else a.within(UNARY)
    return Text(f"{before} @ {b.within(UNARY)}", PRODUCT, "@")


def _axis(positions: Sequence[int]) -> str:
    return str(positions[0]) if len(positions) == 1 else str(tuple(positions))


def _fold(value: Fold, names: Names) -> Text:
    everything = len(value.positions) == len(value.source.axes) and not value.keep
    arguments = [] if everything else [f"axis={_axis(value.positions)}"]
    if value.keep:
        arguments.append("keepdims=True")
    if value.empty and value.op in ("max", "min"):
        arguments.append(f"initial={'-' if value.op == 'max' else ''}np.inf")
    if value.op in _METHODS and not (value.empty and value.op.startswith("arg")):
        return Text(f"{_postfix(value.source, names)}.{value.op}({', '.join(arguments)})")
    inside = ", ".join([str(expression(value.source, names)), *arguments])
    return Text(f"{value.op}({inside})")


def _tensordot(value: Tensordot, names: Names) -> Text:
    left, right = expression(value.left, names), expression(value.right, names)
    axes = f"({list(value.left_positions)}, {list(value.right_positions)})"
    return Text(f"np.tensordot({left}, {right}, {axes})")


def _pad(value: Pad, names: Names) -> Text:
    widths = [f"({integer(a, names)}, {integer(b, names)})" for a, b in value.widths]
    inside = widths[0] if len(widths) == 1 else f"({', '.join(widths)})"
    text = f"np.pad({expression(value.source, names)}, {inside}"
    if value.value != Literal(Fraction(0)):
        text += f", constant_values={expression(value.value, names)}"
    return Text(f"{text})")


def _cast(source: Value, names: Names) -> Text:
    if isinstance(source, Arange):
        return Text(f"np.arange({names.sizes[source.index.name]}, dtype=dtype)")
    if isinstance(source, Slice) and isinstance(source.source, Arange):
        return Text(f"{_cast(source.source, names)}{subscript(source.parts, names)}")
    return Text(f"np.asarray({expression(source, names)}, dtype)")
