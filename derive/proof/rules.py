"""The rules for one product under sums; the first that applies rewrites it.

    [c]^2 = [c]                      [x > 0]*[x == 0] = 0
    p^(3/2) = p*p^(1/2)              exp(u)*sigmoid(u) = exp(u) - sigmoid(u)
    sin(u)^2 = 1 - cos(u)^2          sum[j]([i == j]*a[j]) = a[i]
    sum[j](a[i]) = size(j)*a[i]      dz[t + 1]*[t + 1 < size(t)] = dz[t + 1]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil

from derive.expr import ZERO as ZERO_NUMBER
from derive.expr import Compare, IndexValue
from derive.extent import expanded, extent_of, runs_over
from derive.index import Exact, Index, IndexExpr, Size, as_expr
from derive.proof.algebra import ONE, Algebra, mentioned
from derive.proof.forms import NOTHING, Atom, Poly, Term, index_key, made, term_key
from derive.simplify.conditions import holds

Rule = Callable[[Algebra, Fraction, Term], "Poly | None"]


def without(term: Term, *atoms: Atom) -> Term:
    """``term`` without some of its factors."""
    return Term(term.bound, {a: e for a, e in term.factors.items() if a not in atoms})


def _again(algebra: Algebra, coefficient: Fraction, term: Term, *others: Poly) -> Poly:
    """``term`` times ``others``, its bound indices summed over at the end."""
    body = algebra.reduced(coefficient, Term((), term.factors))
    return algebra.total(algebra.times(body, *others), term.bound)


def conditions_are_idempotent(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """``[c]^2 = [c]``, ``[x > 0]*[x == 0] = 0`` and ``x*[x == 0] = 0``."""
    again = {a: ONE for a, e in term.factors.items() if a.is_condition and e > 0 and e != 1}
    if again:
        return algebra.reduced(coefficient, Term(term.bound, {**term.factors, **again}))
    zeros = {a.key.partition(":")[2] for a in term.factors if a.kind == "zero"}
    clash = any(a.key.partition(":")[2] in zeros for a in term.factors if a.kind == "positive")
    clash = clash or any(_holds_a_zero(a, term) for a in term.factors if a.kind == "zero")
    return NOTHING if clash else None


def _holds_a_zero(guard: Atom, term: Term) -> bool:
    """Whether ``x*[x == 0]`` stands in a product."""
    single = guard.forms[0].single
    if single is None or single[1].bound:
        return False
    return all(e > 0 and term.factors.get(a, 0) >= e for a, e in single[1].factors.items())


def powers_expand(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """Positive powers of sums are multiplied out, up to an exponent between -1 and 0."""
    for atom, exponent in term.factors.items():
        if atom.kind != "base" or exponent <= 0:
            continue
        whole = ceil(exponent)
        grown = algebra.power(atom.forms[0], Fraction(whole))
        rest = without(term, atom)
        if exponent != whole:
            rest = Term(rest.bound, {**rest.factors, atom: exponent - whole})
        return _again(algebra, coefficient, rest, grown)
    return None


def gates_absorb(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """``exp(u)*s = exp(u) - s`` and ``exp(-u)*s = 1 - s`` where ``s = sigmoid(u)``."""
    for gate, power in term.factors.items():
        if gate.kind != "call" or gate.head != "sigmoid" or power < 1:
            continue
        exps = exponential(algebra, gate.forms[0])
        if exps is None:
            continue
        for sign in (1, -1):
            if all(_covers(term.factors.get(a, Fraction(0)), sign * e) for a, e in exps.items()):
                factors = dict(term.factors)
                for atom, exponent in exps.items():
                    factors[atom] -= sign * exponent
                factors[gate] -= 1
                rest = Term(term.bound, {a: e for a, e in factors.items() if e})
                whole = algebra.reduced(ONE, Term((), exps)) if sign > 0 else algebra.constant(1)
                other = algebra.minus(whole, algebra.power_of(gate, ONE))
                return _again(algebra, coefficient, rest, other)
    return None


def _covers(has: Fraction, wanted: Fraction) -> bool:
    return has >= wanted > 0 or has <= wanted < 0


def exponential(algebra: Algebra, form: Poly) -> dict[Atom, Fraction] | None:
    """``exp(form)`` as powers of atoms; None if it has no term."""
    found: dict[Atom, Fraction] = {}
    for coefficient, term in form:
        unit = algebra.collected([(ONE, term)])
        found[made("exp", algebra.extents, forms=(unit,))] = coefficient
    return found or None


def gates_do_not_divide(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """``1/sigmoid(u) = 1 + exp(-u)`` and ``1/(1 - sigmoid(u)) = 1 + exp(u)``."""
    for atom, exponent in term.factors.items():
        if exponent > -1:
            continue
        inside = None
        if atom.kind == "call" and atom.head == "sigmoid":
            inside = algebra.scale(atom.forms[0], -1)
        elif atom.kind == "base":
            inside = one_minus_sigmoid(algebra, atom.forms[0])
        exps = None if inside is None else exponential(algebra, inside)
        if exps is None:
            continue
        whole = int(-exponent // 1)
        grown = algebra.add(algebra.constant(1), algebra.reduced(ONE, Term((), exps)))
        rest = without(term, atom)
        if exponent != -whole:  # what is left over of a fractional power
            rest = Term(rest.bound, {**rest.factors, atom: exponent + whole})
        return _again(algebra, coefficient, rest, algebra.power(grown, Fraction(whole)))
    return None


def one_minus_sigmoid(algebra: Algebra, form: Poly) -> Poly | None:
    """``u`` where ``form`` is ``1 - sigmoid(u)``."""
    for coefficient, term in form:
        gates = [a for a in term.factors if a.kind == "call" and a.head == "sigmoid"]
        if coefficient == -1 and len(gates) == len(term.factors) == 1 and len(form) == 2:
            other = algebra.minus(algebra.constant(1), algebra.power_of(gates[0], ONE))
            if not algebra.minus(other, form).terms:
                return gates[0].forms[0]
    return None


def sines_become_cosines(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """``sin(u)^2 = 1 - cos(u)^2``."""
    for atom, exponent in term.factors.items():
        if atom.kind == "call" and atom.head == "sin" and exponent >= 2:
            factors = {**term.factors, atom: exponent - 2}
            rest = Term(term.bound, {a: e for a, e in factors.items() if e})
            cosine = algebra.atom("call", "cos", forms=atom.forms)
            square = algebra.minus(algebra.constant(1), algebra.power(cosine, Fraction(2)))
            return _again(algebra, coefficient, rest, square)
    return None


# ---- conditions on indices --------------------------------------------------------------------


def ranges_decide(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """A condition on indices that always holds is 1, one that never holds is 0."""
    for atom in term.factors:
        if atom.kind not in ("from_zero", "equal"):
            continue
        op = ">=" if atom.kind == "from_zero" else "=="
        known = holds(algebra.program, Compare(op, IndexValue(atom.indices[0]), ZERO_NUMBER))
        if known is None and atom.kind == "equal" and not atom.indices[0].terms:
            known = True
        if known is None:
            known = _implied(algebra, atom, term)
        if known is not None:
            return algebra.reduced(coefficient, without(term, atom)) if known else NOTHING
    return None


def _implied(algebra: Algebra, guard: Atom, term: Term) -> bool | None:
    """Whether a read that is zero off its grid says the same already, or the opposite."""
    if guard.kind != "from_zero":
        return None
    wanted = expanded(algebra.program, guard.indices[0])
    for bound in _in_range(algebra, term):
        gap, against = (wanted - bound).constant, (-wanted - 1 - bound).constant
        if gap is not None and gap >= 0:
            return True
        if against is not None and against >= 0:
            return False
    return None


def _in_range(algebra: Algebra, term: Term) -> Iterator[IndexExpr]:
    """What is 0 or more wherever the reads of a product are on their grids."""
    program = algebra.program
    for atom, exponent in term.factors.items():
        if atom.kind != "read" or exponent <= 0 or not zero_off_grid(algebra, atom.head):
            continue
        for index, axis in zip(atom.indices, program.axes(atom.head), strict=True):
            yield expanded(program, index)
            yield expanded(program, as_expr(Size(axis)) - 1 - index)


def zero_off_grid(algebra: Algebra, array: str) -> bool:
    """Whether every element of ``array`` off its grid is zero."""
    pad = algebra.program.pad(array)
    return pad is not None and pad.value == 0 and not algebra.program.starts(array)


def deltas_collapse(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """``sum[j]([i == j]*a[j]) = a[i]``, with the range of j said where i may leave it."""
    for atom in term.factors:
        if atom.kind != "equal":
            continue
        solved = _solved(atom.indices[0], term.bound, algebra.solved_first)
        if solved is None:
            continue
        index, value = solved
        rest = without(term, atom)
        others = tuple(i for i in term.bound if i != index)
        parts = [algebra.atom_at(a, e, {index: value}) for a, e in rest.factors.items()]
        if not runs_over(algebra.program, value, index.name):
            last = as_expr(Size(index.name)) - 1 - value
            parts += [from_zero(algebra, value), from_zero(algebra, last)]
        body = algebra.times(algebra.constant(coefficient), *parts)
        return algebra.total(body, others)
    return None


def _solved(
    expr: IndexExpr, bound: tuple[Index, ...], preference: Callable[[Index], tuple[int, str]]
) -> tuple[Index, IndexExpr] | None:
    for index in sorted(bound, key=preference):
        found = expr.linear(index)
        whole = not any(isinstance(atom, Exact) for atom in expr.atoms())
        if found is None or index in mentioned(expr) or not whole:
            continue
        slope = found[0].constant
        if slope in (1, -1):
            return index, found[1] * -slope
    return None


def shifted_sums_agree(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """``sum[q](K[q]*g[w - q]) = sum[v](K[w - v]*g[v])`` where both are zero off their grids."""
    if all(i.index is not None for a in term.factors for i in a.indices if a.kind == "read"):
        return None
    own = ""
    for index in term.bound:
        shifts = list(_shifts(algebra, index, term))
        if not shifts or not _confined(algebra, index, term):
            continue
        own = own or term_key(term, {}, algebra.extents)
        for other, value in shifts:
            parts = [algebra.atom_at(a, e, {index: value}) for a, e in term.factors.items()]
            others = tuple(i for i in term.bound if i != index)
            factors = {a: e for part in parts for _, t in part for a, e in t.factors.items()}
            moved = Term((*others, other), factors)
            plain = all(len(part) == 1 for part in parts) and len(factors) == len(parts)
            if plain and term_key(moved, {}, algebra.extents) < own:
                return algebra.reduced(coefficient, moved)
    return None


def _confined(algebra: Algebra, index: Index, term: Term) -> bool:
    """Whether a read that is zero elsewhere keeps ``index`` in its range, without its saying."""
    return all(a.kind == "read" for a in term.factors if index in a.free) and any(
        at.index == index and runs_over(algebra.program, at, axis)
        for a, at, axis in _axes_read(algebra, term)
        if algebra.extents[axis] == algebra.extents[index.name]
    )


def _axes_read(algebra: Algebra, term: Term) -> Iterator[tuple[Atom, IndexExpr, str]]:
    for atom, exponent in term.factors.items():
        if atom.kind == "read" and exponent > 0 and zero_off_grid(algebra, atom.head):
            axes = algebra.program.axes(atom.head)
            yield from ((atom, at, a) for at, a in zip(atom.indices, axes, strict=True))


def _shifts(algebra: Algebra, index: Index, term: Term) -> Iterator[tuple[Index, IndexExpr]]:
    """New indices that run over the axis of a read, and ``index`` by each of them."""
    for _, at, axis in _axes_read(algebra, term):
        found = None if at.index is not None else at.linear(index)
        slope = None if found is None or index in mentioned(at) else found[0].constant
        if found is not None and slope in (1, -1) and at.index is None:
            other = algebra.supply.like(Index(axis))
            yield other, (as_expr(other) - found[1]) * slope


def from_zero(algebra: Algebra, expr: IndexExpr) -> Poly:
    """``[expr >= 0]``, written with a positive first term."""
    expr = expanded(algebra.program, expr)
    if _first_sign(expr) < 0:
        flipped = algebra.atom("from_zero", indices=(-expr - 1,))
        return algebra.minus(algebra.constant(1), flipped)
    return algebra.atom("from_zero", indices=(expr,))


def equal_zero(algebra: Algebra, expr: IndexExpr) -> Poly:
    """``[expr == 0]``."""
    expr = expanded(algebra.program, expr)
    return algebra.atom("equal", indices=(-expr if _first_sign(expr) < 0 else expr,))


def _first_sign(expr: IndexExpr) -> int:
    rows = [(index_key(IndexExpr(((1, m),)), {}), c) for c, m in expr.terms if m]
    return 0 if not rows else min(rows)[1]


def unused_indices_count(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
    """``sum[j](a) = size(j)*a`` where a does not use j."""
    used = {i for atom in term.factors for i in atom.free}
    unused = [i for i in term.bound if i not in used]
    if not unused:
        return None
    rest = Term(tuple(i for i in term.bound if i in used), term.factors)
    sizes = [algebra.integer(extent_of(algebra.program, i.name)) for i in unused]
    return _again(algebra, coefficient, rest, *sizes)


RULES: tuple[Rule, ...] = (
    conditions_are_idempotent,
    ranges_decide,
    deltas_collapse,
    powers_expand,
    gates_absorb,
    gates_do_not_divide,
    sines_become_cosines,
    shifted_sums_agree,
    unused_indices_count,
)
