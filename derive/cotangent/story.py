"""The derivation as it is told: chain rule, differentiate, collapse, merge.

Lines hold equations while a derivation is under way; they become text when it is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.algebra import iverson, mul
from derive.cotangent.deltas import Part, Primes, fixed, plain_values, with_deltas
from derive.expr import ZERO, Add, Call, Condition, Expr, Mul, Read, Reduce, walk
from derive.extent import extent_of
from derive.index import IndexExpr, Size, as_expr
from derive.program import Equation, Program, Step
from derive.scope import settle

REASONS = {
    "chain rule": "one term for every equation that reads it",
    "differentiate": "the derivative by an element is a product of deltas",
    "collapse": "each delta fixes an index",
    "stop": "at a pole a cotangent of zero goes no further",
    "merge": "like terms together",
    "reuse forward value": "the forward pass has computed it",
    "simplify": "common factors and numbers",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a derivation: the equation that ``rule`` has led to.

    ``extents`` are those of indices that only this derivation has.
    """

    rule: str
    equation: Equation
    reason: str
    extents: Mapping[str, IndexExpr] = field(default_factory=dict)

    def under(self, guard: Condition | None) -> Line:
        """The line where a condition holds; the partial derivatives are zero elsewhere anyway."""
        if guard is None or self.rule == "chain rule":
            return self
        expr = mul(self.equation.expr, iverson(guard))
        return replace(self, equation=replace(self.equation, expr=expr))


def tell(
    program: Program, equation: Equation, element: Read, seed: Sequence[Expr], parts: Sequence[Part]
) -> list[Line]:
    """The lines from the chain rule to the merged equation of the cotangent of ``element``."""
    if not parts:
        reason = "nothing reads it" if not seed else "only the caller's cotangent reaches it"
        return [Line("chain rule", equation, reason)]
    primes = Primes(program, element)
    reaching = _reaching(parts)
    told = [primes.part(part) for part in reaching]
    plain = [plain_values(part, element) for part in told]
    terms = [part.term.expr for part in parts if part.term.expr != ZERO]
    sides: list[tuple[str, list[Expr]]] = [
        ("chain rule", _chained(reaching, told, element)),
        ("differentiate", [with_deltas(part, element, {}) for part in told]),
    ]
    if any(plain):
        both = zip(told, plain, strict=True)
        sides.append(("collapse", [with_deltas(part, element, used) for part, used in both]))
    sides.append(("collapse", [p.term.plain for p in parts if p.term.expr != ZERO] or [ZERO]))
    sides.append(("stop", terms or [ZERO]))
    lines = [
        Line(rule, replace(equation, expr=_sum_of([*seed, *found])), REASONS[rule], primes.extents)
        for rule, found in sides
    ]
    if equation.expr != lines[-1].equation.expr:
        lines.append(Line("merge", equation, REASONS["merge"]))
    return lines


def _reaching(parts: Sequence[Part]) -> list[Part]:
    """The parts but those whose delta never holds, if there are others."""
    found = [p for p in parts if p.term.expr != ZERO or p.path.factor == ZERO]
    return found or list(parts)


def _sum_of(terms: Sequence[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _chained(parts: Sequence[Part], told: Sequence[Part], element: Read) -> list[Expr]:
    """``sum[I](dy[I] * ∂y[I]/∂x[K])``; several reads in one equation are one derivative."""
    found: dict[Equation, Expr] = {}
    for part, shown in zip(parts, told, strict=True):
        value = Read(shown.equation.name, shown.equation.indices)
        product = Mul((shown.cotangent, Call("∂", (value, element))))
        free = shown.equation.free
        found.setdefault(part.equation, Reduce("sum", free, product) if free else product)
    return list(found.values())


# ---- lines as text -----------------------------------------------------------------------------


def as_steps(program: Program, lines: Sequence[Line]) -> tuple[Step, ...]:
    """The lines as text, with the display names that ``program`` would give."""
    steps: list[Step] = []
    previous: dict[str, Step] = {}
    for line in lines:
        step = _step(program, line, previous.get(line.equation.name))
        if step.after != step.before:
            steps.append(step)
            previous[step.equation] = step
    return tuple(steps)


def _step(program: Program, line: Line, before: Step | None) -> Step:
    extents = tuple({**dict(program.extents), **line.extents}.items())
    alone = replace(program, equations=(line.equation,), extents=extents)
    settled = settle(alone, line.extents)
    result = settled.equations[0]
    text = str(result)
    return Step(
        equation=result.name,
        rule=line.rule,
        before=text.partition(" = ")[0] if before is None else before.after,
        after=text,
        reason=line.reason if before is None else _reason(line, before.result, result),
        result=result,
        extents=_extents(settled, result),
    )


def _reason(line: Line, before: Equation, after: Equation) -> str:
    """The reason, with the indices that the deltas have fixed."""
    names = fixed(before.expr, after.expr) if line.rule == "collapse" else ()
    if not names:
        return line.reason
    return f"{'a delta fixes' if len(names) == 1 else 'deltas fix'} {', '.join(names)}"


def _extents(program: Program, equation: Equation) -> tuple[tuple[str, IndexExpr], ...]:
    bound = [i for n in walk(equation.expr) if isinstance(n, Reduce) for i in n.indices]
    names = dict.fromkeys(i.name for i in (*equation.free, *bound))
    rows = ((name, extent_of(program, name)) for name in names)
    return tuple((name, extent) for name, extent in rows if extent != as_expr(Size(name)))
