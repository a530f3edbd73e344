"""Random programs, for properties that must hold of all of them."""

from fractions import Fraction
from functools import cache

from hypothesis import strategies as st

from derive.canonical import canonical_expr
from derive.expr import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
)
from derive.index import (
    Hyper,
    Index,
    Label,
    Size,
    as_expr,
    exact,
    floor,
    greatest,
    least,
    mod,
    number,
)
from derive.program import Array, Equation, Hyperparameter, Pad, Program

I, J, K, L = (Index(name) for name in "ijkl")  # noqa: E741  as in the equations
ARRAYS = (
    Array("x", ("i",)),
    Array("W", ("i", "j"), "param"),
    Array("y", ()),
    Array("c", ("i",), "const", integer=True),
)
HYPERS = (
    Hyperparameter("s", Fraction(2), integer=True),
    Hyperparameter("eps", Fraction(1, 1000), integer=False),
)
# k and l can be bound by reductions; they read any axis, so they are declared
EXTENTS = (("k", number(3)), ("l", as_expr(Size("i"))))
REDUCTIONS = ("sum", "prod", "mean", "max", "min", "logsumexp", "argmax", "argmin")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


OTHERS = (Hyper("s"), Size("j"), Label("c", (as_expr(I),)))


@cache
def index_exprs(bound, others=OTHERS):
    """Index expressions over the indices ``bound`` and other atoms."""
    leaves = st.sampled_from([*map(as_expr, (*bound, *others))]) | st.integers(-9, 9).map(number)

    def extend(inner):
        divisors = st.integers(2, 5).map(number) | st.just(as_expr(Hyper("s")))
        return st.one_of(
            st.builds(lambda a, b: a + b, inner, inner),
            st.builds(lambda a, b: a - b, inner, inner),
            st.builds(lambda a, n: a * n, inner, st.integers(-4, 4)),
            st.builds(floor, inner, divisors),
            st.builds(mod, inner, divisors),
            st.builds(least, inner, inner),
            st.builds(greatest, inner, inner),
        )

    return st.recursive(leaves, extend, max_leaves=4)


@cache
def subscripts(bound):
    """What may stand between brackets: quotients that must come out even, too."""
    whole = index_exprs(bound)
    return whole | st.builds(exact, whole, st.integers(2, 3).map(number))


def numbers():
    """Literals: integers, decimals and quotients of either sign."""
    whole = st.integers(-20, 20).map(Fraction)
    decimal = st.builds(lambda n, e: Fraction(n, 10**e), st.integers(-999, 999), st.integers(0, 7))
    return (whole | decimal | st.sampled_from([Fraction(1, 3), Fraction(-7, 6)])).map(Number)


@cache
def expressions(bound=(I, J), depth=3):
    """Expressions in any shape a pass may build, over the arrays and indices above."""
    leaves = st.one_of(
        numbers(),
        st.just(Constant("pi")),
        st.just(Parameter("eps")),
        index_exprs(bound).map(IndexValue),
        st.builds(lambda a: Read("x", (a,)), subscripts(bound)),
        st.builds(lambda a, b: Read("W", (a, b)), subscripts(bound), subscripts(bound)),
        st.just(Read("y")),
    )
    if not depth:
        return leaves
    inner = expressions(bound, depth - 1)
    guards = conditions(inner)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        leaves,
        several.map(Add),
        several.map(Mul),
        inner.map(lambda a: Mul((Number(Fraction(-1)), a))),
        st.builds(Div, inner, inner),
        st.builds(Power, inner, st.integers(-3, 3).map(lambda n: Number(Fraction(n)))),
        st.builds(Power, inner, inner.filter(lambda e: not isinstance(e, Number))),
        st.builds(lambda a: Call("tanh", (a,)), inner),
        st.builds(lambda a, b: Call("max", (a, b)), inner, inner),
        guards.map(Iverson),
        st.builds(Select, guards, inner, inner),
        reductions(bound, depth),
    )


def conditions(inner):
    """Conditions between expressions."""
    compare = st.builds(Compare, st.sampled_from(COMPARISONS), inner, inner)
    pairs = st.tuples(compare, compare)
    return st.one_of(
        compare,
        st.builds(Logic, st.sampled_from(["and", "or"]), pairs),
        compare.map(lambda c: Logic("not", (c,))),
        st.builds(lambda c, args: Logic("and", (c, Logic("or", args))), compare, pairs),
        st.builds(lambda args: Logic("not", (Logic("and", args),)), pairs),
    )


@cache
def reductions(bound, depth):
    """Reductions over the indices that are not bound yet."""
    free = [index for index in (K, L) if index not in bound]
    if not free:
        return expressions(bound, depth - 1)
    indices = st.sampled_from([(index,) for index in free] + ([tuple(free)] * (len(free) > 1)))

    def build(chosen):
        inside = (*bound, *chosen)
        static = index_exprs(inside).map(IndexValue)
        where = st.none() | st.builds(Compare, st.sampled_from(COMPARISONS), static, static)
        op = st.sampled_from(REDUCTIONS)
        return st.builds(Reduce, op, st.just(chosen), expressions(inside, depth - 1), where)

    return indices.flatmap(build)


def programs():
    """Programs of two equations in the shape in which they are read."""
    return st.builds(_program, expressions(), expressions((I,), 2))


def _program(first, second):
    return Program(
        ARRAYS,
        (
            Equation("z", (as_expr(I), as_expr(J)), canonical_expr(first)),
            Equation("v", (as_expr(I),), canonical_expr(second)),
        ),
        ("z", "v"),
        HYPERS,
        EXTENTS,
        tuple(Pad(name) for name in ("x", "W")),
    )
