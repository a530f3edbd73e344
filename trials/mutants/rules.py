"""Mutants of the rule tables: a wrong derivative rule, in every kernel that is derived with it.

    the table of functions   each rule negated, doubled, squared, 1, 0, the value, the argument,
                             1.01 times, and the rule of another function
    the rules of reductions  a mean without its count, a maximum that gives to every member, ...
    the chain rule itself    a quotient without its sign, a branch taken on the wrong side, ...

The interpreter, which judges, has tables of its own; only the derivation is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any
from unittest import mock

import derive
import numeric
from derive.algebra import add, mul, neg, num
from derive.cotangent import local
from derive.cotangent.local import row_major
from derive.expr import ONE, ZERO, Call, Expr, Reduce, walk
from derive.functions import FUNCTIONS, TABLE, Function, Rule
from derive.program import Program
from trials.mutants.mutant import Mutant

Change = Callable[[Rule], Rule]

CHANGES: dict[str, Change] = {
    "negated": lambda rule: lambda a, y: neg(rule(a, y)),
    "doubled": lambda rule: lambda a, y: mul(num(2), rule(a, y)),
    "squared": lambda rule: lambda a, y: mul(rule(a, y), rule(a, y)),
    "1.01 times": lambda rule: lambda a, y: mul(num(Fraction(101, 100)), rule(a, y)),
    "one more": lambda rule: lambda a, y: add(ONE, rule(a, y)),
    "1": lambda _: lambda a, y: ONE,
    "0": lambda _: lambda a, y: ZERO,
    "the value": lambda _: lambda a, y: y,
    "the argument": lambda _: lambda a, y: a[0],
}

# Wrong rules of the walk down an equation, by the name in ``derive.cotangent.local`` that a
# program of one line must go through to show them.
WALK: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "a quotient keeps its sign": ("y[n] = x[n]/w[n]", "neg", lambda a: a),
    "a quotient of 1": ("y[n] = x[n]/w[n]", "div", lambda a, b: a),
    "a product forgets the others": ("y[n] = x[n]*w[n]", "mul", lambda *a: ONE),
    "a power keeps its exponent": ("y[n] = x[n]^3", "power", lambda a, b: a),
    "the other branch": ("y[n] = x[n]^2 if x[n] > w[n] else w[n]^3", "negated", lambda c: c),
    "positions by columns": (
        "y[m] = max[j, k](x[m, j, k])",
        "row_major",
        lambda indices: row_major(indices[::-1]),
    ),
}
REDUCTIONS: dict[str, tuple[str, str, Expr]] = {
    "a sum twice": ("y[n] = sum[j](x[n, j]^2)", "sum", num(2)),
    "a mean without its count": ("y[n] = mean[j](x[n, j]^2)", "mean", ONE),
    "a product of none": ("y[n] = prod[j](x[n, j])", "prod", ONE),
    "a logsumexp to every member": ("y[n] = logsumexp[j](x[n, j])", "logsumexp", ONE),
    "a maximum to every member": ("y[n] = max[j](x[n, j])", "max", ONE),
    "a minimum to every member": ("y[n] = min[j](x[n, j])", "min", ONE),
}


# Layers of many equations take long to build and show no more of a rule than small ones.
MANY_EQUATIONS = 4


def listed() -> Iterator[Mutant]:
    """Every wrong rule in every program that it shows in."""
    for function in TABLE:
        programs = _programs(function)
        for argument, label in product(range(function.arity), _changed(function, 0)):
            edit = f"rule {argument + 1} of {function.name}: {label}"
            key = ("function", function.name, argument, label)
            yield from (Mutant(program, "rule", edit, key) for program in programs)
    for edit, (line, op, _) in REDUCTIONS.items():
        users = (n for n, p in _small_layers().items() if _uses(p, Reduce, op))
        for program in (_declared(line), *users):
            yield Mutant(program, "rule", edit, ("reduction", edit))
    for edit, (line, *_) in WALK.items():
        yield Mutant(_declared(line), "rule", edit, ("walk", edit))


def source(mutant: Mutant) -> str:
    """The kernel of the mutant's program under its wrong rule."""
    with _in_force(mutant.key):
        return numeric.build(mutant.base, **mutant.settings).source


def _in_force(key: tuple[Any, ...]) -> Any:
    """A context in which a wrong rule is used."""
    if key[0] == "function":
        _, name, argument, label = key
        wrong = _changed(FUNCTIONS[name], argument)[label]
        return mock.patch.dict(FUNCTIONS, {name: wrong})
    if key[0] == "walk":
        _, name, function = WALK[key[1]]
        return mock.patch.object(local, name, function)
    _, op, factor = REDUCTIONS[key[1]]
    right = local._Walker._member_factor

    def wrong_factor(walker: Any, node: Reduce) -> Expr | None:
        return factor if node.op == op else right(walker, node)

    return mock.patch.object(local._Walker, "_member_factor", wrong_factor)


def _changed(function: Function, argument: int) -> dict[str, Function]:
    rules = function.derivatives
    others = {f"that of {f.name}": f.derivatives[0] for f in TABLE if f.arity == 1}
    made = {label: change(rules[argument]) for label, change in CHANGES.items()} | others
    return {
        label: replace(function, derivatives=(*rules[:argument], rule, *rules[argument + 1 :]))
        for label, rule in made.items()
    }


def _programs(function: Function) -> tuple[str, ...]:
    """One line with the function, and the small built-in layers that use it."""
    args = ", ".join(("x[n]", "w[n]")[: function.arity])
    given = "input x[n], w[n]" if function.arity > 1 else "input x[n]"
    line = f"{given}\noutput y[n]\ny[n] = {function.name}({args})"
    users = (n for n, p in _small_layers().items() if _uses(p, Call, function.name))
    return (line, *users)


@lru_cache
def _small_layers() -> Mapping[str, Program]:
    programs = {name: derive.load(name) for name in derive.layers()}
    return {n: p for n, p in programs.items() if len(p.equations) <= MANY_EQUATIONS}


def _uses(program: Program, kind: type[Call] | type[Reduce], name: str) -> bool:
    return any(
        isinstance(node, kind) and (node.name if isinstance(node, Call) else node.op) == name
        for equation in program.equations
        for node in walk(equation.expr)
    )


def _declared(line: str) -> str:
    left, right = line.split(" = ")
    arrays = [a for a in ("x[m, j, k]", "x[n, j]", "x[n]", "w[n]") if a in right]
    return f"input {', '.join(arrays)}\noutput {left}\n{line}"
