"""Bounds of index expressions against brute force, and the checks left for a call."""

from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive import bind, parse
from derive.index import Floor, Greatest, Hyper, Index, Label, Least, Mod, Size, as_expr, number
from derive.ranges import at_least, at_most, bounds, lower, upper
from derive.reading import ExtentCheck, extent_checks, read_checks
from tests.derive.strategies import index_exprs

I, J = Index("i"), Index("j")  # noqa: E741  as in the equations


def evaluate(expr, values):
    """The value of an index expression at numbers for indices and sizes."""
    total = 0
    for coefficient, monomial in expr.terms:
        total += coefficient * prod(_atom(atom, values) for atom in monomial)
    return total


def _atom(atom, values):
    match atom:
        case Index() | Size():
            return values[atom]
        case Floor(top, bottom):
            return evaluate(top, values) // evaluate(bottom, values)
        case Mod(top, bottom):
            return evaluate(top, values) % evaluate(bottom, values)
        case Least(a, b):
            return min(evaluate(a, values), evaluate(b, values))
        case Greatest(a, b):
            return max(evaluate(a, values), evaluate(b, values))
    raise TypeError(atom)


def _numeric(expr):
    return not any(isinstance(atom, (Label, Hyper)) for atom in expr.atoms())


@settings(max_examples=200, deadline=None)
@given(index_exprs((I, J)).filter(_numeric))
def test_bounds_hold_for_every_member(expr):
    ends = bounds(expr)
    if ends is None:
        return
    for rows, columns in product(range(1, 5), repeat=2):
        sizes = {Size("i"): rows, Size("j"): columns}
        low, high = (evaluate(end, sizes) for end in ends)
        for i, j in product(range(rows), range(columns)):
            assert low <= evaluate(expr, {**sizes, I: i, J: j}) <= high


@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(-5, 5))
def test_an_affine_expression_reaches_its_bounds(a, b, c):
    expr = as_expr(I) * a + as_expr(J) * b + c
    ends = bounds(expr)
    sizes = {Size("i"): 3, Size("j"): 4}
    values = [
        evaluate(expr, {I: i, J: j, **sizes}) for i, j in product(range(3), range(4))
    ]
    assert [evaluate(end, sizes) for end in ends] == [min(values), max(values)]


@settings(max_examples=200, deadline=None)
@given(index_exprs((), (Size("i"), Size("j"))).filter(_numeric))
def test_the_largest_value_is_not_exceeded(expr):
    high = at_most(expr)
    if high is None:
        return
    for rows, columns in product((1, 2, 3, 5, 8, 13), repeat=2):
        assert evaluate(expr, {Size("i"): rows, Size("j"): columns}) <= high


def test_what_cannot_be_told():
    unknown = as_expr(I) * as_expr(Hyper("s"))
    assert bounds(unknown) is None
    assert bounds(as_expr(Mod(as_expr(I), as_expr(Hyper("s"))))) is None
    assert bounds(as_expr(Floor(as_expr(I), number(-2)))) is None
    size = as_expr(Size("i"))
    assert (at_most(size), at_least(size)) == (None, 1)
    assert (at_most(-size + 3), at_least(-size)) == (2, None)
    assert at_most(unknown) is None


GUARDS = [
    ("i >= 1", "i - 1", 0, None),
    ("i < size(i) - 1", "i + 1 - size(i)", None, -1),
    ("not i == 0 and i > 2", "i", 3, None),
    ("not i < 2", "i", 2, None),
    ("i == 3", "i", 3, 3),
    ("i >= 1 or i == 0", "i - 1", -1, None),
]


@pytest.mark.parametrize(("guard", "expr", "low", "high"), GUARDS)
def test_guards_tell_more(guard, expr, low, high):
    program = parse(f"input x[i]\npad x = 0\noutput z[i]\nz[i] = x[{expr}] if {guard} else 0")
    select = program.definition("z").expr
    read = select.then.indices[0]
    assert lower(read, (select.condition,)) == low
    assert upper(read, (select.condition,)) == high


# Text and what is left to check at a call: array, index, lower, upper, first, last, guarded.
CHECKS = [
    ("z = x[0]", [("x", "0", "0", "0", "0", "size(n) - 1", False)]),
    ("z = x[1]", [("x", "1", "1", "1", "0", "size(n) - 1", False)]),
    ("z = x[size(n) - 1]", [("x", "size(n) - 1", "size(n) - 1", "size(n) - 1", "0", "size(n) - 1", False)]),
    ("z = x[size(n)//2]", [("x", "size(n)//2", "size(n)//2", "size(n)//2", "0", "size(n) - 1", False)]),
    ("z = x[size(m)]", [("x", "size(m)", "size(m)", "size(m)", "0", "size(n) - 1", False)]),
    ("z = sum[m](x[m])", [("x", "m", "0", "size(m) - 1", "0", "size(n) - 1", False)]),
    ("z = sum[k](x[k])", []),
    ("z = sum[n](x[size(n) - 1 - n])", []),
    ("z = sum[n](x[n//2])", []),
    ("z = sum[n](x[n % 3])", [("x", "n % 3", "0", "2", "0", "size(n) - 1", False)]),
    ("z = sum[n](x[n % size(n)])", []),
    ("z = sum[n](x[n/2])", [("x", "n/2", "None", "None", "0", "size(n) - 1", False)]),
    ("z = sum[n](x[min(n, 4)])", []),
    ("z = sum[n](x[n - 1] if n > 0 else 0)", []),
    ("z = sum[n where n > 0](x[n - 1])", []),
    ("z = sum[n where n < size(n) - 2](x[n + 2])", []),
    (
        "z = sum[n where n != 0](x[n - 1])",
        [("x", "n - 1", "-1", "size(n) - 2", "0", "size(n) - 1", True)],
    ),
    (
        "z = sum[m](x[id[m]])",
        [("x", "id[m]", "None", "None", "0", "size(n) - 1", False)],
    ),
    (
        "z = sum[n](x[id[n]])",
        [
            ("x", "id[n]", "None", "None", "0", "size(n) - 1", False),
            ("id", "n", "0", "size(n) - 1", "0", "size(m) - 1", False),
        ],
    ),
    ("z = sum[n](x[n - 1])\npad x = 0", []),
    ("h[-1] = 0\nh[-2] = 0\nh[n] = h[n - 1] + h[n - 2]\nz = h[-2]", []),
    (
        "h[-1] = 0\nh[n] = h[n - 1]\nz = h[1]",
        [("h", "1", "1", "1", "-1", "size(n) - 1", False)],
    ),
]


@pytest.mark.parametrize(("text", "expected"), CHECKS)
def test_what_a_call_must_check(text, expected):
    program = bind(parse(f"input x[n], w[m]\nconst id[m] : int\noutput z\n{text}"))
    found = [
        (c.array, str(c.index), str(c.lower), str(c.upper), str(c.first), str(c.last), c.guarded)
        for c in read_checks(program)
    ]
    assert found == expected
    assert not any(c.never for c in read_checks(program))


def test_extents_to_check():
    program = parse(
        "input x[n], w[m]\noutput z[u]\nindex u : size(n) - 2\n"
        "z[u] = x[u] + sum[k](x[k]*w[k]) + sum[q](q)\nindex q : size(n) + 1"
    )
    size = as_expr(Size("n"))
    assert extent_checks(program) == (
        ExtentCheck(as_expr(Size("m")), size),
        ExtentCheck(size - 2),
    )
