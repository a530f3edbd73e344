"""From a program to what its kernel costs."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from fractions import Fraction
from typing import Any, Union

import numpy as np

from derive.bind import bind
from derive.extent import extent_of
from derive.index import IndexExpr, Size, as_expr, number
from derive.lower.arrange import Arrangement, arrange
from derive.program import Program
from numeric.build import float_of, passes_of
from numeric.cost.recording import FastRecording, Ledger, Numbers, Recording
from numeric.cost.table import Cost, Row
from numeric.cost.work import Counter, Work
from numeric.fast import OWN
from numeric.names import Names, identifiers

Number = Union[int, float, Fraction]


def cost(
    program: Program,
    /,
    *,
    style: str = "readable",
    without: Iterable[str] = (),
    dtype: Any = None,
    **hypers: Number,
) -> Cost:
    """Count what the kernel of a program costs, equation by equation.

    What is counted are the statements of the kernel that ``build`` gives for the same arguments.

    Args:
        program: what to count.
        style: ``readable`` or ``fast``.
        without: passes of the fast style to leave out, by name.
        dtype: float32 or float64, for the bytes; the latter if it is None.
        **hypers: numbers for hyperparameters; the others keep their defaults.

    Raises:
        OptionRefused: if the dtype, the style, a pass or a hyperparameter does not exist.
        DeriveError: if the program has no kernel.
    """
    passes = passes_of(style, without)
    bound, size = bind(program, **hypers), (float_of(dtype) or np.dtype(float)).itemsize
    arrangement = arrange(bound, passes)
    names = identifiers(arrangement.program, (), OWN if "out" in (passes or ()) else ())
    ledgers = {
        function: _ledger(arrangement, names, passes, function, size)
        for function in ("forward", "backward")
    }
    rows = tuple(
        _row(arrangement, function, numbers, ledger)
        for function, ledger in ledgers.items()
        for numbers in sorted({*ledger.work, *ledger.made.values()})
    )
    return Cost(bound, style, size, rows, tuple(lg.rooms for lg in ledgers.values()), names)


def _ledger(
    arrangement: Arrangement,
    names: Names,
    passes: frozenset[str] | None,
    function: str,
    itemsize: int,
) -> Ledger:
    """What is written down while a function is."""
    forward = function == "forward"
    program, body = arrangement.program, Recording(arrangement, names)
    declared = {n: tuple(as_expr(Size(a)) for a in program.axes(n)) for n in names.arrays}
    placed = {n: store.extents for n, store in arrangement.placement.items()}
    shapes: MutableMapping[str, tuple[IndexExpr, ...]] = {**declared, **placed}
    if passes is not None and "out" in passes:
        there = () if forward else arrangement.split.saved
        body = FastRecording(arrangement, names, passes, there)
        shapes = body.shapes
    body.ledger = Ledger(Counter(shapes, lambda extent: plain(program, extent), itemsize))
    body.write(arrangement.forward if forward else arrangement.backward)
    return body.ledger


def plain(program: Program, expr: IndexExpr) -> IndexExpr:
    """``expr``, sizes that are numbers or other sizes in place of their names."""

    def root(atom: object) -> IndexExpr | None:
        if not isinstance(atom, Size):
            return None
        found = extent_of(program, atom.name)
        return found if found.constant is not None or isinstance(found.atom, Size) else None

    return expr.rewrite(root)


def _row(arrangement: Arrangement, function: str, numbers: Numbers, ledger: Ledger) -> Row:
    names = dict.fromkeys(arrangement.numbered[n - 1].name for n in numbers)
    made = {name: ledger.rooms[name] for name, own in ledger.made.items() if own == numbers}
    handed = arrangement.split.saved if function == "forward" else ()
    done = ledger.work.get(numbers, Work())
    return Row(
        function,
        numbers,
        tuple(names) or (_unnumbered(arrangement, made),),
        done.operations,
        done.moved,
        sum(made.values(), number(0)),
        sum((size for name, size in made.items() if name in handed), number(0)),
    )


def _unnumbered(arrangement: Arrangement, made: Iterable[str]) -> str:
    """What is computed for no equation in particular."""
    hosts = {host.name for host in arrangement.packing.hosts}
    return "what is given, side by side" if hosts.intersection(made) else "what equations share"
