"""The first lines of an emitted function: sizes read off the arrays, and shapes looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from derive.index import Size
from derive.program import Program
from numeric.emit.integers import integer
from numeric.names import Names

EXPECT = '''\
def expect(name, array, *extents):
    """The shape of array; a letter fits any extent, the same letter the same extent."""
    shape = np.shape(array)
    letters = {e: n for e, n in zip(extents, shape) if isinstance(e, str)}
    if shape != tuple(letters.get(e, e) for e in extents):
        wanted = ", ".join(str(e) for e in extents)
        raise ValueError(f"{name} has shape {shape}, expected ({wanted})")
    return shape
'''


@dataclass(frozen=True, slots=True)
class Known:
    """An array that a function has from the start.

    Attributes:
        name: its name in the program.
        axes: the index name of each axis.
        margins: how many elements beyond its extent it has along each axis.
        checked: whether its shape is the caller's to get right.
    """

    name: str
    axes: tuple[str, ...]
    margins: tuple[int, ...]
    checked: bool


@dataclass(slots=True)
class Prologue:
    """Collects the lines; ``handed`` are the sizes that no array shows and no formula gives."""

    program: Program
    names: Names
    lines: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)

    def write(self, arrays: Sequence[Known], body: str) -> None:
        """Lines for every size that ``body`` or a shape check mentions."""
        shown = self._checks(arrays)
        wanted = self._wanted("\n".join((body, *(text for _, _, text in shown))))
        formulas = self._formulas(wanted, arrays)
        wanted |= self._wanted("\n".join(formulas.values()))
        found: set[str] = set()
        for array, introduced, text in shown:
            self._bind(array, [i if i in wanted - found else None for i in introduced], text)
            found.update(i for i in introduced if i is not None)
        for index, text in formulas.items():
            self.lines.append(f"{self.names.sizes[index]} = {text}")
        given = {self.names.sizes[i] for i in found} | {self.names.sizes[i] for i in formulas}
        for index in sorted(wanted, key=self._order):
            if self.names.sizes[index] not in given:
                given.add(self.names.sizes[index])
                self.handed.append(index)

    def _checks(
        self, arrays: Sequence[Known]
    ) -> list[tuple[Known, list[str | None], str]]:
        """For each array the sizes it shows first, and the call that checks its shape."""
        rows = self.program.extents
        seen = {self.names.sizes[i] for i, extent in rows if extent.constant is not None}
        found = []
        for array in arrays:
            introduced: list[str | None] = []
            here: set[str] = set()
            extents = [f'"{array.name}"', self.names.arrays[array.name]]
            for axis, margin in zip(array.axes, array.margins, strict=True):
                letter = self.names.sizes[axis]
                fresh = letter not in seen and margin == 0
                introduced.append(axis if fresh else None)
                extents.append(f'"{letter}"' if fresh or letter in here else letter)
                if fresh:
                    seen.add(letter)
                    here.add(letter)
            text = f"expect({', '.join(extents)})" if array.checked else ""
            found.append((array, introduced, text))
        return found

    def _wanted(self, text: str) -> set[str]:
        words = set(re.findall(r"(?<![\w.\"])[A-Za-z]\w*(?![\w\"])", text))
        return {index for index, letter in self.names.sizes.items() if letter in words}

    def _formulas(self, wanted: set[str], arrays: Sequence[Known]) -> dict[str, str]:
        """Formulas of derived extents that no array shows, in an order in which they work."""
        shown = {axis for a in arrays for axis, m in zip(a.axes, a.margins, strict=True) if m == 0}
        letters = {self.names.sizes[a] for a in shown}
        rows = {n: e for n, e in self.program.extents if self.names.sizes[n] not in letters}
        found: dict[str, str] = {}

        def visit(index: str) -> None:
            letter = self.names.sizes[index]
            if index not in rows or letter in {self.names.sizes[i] for i in found}:
                return
            for atom in rows[index].atoms():
                if isinstance(atom, Size):
                    visit(atom.name)
            text = str(integer(rows[index], self.names))
            if text != letter:  # indices with one extent share its letter
                found[index] = text

        for index in sorted(wanted, key=self._order):
            visit(index)
        return found

    def _order(self, index: str) -> int:
        return list(self.names.sizes).index(index)

    def _bind(self, array: Known, introduced: Sequence[str | None], text: str) -> None:
        shape = text or f"{self.names.arrays[array.name]}.shape"
        targets = [self.names.sizes[i] if i is not None else "_" for i in introduced]
        used = [t for t in targets if t != "_"]
        if not used:
            if text:
                self.lines.append(text)
        elif (len(used) == 1 and len(targets) > 1) or len(targets) == 1:
            self.lines.append(f"{used[0]} = {shape}[{targets.index(used[0])}]")
        else:
            self.lines.append(f"{', '.join(targets)} = {shape}")
