"""A network as one program: the equations of all its steps, renamed and put together.

An array of step ``1.body.0`` gets ``_1_body_0`` behind its name, and so does an index that nothing
before it has; the axes of what goes into a step are those of what the step before has given. What
a step does at every place of several leading axes is written on all of them. Zeros that nothing
feeds and masks stay arrays of the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import derive
from derive.index import IndexExpr, Size, as_expr
from derive.program import Array, Assumption, Equation, Pad, Program
from numeric.chain import Chain
from numeric.fit import feed
from numeric.letters import letters
from numeric.spread import indices_of, names_of, renamed
from numeric.step import Placed, joined, walk

INPUT = "x"


@dataclass(slots=True)
class Fusion:
    """The steps that have been put together.

    Attributes:
        first: the new name of every parameter, by the identity of its array.
        axes: the axes of every array, by its new name.
        parts: what the programs of the steps have, in order.
    """

    first: dict[int, str] = field(default_factory=dict)
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    arrays: list[Array] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    rows: dict[str, IndexExpr] = field(default_factory=dict)
    pads: list[Pad] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    agreements: list[tuple[IndexExpr, IndexExpr]] = field(default_factory=list)

    def place(self, step: Placed, path: str, given: str) -> str:
        """Put a step behind the array ``given``; the name of what it gives."""
        if isinstance(step, Chain):
            for name, part in step.parts.items():
                given = self.place(part, joined(path, name), given)
            return given
        ends = [self.place(p, joined(path, n), given) for n, p in step.parts.items()]
        return self._join(step, path, ends or [given])

    def _join(self, step: Placed, path: str, given: list[str]) -> str:
        program, suffix = step.written(), "_" + path.replace(".", "_")
        fed = [a.name for a in program.arrays if a.role != "param"][: len(given)]
        there = dict(zip(fed, given, strict=True))
        for name, value in step.parameters.items():
            if id(value) in self.first:
                there[name] = self.first[id(value)]
            self.first.setdefault(id(value), name + suffix)
        arrays = {name: there.get(name, name + suffix) for name in names_of(program)}
        change = renamed(arrays, self._letters(program, there, suffix))
        self._add(change.program(program), set(there.values()))
        return arrays[program.outputs[0]]

    def _letters(
        self, program: Program, there: Mapping[str, str], suffix: str
    ) -> dict[str, str]:
        """The new name of every index: that of an array that is there, where no other has it."""
        found: dict[str, str] = {}
        for own, new in there.items():
            for letter, known in zip(program.axes(own), self.axes[new], strict=True):
                if letter in found:
                    continue
                if known in found.values():
                    self.rows[letter + suffix] = as_expr(Size(known))
                    known = letter + suffix  # noqa: PLW2901  an index of its own, as long
                found[letter] = known
        return found | {n: n + suffix for n in indices_of(program) if n not in found}

    def _add(self, program: Program, there: set[str]) -> None:
        self.arrays += [a for a in program.arrays if a.name not in there]
        self.equations += program.equations
        self.rows |= dict(program.extents)
        self.pads += program.pads
        self.assumptions += program.assumptions
        self.agreements += program.agreements
        for name in names_of(program):
            self.axes.setdefault(name, program.axes(name))


def fuse(chain: Chain) -> Program:
    """The equations of placed steps as one program of the array ``x``.

    Raises:
        DeriveError: if the steps have no meaning as one program.
    """
    axes = letters(chain.before)
    given = _given(chain, axes)
    fusion = Fusion(axes={INPUT: axes}, arrays=[given])
    result = fusion.place(chain, "", INPUT)
    roots = {axis for array in fusion.arrays for axis in array.axes}
    made = Program(
        arrays=tuple(fusion.arrays),
        equations=tuple(fusion.equations),
        outputs=(result,),
        extents=tuple((n, row) for n, row in fusion.rows.items() if n not in roots or row.atoms()),
        pads=tuple(p for p in fusion.pads),
        assumptions=tuple(fusion.assumptions),
        agreements=tuple(fusion.agreements),
        title="Network as one program",
    )
    return derive.parse(str(made))


def _given(chain: Chain, axes: tuple[str, ...]) -> Array:
    """What goes in: labels, where the first step with equations reads labels."""
    for _, step in walk(chain):
        if step.program is not None and not step.parts:
            read = step.program.array(feed(step.program))
            assert read is not None, "what is fed is declared"
            return replace(read, name=INPUT, axes=axes)
    return Array(INPUT, axes)
