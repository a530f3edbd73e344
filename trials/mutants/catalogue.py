"""The catalogue of bugs that people make, sown into the kernel of any layer.

Each row is a bug seen in published code. A row of the first table wraps the right ``backward``
(or ``forward``) and spoils what it is given or what it returns; ``{k}`` is the place of one
gradient. A row of the second names edits of the text (``trials.mutants.text``) that make it.
A kernel that a row cannot spoil (a gradient of rank 1 has no transpose) has no such mutant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import derive
from numeric.signature import signature_of
from trials.mutants.mutant import Mutant, program_of, right_source
from trials.mutants.text import edits

BACKWARD = """
_backward = backward


def backward(saved, *g):
    {before}
    d = list(_backward(saved, *g))
    {after}
    return tuple(d)
"""
FORWARD = """
_forward = forward


def forward(*a):
    {before}
    *y, saved = _forward(*a)
    {after}
    return (*y, saved)
"""
# A guard for bugs that would otherwise raise rather than be wrong.
_SQUARE = "if d[{k}].ndim > 1 and d[{k}].shape[0] == d[{k}].shape[1]: "
_ROWS = "if d[{k}].ndim > 0 and len(d[{k}]) > 1: "

# number: (what goes wrong, which function, before the call, after the call)
WRAPPED: dict[str, tuple[str, str, str, str]] = {
    "1": ("bias gradient not summed", BACKWARD, "pass", "d[{k}] = d[{k}][None]"),
    "2": ("mean for sum", BACKWARD, "pass", "d[{k}] = d[{k}] / max(d[0].shape[:1] + (2,))"),
    "4": ("W for its transpose, square only", BACKWARD, "pass", _SQUARE + "d[{k}] = np.swapaxes(d[{k}], 0, 1).copy()"),
    "6": ("wrong sign", BACKWARD, "pass", "d[{k}] = -d[{k}]"),
    "7": ("cotangent ignored", BACKWARD, "g = [0 * h + 1 for h in g]", "pass"),
    "8a": ("cotangent squared", BACKWARD, "g = [h * h for h in g]", "pass"),
    "8b": ("cotangent clipped", BACKWARD, "g = [np.minimum(np.maximum(h, -1), 1) for h in g]", "pass"),
    "8c": ("largest cotangent for all", BACKWARD, "g = [0 * h + h.max() if np.size(h) else h for h in map(np.asarray, g)]", "pass"),
    "10a": ("missing factor 1/2", BACKWARD, "pass", "d[{k}] = d[{k}] * 2"),
    "10b": ("double factor 1/2", BACKWARD, "pass", "d[{k}] = d[{k}] / 2"),
    "13": ("first row of the gradient for all", BACKWARD, "pass", _ROWS + "d[{k}] = d[{k}] * 0 + d[{k}][:1]"),
    "14": ("off by one row", BACKWARD, "pass", _ROWS + "d[{k}] = np.roll(d[{k}], 1, axis=0)"),
    "16": ("last row of the cotangent ignored", BACKWARD, "g = [np.concatenate([h[:-1], 0 * h[-1:]]) if np.ndim(h) and len(h) else h for h in g]", "pass"),
    "17": ("reversed rows", BACKWARD, "pass", _ROWS + "d[{k}] = d[{k}][::-1].copy()"),
    "18": ("gradient zero", BACKWARD, "pass", "d[{k}] = 0 * d[{k}]"),
    "26": ("added to what was there", BACKWARD, "pass", "b = BUFFER.setdefault((d[{k}].shape, str(d[{k}].dtype)), 0 * d[{k}]); b[...] = b + d[{k}]; d[{k}] = b.copy()"),
    "28": ("last row dropped", BACKWARD, "pass", _ROWS + "d[{k}] = np.concatenate([d[{k}][:-1], 0 * d[{k}][-1:]])"),
    "34": ("wrong in the tail", BACKWARD, "pass", "d[{k}] = np.where(abs(d[{k}]) > 2, 2 * d[{k}], d[{k}])"),
    "39": ("cotangent changed", BACKWARD, "pass", "g[0][...] = 0"),
    "39b": ("data changed", FORWARD, "pass", "a[0][...] = 0"),
    "40": ("a buffer used again", BACKWARD, "pass", "b = BUFFER.setdefault((d[{k}].shape, str(d[{k}].dtype)), d[{k}].copy()); b[...] = d[{k}]; d[{k}] = b"),
    "41": ("rows by memory order", BACKWARD, "g = [np.asarray(h).ravel(order='K').reshape(np.shape(h)) for h in g]", "pass"),
    "42": ("precision dropped", BACKWARD, "pass", "d[{k}] = d[{k}].astype(np.float32).astype(d[{k}].dtype)"),
    "43a": ("small gradient twice", BACKWARD, "pass", "d[{k}] = np.where(abs(d[{k}]) < 0.05, 2 * d[{k}], d[{k}])"),
    "43b": ("small gradient zero", BACKWARD, "pass", "d[{k}] = np.where(abs(d[{k}]) < 0.05, 0 * d[{k}], d[{k}])"),
    "44": ("factor 1.0005", BACKWARD, "pass", "d[{k}] = d[{k}] * 1.0005"),
    "45a": ("one row is special", BACKWARD, "pass", "if d[{k}].shape[:1] == (1,): d[{k}] = 2 * d[{k}]"),
    "45b": ("more than two rows are special", BACKWARD, "pass", "if d[{k}].ndim and len(d[{k}]) > 2: d[{k}] = np.concatenate([d[{k}][:2], 0 * d[{k}][2:]])"),
    "48": ("another value each time", BACKWARD, "COUNT[0] += 1", "d[{k}] = d[{k}] * (1 + 1e-12 * COUNT[0])"),
    "49a": ("None for a gradient", BACKWARD, "pass", "d[{k}] = None"),
    "49b": ("a gradient left out", BACKWARD, "pass", "d.pop({k})"),
    "49c": ("not a number", BACKWARD, "pass", "d[{k}] = d[{k}] * np.nan"),
    "50": ("no elements, no shape", BACKWARD, "pass", "if np.size(d[{k}]) == 0: d[{k}] = np.zeros((1,) * np.ndim(d[{k}]))"),
    "F1": ("forward off by 1.0005", FORWARD, "pass", "y[0] = y[0] * 1.0005"),
    "F2": ("forward shifted", FORWARD, "pass", "y[0] = y[0] + 1"),
}  # fmt: skip

# The rank that a gradient must have for a row to spoil it.
LEAST_RANK = {"4": 2, "13": 1, "14": 1, "17": 1, "28": 1, "45a": 1, "45b": 1}

# number: (what goes wrong, an expression that the edit must match)
WRITTEN: dict[str, tuple[str, str]] = {
    "1": ("not summed over the batch", r"\.sum\(axis=.*\) -> [^.]*$"),
    "2": ("mean for sum over the batch", r"\.sum\((.*)\) -> .*\.mean\(\1\)$"),
    "3": ("reduced over the wrong axis", r"backward.*: 0 -> 1$"),
    "4": ("W for its transpose", r"backward.* @ (\w+) -> .* @ \1\.T$"),
    "5": ("weight gradient transposed", r"backward.*return .*\.T[,)]"),
    "10": ("1/N missing", r"(.*) / N -> \1 \* N$|: (.*) / N -> \2$"),
    "11": ("overwritten where windows overlap", r"\] \+= (.*) -> .*\] = \1"),
    "13": ("the last step left out", r"for t in .* -> for t in list\(.*\)\[:-1\]"),
    "14": (
        "off by one in time",
        r"backward.*\[t\] -> \w+\[t [+-] 1\]|backward.*\[:T\] -> .*\[:T [+-] 1\]",
    ),
    "15": ("the carry cut", r"backward.*\[t \+ 1\] -> \w+\[t \+ 1 [+-] 1\]"),
    "16": ("the first step left out", r"for t in .* -> for t in list\(.*\)\[1:\]"),
    "17": ("time the other way", r"for t in .* -> for t in (reversed\(range|range)\("),
    "19": ("a state of another step", r"backward.*: (c|h)\[.*\] -> \1\["),
    "20": ("a factor dropped", r"backward.*: 1 - (\w+)\*?\*?.* -> (1|\w+\*\*2|\w+)$"),
    "21": ("gates exchanged", r"backward.*return \((.*)\) -> return "),
    "22": ("a path through the statistics dropped", r"backward.*: .* [+-] .* -> "),
    "23": ("another epsilon", r"forward.*: 1e-05 -> "),
    "27": ("another stride or dilation", r"backward.*: 2 -> [13]$"),
    "29": ("shifted by one", r"backward.*: (p|q):.* -> "),
    "30": ("another rule for ties", r"backward.*: .*(>|==).* -> .*(>=|<=|!=)"),
    "32": ("a mask with the edge", r"backward.*: \w+ > 0 -> \w+ >= 0"),
    "33": ("a mask with another edge", r"backward.*: 0 -> (1|-1)$"),
    "46": ("an axis of an operand exchanged", r"\((\[?)(\d).*-> \(\1\d"),
}


def listed() -> Iterator[Mutant]:
    """Every row of the catalogue in every built-in layer that it can spoil."""
    for name in derive.layers():
        ranks = [len(gradient.axes) for gradient in signature_of(program_of(name)).gradients]
        for turn, (number, (title, *_)) in enumerate(WRAPPED.items()):
            # each row in one gradient that is large enough for it, in turn
            able = [k for k, rank in enumerate(ranks) if rank >= LEAST_RANK.get(number, 0)]
            if able:
                place = able[turn % len(able)]
                edit = f"{number} {title}, gradient {place}"
                yield Mutant(name, "catalogue", edit, (number, place))
        yield from _written(name)


def source(mutant: Mutant) -> str:
    """The kernel with the bug in it."""
    number, place = mutant.key
    right = right_source(mutant.program)
    if number == "edit":
        return next(islice(edits(right), int(place), None)).source
    _, wrapper, before, after = WRAPPED[str(number)]
    text = wrapper.format(before=before, after=after.format(k=place))
    return f"{right}\nCOUNT, BUFFER = [0], {{}}\n{text}"


def _written(name: str) -> Iterator[Mutant]:
    """The first edit of a text that makes each bug."""
    found = [str(edit) for edit in edits(right_source(name))]
    for number, (title, pattern) in WRITTEN.items():
        first = next((n for n, edit in enumerate(found) if re.search(pattern, edit)), None)
        if first is not None:
            edit = f"{number} {title}: {found[first]}"
            yield Mutant(name, "catalogue", edit, ("edit", first))


def numbers() -> tuple[str, ...]:
    """The numbers of the catalogue, in order."""
    return tuple(dict.fromkeys((*WRAPPED, *WRITTEN)))
