"""The equations of a network step by step: forward, and back again from the loss.

The equations of a layer are those of its own report, with its arrays renamed by position. What
goes into a step is what the step before has given, so its cotangent is too: the last line of one
step is where the step before it begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

    Attributes:
        stage: the step; None for the loss.
        title: what a reader calls it.
        before: what goes in.
        after: what comes out.
        forward: its equations.
        backward: its cotangents, from that of ``after`` to that of ``before``.
        told: where they are derived; None where only axes move.
    """

    stage: Stage | None
    title: str
    before: Place
    after: Place
    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    told: Told | None

    @property
    def is_pointwise(self) -> bool:
        """Whether its equations hold for every entry, whatever the shape."""
        return self.stage is not None and self.stage.pointwise


def links(network: Network) -> tuple[Link, ...]:
    """Give the steps of ``network`` in order, and the loss."""
    known = _distinct(network)
    found: list[Link] = []
    place = INPUT
    for stage in network.stages:
        found.append(_moved(stage, place) if stage.program is None else
                     _computed(stage, stage.program, place, known[stage.program]))  # fmt: skip
        place = found[-1].after
    return _numbered([*found, _loss(network.loss, place, known[network.loss])])


def _distinct(network: Network) -> Mapping[Program, Told]:
    """The kinds of layers, in the order in which they are met; the loss comes last."""
    programs = [stage.program for stage in network.stages if stage.program is not None]
    found: dict[Program, Told] = {}
    for number, program in enumerate(dict.fromkeys([*programs, network.loss])):
        letter = _LETTERS[number] if number < len(_LETTERS) else f"L{number}."
        equations = derived(program)
        numbers = {e: f"{letter}{own}" for e, own in equations.numbers.items()}
        title = program.title or "Layer without a title"
        numbered = replace(equations, numbers=numbers, prefix=letter)
        found[program] = Told(letter, title, numbered)
    return found


def _computed(stage: Stage, program: Program, before: Place, told: Told) -> Link:
    after = (program.outputs[0], stage.position)
    names = _names(told, stage.position, {feed(program): before})
    wanted = {f"d{feed(program)}", *(f"d{name}" for name in stage.parameters)}
    gradients = set(told.equations.joint.outputs)
    backward = (e for e in told.equations.cotangents if e.name in wanted or e.name not in gradients)
    return Link(
        stage=stage,
        title=told.title,
        before=before,
        after=after,
        forward=_lines(told.equations.forward, names, {}),
        backward=_lines(backward, names, told.equations.numbers),
        told=told,
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
    after = (before[0], stage.position)
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


def _names(told: Told, position: int | None, given: Mapping[str, Place]) -> Positioned:
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
