"""Bounds of index expressions, and what reads need off the grid, against all their values."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import derive
from derive.index import IndexExpr, Size, as_expr
from derive.lower.bounds import Bounds, Poly
from derive.lower.context import Builder, Context
from derive.lower.equation import lower_equation
from derive.lower.grid import inside, overhang
from derive.lower.pointwise import lower
from derive.program import Program
from numeric.sizes import number_of

# declarations, the expression that is read, the axis of x that it reads
ROWS: list[tuple[str, str]] = [
    ("index u : size(h) - 2", "u + 2"),
    ("index u : size(h)", "size(h) - 1 - u"),
    ("index u : size(h)//2", "2*u + 1"),
    ("index u : size(h)//2", "u + size(u)"),
    ("index u : (size(h) + 2 - size(p))//2 + 1", "2*u + p - 1"),
    ("index u : (size(h) + 4 - 2*(size(p) - 1) - 1)//3 + 1", "3*u + 2*p - 2"),
    ("index u : size(h)", "u - p"),
    ("index u : size(h)", "min(u + 1, size(h) - 1)"),
    ("index u : size(h)", "max(u - 1, 0)"),
    ("index u : size(h)", "(u + 1) % size(h)"),
    ("index u : 2*size(h)", "u//2"),
    ("index u : 2*size(h) + 1", "(u + 3)//2 - p"),
    ("index u : size(h)", "min(2*u, u + 3)"),
    ("index u : size(h)", "max(2 - u, u - p)"),
    ("index u : size(h)", "u - u % 3 + 1"),
]
SIZES = [dict(zip("hp", pair, strict=True)) for pair in itertools.product(range(1, 6), range(1, 4))]


def program_of(declared: str, place: str) -> Program:
    return derive.parse(
        f"input x[h]\nparam w[p]\noutput y[u, p]\npad x = 0\n{declared}\ny[u, p] = x[{place}]*w[p]"
    )


def place_of(program: Program) -> IndexExpr:
    return program.equations[0].expr.factors[0].indices[0]  # type: ignore[union-attr]


def values(program: Program, expr: IndexExpr, sizes: dict[str, int]) -> list[int]:
    """All the values that ``expr`` takes."""
    sizes = {**sizes, "u": number_of(program.extent("u"), sizes)}
    found = []
    for place in itertools.product(*(range(sizes[i.name]) for i in expr.indices())):
        at = {i: as_expr(k) for i, k in zip(expr.indices(), place, strict=True)}
        found.append(number_of(expr.substitute(at), sizes))
    return found


def at(poly: Poly, sizes: dict[str, int]) -> Any:
    total: Any = 0
    for monomial, coefficient in poly.terms.items():
        product = coefficient
        for atom in monomial:
            assert isinstance(atom, Size)
            product *= sizes[atom.name]
        total += product
    return total


@pytest.mark.parametrize(("declared", "place"), ROWS)
def test_no_value_is_beyond_the_bounds(declared: str, place: str) -> None:
    program = program_of(declared, place)
    expr = place_of(program)
    low, high = Bounds(program, expr.indices()).of(expr)
    assert low is not None
    assert high is not None
    for sizes in SIZES:
        found = values(program, expr, sizes)
        if found:
            assert at(low, sizes) <= min(found)
            assert max(found) <= at(high, sizes)


@pytest.mark.parametrize(("declared", "place"), ROWS)
def test_the_overhang_is_enough(declared: str, place: str) -> None:
    program = program_of(declared, place)
    expr = place_of(program)
    builder = Builder(Context(program), "y", lower)
    hang = overhang(expr, as_expr(Size("h")), builder)
    assert hang is not None
    for sizes in SIZES:
        found = values(program, expr, sizes)
        known = {**sizes, "u": number_of(program.extent("u"), sizes)}
        before, after = number_of(hang.before, known), number_of(hang.after, known)
        assert min(before, after) >= 0
        if found:
            assert before >= -min(found)
            assert after >= max(found) - (sizes["h"] - 1)


SURE = {"u + 2", "size(h) - 1 - u", "2*u + 1", "u + size(u)", "max(u - 1, 0)", "u//2",
        "min(u + 1, size(h) - 1)", "(u + 1) % size(h)"}  # fmt: skip


@pytest.mark.parametrize(("declared", "place"), ROWS)
def test_what_is_surely_inside(declared: str, place: str) -> None:
    program = program_of(declared, place)
    builder = Builder(Context(program), "y", lower)
    assert inside(place_of(program), as_expr(Size("h")), builder) == (place in SURE)


def test_lowering_is_a_function_of_the_equation() -> None:
    program = derive.bind(derive.adjoint(derive.load("maxpool2d")))
    for equation in program.equations:
        first = lower_equation(equation, Context(program))
        assert lower_equation(equation, Context(program)) == first
