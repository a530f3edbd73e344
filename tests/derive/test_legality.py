"""Every check of the table fires on a program built by hand, and on nothing legal."""

from dataclasses import replace
from fractions import Fraction

import pytest

from derive import (
    IndexRefused,
    LimitError,
    NameRefused,
    ProgramRefused,
    adjoint,
    layers,
    load,
    parse,
)
from derive.expr import ONE, Add, Call, Compare, IndexValue, Parameter, Read, Reduce
from derive.index import Hyper, Index, Label, Size, as_expr
from derive.legality import CHECKS, findings, verify
from derive.program import Array, Equation, Hyperparameter, Program
from tests.derive.programs import PROGRAMS

N, K = as_expr(Index("n")), as_expr(Index("k"))
XN, HN = Read("x", (N,)), Read("h", (N,))
BASE = Program(
    (Array("x", ("n",)), Array("c", ("n",), "const", integer=True)),
    (Equation("y", (N,), XN),),
    ("y",),
    (
        Hyperparameter("s", Fraction(1), integer=True),
        Hyperparameter("r", Fraction(1), integer=False),
    ),
)


def right_side(expr):
    return replace(BASE, equations=(Equation("y", (N,), expr),))


def equations(*found):
    return replace(BASE, equations=found)


def one_sum(body, where=None, index="n"):
    return Reduce("sum", (Index(index),), body, where)


# A program, the error, part of the message, the equation it names.
ILLEGAL = [
    (replace(BASE, arrays=(Array("x y", ("n",)),)), NameRefused, "'x y' is not a name", ""),
    (replace(BASE, arrays=(Array("sum", ("n",)),)), NameRefused, "'sum' is not a name", ""),
    (replace(BASE, arrays=(Array("x", ("_n",)),)), NameRefused, "'_n' is not a name", ""),
    (replace(BASE, extents=(("k" * 33, N),)), NameRefused, "is not a name", ""),
    (right_side(one_sum(ONE, index="é")), NameRefused, "is not a name", ""),
    (replace(BASE, title="a\nz = 1"), ProgramRefused, "one line each", ""),
    (replace(BASE, notes=("a\u202e",)), ProgramRefused, "one line each", ""),
    (replace(BASE, sources=(" a",)), ProgramRefused, "one line each", ""),
    (equations(*BASE.equations, *BASE.equations), ProgramRefused, "a second definition", "y[n]"),
    (equations(Equation("x", (N,), ONE)), ProgramRefused, "given by the caller and def", "x[n]"),
    (
        equations(*BASE.equations, Equation("h", (as_expr(-1),), ONE)),
        ProgramRefused, "has a start but no definition", "h[-1]",
    ),
    (replace(BASE, outputs=()), ProgramRefused, "has no output", ""),
    (replace(BASE, outputs=("q",)), ProgramRefused, "the output `q` is not defined", ""),
    (replace(BASE, outputs=("y", "y")), NameRefused, "the output `y` is declared twice", ""),
    (right_side(Read("q")), NameRefused, "unknown array `q`", "y[n] = q"),
    (right_side(Read("x")), IndexRefused, "`x` has 1 indices and is read with 0", "y[n] = x"),
    (right_side(Parameter("s")), NameRefused, "`s` is no hyperparameter of that kind", "y[n]"),
    (right_side(IndexValue(as_expr(Hyper("r")))), NameRefused, "`r` is no hyperparameter", "y[n]"),
    (right_side(Call("tanh", (XN, XN))), NameRefused, "no function of 2 arguments", "tanh"),
    (right_side(Call("foo", (XN,))), NameRefused, "`foo` is no function", "foo"),
    (right_side(Reduce("norm", (Index("k"),), ONE)), NameRefused, "`norm` is no reduction", "norm"),
    (
        right_side(IndexValue(as_expr(Label("x", (N,))))),
        IndexRefused, "`x` is a real array and stands in an index", "y[n]",
    ),
    (
        equations(Equation("y", (N,) * 17, XN)), LimitError, "more than 16 indices", "y[n",
    ),
    (
        replace(BASE, equations=(Equation("y", (N, N), XN),)),
        IndexRefused, "stands twice on the left", "y[n, n]",
    ),
    (
        equations(Equation("y", (N + 1,), XN)), IndexRefused, "stands alone, or is a constant",
        "y[n + 1]",
    ),
    (right_side(one_sum(XN)), IndexRefused, "`n` is bound already", "sum[n]"),
    (
        replace(BASE, equations=(Equation("y", (), one_sum(one_sum(XN))),)),
        IndexRefused, "`n` is bound already", "sum[n](sum[n]",
    ),
    (right_side(Read("x", (K,))), IndexRefused, "`k` is neither on the left side nor", "x[k]"),
    (right_side(IndexValue(K)), IndexRefused, "`k` is neither on the left side nor", "= k"),
    (
        right_side(one_sum(Read("x", (K,)), index="k")),
        IndexRefused, "`k` has no extent", "sum[k]",
    ),
    (
        right_side(IndexValue(as_expr(Size("k")))), IndexRefused, r"size\(k\): `k` has no extent",
        "size(k)",
    ),
    (
        replace(BASE, equations=(Equation("y", (), one_sum(XN, Compare(">", XN, ONE))),)),
        IndexRefused, "`where` looks at a real value", "where x[n] > 1",
    ),
    (
        equations(*BASE.equations, Equation("h", (N,), HN)), ProgramRefused,
        "in a circle: h -> h", "h[n] = h[n]",
    ),
    (
        equations(*BASE.equations, Equation("h", (N,), Add((XN, Read("h", (N - 1,)))))),
        ProgramRefused, r"`h\[-1\]`, which nothing defines", "h[n - 1]",
    ),
    (
        right_side(Read("x", (N + 1,))), IndexRefused, r"`x` is read at \[n \+ 1\]", "x[n + 1]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("program", "kind", "match", "equation"), ILLEGAL)
def test_what_is_illegal_is_refused(program, kind, match, equation):
    with pytest.raises(kind, match=match) as caught:
        verify(program)
    assert equation in caught.value.equation
    assert caught.value.remedy


def test_every_check_of_the_table_fires():
    silent = [
        check.__name__
        for check in CHECKS
        if not any(_fires(check, program) for program, *_ in ILLEGAL)
    ]
    assert silent == []


def _fires(check, program):
    try:
        return next(iter(check(program)), None) is not None
    except (KeyError, ValueError):
        # later checks of the table rely on the earlier ones
        return False


def test_what_is_legal_passes():
    verify(BASE)
    for text in PROGRAMS.values():
        assert list(findings(parse(text))) == []


@pytest.mark.parametrize("name", layers())
def test_layers_and_their_adjoints_are_legal(name):
    program = load(name)
    verify(program)
    verify(adjoint(program))
