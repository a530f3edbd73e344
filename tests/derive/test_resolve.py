"""Parse tree to program: names, nodes, extents, functions, starts."""

from fractions import Fraction

import pytest

from derive import adjoint, bind, parse
from derive.expr import (
    MINUS_ONE,
    Add,
    Call,
    Constant,
    Div,
    IndexValue,
    Iverson,
    Mul,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
)
from derive.index import Exact, Floor, Hyper, Index, Label, Size, as_expr, greatest, number
from derive.program import Array, Hyperparameter, Pad
from tests.derive.programs import PROGRAMS

HEAD = (
    "input x[i, j], y, u\nparam b[j]\nconst c[i] : int, m : int\nhyper s = 2, eps = 0.5\n"
    "pad x = 0, b = 0\noutput z[i, j]\nindex k : 3\n"
)
I, J, K = (as_expr(Index(name)) for name in "ijk")  # noqa: E741  as in the equations
S, SIZE, C = as_expr(Hyper("s")), as_expr(Size("j")), as_expr(Label("c", (I,)))
X, Y, U = Read("x", (I, J)), Read("y"), Read("u")


def num(value):
    return Number(Fraction(value))


def right_side(text):
    return parse(f"{HEAD}z[i, j] = {text}").definition("z").expr


# Text and the expression it means.
EXPRESSIONS = [
    ("y + u - 3", Add((Y, U, num(-3)))),
    ("y - u", Add((Y, Mul((MINUS_ONE, U))))),
    ("y - 2*u", Add((Y, Mul((MINUS_ONE, num(2), U))))),
    ("-y*u", Mul((MINUS_ONE, Y, U))),
    ("-(y*u)", Mul((MINUS_ONE, Y, U))),
    ("-y/u", Mul((MINUS_ONE, Div(Y, U)))),
    ("-3", num(-3)),
    ("y*(-3)", Mul((Y, num(-3)))),
    ("y^-1", Power(Y, num(-1))),
    ("2.5", num("5/2")),
    ("pi*eps", Mul((Constant("pi"), Parameter("eps")))),
    ("s", IndexValue(S)),
    ("i - j", IndexValue(I - J)),
    ("y^(i - j)", Power(Y, IndexValue(I - J))),
    ("2*size(j)*y", Mul((IndexValue(SIZE * 2), Y))),
    ("y/size(j)", Div(Y, IndexValue(SIZE))),
    ("i/2", Div(IndexValue(I), num(2))),
    ("i//2", IndexValue(as_expr(Floor(I, number(2))))),
    ("max(i, j)", IndexValue(greatest(I, J))),
    ("max(i, y)", Call("max", (IndexValue(I), Y))),
    ("c[i]*y", Mul((IndexValue(C), Y))),
    ("m + 1", IndexValue(as_expr(Label("m", ())) + 1)),
    ("-s", Mul((MINUS_ONE, IndexValue(S)))),
    ("x[i + 1, c[i]]", Read("x", (I + 1, C))),
    ("b[(i - j)/s]", Read("b", (as_expr(Exact(I - J, S)),))),
    ("b[2*i/2]", Read("b", (I,))),
    ("b[7//2]", Read("b", (number(3),))),
    ("b[-7 % 3]", Read("b", (number(2),))),
    ("sum[k](y*k)", Reduce("sum", (Index("k"),), Mul((Y, IndexValue(K))))),
    ("[i == j]", Iverson(right_side("[i == j]").condition)),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_what_an_expression_means(text, expected):
    assert right_side(text) == expected


def test_declarations_become_values():
    program = parse(HEAD + "z[i, j] = y")
    assert program.arrays == (
        Array("x", ("i", "j")), Array("y"), Array("u"), Array("b", ("j",), "param"),
        Array("c", ("i",), "const", integer=True), Array("m", (), "const", integer=True),
    )  # fmt: skip
    assert program.hypers == (
        Hyperparameter("s", Fraction(2), integer=True),
        Hyperparameter("eps", Fraction(1, 2), integer=False),
    )
    assert program.pads == (Pad("x"), Pad("b"))
    assert program.outputs == ("z",)
    assert dict(program.extents) == {"k": number(3)}


# ---- functions of the text ----------------------------------------------------------------------

FUNCTIONS = [
    ("def f(a) = a*a", "f(y + u)", "(y + u)*(y + u)"),
    ("def f(a, b) = a - b", "f(y, -u)", "y - (-u)"),
    ("def f(y) = y + u", "f(2)", "2 + u"),
    ("def f(i) = i*i", "f(y)", "y*y"),
    ("def f(a) = g(a)^2\ndef g(a) = a + 1", "f(y)", "(y + 1)^2"),
    ("def f(a) = a*eps*s", "f(y)", "y*eps*s"),
    ("def f(a) = [a > 0]*b[0]", "f(y)", "[y > 0]*b[0]"),
    ("def f(a) = a if a > 0 else 0", "f(i - j)", "i - j if i - j > 0 else 0"),
    ("def f(a) = a*size(j)", "f(sum[k](y))", "sum[k](y)*size(j)"),
]


@pytest.mark.parametrize(("define", "written", "meant"), FUNCTIONS)
def test_a_function_is_put_in_where_it_is_called(define, written, meant):
    program = parse(f"{HEAD}{define}\nz[i, j] = {written}")
    assert program.definition("z").expr == right_side(meant)


# ---- extents ------------------------------------------------------------------------------------

# Text, extents that are found, equations as printed, extents that must agree.
EXTENTS = [
    ("input x[n, j]\noutput y[n]\ny[n] = sum[j](x[n, j])", {}, None, []),
    ("input x[n]\noutput y[a]\ny[a] = x[a]", {"a": "size(n)"}, None, []),
    ("input x[n]\noutput y\ny = sum[k](x[k])", {"k": "size(n)"}, None, []),
    ("input x[n], w[m]\noutput y\ny = sum[k](x[k]*w[k])", {"k": "size(n)"}, None, [("m", "n")]),
    ("input x[n], w[m]\noutput y\ny = sum[k](x[k])*sum[k](w[k])", {"k": "size(n)", "k2": "size(m)"},
     "y = sum[k](x[k])*sum[k2](w[k2])", []),
    ("input x[n], w[m]\noutput y, v\ny = sum[k](x[k])\nv = sum[k where k < size(k) - 1](w[k])",
     {"k": "size(n)", "k2": "size(m)"}, "v = sum[k2 where k2 < size(k2) - 1](w[k2])", []),
    ("input x[n], w[m]\noutput y[k], v[k]\ny[k] = x[k]\nv[k] = w[k]",
     {"k": "size(n)", "k2": "size(m)"}, "v[k2] = w[k2]", [("m", "n")]),
    ("input x[n], w[m]\noutput y[k], v[q]\ny[k] = x[k]\nv[k] = w[k]",
     {"k": "size(n)", "k2": "size(m)"}, "v[k2] = w[k2]", []),
    ("input x[n]\noutput y[k], v\ny[k] = x[k]\nv = sum[q](y[q])",
     {"k": "size(n)", "q": "size(n)"}, None, []),
    ("input x[n]\noutput v\nv = sum[q](y[q])\ny[k] = x[k]", {"k": "size(n)", "q": "size(n)"},
     None, []),
    ("input x[n], h0[m]\noutput h[t, n]\nindex t : 4\nh[-1, m] = h0[m]\nh[t, n] = h[t-1, n] + x[n]",
     {"t": "4"}, None, [("m", "n")]),
    ("input x[n]\noutput y[m]\nindex m : 3\ny[n] = x[n]", {"m": "3"}, None, [("3", "n")]),
    ("input x[n]\noutput y\nindex n : 3\ny = sum[n](x[n])", {"n": "3"}, None, []),
    ("input E[v]\nconst id[b] : int\noutput y\ny = sum[k](E[id[k]])", {"k": "size(b)"}, None, []),
    ("input x[n], w[m]\nassume size(n) = size(m)\noutput y\ny = x[0] + w[0]", {}, None,
     [("m", "n")]),
    ("input x[n], w[m]\nassume x[q] = 1\noutput y\ny = 1", {"q": "size(n)"}, None, []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "extents", "equation", "agreements"), EXTENTS)
def test_extents(text, extents, equation, agreements):
    program = parse(text)
    assert {name: str(row) for name, row in program.extents} == extents
    if equation is not None:
        assert equation in map(str, program.equations)
    pairs = [(f"size({a})" if a.isalpha() else a, f"size({b})") for a, b in agreements]
    assert [(str(a), str(b)) for a, b in program.agreements] == pairs
    assert parse(str(program)) == program


def test_a_renamed_index_takes_no_name_in_use():
    text = "input x[n], w[m]\nhyper k2 = 1\noutput y\ny = sum[k](x[k])*sum[k](w[k]) + k2"
    assert {name for name, _ in parse(text).extents} == {"k", "k3"}


# ---- whole programs -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_of_the_table_resolves(name):
    program = parse(PROGRAMS[name])
    assert parse(str(program)) == program
    bound = bind(program)
    assert bound.hypers == ()
    assert parse(str(bound)) == bound


def test_the_cotangent_of_the_longest_name_is_a_name():
    name = "a" * 32
    program = parse(f"input {name}\noutput y\ny = {name}^2")
    assert f"d{name}" in parse(str(adjoint(program))).outputs


def test_starts_are_told_from_definitions():
    program = parse(PROGRAMS["edit distance"])
    assert [str(s).split(" = ")[0] for s in program.starts("D")] == [
        "D[-1, j]", "D[i, -1]", "D[-1, -1]",
    ]  # fmt: skip
    assert str(program.definition("D")).startswith("D[i, j] = min(")


def test_names_of_python_and_greek_are_names():
    program = parse(PROGRAMS["greek"])
    assert [a.name for a in program.arrays] == ["sigma", "gamma"]
    assert str(program.equations[0]) == "phi[n] = gamma*sigma[n] - pi"
    assert {a.name for a in parse(PROGRAMS["a word per kind of name"]).arrays} >= {"lambda", "np"}


# Recurrences that need no start, or have it in another way.
COVERED = [
    "input x[t]\npad h = 0\noutput h[t]\nh[t] = h[t - 1] + x[t]",
    "input x[t]\noutput h[t]\nh[t] = x[t] + (h[t - 1] if t > 0 else 0)",
    "input x[t]\npad h = 0\noutput h[t]\nh[t] = x[t] + sum[k](h[t - 1 - k])\nindex k : 3",
    "input x[t]\npad h = 0\noutput h[t]\nh[t] = x[t] + sum[k where k < t](h[k])\nindex k : size(t)",
    "input x[t]\nhyper d = 2\npad h = 0\noutput h[t]\nh[t] = h[t - d] + x[t]",
    "input x[i, j]\npad S = 0\noutput S[i, j]\nS[i, j] = x[i, j] + S[i-1, j] + S[i, j-1]",
    "input x[t]\nindex s : 4\npad a = 0\noutput a[t, s]\na[t, s] = x[t] + a[t - 1, s]*a[t, s - 1]",
    "input x[t]\noutput h[t]\nindex t : 5\nh[5] = 0\nh[t] = h[t + 1] + x[t]",
    "input x[t]\noutput a[t], b[t]\nb[-1] = 0\na[t] = x[t] + b[t - 1]\nb[t] = 2*a[t]",
]


@pytest.mark.parametrize("text", COVERED)
def test_recurrences_that_are_let_through(text):
    program = parse(text)
    assert parse(str(program)) == program
