"""The few words at the right of a line: what has been done to the line before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from derive.cotangent.deltas import fixed
from derive.expr import Call, Expr, Read, reads, walk
from derive.program import Equation, Step
from reports.equations import Derived
from reports.mathematics.names import spoken

# More equations than this are not counted out in a note.
MOST_CITED = 3
_CITED = re.compile(r"\(([^()]+)\)")
_SIMPLIFIED = {
    "common factor": "common factor",
    "by assumption": "by assumption",
    "deviations from a mean add up to 0": "deviations add to 0",
    "numbers and common factors": "simplify",
    "the condition always holds": "holds always",
    "the two branches of one condition": "join the branches",
}


def labels(equations: Derived) -> dict[Equation, str]:
    """Give a number to every equation of the module, and a letter to those put into others."""
    written = {equation.name for equation in equations.joint.equations}
    last = {s.equation: s.result for s in equations.steps if s.equation not in written}
    letters = {
        equation: equations.prefix + _letter(number)
        for number, equation in enumerate(last.values())
    }
    return {**equations.numbers, **letters}


def _letter(number: int) -> str:
    rest, place = divmod(number, 26)
    return (_letter(rest - 1) if rest else "") + "abcdefghijklmnopqrstuvwxyz"[place]


def tag_of(read: Read, tags: Mapping[Equation, str]) -> str:
    """Give the number of the equation that defines an element; empty for what is given."""
    for equation, tag in tags.items():
        if equation.name == read.array and len(equation.indices) == len(read.indices):
            pairs = zip(equation.indices, read.indices, strict=True)
            if all((mine.indices() and its.indices()) or mine == its for mine, its in pairs):
                return tag
    return ""


def notes(
    steps: Sequence[Step], equations: Derived, tags: Mapping[Equation, str]
) -> tuple[str, ...]:
    """Give the note of each line of one derivation; ``tags`` are the numbers of all equations."""
    found = [_first(steps[0])]
    for before, step in pairwise(steps):
        found.append(_note(step, before.result.expr, equations, tags))
    return tuple(found)


def _first(step: Step) -> str:
    return "chain rule" if values(step) else step.reason


def _note(step: Step, was: Expr, equations: Derived, tags: Mapping[Equation, str]) -> str:
    now = step.result.expr
    match step.rule:
        case "differentiate":
            return _citing("differentiate", _partials(was), tags)
        case "collapse":
            names = [spoken(name, equations.names) for name in fixed(was, now)]
            return f"collapse {', '.join(names)}".rstrip()
        case "merge":
            return "like terms"
        case "reuse forward value":
            return _citing("by", _new(was, now), tags)
        case "substitute":
            return _citing("put in", _new(now, was), tags)
    return _SIMPLIFIED.get(step.reason, step.rule)


def _citing(words: str, found: Iterable[Read], tags: Mapping[Equation, str]) -> str:
    cited = [tag for tag in dict.fromkeys(tag_of(read, tags) for read in found) if tag]
    if len(cited) > MOST_CITED:
        return words
    return f"{words} {', '.join(f'({tag})' for tag in cited)}".rstrip()


def cites(note: str) -> tuple[str, ...]:
    """Give the numbers that a note of this module cites."""
    return tuple(dict.fromkeys(_CITED.findall(note)))


def values(step: Step) -> tuple[Read, ...]:
    """The values of which a line by the chain rule has partial derivatives."""
    return tuple(_partials(step.result.expr))


def _partials(expr: Expr) -> list[Read]:
    partials = (n.args[0] for n in walk(expr) if isinstance(n, Call) and n.name == "∂")
    return [value for value in partials if isinstance(value, Read)]


def _new(before: Expr, after: Expr) -> list[Read]:
    """The reads of arrays that were not read before."""
    known = {read.array for read in reads(before)}
    return [read for read in reads(after) if read.array not in known]
