"""The derivation as it is told: chain rule, differentiate, collapse, merge.

Lines hold equations while a derivation is under way; they become text when it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.algebra import both, index_value
from derive.cotangent.local import Path
from derive.expr import ONE, ZERO, Add, Call, Compare, Condition, Expr, Iverson, Mul, Read, Reduce
from derive.index import IndexExpr
from derive.program import Equation, Program, Step
from derive.scope import settle

Part = tuple[Read, Equation, Path]

REASONS = {
    "chain rule": "one term for every read",
    "differentiate": "the derivative by an element is a product of deltas",
    "collapse": "each delta fixes an index",
    "merge": "like terms together",
    "reuse forward value": "the forward pass has computed it",
    "simplify": "common factors and numbers",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a derivation: the equation that ``rule`` has led to.

    ``partials`` holds, for the chain rule, what is differentiated: cotangent, equation, path.
    """

    rule: str
    equation: Equation
    reason: str
    partials: tuple[Part, ...] = ()
    seed: tuple[Expr, ...] = ()


def tell(  # noqa: PLR0913, PLR0917  everything that takes part in one equation
    equation: Equation,
    wanted: Sequence[IndexExpr],
    array: str,
    seed: Sequence[Expr],
    parts: Sequence[Part],
    terms: Sequence[Expr],
) -> list[Line]:
    """The lines from the chain rule to the merged equation of one cotangent."""
    if not parts:
        reason = "nothing reads it" if not seed else "only the caller's cotangent reaches it"
        return [Line("chain rule", equation, reason)]
    element = Equation(array, tuple(wanted), Read(array, tuple(wanted)))
    chain = Line("chain rule", replace(equation, expr=element.expr), REASONS["chain rule"],
                 tuple(parts), tuple(seed))  # fmt: skip
    deltas = _sum_of([*seed, *(_with_deltas(part, wanted) for part in parts)])
    collapsed = _sum_of([*seed, *(term for term in terms if term != ZERO)] or [ZERO])
    lines = [
        chain,
        _line("differentiate", equation, deltas),
        _line("collapse", equation, collapsed),
    ]
    if equation.expr != collapsed:
        lines.append(_line("merge", equation, equation.expr))
    return lines


def _line(rule: str, equation: Equation, expr: Expr) -> Line:
    return Line(rule, replace(equation, expr=expr), REASONS[rule])


def _sum_of(terms: Sequence[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _with_deltas(part: Part, wanted: Sequence[IndexExpr]) -> Expr:
    """``sum[I, J](cotangent * factor * [A == K])``, before any delta has been used."""
    cotangent, equation, path = part
    deltas = [
        Iverson(Compare("==", index_value(a), index_value(k)))
        for a, k in zip(path.read.indices, wanted, strict=True)
    ]
    local = () if path.factor == ONE else (path.factor,)
    factors: tuple[Expr, ...] = (cotangent, *local, *deltas)
    body = factors[0] if len(factors) == 1 else Mul(factors)
    indices = (*equation.free, *path.indices)
    where: Condition | None = both(*path.where)
    return Reduce("sum", indices, body, where) if indices else body


def as_steps(program: Program, lines: Sequence[Line]) -> tuple[Step, ...]:
    """The lines as text, with the display names that ``program`` would give."""
    steps: list[Step] = []
    previous: dict[str, str] = {}
    for line in lines:
        name = line.equation.name
        result = _shown(program, line)
        text = str(result)
        if text != previous.get(name):
            before = previous.get(name, text.partition(" = ")[0])
            steps.append(Step(name, line.rule, before, text, line.reason, result))
        previous[name] = text
    return tuple(steps)


def _shown(program: Program, line: Line) -> Equation:
    if not line.partials:
        return _settled(program, line.equation)
    element = line.equation.expr
    # several reads in one equation are one partial derivative
    chained = dict.fromkeys(_chained(part, element) for part in line.partials)
    return _settled(program, replace(line.equation, expr=_sum_of([*line.seed, *chained])))


def _chained(part: Part, element: Expr) -> Expr:
    """``sum[I](dy[I] * ∂y[I]/∂x[K])``."""
    cotangent, equation, _ = part
    value = Read(equation.name, equation.indices)
    product = Mul((cotangent, Call("∂", (value, element))))
    return Reduce("sum", equation.free, product) if equation.free else product


def _settled(program: Program, equation: Equation) -> Equation:
    return settle(program.with_equations((equation,))).equations[0]
