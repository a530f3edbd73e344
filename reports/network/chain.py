"""The equations of a network step by step: forward, and back again from the loss.

The equations of a layer are those of its own report, with its arrays renamed by position. What
goes into a step is what the step before has given, so its cotangent is too: the last line of one
step is where the step before it begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from derive.program import Equation, Program
from numeric.fit import feed
from numeric.network import Network
from numeric.stage import Stage
from reports.document import Line
from reports.equations import Derived, derived
from reports.mathematics.layout import Digits, Fenced, Layout, Mark, Scripts, Word, row
from reports.mathematics.typeset import typeset_equation
from reports.network.positions import Place, Positioned, placed, positioned

INPUT: Place = ("x", None)
_INVERSE = row(Mark("−", "prefix"), Digits("1"))
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Told:
    """The derivation of one kind of layer, told once for all steps that have these equations.

    Attributes:
        letter: what the numbers of its equations begin with.
        title: of the layer.
        equations: forward and backward.
    """

    letter: str
    title: str
    equations: Derived


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain, or the loss at its end.

    A step with branches is several links: what goes in is handed to every branch, then come the
    steps of the branches, then what joins them.

    Attributes:
        stage: the step; None for the loss.
        title: what a reader calls it.
        before: what goes in.
        after: what comes out.
        forward: its equations.
        backward: its cotangents, from that of ``after`` to that of ``before``.
        told: where they are derived; None where only axes move.
        hands: whether it hands on what goes into the step, and no more.
    """

    stage: Stage | None
    title: str
    before: Place
    after: Place
    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    told: Told | None
    hands: bool = False

    @property
    def is_pointwise(self) -> bool:
        """Whether its equations hold for every entry, whatever the shape."""
        return self.stage is not None and self.stage.pointwise

    @property
    def name(self) -> str:
        """The place of the step in words."""
        return "the loss" if self.stage is None else f"step {self.stage.path}"


def links(network: Network) -> tuple[Link, ...]:
    """Give the steps of ``network`` in order, those inside steps too, and the loss."""
    known = _distinct(network)
    found = _chained(network.stages, INPUT, known)
    place = found[-1].after if found else INPUT
    return _numbered([*found, _loss(network.loss, place, known[network.loss])])


def outline(network: Network, chain: Sequence[Link]) -> tuple[Link, ...]:
    """Give one link for each step of ``network``, whatever is inside it, and the loss."""
    last = {link.stage.path: link for link in chain if link.stage is not None}
    shown: list[Link] = []
    place = INPUT
    for stage in network.stages:
        found = last[_ending(stage)]
        title = stage.name if stage.branches else found.title
        shown.append(replace(found, stage=stage, title=title, before=place))
        place = found.after
    return (*shown, chain[-1])


def _ending(stage: Stage) -> str:
    """The path of the link that gives what a stage gives."""
    inner = stage.branches.get("")
    return _ending(inner[-1]) if inner else stage.path


def _distinct(network: Network) -> Mapping[Program, Told]:
    """The kinds of layers, in the order in which they are met; the loss comes last."""
    stages = [inside for stage in network.stages for inside in _ordered(stage)]
    programs = [stage.program for stage in stages if stage.program is not None]
    found: dict[Program, Told] = {}
    for number, program in enumerate(dict.fromkeys([*programs, network.loss])):
        letter = _LETTERS[number] if number < len(_LETTERS) else f"L{number}."
        equations = derived(program)
        numbers = {e: f"{letter}{own}" for e, own in equations.numbers.items()}
        title = program.title or "Layer without a title"
        numbered = replace(equations, numbers=numbers, prefix=letter)
        found[program] = Told(letter, title, numbered)
    return found


def _ordered(stage: Stage) -> Iterator[Stage]:
    """What is inside a stage, then the stage itself, which joins it."""
    for branch in stage.branches.values():
        for inner in branch:
            yield from _ordered(inner)
    yield stage


def _chained(stages: Sequence[Stage], place: Place, known: Mapping[Program, Told]) -> list[Link]:
    found: list[Link] = []
    for stage in stages:
        found += _linked(stage, place, known)
        place = found[-1].after if found else place
    return found


def _linked(stage: Stage, before: Place, known: Mapping[Program, Told]) -> list[Link]:
    """The links of one step."""
    if stage.program is None:
        inner = stage.branches.get("")
        return [_moved(stage, before)] if inner is None else _chained(inner, before, known)
    told = known[stage.program]
    if not stage.branches:
        return [_computed(stage, told, (before,))]
    ways = [(before[0], f"{stage.path}.{name}") for name in stage.branches]
    inside = [_chained(b, way, known) for b, way in zip(stage.branches.values(), ways, strict=True)]
    ends = [branch[-1].after if branch else way for branch, way in zip(inside, ways, strict=True)]
    joined = _computed(stage, told, tuple(ends))
    return [_handed(stage, before, ways), *(link for branch in inside for link in branch), joined]


def _computed(stage: Stage, told: Told, before: tuple[Place, ...]) -> Link:
    """A step with equations; its first arrays are what comes before it."""
    program = told.equations.program
    fed = [a.name for a in program.arrays if a.role != "param"][: len(before)]
    given: dict[str, Place] = dict(zip(fed, before, strict=True))
    if stage.shared:
        given |= {name: (name, stage.shared) for name in stage.parameters}
    names = _names(told, stage.path, given)
    wanted = {f"d{name}" for name in (*fed, *stage.parameters)}
    gradients = set(told.equations.joint.outputs)
    backward = (e for e in told.equations.cotangents if e.name in wanted or e.name not in gradients)
    return Link(
        stage=stage,
        title=told.title,
        before=before[0],
        after=(program.outputs[0], stage.path),
        forward=_lines(told.equations.forward, names, {}),
        backward=_lines(backward, names, told.equations.numbers),
        told=told,
    )


def _handed(stage: Stage, before: Place, ways: Sequence[Place]) -> Link:
    """What goes into a step with branches is handed to each; its cotangent is their sum."""
    parts: list[Layout] = []
    for way in ways:
        parts += [Mark("+", "binary"), placed(way, bars=1)] if parts else [placed(way, bars=1)]
    return Link(
        stage=stage,
        title=stage.name,
        before=before,
        after=ways[0],
        forward=tuple(Line(placed(way), placed(before)) for way in ways),
        backward=(Line(placed(before, bars=1), row(*parts)),),
        told=None,
        hands=True,
    )


def _loss(program: Program, before: Place, told: Told) -> Link:
    names = _names(told, None, {feed(program): before})
    return Link(
        stage=None,
        title=told.title,
        before=before,
        after=(program.outputs[0], None),
        forward=_lines(told.equations.forward, names, {}),
        backward=_lines(told.equations.cotangents, names, told.equations.numbers),
        told=told,
    )


def _moved(stage: Stage, before: Place) -> Link:
    """A step that only moves axes; back it moves them to where they were."""
    after = (before[0], stage.path)
    name = Word(stage.name.lower())
    there = row(name, Fenced("(", placed(before), ")"))
    back = row(Scripts(name, None, _INVERSE), Fenced("(", placed(after, bars=1), ")"))
    return Link(
        stage=stage,
        title=stage.name,
        before=before,
        after=after,
        forward=(Line(placed(after), there),),
        backward=(Line(placed(before, bars=1), back),),
        told=None,
    )


def _names(told: Told, position: str | None, given: Mapping[str, Place]) -> Positioned:
    return positioned(told.equations.names, position, given)


def _lines(
    equations: Iterator[Equation] | tuple[Equation, ...],
    names: Positioned,
    derived_in: Mapping[Equation, str],
) -> tuple[Line, ...]:
    """Equations as lines, each with the number under which it is derived."""
    sides = ((e, *typeset_equation(e, names)) for e in equations)
    return tuple(_derived_in(Line(left, right), derived_in.get(e)) for e, left, right in sides)


def _derived_in(line: Line, number: str | None) -> Line:
    return line if number is None else replace(line, note=f"as ({number})", cites=(number,))


def _numbered(found: list[Link]) -> tuple[Link, ...]:
    """Number all lines in reading order: forward, then back from the loss."""
    numbers = count(1)

    def tagged(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(replace(line, tag=str(next(numbers))) for line in lines)

    forward = [replace(link, forward=tagged(link.forward)) for link in found]
    back = [replace(link, backward=tagged(link.backward)) for link in reversed(forward)]
    return tuple(reversed(back))


def cotangent(place: Place) -> Layout:
    """Show the cotangent of what stands at a place."""
    return placed(place, bars=1)
