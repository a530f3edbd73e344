"""Mistakes with factors: one left out, one too many, a division for a multiplication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from derive.algebra import Factors, div, factors_of, mul, num, power, product, size
from derive.expr import Call, Expr, IndexValue, Read
from derive.index import Index, as_expr
from derive.mutate.scene import Change, Scene
from derive.mutate.site import Site, rows, text
from derive.program import Equation
from derive.scope import index_names


def _products(equation: Equation) -> Iterator[tuple[Site, Fraction, Factors]]:
    for row in rows(equation.expr):
        node: Expr = row.node  # type: ignore[assignment]  # rows are expressions
        coefficient, factors = factors_of(node)
        if factors and not (len(factors) == 1 and isinstance(node, (Read, IndexValue))):
            yield row, coefficient, factors


def _put(equation: Equation, row: Site, coefficient: Fraction, factors: Factors) -> Equation:
    return replace(equation, expr=row.put(product(coefficient, factors)))


def left_out(scene: Scene, equation: Equation) -> Iterator[Change]:
    """A product without one of its factors, or without its number."""
    for row, coefficient, factors in _products(equation):
        if abs(coefficient) != 1:
            sign = Fraction(1 if coefficient > 0 else -1)
            what = text(num(abs(coefficient)))
            yield Change(f"without the factor {what}", (_put(equation, row, sign, factors),))
        for base, exponent in factors.items():
            rest = {b: e for b, e in factors.items() if b != base}
            if rest or abs(coefficient) != 1:
                phrase = _left_out(scene, base, exponent)
                yield Change(phrase, (_put(equation, row, coefficient, rest),))


def _left_out(scene: Scene, base: Expr, exponent: int) -> str:
    if isinstance(base, Read) and base.array in scene.given and exponent == 1:
        return f"without the cotangent {text(base)}, as if it were 1"
    if exponent < 0:
        return f"without the division by {text(power(base, num(-exponent)))}"
    return f"without the factor {text(power(base, num(exponent)))}"


def other_power(_: Scene, equation: Equation) -> Iterator[Change]:
    """A factor with another exponent: squared, inverted, to a lower power."""
    for row, coefficient, factors in _products(equation):
        alone = len(factors) == 1 and abs(coefficient) == 1
        for base, exponent in factors.items():
            if alone and abs(exponent) == 1:
                continue
            step = 1 if exponent > 0 else -1
            for other in (exponent - step, exponent + step, -exponent):
                if not other or (abs(exponent) == 1 and other == exponent - step):
                    continue
                new = _put(equation, row, coefficient, {**factors, base: other})
                yield Change(f"with {_shown(base, other)} in place of {_shown(base, exponent)}",
                             (new,))  # fmt: skip


def _shown(base: Expr, exponent: int) -> str:
    if exponent < 0:
        return f"a division by {text(power(base, num(-exponent)))}"
    return text(power(base, num(exponent)))


def rooted(_: Scene, equation: Equation) -> Iterator[Change]:
    """A root left out, or taken once more; one extent of a product of two."""
    for row, coefficient, factors in _products(equation):
        for base, exponent in factors.items():
            rest = {b: e for b, e in factors.items() if b != base}
            for other in _mistaken(base):
                new = mul(product(coefficient, rest), power(other, num(exponent)))
                yield Change(
                    f"with {text(other)} in place of {text(base)}",
                    (replace(equation, expr=row.put(new)),),
                )


def _mistaken(base: Expr) -> Iterator[Expr]:
    if isinstance(base, Call) and base.name == "sqrt":
        yield base.args[0]
    elif isinstance(base, IndexValue) and base.expr.atom is not None:
        yield Call("sqrt", (base,))
    elif isinstance(base, IndexValue) and len(base.expr.terms) == 1:
        yield from (IndexValue(as_expr(atom)) for atom in dict.fromkeys(base.expr.terms[0][1]))


def constant_factor(scene: Scene, equation: Equation) -> Iterator[Change]:
    """The whole, or one of its terms, times 2, halved, times or divided by an extent."""
    if equation.name not in scene.derived:
        return
    for row in rows(equation.expr):
        node: Expr = row.node  # type: ignore[assignment]  # rows are expressions
        if row.bound or not factors_of(node)[1]:
            continue
        whole = row.parent is None
        what = "" if whole else f" in the term {text(node)}"
        free = [i.name for i in equation.free]
        names = [n for n in index_names(scene.backward) if n not in free] + free
        changes = [("with a further factor 2", mul(num(2), node)),
                   ("with a further factor 1/2", div(node, num(2)))]  # fmt: skip
        for count in (size(Index(name)) for name in names[:_EXTENTS]):
            changes.append((f"with a further division by {text(count)}", div(node, count)))
            changes.append((f"with a further factor {text(count)}", mul(node, count)))
        for phrase, new in changes:
            yield Change(phrase + what, (replace(equation, expr=row.put(new)),))


# Of more indices than this the extents are no likely factors.
_EXTENTS = 4

