"""Is one expression another, by what a program says? Yes, or not found out.

Two expressions are equal if their difference has an empty normal form. How much of the program
to put in is tried out: nothing, then the cotangents, then one definition after another, the
last first; and whatever divides the whole difference is multiplied out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.claims import as_program, cotangents
from derive.cotangent.assemble import Accumulator
from derive.cotangent.prepare import freshen, make_room
from derive.errors import DeriveError
from derive.expr import Expr, Read, index_exprs, reads
from derive.extent import same_extent
from derive.index import IndexExpr, Label
from derive.naming import name_intermediates
from derive.program import Claim, Equation, Pad, Program
from derive.proof.algebra import Algebra
from derive.proof.facts import fact, implied, rule, stated
from derive.proof.forms import GaveUp, Poly, Term
from derive.proof.rules import RULES
from derive.proof.translate import Translator
from derive.scope import Fresh, in_expr, rename_left, settle


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What may be used in a proof.

    Attributes:
        program: everything that expressions may mention, with extents and pads.
        definitions: the equation of every array and cotangent that has one.
        made: arrays that nobody has written; they are always put in.
        backward: the names of cotangents.
        order: the user's computed arrays, the last first.
    """

    program: Program
    definitions: Mapping[str, Equation]
    made: frozenset[str]
    backward: frozenset[str]
    order: tuple[str, ...]

    def truth(self, name: str, indices: Sequence[IndexExpr]) -> Expr | None:
        """What the element of an array or cotangent is, or None where the indices do not fit."""
        axes = self.program.axes(name)
        for at, axis in zip(indices, axes, strict=True):
            index = at.index
            if index is None or not same_extent(self.program, index.name, axis):
                return None
        equation = self.definitions.get(name)
        if equation is None:
            return Read(name, tuple(indices))
        fresh, _ = rename_left(equation, Fresh())
        free = (e.index for e in fresh.indices)
        values = {i: at for i, at in zip(free, indices, strict=True) if i is not None}
        return in_expr(fresh.expr, values)


def knowledge(program: Program) -> Knowledge | None:
    """What ``program`` says, its derivatives among it; None where cotangents have no names."""
    plain = replace(program, claims=())
    if make_room(plain) != plain:
        return None
    prepared = settle(name_intermediates(freshen(plain)))
    # two sides may differ where either has a pole, so nothing stops there
    found = Accumulator(prepared, program.outputs, stopping=False)
    try:
        found.run()
    except DeriveError:
        return None
    known = cotangents(program)
    stage = as_program(program)
    whole = replace(
        stage,
        equations=(*program.equations, *_new(prepared, program), *found.helpers, *found.equations),
        outputs=program.outputs,
        extents=tuple({**dict(found.forward.extents), **dict(stage.extents)}.items()),
        assumptions=prepared.assumptions,
    )
    pads = {e.name: Pad(e.name) for e in whole.equations} | {p.array: p for p in whole.pads}
    whole = settle(replace(whole, pads=tuple(pads.values())))
    definitions = {
        e.name: e for e in whole.equations if not e.is_start and whole.array(e.name) is None
    }
    derived = {e.name for e in found.equations}
    for equation in whole.equations:
        if equation.name in known and equation.name in derived and not known[equation.name].given:
            definitions[equation.name] = equation
    user = {e.name for e in program.equations}
    made = frozenset(definitions) - user - frozenset(known)
    return Knowledge(
        _without_definitions(whole),
        definitions,
        made - {h.name for h in found.helpers},
        frozenset(derived),
        tuple(dict.fromkeys(e.name for e in reversed(program.equations) if not e.is_start)),
    )


def _new(prepared: Program, program: Program) -> tuple[Equation, ...]:
    known = {e.name for e in program.equations}
    return tuple(e for e in prepared.equations if e.name not in known)


def _without_definitions(whole: Program) -> Program:
    """``whole`` in which a cotangent is one array, given; for axes and pads."""
    given = {array.name for array in whole.arrays}
    return whole.with_equations(tuple(e for e in whole.equations if e.name not in given))


# ---- what to put in ---------------------------------------------------------------------------


def _reach(equation: Equation) -> set[str]:
    labels = (a for e in index_exprs(equation.expr) for a in e.atoms() if isinstance(a, Label))
    return {r.array for r in reads(equation.expr)} | {a.array for a in labels}


def _without_cycles(known: Knowledge, names: Sequence[str]) -> frozenset[str]:
    """``names`` less those that lead back to themselves; carriers of a recurrence go first."""
    kept = set(names)
    while True:
        cycle = _cycle({n: _reach(known.definitions[n]) & kept for n in kept})
        if not cycle:
            return frozenset(kept)
        kept.discard(min(cycle, key=lambda n: (n in known.made, not n.endswith("_total"), n)))


def _cycle(graph: Mapping[str, set[str]]) -> list[str]:
    done: set[str] = set()
    for start in sorted(graph):
        path: list[str] = []
        stack = [(start, iter(sorted(graph[start])))] if start not in done else []
        path = [start] if stack else []
        while stack:
            name, rest = stack[-1]
            following = next((n for n in rest if n not in done), None)
            if following is None:
                done.add(name)
                stack.pop()
                path.pop()
            elif following in path:
                return path[path.index(following) :]
            else:
                stack.append((following, iter(sorted(graph[following]))))
                path.append(following)
    return []


def unfoldings(known: Knowledge) -> Iterator[frozenset[str]]:
    """The sets of arrays to put in, from little to all."""
    made = sorted(known.made)
    yield _without_cycles(known, made)
    backward = sorted(known.backward & set(known.definitions))
    yield _without_cycles(known, [*made, *backward])
    forward: list[str] = []
    for name in known.order:
        forward.append(name)
        yield _without_cycles(known, [*made, *backward, *forward])


# ---- the proof --------------------------------------------------------------------------------


def equal(known: Knowledge, left: Expr, right: Expr) -> bool:
    """Whether two expressions are found to be equal wherever both have a value."""
    for names in dict.fromkeys(unfoldings(known)):
        try:
            if _vanishes(known, names, left, right):
                return True
        except (GaveUp, RecursionError):
            continue
    return False


def _vanishes(known: Knowledge, names: frozenset[str], left: Expr, right: Expr) -> bool:
    algebra = Algebra(known.program)
    algebra.rules = RULES
    unfolded = {name: known.definitions[name] for name in names}
    translator = Translator(algebra, unfolded)
    folded = frozenset(known.order) - names
    told = [*stated(known.program), *implied(tuple(known.definitions.values()), folded)]
    facts = [found for pair in told if (found := fact(translator, *pair)) is not None]
    algebra.rules = (*RULES, *(rule(found) for found in facts))
    difference = algebra.minus(translator.form(left), translator.form(right))
    return not difference.terms or not _cleared(algebra, difference).terms


def _cleared(algebra: Algebra, form: Poly) -> Poly:
    """``form`` times what its terms divide by, where that is the same for all members of sums."""
    for _ in range(len(form) + 1):
        divisor = next(_divisors(form), None)
        if divisor is None:
            return form
        form = algebra.times(form, divisor)
        if not form.terms:
            return form
    return form


def _divisors(form: Poly) -> Iterator[Poly]:
    for _, term in form:
        for atom, exponent in term.factors.items():
            if exponent < 0 and not set(term.bound) & atom.free and _worth(atom.kind):
                key = Term((), {atom: -exponent})
                yield Poly({"divisor": (Fraction(1), key)})


def _worth(kind: str) -> bool:
    return kind in ("base", "read", "exp")


def claim_truth(known: Knowledge, claim: Claim) -> Expr | None:
    """What the left side of a claim is by the equations."""
    return known.truth(claim.name, claim.indices)

