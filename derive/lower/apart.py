"""Products of a recurrence that share a factor, in equations that are not alike otherwise.

    f_in[t,n,i] = ... + sum[k](U_f[i,k]*h[t-1,n,k]) + p_f[i]*c[t-1,n,i]
    g_in[t,n,i] = ... + sum[k](U_g[i,k]*h[t-1,n,k])
        ⇒   f_in_product[t,n,i] = sum[k](U_f[i,k]*h[t-1,n,k]),  g_in_product the same of U_g
            f_in[t,n,i] = ... + f_in_product[t,n,i] + p_f[i]*c[t-1,n,i]

Equations of their own, the products are alike, and computed as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from derive.expr import Add, Expr, Node, Read, Reduce, free_indices, transform
from derive.lower.alike import contraction, form
from derive.lower.schedule import Loop, equations_in, schedule
from derive.program import Equation, Program

SUFFIX = "product"


@dataclass(frozen=True, slots=True)
class _Site:
    """A product in the sum that an equation is."""

    equation: Equation
    term: Reduce


def with_products_apart(program: Program) -> Program:
    """``program`` with equations for the products that only equations of other forms share."""
    moved: dict[str, list[Reduce]] = {}
    for loop in (b for b in schedule(program) if isinstance(b, Loop)):
        for sites in _families(program, loop):
            forms = {form(program, s.equation.expr, s.equation.free).key for s in sites}
            if len(forms) > 1:
                for site in sites:
                    moved.setdefault(site.equation.name, []).append(site.term)
    equations: list[Equation] = []
    taken = {a.name for a in program.arrays} | {e.name for e in program.equations}
    for equation in program.equations:
        terms = [] if equation.is_start else moved.get(equation.name, [])
        for term in terms:
            name = _name(equation.name, taken)
            equations.append(Equation(name, equation.indices, term))
            equation = _reading(equation, term, name)  # noqa: PLW2901  one product after the other
        equations.append(equation)
    return program.with_equations(tuple(equations))


def _families(program: Program, loop: Loop) -> Sequence[list[_Site]]:
    """Products alike in the sums of one loop, of one array of the loop each."""
    found: dict[object, list[_Site]] = {}
    for equation in equations_in(loop.body):
        for term in equation.expr.terms if isinstance(equation.expr, Add) else ():
            factors = contraction(term)
            if factors is None or set(free_indices(term)) != set(equation.free):
                continue
            inner = tuple(r.array for r in factors if r.array in loop.names)
            if len(inner) == 1:
                key = form(program, term, equation.free).key
                found.setdefault((key, inner), []).append(_Site(equation, cast(Reduce, term)))
    several = [sites for sites in found.values() if len({s.equation.name for s in sites}) > 1]
    return [sites for sites in several if len({s.equation.name for s in sites}) == len(sites)]


def _reading(equation: Equation, term: Reduce, name: str) -> Equation:
    def read(node: Node) -> Node:
        return Read(name, equation.indices) if node == term else node

    return replace(equation, expr=cast(Expr, transform(equation.expr, read)))


def _name(owner: str, taken: set[str]) -> str:
    stem = name = f"{owner}_{SUFFIX}"
    count = 1
    while name in taken:
        count += 1
        name = f"{stem}{count}"
    taken.add(name)
    return name
