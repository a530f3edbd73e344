"""The parse tree: precedence against an evaluator of its own, spans, statements, robustness."""

import operator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive import DeriveError, layers, parse
from derive.library import read
from derive.parser import parse_tree
from derive.syntax import (
    Chain,
    Compare,
    Element,
    Iverson,
    Logic,
    Name,
    Negation,
    Number,
    Power,
    Reduction,
    Select,
    children,
)

VALUES = {name: Fraction(value) for name, value in {"a": 2, "b": 3, "c": 5, "d": 7}.items()}
BINARY = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "<": operator.lt, ">": operator.gt,
    "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def value(node):  # noqa: PLR0911  one line per node
    """What a tree over the names above is worth, in exact arithmetic."""
    match node:
        case Number(number):
            return number
        case Name(name):
            return VALUES[name]
        case Negation(operand):
            return -value(operand)
        case Power(base, exponent):
            return value(base) ** value(exponent)
        case Chain(first, rest):
            total = value(first)
            for op, part in rest:
                total = Fraction(BINARY[op](total, value(part)))
            return total
        case Compare(op, left, right):
            return BINARY[op](value(left), value(right))
        case Logic("not", (arg,)):
            return not value(arg)
        case Logic(op, args):
            return (all if op == "and" else any)(value(arg) for arg in args)
        case Iverson(condition):
            return Fraction(value(condition))
        case Select(condition, then, other):
            return value(then) if value(condition) else value(other)
    raise TypeError(node)


def right_side(text):
    return parse_tree(f"z = {text}").equations[0].expr


# Text and the value by the rules of the language, worked out by hand.
PRECEDENCE = [
    ("a + b*c", 17),
    ("(a + b)*c", 25),
    ("a - b - c", -6),
    ("a - (b - c)", 4),
    ("a*b/c*d", Fraction(42, 5)),
    ("a/b/c", Fraction(2, 15)),
    ("a/(b/c)", Fraction(10, 3)),
    ("d//a*b", 9),
    ("d % b*c", 5),
    ("-d//a", -4),
    ("-(d//a)", -3),
    ("-d % b", 2),
    ("-a^2", -4),
    ("(-a)^2", 4),
    ("a^b^a", 512),
    ("(a^b)^a", 64),
    ("a^-1", Fraction(1, 2)),
    ("a^-1*b", Fraction(3, 2)),
    ("a^-b^2", Fraction(1, 512)),
    ("--a", 2),
    ("a - -b", 5),
    ("a*-b", -6),
    ("a*-b^2", -18),
    ("-a*-b", 6),
    ("a ** b ** a", 512),
    ("[a < b]", 1),
    ("[a + 1 < b]", 0),
    ("[not a < b]", 0),
    ("[not a > b and b > a]", 1),
    ("[not (a > b and b > a)]", 1),
    ("[a > b or b > a and c > d]", 0),
    ("[(a < b or b > a) and c > d]", 0),
    ("[a < b or b > a and c > d]", 1),
    ("[a == -b + c]", 1),
    ("a if b > c else d", 7),
    ("a if b < c else d", 2),
    ("a + 1 if b > c else d + 1", 8),
    ("a if b > c else b if c > d else c", 5),
    ("(a if b < c else b) + c", 7),
    ("a if b < c and c < d or a > d else b", 2),
    ("[a < b]*[b < c]^2 + c", 6),
    ("a if (b if b > a else a) > a else c", 2),
]


@pytest.mark.parametrize(("text", "expected"), PRECEDENCE)
def test_precedence(text, expected):
    assert value(right_side(text)) == expected


def sums():
    """Random arithmetic as (text, value), fully bracketed by its own construction."""
    leaves = st.one_of(
        st.sampled_from(sorted(VALUES)).map(lambda n: (n, VALUES[n], 9)),
        st.integers(0, 9).map(lambda n: (str(n), Fraction(n), 9)),
    )
    levels = {"+": 1, "-": 1, "*": 2}

    def join(op, left, right):
        level = levels[op]
        a = left[0] if left[2] >= level else f"({left[0]})"
        b = right[0] if right[2] > level else f"({right[0]})"
        return f"{a} {op} {b}", BINARY[op](left[1], right[1]), level

    def negate(inner):
        return (f"-{inner[0]}" if inner[2] >= 3 else f"-({inner[0]})"), -inner[1], 3

    def square(inner):
        return (f"{inner[0]}^2" if inner[2] == 9 else f"({inner[0]})^2"), inner[1] ** 2, 4

    def extend(inner):
        return st.one_of(
            st.builds(join, st.sampled_from("+-*"), inner, inner),
            inner.map(negate),
            inner.map(square),
        )

    return st.recursive(leaves, extend, max_leaves=12)


@settings(max_examples=200, deadline=None)
@given(sums())
def test_random_arithmetic_has_its_value(sample):
    text, expected, _ = sample
    assert value(right_side(text)) == expected


# ---- statements and spans -----------------------------------------------------------------------

TEXT = """title A # layer
source one
source two
note n
input x[n, j], u
const t[n] : int, m
hyper s = 1 : int, eps = 1e-5, r = -2
output z[n], q
index k : size(j)//2, l : 3
pad x = -inf, u = -1.5
def f(a, b) = a*b
assume sum[j](x[n, j]) = 1
z[n] = sum[j, k where j < k](
    x[n, j] )
z[-1] = 0
q = u
"""


def test_every_statement_is_read():
    tree = parse_tree(TEXT, "layer")
    assert (tree.title, tree.sources, tree.notes) == ("A # layer", ("one", "two"), ("n",))
    arrays = [(a.role, a.name, len(a.indices), a.integer) for a in tree.arrays]
    assert arrays == [
        ("input", "x", 2, False), ("input", "u", 0, False), ("const", "t", 1, True),
        ("const", "m", 0, False),
    ]  # fmt: skip
    hypers = [(h.name, h.default, h.integer) for h in tree.hypers]
    assert hypers == [("s", 1, True), ("eps", Fraction(1, 100000), False), ("r", -2, True)]
    outputs = [(o.name, [i.name for i in o.indices]) for o in tree.outputs]
    assert outputs == [("z", ["n"]), ("q", [])]
    assert [i.name for i in tree.indices] == ["k", "l"]
    assert [(p.array, p.value) for p in tree.pads] == [("x", None), ("u", Fraction(-3, 2))]
    assert [p.name for p in tree.functions[0].parameters] == ["a", "b"]
    assert isinstance(tree.assumptions[0].left, Reduction)
    assert [e.name for e in tree.equations] == ["z", "z", "q"]
    assert tree.source.origin == "layer"


def test_spans_point_at_what_was_written():
    tree = parse_tree(TEXT)
    reduction = tree.equations[0].expr
    assert (reduction.span.line, reduction.span.column, reduction.span.length) == (13, 8, 3)
    assert (reduction.body.span.line, reduction.body.span.column) == (14, 5)
    assert tree.source.line(14) == "    x[n, j] )"
    assert [i.span.column for i in reduction.indices] == [12, 15]


@pytest.mark.parametrize("name", layers())
def test_every_node_of_every_layer_has_a_span(name):
    tree = parse_tree(read(name))
    waiting = [e.expr for e in tree.equations]
    seen = 0
    while waiting:
        node = waiting.pop()
        seen += 1
        line = tree.source.line(node.span.line)
        assert 1 <= node.span.column <= len(line)
        if isinstance(node, (Name, Element)):
            written = line[node.span.column - 1 :][: node.span.length]
            assert written.isidentifier()
        waiting.extend(children(node))
    assert seen > 0


def test_an_unknown_node_has_no_children():
    with pytest.raises(TypeError, match="add it to derive"):
        children("x")


# ---- robustness ---------------------------------------------------------------------------------

# Text at the limits, which must pass.
AT_THE_LIMIT = [
    "(" * 100 + "y" + ")" * 100,
    "tanh(" * 100 + "y" + ")" * 100,
    "-" * 100 + "y",
    "y^" * 60 + "1",
    "y if y > 0 else " * 99 + "y",
    "1 - (" * 100 + "y" + ")" * 100,
    "y + " * 4000 + "y",
    "y*" * 4000 + "y",
]


@pytest.mark.parametrize("text", AT_THE_LIMIT, ids=lambda t: t[:12])
def test_the_limits_themselves_are_allowed(text):
    program = parse(f"input y\noutput z\nz = {text}")
    assert parse(str(program)) == program


PAYLOADS = [
    "__import__('os').system('x')", "().__class__.__base__.__subclasses__()", "eval('1')",
    "exec(y)", "open('/etc/passwd')", "lambda: 0", "[y for y in (1, 2)]", "y.__class__",
    "globals()", "getattr(y, 'a')", "f'{y}'", "y := 1", "*y", "**y", "y;import os", "`y`", "$(y)",
    "\\input{x}", "${y}", "{{y}}", "<script>", "y'; DROP", "%s", "y\n    z = 1", "y[0:1]", "y[...]",
    "y[:]", "y()", "y(y)(y)", "yield y", "await y", "y is y", "y in y", "y if y", "not", "1_000",
    "0x10", "1j", "True", "None", "0b1", "1__", "y!", "~y", "y^^2", "y***2", "y//", "/y", "::",
    "==", "=", "(,)", "(y,)", "[,]", "max[y]", "sum[]", "sum[i where](y)", "sum[where](y)",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_one_refusal_with_a_place(payload):
    with pytest.raises(DeriveError) as caught:
        parse(f"input y\noutput z\nz = {payload}")
    assert caught.value.span is not None
