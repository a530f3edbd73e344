"""Legality: what must hold of every program, as a table of checks that name the equation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derive.errors import DeriveError, IndexRefused, LimitError, NameRefused, ProgramRefused
from derive.expr import (
    Call,
    Node,
    Parameter,
    Read,
    Reduce,
    children,
    index_exprs,
    is_static,
    walk,
)
from derive.functions import FUNCTIONS
from derive.index import Hyper, Index, IndexExpr, Label, Size
from derive.program import Program
from derive.reading import read_checks
from derive.recurrence import cycle, missing_start
from derive.words import MAX_RANK, REDUCTIONS, RESERVED, longest


@dataclass(frozen=True, slots=True)
class Finding:
    """Something illegal: the kind of error, the equation's place, the problem, the remedy."""

    kind: type[DeriveError]
    problem: str
    remedy: str
    place: int | None = None


Check = Callable[[Program], Iterator[Finding]]


def findings(program: Program) -> Iterator[Finding]:
    """Everything that is illegal in ``program``, in the order of the table of checks."""
    for check in CHECKS:
        yield from check(program)


def verify(program: Program) -> None:
    """Refuse an illegal program.

    Raises:
        DeriveError: the first finding, with the equation as text.
    """
    for finding in findings(program):
        equation = "" if finding.place is None else str(program.equations[finding.place])
        raise finding.kind(finding.problem, remedy=finding.remedy, equation=equation)


# ---- names, free text and definitions ---------------------------------------------------------


_NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")


def _names_allowed(program: Program) -> Iterator[Finding]:
    axes = (axis for array in program.arrays for axis in array.axes)
    bound = (i.name for _, n in _nodes(program) if isinstance(n, Reduce) for i in n.indices)
    names = (
        *(a.name for a in program.arrays), *(h.name for h in program.hypers), *axes, *bound,
        *(e.name for e in program.equations), *(name for name, _ in program.extents),
        *(i.name for e in program.equations for i in e.free),
    )  # fmt: skip
    for name in dict.fromkeys(names):
        if _NAME.fullmatch(name) is None or name in RESERVED or len(name) > longest(name):
            yield Finding(
                NameRefused, f"{name!r:.60} is not a name of the language",
                "use letters, digits and _, the first a letter, and no reserved word",
            )  # fmt: skip


def _free_text_is_plain(program: Program) -> Iterator[Finding]:
    for text in (program.title, *program.sources, *program.notes):
        if text != text.strip() or not text.replace("\t", " ").isprintable():
            yield Finding(
                ProgramRefused, f"title, source and note are one line each, not {text!r:.60}",
                "take out line ends and other signs that do not print",
            )  # fmt: skip


def _single_definitions(program: Program) -> Iterator[Finding]:
    seen: set[tuple[str, tuple[IndexExpr | None, ...]]] = set()
    given = {a.name for a in program.arrays}
    for place, equation in enumerate(program.equations):
        constants = tuple(None if e.indices() else e for e in equation.indices)
        key = (equation.name, constants)
        if equation.name in given:
            yield Finding(
                ProgramRefused, f"`{equation.name}` is given by the caller and defined as well",
                "drop the equation, or drop the declaration", place,
            )  # fmt: skip
        elif key in seen:
            what = "start" if equation.is_start else "definition"
            yield Finding(
                ProgramRefused, f"a second {what} of `{equation.name}`",
                "keep one of the two, or rename one", place,
            )  # fmt: skip
        seen.add(key)


def _starts_have_definitions(program: Program) -> Iterator[Finding]:
    defined = {e.name: e for e in program.equations if not e.is_start}
    for place, equation in enumerate(program.equations):
        if equation.is_start and equation.name not in defined:
            yield Finding(
                ProgramRefused, f"`{equation.name}` has a start but no definition",
                "write the equation for a general index", place,
            )  # fmt: skip


def _outputs_exist(program: Program) -> Iterator[Finding]:
    known = {a.name for a in program.arrays} | {e.name for e in program.equations}
    if not program.outputs:
        yield Finding(ProgramRefused, "the program has no output", "declare one: output y")
    for count, name in enumerate(program.outputs):
        if name not in known:
            yield Finding(
                ProgramRefused, f"the output `{name}` is not defined by any equation",
                f"write an equation: {name}[...] = ...",
            )  # fmt: skip
        elif name in program.outputs[:count]:
            yield Finding(
                NameRefused, f"the output `{name}` is declared twice", "keep one of the two"
            )


def _names_known(program: Program) -> Iterator[Finding]:
    ranks = _ranks(program)
    integers = {a.name for a in program.arrays if a.integer}
    hypers = {h.name: h.integer for h in program.hypers}
    for place, node in _nodes(program):
        if isinstance(node, Read):
            yield from _read(node.array, len(node.indices), ranks, place)
        elif isinstance(node, Parameter) and hypers.get(node.name, True):
            yield _unknown_hyper(node.name, place)
        elif isinstance(node, Call) and (
            node.name not in FUNCTIONS or FUNCTIONS[node.name].arity != len(node.args)
        ):
            yield Finding(
                NameRefused, f"`{node.name}` is no function of {len(node.args)} arguments",
                "use a function of the language", place,
            )  # fmt: skip
        elif isinstance(node, Reduce) and node.op not in REDUCTIONS:
            yield Finding(
                NameRefused, f"`{node.op}` is no reduction", f"use one of {', '.join(REDUCTIONS)}",
                place,
            )  # fmt: skip
    for place, expr in _exprs(program):
        for atom in expr.atoms():
            if isinstance(atom, Label):
                yield from _read(atom.array, len(atom.indices), ranks, place)
                if atom.array not in integers:
                    yield Finding(
                        IndexRefused, f"`{atom.array}` is a real array and stands in an index",
                        f"declare it `const {atom.array}[...] : int`", place,
                    )  # fmt: skip
            elif isinstance(atom, Hyper) and not hypers.get(atom.name, False):
                yield _unknown_hyper(atom.name, place)


def _unknown_hyper(name: str, place: int | None) -> Finding:
    return Finding(
        NameRefused, f"`{name}` is no hyperparameter of that kind",
        f"declare it, hyper {name} = ...",
        place,
    )  # fmt: skip


def _read(name: str, given: int, ranks: dict[str, int], place: int | None) -> Iterator[Finding]:
    if name not in ranks:
        yield Finding(NameRefused, f"unknown array `{name}`", f"declare or define `{name}`", place)
    elif ranks[name] != given:
        yield Finding(
            IndexRefused, f"`{name}` has {ranks[name]} indices and is read with {given}",
            f"give {ranks[name]} indices", place,
        )  # fmt: skip


def _ranks(program: Program) -> dict[str, int]:
    ranks = {a.name: len(a.axes) for a in program.arrays}
    for equation in program.equations:
        ranks.setdefault(equation.name, len(equation.indices))
    return ranks


def _nodes(program: Program) -> Iterator[tuple[int | None, Node]]:
    for place, equation in enumerate(program.equations):
        yield from ((place, node) for node in walk(equation.expr))
    for fact in program.assumptions:
        yield from ((None, node) for side in (fact.left, fact.right) for node in walk(side))


def _exprs(program: Program) -> Iterator[tuple[int | None, IndexExpr]]:
    for place, equation in enumerate(program.equations):
        yield from ((place, expr) for expr in equation.indices)
        yield from ((place, expr) for expr in index_exprs(equation.expr))
    for fact in program.assumptions:
        yield from ((None, e) for side in (fact.left, fact.right) for e in index_exprs(side))
    yield from ((None, expr) for _, expr in program.extents)


# ---- indices ----------------------------------------------------------------------------------


def _left_sides(program: Program) -> Iterator[Finding]:
    for place, equation in enumerate(program.equations):
        free = equation.free
        if len(equation.indices) > MAX_RANK:
            yield Finding(
                LimitError, f"`{equation.name}` has more than {MAX_RANK} indices",
                "use fewer indices", place,
            )  # fmt: skip
        if len(set(free)) != len(free):
            yield Finding(
                IndexRefused, "an index stands twice on the left side",
                "use another index and a factor [i == i2]", place,
            )  # fmt: skip
        if any(e.indices() and e.index is None for e in equation.indices):
            yield Finding(
                IndexRefused, "an index on the left side stands alone, or is a constant",
                "shift the reads on the right instead", place,
            )  # fmt: skip


def _indices_bound_once(program: Program) -> Iterator[Finding]:
    for place, equation in enumerate(program.equations):
        yield from _bound(equation.expr, frozenset(equation.free), place)


def _bound(node: Node, bound: frozenset[Index], place: int) -> Iterator[Finding]:
    if isinstance(node, Reduce):
        again = [i for n, i in enumerate(node.indices) if i in bound or i in node.indices[:n]]
        for index in again:
            yield Finding(
                IndexRefused, f"the index `{index}` is bound already where it is bound again",
                "rename the inner one", place,
            )  # fmt: skip
        bound = bound.union(node.indices)
    own = index_exprs(node) if not children(node) else ()
    for index in (i for expr in own for i in expr.indices() if i not in bound):
        yield Finding(
            IndexRefused, f"the index `{index}` is neither on the left side nor bound",
            f"sum over it, sum[{index}](...), or put it on the left side", place,
        )  # fmt: skip
    for part in children(node):
        yield from _bound(part, bound, place)


def _extents_known(program: Program) -> Iterator[Finding]:
    known = {axis for a in program.arrays for axis in a.axes} | {n for n, _ in program.extents}
    for place, equation in enumerate(program.equations):
        bound = [i for n in walk(equation.expr) if isinstance(n, Reduce) for i in n.indices]
        for index in dict.fromkeys((*equation.free, *bound)):
            if index.name not in known:
                yield Finding(
                    IndexRefused, f"the index `{index}` has no extent",
                    f"declare it: index {index.name} : ...", place,
                )  # fmt: skip
    for where, expr in _exprs(program):
        for atom in expr.atoms():
            if isinstance(atom, Size) and atom.name not in known:
                yield Finding(
                    IndexRefused, f"size({atom.name}): `{atom.name}` has no extent",
                    f"declare it: index {atom.name} : ...", where,
                )  # fmt: skip


def _where_is_static(program: Program) -> Iterator[Finding]:
    for place, node in _nodes(program):
        if isinstance(node, Reduce) and node.where is not None and not is_static(node.where):
            yield Finding(
                IndexRefused, "`where` looks at a real value",
                "put the condition inside: sum[i](x[i]*[x[i] > 0])", place,
            )  # fmt: skip


def _reads_on_grid(program: Program) -> Iterator[Finding]:
    for check in read_checks(program):
        if check.never:
            yield Finding(
                IndexRefused,
                f"`{check.array}` is read at [{check.index}] on axis {check.axis}, from "
                f"{check.lower} to {check.upper}; its elements go from {check.first} to "
                f"{check.last}",
                f"shift the index, guard the read with a condition, or add `pad {check.array} = 0`",
                check.place,
            )


# ---- order ------------------------------------------------------------------------------------


def _cycles(program: Program) -> Iterator[Finding]:
    found = cycle(program)
    if found is not None:
        place, path = found
        yield Finding(
            ProgramRefused, f"the equations go round in a circle: {' -> '.join(path)}",
            "a recurrence reads an earlier (or later) element along one index, h[t-1]", place,
        )  # fmt: skip


def _starts_exist(program: Program) -> Iterator[Finding]:
    found = missing_start(program)
    if found is not None:
        place, element = found
        yield Finding(
            ProgramRefused, f"the recurrence reads `{element}`, which nothing defines",
            f"write a start, {element} = ..., or `pad {element.partition('[')[0]} = 0`", place,
        )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    _names_allowed,
    _free_text_is_plain,
    _single_definitions,
    _starts_have_definitions,
    _outputs_exist,
    _names_known,
    _left_sides,
    _indices_bound_once,
    _extents_known,
    _where_is_static,
    _cycles,
    _starts_exist,
    _reads_on_grid,
)

