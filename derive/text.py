"""Nodes to text of the equation language, with no more brackets than reading back needs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.expr import (
    MINUS_ONE,
    Add,
    Call,
    Compare,
    Condition,
    Constant,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
)
from derive.index import Exact, Floor, IndexExpr, Mod

# What binds how tightly, loosest first; a node looser than its place gets brackets.
SELECT, OR, AND, NOT, COMPARISON, SUM, PRODUCT, MINUS, POWER, ATOM = range(10)
# Integers above the language's limit for integer literals are written as reals.
LARGEST_INTEGER = 10**6
# Outside these decimal exponents a number is written with an exponent, as Python does.
SMALLEST_POSITIONAL, LARGEST_POSITIONAL = -5, 15


def expr_text(expr: Node) -> str:
    """An expression or a condition as text."""
    return _text(expr, SELECT)


def condition_text(condition: Condition) -> str:
    """A condition as text."""
    return _text(condition, OR)


def left_text(name: str, indices: Iterable[IndexExpr]) -> str:
    """The left side of an equation, or any element of an array."""
    inside = ", ".join(map(str, indices))
    return f"{name}[{inside}]" if inside else name


def number_text(value: Fraction, real: bool = False) -> str:
    """The shortest decimal of ``value``, or a quotient where there is none.

    ``real`` asks for a point or an exponent even where the value is an integer.
    """
    if value < 0:
        return f"-{number_text(-value, real)}"
    if value.denominator == 1 and value <= LARGEST_INTEGER:
        return f"{value.numerator}.0" if real else str(value.numerator)
    digits, exponent = _decimal(value)
    if digits is None:
        return f"{value.numerator}/{value.denominator}"
    return _placed(digits, exponent)


def _decimal(value: Fraction) -> tuple[str | None, int]:
    """Digits and exponent with ``value = 0.digits * 10^exponent``; no digits without an end."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None, 0
    places = max(twos, fives)
    digits = str(value.numerator * 10**places // value.denominator)
    return digits.rstrip("0"), len(digits) - places


def _placed(digits: str, exponent: int) -> str:
    if not SMALLEST_POSITIONAL < exponent - 1 < LARGEST_POSITIONAL:
        mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
        return f"{mantissa}e{exponent - 1:+03d}"
    if exponent <= 0:
        return f"0.{'0' * -exponent}{digits}"
    whole = digits[:exponent].ljust(exponent, "0")
    return f"{whole}.{digits[exponent:] or '0'}"


def _text(node: Node, place: int) -> str:
    text, level = _written(node)
    return text if level >= place else f"({text})"


def _written(node: Node) -> tuple[str, int]:  # noqa: PLR0911, PLR0912  one line per node
    match node:
        case Number(value):
            return _number(value)
        case Constant(name) | Parameter(name):
            return name, ATOM
        case IndexValue(expr):
            return _integer(expr)
        case Read(array, indices):
            return left_text(array, indices), ATOM
        case Add(terms):
            return _sum(terms), SUM
        case Mul(factors):
            return _product(factors)
        case Div(left, right):
            return f"{_text(left, PRODUCT)}/{_text(right, MINUS)}", PRODUCT
        case Power(base, exponent):
            return f"{_text(base, ATOM)}^{_exponent(exponent)}", POWER
        case Call("∂", (value, element)):  # in the steps of a derivation only
            return f"∂{expr_text(value)}/∂{expr_text(element)}", PRODUCT
        case Call("δ", (left, right, *_)):  # likewise
            return f"[{_text(left, SUM)} == {_text(right, SUM)}]", ATOM
        case Call(name, args):
            return f"{name}({', '.join(map(expr_text, args))})", ATOM
        case Compare(op, left, right):
            return f"{_text(left, SUM)} {op} {_text(right, SUM)}", COMPARISON
        case Logic(op, args):
            return _logic(op, args)
        case Iverson(condition):
            return f"[{condition_text(condition)}]", ATOM
        case Select(condition, then, other):
            return (
                f"{_text(then, OR)} if {condition_text(condition)} else {_text(other, SELECT)}",
                SELECT,
            )
        case Reduce(op, indices, body, where):
            guard = "" if where is None else f" where {condition_text(where)}"
            return f"{op}[{', '.join(map(str, indices))}{guard}]({expr_text(body)})", ATOM
    raise TypeError(f"{type(node).__name__} is not a node: add it to derive.text")


def _number(value: Fraction) -> tuple[str, int]:
    text = number_text(value)
    if value < 0:
        # In front of a product the sign would belong to the whole product.
        return text, SUM
    return text, PRODUCT if "/" in text else ATOM


def _integer(expr: IndexExpr) -> tuple[str, int]:
    divisions = any(isinstance(a, (Exact, Floor, Mod)) for _, m in expr.terms for a in m)
    if len(expr.terms) != 1 or expr.terms[0][0] < 0 or divisions:
        return str(expr), SUM
    return str(expr), PRODUCT if expr.atom is None and expr.constant is None else ATOM


def _sum(terms: tuple[Expr, ...]) -> str:
    text = _text(terms[0], SUM) if not isinstance(terms[0], Add) else f"({expr_text(terms[0])})"
    for term in terms[1:]:
        negated = _negated(term)
        text += f" + {_text(term, PRODUCT)}" if negated is None else f" - {negated}"
    return text


def _negated(expr: Expr) -> str | None:
    """The text of ``-expr`` as a term, if ``expr`` is negative on its face."""
    if isinstance(expr, Number) and expr.value < 0:
        return number_text(-expr.value)
    if isinstance(expr, Mul) and expr.factors[0] == MINUS_ONE and len(expr.factors) > 1:
        return _row(expr.factors[1:])
    return None


def _product(factors: tuple[Expr, ...]) -> tuple[str, int]:
    if factors[0] == MINUS_ONE and len(factors) > 1:
        row = _row(factors[1:])
        return f"-{row}", SUM
    return _row(factors), PRODUCT


def _row(factors: tuple[Expr, ...]) -> str:
    if len(factors) == 1:
        return _text(factors[0], PRODUCT)
    if factors[0] == MINUS_ONE:
        # --2 would read as the number 2
        return f"(-{_row(factors[1:])})"
    first = factors[0]
    head = f"({expr_text(first)})" if isinstance(first, Mul) else _text(first, PRODUCT)
    return "*".join((head, *(_text(f, MINUS) for f in factors[1:])))


def _exponent(exponent: Expr) -> str:
    if isinstance(exponent, Number) and exponent.value < 0:
        text = number_text(exponent.value)
        return f"({text})" if "/" in text else text
    return _text(exponent, POWER)


def _logic(op: str, args: tuple[Condition, ...]) -> tuple[str, int]:
    level = {"or": OR, "and": AND, "not": NOT}[op]
    if op == "not":
        return f"not {_text(args[0], NOT)}", NOT
    return f" {op} ".join(_text(arg, level + 1) for arg in args), level
