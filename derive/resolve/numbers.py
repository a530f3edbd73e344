"""Numbers made of numbers: refuse what folding would make too large, before anything folds."""

from __future__ import annotations

from fractions import Fraction

from derive import syntax
from derive.errors import LimitError, ProgramRefused, Span
from derive.magnitude import MAX_BITS, MAX_EXPONENT, is_double
from derive.syntax import Source
from derive.words import MAX_INTEGER

Constant = tuple[Fraction, bool]  # the value, and whether it is made of integers only


def check_numbers(root: syntax.Node, source: Source) -> None:
    """Refuse constants of ``root`` that are too large, and division by a literal zero.

    Raises:
        LimitError: an integer above the limit, an exponent above the limit, a value that no
            double holds.
        ProgramRefused: division by zero.
    """
    _fold(root, source)


def _fold(node: syntax.Node, source: Source) -> Constant | None:
    match node:
        case syntax.Number(value, integer):
            return value, integer
        case syntax.Negation(operand):
            inner = _fold(operand, source)
            return None if inner is None else (-inner[0], inner[1])
        case syntax.Chain():
            return _chain(node, source)
        case syntax.Power():
            return _power(node, source)
        case syntax.Element():
            return None
    for part in syntax.children(node):
        _fold(part, source)
    return None


def _chain(node: syntax.Chain, source: Source) -> Constant | None:
    """Fold a chain; the numbers between other operands are folded together all the same."""
    total = _fold(node.first, source)
    whole = total is not None
    for op, operand in node.rest:
        right = _fold(operand, source)
        if right is not None and right[0] == 0 and op in ("/", "//", "%"):
            raise source.refuse(
                ProgramRefused, "division by zero", node.span, "divide by something else"
            )
        if right is None or (op in ("//", "%") and not whole):
            whole = False
            continue
        neutral = Fraction(0 if op in ("+", "-") else 1)
        left = (neutral, True) if total is None else total
        total = _checked(_joined(op, left, right), node.span, source)
    return total if whole else None


def _joined(op: str, left: Constant, right: Constant) -> Constant:
    (a, first), (b, second) = left, right
    integers = first and second
    match op:
        case "+":
            return a + b, integers
        case "-":
            return a - b, integers
        case "*":
            return a * b, integers
        case "/":
            return a / b, integers
        case "//":
            return Fraction(a // b), integers
    return a % b, integers


def _power(node: syntax.Power, source: Source) -> Constant | None:
    base, exponent = _fold(node.base, source), _fold(node.exponent, source)
    if exponent is None:
        return None
    value, integers = exponent
    if abs(value) > MAX_EXPONENT:
        raise source.refuse(
            LimitError, f"the exponent {float(value):g} is above the limit of {MAX_EXPONENT}",
            node.exponent.span, "use exp() or a smaller exponent",
        )  # fmt: skip
    if base is None or value.denominator != 1:
        return None
    if base[0] == 0 and value < 0:
        raise source.refuse(
            ProgramRefused, "division by zero: 0 to a negative power", node.span,
            "use another base",
        )  # fmt: skip
    bits = max(base[0].numerator.bit_length(), base[0].denominator.bit_length())
    if bits * abs(value) > MAX_BITS:
        raise _too_long(node.span, source)
    return _checked((base[0] ** int(value), base[1] and integers), node.span, source)


def _checked(constant: Constant, span: Span, source: Source) -> Constant:
    value, integers = constant
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise _too_long(span, source)
    if integers and value.denominator == 1 and abs(value) > MAX_INTEGER:
        raise source.refuse(
            LimitError, f"the integer {value.numerator} is above the limit of {MAX_INTEGER:,}",
            span, "write one of the numbers as a real number, 2.0, if it is one",
        )  # fmt: skip
    if not is_double(value):
        raise _too_long(span, source)
    return constant


def _too_long(span: Span, source: Source) -> LimitError:
    error = source.refuse(
        LimitError, "the numbers here fold to one that is too large, or too long, to keep", span,
        "use smaller numbers",
    )  # fmt: skip
    assert isinstance(error, LimitError), "refuse returns the kind it is given"
    return error
