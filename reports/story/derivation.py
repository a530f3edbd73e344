"""How each cotangent comes about: the recorded lines, the result set apart, its matrix form.

Cotangents are told in the order in which they are found, from the outputs back. What differs
from an earlier derivation in names only is not told again: its result cites the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.expr import Call, walk
from derive.program import Equation, Step
from reports.document import Block, Display, Inline, Line, Paragraph, Reference, Section
from reports.equations import Derived
from reports.mathematics.layout import Layout
from reports.mathematics.typeset import typeset, typeset_equation
from reports.matrix import Forms
from reports.story.alike import Shape, shape
from reports.story.forward import line
from reports.story.notes import cites, labels, notes, tag_of, values
from reports.story.tints import tints

_INTRODUCTION = (
    "The chain rule sums over every entry that depends on the one in question. To differentiate "
    "one entry by another leaves a delta for each index, and each delta fixes one.",
)
_TITLES = {
    "": "Back through the intermediate values",
    "input": "Gradient{many} of the input{many}",
    "param": "Gradient{many} of the parameter{many}",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One cotangent: its equation, the lines that lead to it, and its number.

    ``like`` is the number of an earlier one that is found in the same way.
    """

    equation: Equation
    steps: tuple[Step, ...]
    tag: str
    like: str


def derivation(equations: Derived, forms: Forms) -> tuple[Block, ...]:
    """Give the cotangents of what is computed inside, then the gradients."""
    tags = labels(equations)
    told = _told(equations, tags)
    derived = [one for one in told if one.steps]
    blocks = list(_besides([one for one in told if not one.steps], equations, forms))
    for number, (title, found) in enumerate(_sections(equations, derived)):
        intro = () if number else (Paragraph(_INTRODUCTION),)
        blocks += [Section(title), *intro, *_blocks(found, equations, forms, tags)]
    return tuple(blocks)


def _besides(told: Sequence[Told], equations: Derived, forms: Forms) -> Iterator[Block]:
    """Values that only the backward pass needs, such as the positions of maxima."""
    if told:
        yield Section("Values for the way back")
        lines = [line for one in told for line in _result(one, equations, forms, "")]
        yield Display(tuple(lines))


def _told(equations: Derived, tags: Mapping[Equation, str]) -> tuple[Told, ...]:
    """All cotangents in the order of their derivations; what has none comes first."""
    groups: dict[str, list[Step]] = {}
    for step in equations.steps:
        groups.setdefault(step.equation, []).append(step)
    written = {equation.name: equation for equation in equations.cotangents}
    names = [*(name for name in written if name not in groups), *groups]
    first: dict[Shape, str] = {}
    found: list[Told] = []
    for name in names:
        steps = tuple(groups.get(name, ()))
        equation = written.get(name) or steps[-1].result
        like = first.setdefault(shape(steps), tags[equation]) if len(steps) > 1 else ""
        found.append(Told(equation, steps, tags[equation], "" if like == tags[equation] else like))
    return tuple(found)


def _sections(equations: Derived, told: Sequence[Told]) -> Iterator[tuple[str, list[Told]]]:
    roles = {f"d{a.name}": a.role for a in equations.program.arrays if a.differentiable}
    kinds: dict[str, list[Told]] = {"": [], "input": [], "param": []}
    for one in told:
        kinds[roles.get(one.equation.name, "")].append(one)
    for role, found in kinds.items():
        many = "s" if len(found) > 1 else ""
        if found:
            yield _TITLES[role].format(many=many), found


def _blocks(
    told: Sequence[Told], equations: Derived, forms: Forms, tags: Mapping[Equation, str]
) -> Iterator[Block]:
    pending: list[Told] = []
    for one in told:
        if one.like:
            pending.append(one)
            continue
        yield from _likewise(pending, equations, forms)
        pending = []
        yield from _derived(one, equations, forms, tags)
    yield from _likewise(pending, equations, forms)


def _likewise(told: Sequence[Told], equations: Derived, forms: Forms) -> Iterator[Block]:
    """Results only, each with the number of the derivation that it follows."""
    if told:
        found = (_result(one, equations, forms, f"as ({one.like})") for one in told)
        yield Paragraph(("In the same way:",))
        yield Display(tuple(shown for lines in found for shown in lines), result=True)


def _derived(
    one: Told, equations: Derived, forms: Forms, tags: Mapping[Equation, str]
) -> Iterator[Block]:
    yield _lead(one, equations, tags)
    words = notes(one.steps, equations, tags)
    before = zip(one.steps[:-1], tints(one.steps), words, strict=False)
    lines = [
        _noted(typeset(step.result.expr, replace(equations.names, tints=tint)), note)
        for step, tint, note in before
    ]
    if lines:
        left, _ = typeset_equation(one.equation, equations.names)
        yield Display((replace(lines[0], left=left), *lines[1:]))
    yield Display(tuple(_result(one, equations, forms, words[-1])), result=True)


def _noted(right: Layout, note: str) -> Line:
    return Line(None, right, note, cites=cites(note))


def _result(one: Told, equations: Derived, forms: Forms, note: str) -> list[Line]:
    last = tints(one.steps)[-1] if one.steps and not one.like else None
    names = equations.names if last is None else replace(equations.names, tints=last)
    shown = line(one.equation, replace(equations, names=names), note)
    result = replace(shown, tag=one.tag, cites=cites(note))
    form = forms.of(one.equation)
    return [result] if form is None else [result, Line(form.left, form.right, "matrix form")]


def _lead(one: Told, equations: Derived, tags: Mapping[Equation, str]) -> Paragraph:
    """What enters which equations."""
    entered = dict.fromkeys(tag_of(value, tags) for value in values(one.steps[0]))
    elements = [
        n.args[1] for n in walk(one.steps[0].result.expr) if isinstance(n, Call) and n.name == "∂"
    ]
    if not elements:
        left, _ = typeset_equation(one.equation, equations.names)
        return Paragraph((left, ":"))
    parts: list[Inline] = [typeset(elements[0], equations.names), " enters "]
    for position, tag in enumerate(entered):
        parts += [", " if position else "", Reference(tag)]
    return Paragraph((*parts, ":"))
