"""What a kernel costs, equation by equation: polynomials in the sizes, and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.errors import OptionRefused
from derive.extent import extent_of
from derive.index import IndexExpr, Size, number
from derive.program import Program
from numeric.emit.integers import integer
from numeric.names import Names
from numeric.sizes import number_of

COLUMNS = ("operations", "moved", "workspace", "saved")


@dataclass(frozen=True, slots=True)
class Row:
    """What some equations cost that are computed together.

    Attributes:
        function: ``forward`` or ``backward``.
        numbers: of the equations, as the module counts them; none for copies of what is given.
        names: the arrays that they compute.
        operations: on numbers; a function of one number counts as one, a product with sum as two.
        moved: bytes read and written, every operand of every operation once.
        workspace: bytes of the arrays that were made first for them, results included.
        saved: bytes of these that forward hands over to backward.
    """

    function: str
    numbers: tuple[int, ...]
    names: tuple[str, ...]
    operations: IndexExpr
    moved: IndexExpr
    workspace: IndexExpr
    saved: IndexExpr


@dataclass(frozen=True, slots=True)
class Figures:
    """A row, or the total, in numbers."""

    operations: int
    moved: int
    workspace: int
    saved: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a kernel costs.

    ``str(cost)`` is a table of polynomials. Sizes are called as in the module: ``N`` for ``n``.

    Attributes:
        program: the program, hyperparameters bound.
        style: of the kernel.
        itemsize: bytes of a real number.
        rows: in the order of the module.
        rooms: for each function the bytes of every array that it makes, by name.
    """

    program: Program = field(repr=False)
    style: str
    itemsize: int
    rows: tuple[Row, ...]
    rooms: tuple[Mapping[str, IndexExpr], ...] = field(repr=False)
    names: Names = field(repr=False)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The indices whose sizes the cost depends on."""
        found = [axis for array in self.program.arrays for axis in array.axes]
        roots = (extent_of(self.program, axis).atoms() for axis in dict.fromkeys(found))
        atoms = [a.name for each in roots for a in each if isinstance(a, Size)]
        return tuple(dict.fromkeys(atoms))

    def total(self, function: str = "") -> Row:
        """The sum of all rows, or of those of one function.

        In the fast style both functions write into the same memory if they are given the same:
        see ``workspace``.
        """
        rows = [r for r in self.rows if function in ("", r.function)]
        sums = [sum((getattr(r, c) for r in rows), number(0)) for c in COLUMNS]
        return Row(function or "total", (), (), *sums)

    def figures(self, row: Row, sizes: Mapping[str, int]) -> Figures:
        """``row`` in numbers.

        Args:
            row: one of ``rows``, or ``total()``.
            sizes: the size of every index in ``sizes``.

        Raises:
            OptionRefused: if a size is missing, is none of the program's, or is negative.
        """
        known = self._known(sizes)
        return Figures(*(number_of(getattr(row, c), known) for c in COLUMNS))

    def workspace(self, sizes: Mapping[str, int]) -> int:
        """The bytes of memory after both functions have run, what they share counted once.

        Raises:
            OptionRefused: as ``figures`` does.
        """
        known = self._known(sizes)
        largest: dict[str, int] = {}
        for function, rooms in enumerate(self.rooms):
            for name, size in rooms.items():
                key = name if self.style == "fast" else f"{function}.{name}"
                largest[key] = max(largest.get(key, 0), number_of(size, known))
        return sum(largest.values())

    def text(self, expr: IndexExpr) -> str:
        """A polynomial in the sizes, as the module calls them."""
        return polynomial(expr, self.names)

    def _known(self, sizes: Mapping[str, int]) -> dict[str, int]:
        for name, size in sizes.items():
            if name not in self.sizes:
                raise OptionRefused(
                    f"{self.program.title or 'the program'} has no size of its own called '{name}'",
                    remedy=f"give sizes of {', '.join(self.sizes)}",
                )
            if size < 0:
                raise OptionRefused(
                    f"size({name}) = {size} is negative", remedy="give a number from 0 on"
                )
        missing = [name for name in self.sizes if name not in sizes]
        if missing:
            raise OptionRefused(
                f"the size of {', '.join(missing)} is not given",
                remedy=f"give {', '.join(f'{name}=32' for name in missing)}",
            )
        derived = {n: extent_of(self.program, n) for n, _ in self.program.extents}
        return {**{n: number_of(e, sizes) for n, e in derived.items()}, **sizes}

    def __str__(self) -> str:
        lines = []
        for row in (*self.rows, self.total()):
            lines.append(label(row))
            lines += [f"    {c:<12}{self.text(getattr(row, c))}" for c in COLUMNS]
        return "\n".join(lines)


def label(row: Row) -> str:
    """What a row is about, in words."""
    if not row.names:
        return row.function
    numbers = ", ".join(f"({n})" for n in row.numbers)
    return f"{numbers} {', '.join(row.names)}".strip()


def polynomial(expr: IndexExpr, names: Names) -> str:
    """``8*N*T*I^2 + I``: powers gathered, terms of the highest degree first."""
    terms = sorted(expr.terms, key=lambda term: (-len(term[1]), term[0] < 0))
    found = ""
    for coefficient, monomial in terms:
        counted: dict[str, int] = {}
        for atom in monomial:
            text = str(integer(IndexExpr(((1, (atom,)),)), names))
            text = text if text.isidentifier() else f"({text})"
            counted[text] = counted.get(text, 0) + 1
        factors = [f"{t}^{n}" if n > 1 else t for t, n in sorted(counted.items())]
        if abs(coefficient) != 1 or not factors:
            factors.insert(0, str(abs(coefficient)))
        sign = "-" if coefficient < 0 else "+"
        found += f" {sign} {'*'.join(factors)}"
    return found.removeprefix(" + ").strip() or "0"
