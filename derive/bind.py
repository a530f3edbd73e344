"""Hyperparameters replaced by numbers."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from numbers import Rational, Real
from typing import cast

from derive.canonical import canonical
from derive.constants import check_constants
from derive.errors import LimitError, OptionRefused
from derive.expr import (
    Div,
    Expr,
    Node,
    Number,
    Parameter,
    index_exprs,
    map_index_exprs,
    transform,
    walk,
)
from derive.index import Atom, Exact, Floor, Hyper, IndexExpr, Mod, number
from derive.inference import different, expand
from derive.legality import verify
from derive.program import Assumption, Claim, Equation, Hyperparameter, Program
from derive.words import MAX_INTEGER

Values = Mapping[str, Fraction]


def bind(program: Program, /, **hypers: float | Fraction) -> Program:
    """Give every hyperparameter its number: the one passed here, else its default.

    Raises:
        OptionRefused: if a name is unknown, a value is not of the hyperparameter's kind, or a
            value makes the equations divide by zero or an extent negative.
        LimitError: if a value is too large.
        DeriveError: if the equations have no meaning with these values.
    """
    known = {h.name: h for h in program.hypers}
    for name in hypers:
        if name not in known:
            raise _unknown(name, tuple(known))
    values = {
        h.name: _value(h, hypers[h.name]) if h.name in hypers else h.default
        for h in program.hypers
    }
    if not values:
        return program
    bound = _bound(program, values)
    given = ", ".join(f"{name} = {float(value):g}" for name, value in values.items())
    _check(bound, given)
    check_constants(bound, given)
    verify(bound)
    return bound


def _unknown(name: str, known: tuple[str, ...]) -> OptionRefused:
    if not known:
        return OptionRefused(
            f"there is no hyperparameter `{name}`: the program has none",
            remedy=f"declare it, hyper {name} = ..., or drop `{name}`",
        )
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return OptionRefused(
        f"there is no hyperparameter `{name}`",
        remedy=f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}",
    )


def _value(hyper: Hyperparameter, value: object) -> Fraction:
    found = _whole(hyper.name, value) if hyper.integer else _real(hyper.name, value)
    if hyper.integer and abs(found) > MAX_INTEGER:
        raise LimitError(
            f"`{hyper.name}` = {found} is above the limit of {MAX_INTEGER:,}",
            remedy="use a smaller number",
        )
    return found


def _whole(name: str, value: object) -> Fraction:
    try:
        if isinstance(value, bool):
            raise TypeError
        return Fraction(operator.index(value))  # type: ignore[arg-type]  # the check is the call
    except TypeError:
        raise OptionRefused(
            f"`{name}` is an integer hyperparameter and is given {value!r:.60}",
            remedy=f"give an integer, {name}=2; for real values declare a real default",
        ) from None


def _real(name: str, value: object) -> Fraction:
    usable = isinstance(value, Real) and not isinstance(value, bool)
    if usable and isinstance(value, Rational):
        return Fraction(value)
    if not (usable and isinstance(value, Real) and math.isfinite(value)):
        raise OptionRefused(
            f"`{name}` is a real hyperparameter and is given {value!r:.60}",
            remedy=f"give a finite number, {name}=0.1",
        )
    # the decimal that Python shows, as if it had been written in the text
    return Fraction(repr(float(value)))


def _bound(program: Program, values: Values) -> Program:
    return replace(
        program,
        equations=tuple(
            Equation(
                e.name, tuple(_index(i, values) for i in e.indices), _expr(e.expr, values)
            )
            for e in program.equations
        ),
        hypers=(),
        extents=tuple((name, _index(row, values)) for name, row in program.extents),
        assumptions=tuple(
            Assumption(_expr(a.left, values), _expr(a.right, values)) for a in program.assumptions
        ),
        agreements=different(
            ((_index(a, values), _index(b, values)) for a, b in program.agreements),
            {name: _index(row, values) for name, row in program.extents},
        ),
        claims=tuple(_claim(claim, values) for claim in program.claims),
    )


def _claim(claim: Claim, values: Values) -> Claim:
    sides = tuple(_expr(side, values) for side in claim.sides)
    extents = tuple((name, _index(row, values)) for name, row in claim.extents)
    return replace(claim, sides=sides, extents=extents)


def _index(expr: IndexExpr, values: Values) -> IndexExpr:
    def rule(atom: Atom) -> IndexExpr | None:
        return number(int(values[atom.name])) if isinstance(atom, Hyper) else None

    return expr.rewrite(rule)


def _expr(expr: Expr, values: Values) -> Expr:
    def rule(node: Node) -> Node:
        return Number(values[node.name]) if isinstance(node, Parameter) else node

    numbered = map_index_exprs(transform(expr, rule), lambda e: _index(e, values))
    return cast(Expr, canonical(numbered))


# ---- what numbers can break -------------------------------------------------------------------


def _check(program: Program, given: str) -> None:
    for name, row in program.extents:
        _check_index(row, f"index {name} : {row}", given)
        extent = expand(row, dict(program.extents)).constant
        if extent is not None and extent < 0:
            raise OptionRefused(
                f"with {given} the extent of `{name}` is {extent}",
                remedy="change the hyperparameter; an extent is 0 or more",
            )
    for left, right in program.agreements:
        if (left - right).constant is not None:
            raise OptionRefused(
                f"with {given} two extents that must be equal are {left} and {right}",
                remedy="change the hyperparameter",
            )
    for equation in program.equations:
        for expr in (*equation.indices, *index_exprs(equation.expr)):
            _check_index(expr, str(equation), given)
        if any(_divides_by_zero(node) for node in walk(equation.expr)):
            raise _zero_division(str(equation), given)


def _divides_by_zero(node: Node) -> bool:
    return isinstance(node, Div) and node.denominator == Number(Fraction(0))


def _check_index(expr: IndexExpr, text: str, given: str) -> None:
    if any(divisor.constant == 0 for divisor in _divisors(expr)):
        raise _zero_division(text, given)
    largest = max((abs(c) for c, _ in expr.terms), default=0)
    if largest > MAX_INTEGER:
        raise LimitError(
            f"with {given} the integer {largest} is above the limit of {MAX_INTEGER:,}",
            remedy="use smaller numbers", equation=text,
        )  # fmt: skip


def _divisors(expr: IndexExpr) -> Iterator[IndexExpr]:
    return (a.denominator for a in expr.atoms() if isinstance(a, (Exact, Floor, Mod)))


def _zero_division(text: str, given: str) -> OptionRefused:
    return OptionRefused(
        f"with {given} the equations divide by zero",
        remedy="give another number", equation=text,
    )  # fmt: skip
