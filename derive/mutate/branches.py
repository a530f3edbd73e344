"""Mistakes with conditions and functions: another comparison, one branch for all, no function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from derive.algebra import add, num
from derive.expr import Add, Call, Compare, Expr, Iverson, Parameter, Power, Reduce, Select
from derive.mutate.scene import Change, Scene
from derive.mutate.site import sites, text
from derive.program import Equation

# What is written for a comparison by mistake: the other side of the tie, the other side.
OTHERS = {
    ">": (">=", "<=", "<"), ">=": (">", "<", "<="), "<": ("<=", ">=", ">"),
    "<=": ("<", ">", ">="), "==": ("!=", "<=", ">="), "!=": ("==",),
}  # fmt: skip
EPSILONS = ("1e-12", "1e-10", "1e-08", "1e-07", "1e-06", "1e-05", "0.0001", "0.001", "0.01")


def other_comparison(_: Scene, equation: Equation) -> Iterator[Change]:
    """A condition with another comparison."""
    for site in sites(equation.expr):
        node = site.node
        if not isinstance(node, Compare):
            continue
        for op in OTHERS[node.op]:
            new = replace(node, op=op)
            changed = replace(equation, expr=site.put(new))
            yield Change(f"with {_told(new)} in place of {_told(node)}", (changed,))


def _told(node: Compare) -> str:
    return f"{text(node.left)} {node.op} {text(node.right)}"


def one_branch(_: Scene, equation: Equation) -> Iterator[Change]:
    """One branch of a choice taken everywhere."""
    for site in sites(equation.expr):
        node = site.node
        if isinstance(node, Select):
            for branch in (node.then, node.other):
                new = replace(equation, expr=site.put(branch))
                yield Change(f"with {text(branch)} whatever the condition", (new,))


def no_function(_: Scene, equation: Equation) -> Iterator[Change]:
    """The argument of a function in place of its value, or the largest for the smallest."""
    for site in sites(equation.expr):
        node = site.node
        other: Expr | None = None
        if isinstance(node, Call) and len(node.args) == 1:
            other = node.args[0]
        elif isinstance(node, Reduce) and node.op in _OPPOSITE:
            other = replace(node, op=_OPPOSITE[node.op])
        elif isinstance(node, Power):
            other = node.base
        elif isinstance(node, Iverson) and isinstance(node.condition, Compare):
            other = node.condition.left
        if other is not None and not isinstance(node, Compare):
            new = replace(equation, expr=site.put(other))
            yield Change(f"with {text(other)} in place of {text(_expr(node))}", (new,))


_OPPOSITE = {"max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax"}


def _expr(node: object) -> Expr:
    assert isinstance(node, (Call, Reduce, Power, Iverson, Parameter))
    return node


def epsilon(_: Scene, equation: Equation) -> Iterator[Change]:
    """A parameter outside the root, left out, or with another usual value."""
    for site in sites(equation.expr):
        node = site.node
        if isinstance(node, Call) and node.name == "sqrt" and isinstance(node.args[0], Add):
            terms = node.args[0].terms
            outside = [t for t in terms if isinstance(t, Parameter)]
            inside = [t for t in terms if t not in outside]
            if outside and inside:
                apart = add(Call("sqrt", (add(*inside),)), *outside)
                told = f"with {text(apart)} in place of {text(node)}"
                yield Change(told, (replace(equation, expr=site.put(apart)),))
        for value in EPSILONS if isinstance(node, Parameter) else ():
            told = f"with {value} in place of {text(_expr(node))}"
            new = replace(equation, expr=site.put(num(Fraction(value))))
            yield Change(told, (new,))

