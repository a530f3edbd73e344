"""The statements of one function of an emitted module."""

from __future__ import annotations

from collections.abc import Sequence

from derive.expr import reads
from derive.finite import wild_arrays
from derive.index import Index, IndexExpr, Size, as_expr
from derive.lower.arrange import Arrangement
from derive.lower.context import Context
from derive.lower.equation import lower_equation, lower_extremes
from derive.lower.packing import together, with_sums_joined
from derive.lower.plan import Assign, Stmt
from derive.lower.schedule import Block, Loop, equations_in
from derive.lower.storage import Store, place
from derive.program import Equation
from numeric.emit import emit_statements
from numeric.emit.integers import integer
from numeric.layout import INDENT, Line, tuple_text
from numeric.names import Names


class FunctionBody:
    """Collects the lines that compute a sequence of blocks; lives as long as one module.

    Attributes:
        lines: the statements, in order.
    """

    def __init__(self, arrangement: Arrangement, names: Names) -> None:
        self.arrangement = arrangement
        self.program = arrangement.program
        self.names = names
        self.lines: list[Line] = []
        self._extents = {n: s.extents for n, s in arrangement.placement.items()}
        self._made: set[str] = set()
        self._found: set[str] = set()
        self._known: list[Assign] = []
        wild = wild_arrays(arrangement.prepared)
        self._wild = wild | frozenset(arrangement.packing.kept(wild))

    def write(self, blocks: Sequence[Block]) -> None:
        """Lines for every block."""
        for run in self.arrangement.packing.runs(blocks):
            block = run[0]
            if isinstance(block, Loop):
                for name in block.names:
                    if self._is_filled(name, in_loop=True):
                        self._make(name)
                inside = self._loop(block, ())
                self.lines += inside
            elif block.name not in self._found and not self._with_positions(block):
                if self._is_filled(block.name):
                    self._make(block.name)
                self.lines += self._equations(run, ())

    def _loop(self, loop: Loop, outer: tuple[Loop, ...]) -> list[Line]:
        """A loop; what lowering finds independent of it goes to the lines before."""
        loops = (*outer, loop)
        inside: list[Line] = []
        for run in self.arrangement.packing.runs(loop.body):
            if isinstance(run[0], Loop):
                inside += self._loop(run[0], loops)
            else:
                inside += self._equations(run, loops)
        index = self.names.indices[loop.index.name]
        steps = f"range({self._integer(as_expr(Size(loop.index.name)))})"
        if loop.descending:
            steps = f"reversed({steps})"
        return [Line(f"for {index} in {steps}:", depth=len(outer)), *inside]

    def _equations(self, run: Sequence[Block], loops: tuple[Loop, ...]) -> list[Line]:
        """The lines of equations computed as one; those that no loop needs are written at once."""
        equations = [e for e in run if isinstance(e, Equation)]
        packing, stores = self.arrangement.packing, self.arrangement.placement
        placed = [place(e, loops, stores) for e in equations]
        whole = together([p.equation for p in placed])
        if packing.hosts:
            whole = with_sums_joined(self.program, whole, packing.stacks())
        running = packing.kept(loops[0].names) if loops else ()
        context = self._context(placed[0].running, frozenset(running))
        statements = lower_equation(whole, context)
        ahead = [s for s in statements if isinstance(s, Assign) and s.ahead]
        note = self._note(equations)
        self._known += ahead
        self.lines += self._text(ahead, note, 0)
        return self._text([s for s in statements if s not in ahead], note, len(loops))

    def _with_positions(self, equation: Equation) -> bool:
        """Write the loop that finds extremes and their positions, if there is one for both."""
        name = self.arrangement.together.get(equation.name)
        positions = None if name is None else self.program.definition(name)
        if positions is None or self._is_extended(equation.name):
            return False
        context = self._context((), frozenset())
        statements = lower_extremes(positions, context, equation.name)
        if statements is None:
            return False
        self.lines += self._text(statements[:1], self._note([equation]), 0)
        self.lines += self._text(statements[1:], self._note([positions]), 0)
        self._found.add(positions.name)
        return True

    def _context(self, loops: tuple[Index, ...], running: frozenset[str]) -> Context:
        return Context(
            program=self.program,
            loops=loops,
            stored=self._extents,
            running=running,
            taken=self.names.taken | frozenset(s.name for s in self._known),
            known=tuple(self._known),
            wild=self._wild,
        )

    def _text(self, statements: Sequence[Stmt], note: str, depth: int) -> list[Line]:
        margin = INDENT * (depth + 1)
        lines = emit_statements(statements, self.names, margin=margin)
        return [
            Line(line[len(margin) :], note if position == 0 else "", depth)
            for position, line in enumerate(lines)
        ]

    def _note(self, equations: Sequence[Equation]) -> str:
        """The numbers of equations computed as one, and whether they are ahead of their loop."""
        notes = [self._number(equation) for equation in equations]
        ends = {end for _, _, end in (note.partition(", ") for note in notes)}
        numbers = sorted((note.partition(", ")[0] for note in notes), key=lambda n: (len(n), n))
        return ", ".join(filter(None, (*dict.fromkeys(numbers), *sorted(ends))))

    def _number(self, equation: Equation) -> str:
        number = self.arrangement.number(equation)
        if number is not None:
            return f"({number})"
        owner = self.arrangement.owner(equation)
        number = None if owner is None else self.arrangement.number(owner)
        if number is None:
            return ""
        assert owner is not None, "a number is an equation's"
        ahead = self._is_looped(owner.name) and not self._is_looped(equation.name)
        return f"({number}), ahead of the loop" if ahead else f"({number})"

    def _is_looped(self, name: str) -> bool:
        blocks = (*self.arrangement.forward, *self.arrangement.backward)
        return any(isinstance(block, Loop) and name in block.names for block in blocks)

    def _integer(self, expr: IndexExpr) -> str:
        return str(integer(expr, self.names))

    # ---- arrays that are filled step by step --------------------------------------------------

    def _is_extended(self, name: str) -> bool:
        store = self.arrangement.placement.get(name)
        return store is not None and store.extended

    def _is_filled(self, name: str, in_loop: bool = False) -> bool:
        """Whether an array is there before what computes it writes into it."""
        store = self.arrangement.placement.get(name)
        return store is not None and (not store.running if in_loop else store.extended)

    def _make(self, name: str) -> None:
        """Make an array: empty if all of it is computed, else of what its margins hold."""
        if name in self._made:
            return
        self._made.add(name)
        shape = tuple_text([self._integer(e) for e in self._extents[name]])
        dtype = "np.intp" if self.program.holds_integers(name) else "dtype"
        text = f"{self.names.arrays[name]} = {self._maker(name, shape, dtype)}"
        self.lines.append(Line(text, self._rows(name)))

    def _maker(self, name: str, shape: str, dtype: str) -> str:
        value = self._content(name)
        if value not in ("", "0"):
            return f"np.full({shape}, {value}, {dtype})"
        return f"np.{'zeros' if value else 'empty'}({shape}, {dtype})"

    def _content(self, name: str) -> str:
        """What an array holds before it is computed; nothing if no one looks at that."""
        store = self.arrangement.placement[name]
        pad = self.program.pad(name)
        if pad is not None and store.extended and pad.value != 0:
            return "-np.inf" if pad.value is None else repr(float(pad.value))
        covered = not store.extended or (pad is None and self._covered(name, store))
        return "" if covered and not self._reads_ahead(name) else "0"

    def _rows(self, name: str) -> str:
        """How an array with margins along its first axis keeps its elements, in words."""
        store = self.arrangement.placement[name]
        if not store.extended or any(store.before[1:]) or any(store.after[1:]):
            return ""
        index, pad = self.names.indices[store.axes[0]], self.program.pad(name)
        if store.before[0]:
            return f"row {index} + {store.before[0]} is step {index}"
        if store.after[0] == 1 and pad is not None and pad.value == 0:
            return f"row {self._integer(as_expr(Size(store.axes[0])))} stays 0"
        return ""

    def _covered(self, name: str, store: Store) -> bool:
        """Whether starts compute every element beyond the array's own extent."""
        extended = [k for k in range(len(store.axes)) if store.before[k] or store.after[k]]
        rows = store.before[extended[0]] + store.after[extended[0]]
        return len(extended) == 1 and len(self.program.starts(name)) == rows

    def _reads_ahead(self, name: str) -> bool:
        """Whether a step may touch elements, to mask them, that are not computed yet."""
        for block in (*self.arrangement.forward, *self.arrangement.backward):
            if not isinstance(block, Loop) or name not in block.names:
                continue
            axes = dict(block.axes)
            for reader in equations_in(block.body):
                here = reader.indices[axes[reader.name]]
                for read in (r for r in reads(reader.expr) if r.array == name):
                    if (read.indices[axes[name]] - here).constant is None:
                        return True
        return False

    # ---- results ------------------------------------------------------------------------------

    def result(self, name: str, given: Sequence[str]) -> str:
        """What to return for ``name``: in memory of its own, without margins."""
        if name in given:
            return f"{self.names.arrays[name]}.copy()"
        store = self.arrangement.placement.get(name)
        if store is None or not (store.extended or store.host):
            return self.names.arrays[name]
        rows = zip(store.axes, store.before, store.after, strict=True)
        parts = [self._inner(*row) for row in rows]
        if store.host:
            parts.insert(store.stack, str(store.member))
        while parts[-1] == ":":
            parts.pop()
        return f"{self.names.arrays[store.host or name]}[{', '.join(parts)}]"

    def _inner(self, axis: str, before: int, after: int) -> str:
        """The slice of an axis without its margins."""
        start = str(before) if before else ""
        stop = self._integer(as_expr(Size(axis)) + before) if after else ""
        return f"{start} : {stop}" if start and " " in stop else f"{start}:{stop}"
