"""The shape of expressions: each pass may build any, reading builds one."""

from fractions import Fraction

import pytest

from derive.canonical import canonical
from derive.expr import MINUS_ONE, Add, Call, Div, IndexValue, Mul, Number, Read
from derive.index import Exact, Index, Size, as_expr, greatest

I, J = as_expr(Index("i")), as_expr(Index("j"))  # noqa: E741  as in the equations
X, Y = Read("x"), Read("y")


def num(value):
    return Number(Fraction(value))


def neg(*factors):
    return Mul((MINUS_ONE, *factors))


# A node and the shape it is given.
SHAPES = [
    (Mul((Mul((X, Y)), X)), Mul((X, Y, X))),
    (Mul((X, Mul((Y, X)))), Mul((X, Mul((Y, X))))),
    (Add((Add((X, Y)), X)), Add((X, Y, X))),
    (Mul((num(-2), X)), neg(num(2), X)),
    (neg(num(2)), num(-2)),
    (neg(Mul((X, Y))), neg(X, Y)),
    (Div(neg(X), Y), neg(Div(X, Y))),
    (Div(num(-1), X), neg(Div(num(1), X))),
    (Mul((neg(X), Y)), neg(X, Y)),
    (Add((IndexValue(I), IndexValue(J))), IndexValue(I + J)),
    (Add((IndexValue(I), num(-1))), IndexValue(I - 1)),
    (Mul((num(2), IndexValue(I))), IndexValue(I * 2)),
    (Mul((IndexValue(I), IndexValue(J), X)), Mul((IndexValue(I * J), X))),
    (Mul((X, IndexValue(I), IndexValue(J))), Mul((X, IndexValue(I), IndexValue(J)))),
    (IndexValue(-I), neg(IndexValue(I))),
    (IndexValue(as_expr(3)), num(3)),
    (IndexValue(as_expr(Exact(I, J))), Div(IndexValue(I), IndexValue(J))),
    (Call("max", (IndexValue(I), num(0))), IndexValue(greatest(I, as_expr(0)))),
    (Call("max", (X, num(0))), Call("max", (X, num(0)))),
    (num("1/3"), Div(num(1), num(3))),
    (num("-2/3"), neg(Div(num(2), num(3)))),
    (num("1/8"), num("1/8")),
    (Div(X, Mul((IndexValue(as_expr(Size("i"))), IndexValue(as_expr(Size("j")))))),
     Div(X, IndexValue(as_expr(Size("i")) * as_expr(Size("j"))))),
]  # fmt: skip


@pytest.mark.parametrize(("node", "shape"), SHAPES)
def test_the_shape_that_reading_gives(node, shape):
    assert canonical(node) == shape
    assert canonical(shape) == shape
