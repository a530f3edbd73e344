"""The statements of one function in the fast style: three-address code over memory that is there.

Every array that a function makes is a room: ``new("h", T + 1, N, I)``. Without a workspace that
is new memory; with one it is what the call before has left. Rooms stand ahead of every loop.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Sequence

from derive.extent import expanded
from derive.index import Size, as_expr
from derive.lower.addresses import Addresses
from derive.lower.arrange import Arrangement
from derive.lower.equation import lower_equation
from derive.lower.liveness import mentioned
from derive.lower.packing import part
from derive.lower.plan import Stmt
from derive.lower.rooms import Room, Rooms, Step
from derive.lower.schedule import Block, equations_in
from numeric.emit.addresses import emit_steps, room
from numeric.function import FunctionBody
from numeric.layout import INDENT, Line
from numeric.names import Names

# Names that the text of fast modules uses beside those of all modules.
OWN = ("work", "new", "memory", "out", "spare")

MEMORY = '''\
def memory(work, dtype):
    """A maker of arrays to write into: new ones, or, with a dict, those of the call before."""

    def new(name, *shape, dtype=dtype):
        if work is None:
            return np.empty(shape, dtype)
        room = work.get(name)
        if room is None or room.shape != shape or room.dtype != dtype:
            size = 1
            for extent in shape:
                size *= extent
            if room is None or room.base.size < size or room.dtype != dtype:
                room = np.empty(size, dtype)[:]
            room = work[name] = room.base[:size].reshape(shape)
        return room

    return new
'''


class FastBody(FunctionBody):
    """Collects the lines that compute a sequence of blocks, in the fast style.

    Attributes:
        shapes: the shape of every array that is known so far.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        names: Names,
        passes: frozenset[str],
        there: Iterable[str] = (),
    ) -> None:
        super().__init__(arrangement, names)
        self._made |= frozenset(there)
        self._passes = passes
        program = arrangement.program
        declared = {
            name: tuple(as_expr(Size(axis)) for axis in program.axes(name))
            for name in names.arrays
        }
        self._rooms = Rooms(names.taken, lambda extent: expanded(program, extent))
        extents = {**declared, **self._extents}
        known = frozenset(arrangement.exponentials)
        self._addresses = Addresses(self._rooms, extents, passes, known)
        self.shapes = ChainMap(self._rooms.shapes, extents)

    def _text(self, statements: Sequence[Stmt], note: str, depth: int) -> list[Line]:
        steps = self._steps(statements)
        for made in self._rooms.drain():
            self.lines.append(self._room(made))
        margin = INDENT * (depth + 1)
        lines = emit_steps(steps, self.names, self._passes, margin)
        return [
            Line(line[len(margin) :], note if position == 0 else "", depth)
            for position, line in enumerate(lines)
        ]

    def _steps(self, statements: Sequence[Stmt]) -> list[Step]:
        return self._addresses.steps(tuple(statements))

    def _room(self, made: Room) -> Line:
        name = self.names.arrays.get(made.name, made.name)
        return Line(room(name, made.shape, made.kind, self.names))

    def _filled(self, name: str, text: str, value: str) -> list[Line]:
        """The lines that make an array of a recurrence, with what its margins hold."""
        store = self.arrangement.placement[name]
        made = [Line(text, self._rows(name))]
        if not value:
            return made
        array = self.names.arrays[name]
        held = self.arrangement.packing.members(name)
        if not store.extended or any(map(self._reads_ahead, held)):
            return [*made, Line(f"{array}.fill({value})")]
        for axis, extent in enumerate(store.axes):
            whole = ":, " * axis
            if store.before[axis]:
                made.append(Line(f"{array}[{whole}:{store.before[axis]}] = {value}"))
            if store.after[axis]:
                end = self._integer(as_expr(Size(extent)) + store.before[axis])
                colon = " :" if " " in end else ":"
                made.append(Line(f"{array}[{whole}{end}{colon}] = {value}"))
        return made

    def _make(self, name: str) -> None:
        host = self.arrangement.packing.host(name)
        held = (name,) if host is None else host.members
        name = name if host is None else host.name
        if name in self._made:
            return
        self._made.add(name)
        shape, array = self._extents[name], self.names.arrays[name]
        text = room(array, shape, "", self.names)
        self._rooms.own.add(name)
        if self.program.holds_integers(name):
            text = f"{text[:-1]}, dtype=np.intp)"
        computed = [n for n in held if self.program.definition(n) is not None]
        contents = {self._content(n) for n in computed} - {""}
        self.lines += self._filled(name, text, max(contents, default=""))

    # ---- arrays side by side ------------------------------------------------------------------

    def write(self, blocks: Sequence[Block]) -> None:
        """Lines for every block, behind those that gather what is given."""
        self._gather(blocks)
        super().write(blocks)

    def _gather(self, blocks: Sequence[Block]) -> None:
        """Copy what is given, and kept side by side, to where ``blocks`` read it."""
        read = {n for e in equations_in(blocks) for n in mentioned(e)}
        for host in self.arrangement.packing.hosts:
            computed = self.program.definition(host.members[0]) is not None
            if computed or host.name in self._made or not read & set(host.members):
                continue
            self._make(host.members[0])
            context = self._context((), frozenset())
            for k, member in enumerate(host.members):
                copied = part(host, k, self.program.axes(member), member)
                self.lines += self._text(lower_equation(copied, context), "", 0)

    def _is_filled(self, name: str, in_loop: bool = False) -> bool:
        host = self.arrangement.packing.host(name)
        if host is not None and host.members not in self.arrangement.packing.groups:
            return True
        return super()._is_filled(name, in_loop)
