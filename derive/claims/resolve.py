"""Parse tree to claims: names, ranks and extents, as for equations, with the cotangents known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive import syntax
from derive.claims.names import as_arrays
from derive.errors import DeriveError, IndexRefused, NameRefused, Span
from derive.expr import Expr, Node, Reduce, own_index_exprs, walk
from derive.index import Index, IndexExpr, Label, Size, as_expr
from derive.inference import infer
from derive.legality import findings
from derive.program import Array, Claim, Equation, Pad, Program
from derive.resolve.names import Names, collect, counted, descend, nearest
from derive.resolve.numbers import check_numbers
from derive.resolve.scope import Scope
from derive.resolve.values import expression

# How many names a message lists.
LISTED = 24


def with_claims(program: Program, tree: syntax.Tree) -> Program:
    """``program`` with the claims of its text.

    Raises:
        DeriveError: if a claim names what there is not, or has no meaning; with the place.
    """
    if not tree.claims:
        return program
    return replace(program, claims=_Resolver(program, tree).claims())


class _Resolver:
    def __init__(self, program: Program, tree: syntax.Tree) -> None:
        self.program, self.tree = program, tree
        self.cotangents = as_arrays(program)
        self.names = _with_cotangents(collect(tree), self.cotangents, tree)
        self.scope = Scope(self.names)
        self.rows = dict(program.extents)
        self.roots = {axis for array in program.arrays for axis in array.axes}

    def claims(self) -> tuple[Claim, ...]:
        lefts = [self._left(claim) for claim in self.tree.claims]
        sides = [
            Equation(f"claim{n}_{m}", left, self._side(claim, side))
            for n, (claim, left) in enumerate(zip(self.tree.claims, lefts, strict=True))
            for m, side in enumerate(claim.sides)
        ]
        program = self.program
        given = (*program.arrays, *self.cotangents)
        taken = (*self.names.hypers, *self.names.functions)
        equations = (*program.equations, *sides)
        found = infer(given, equations, program.assumptions, self.rows, taken)
        new, places = len(program.equations), self._places()
        for missing in found.missing:
            claim = places[missing.place - new]
            raise self._refuse(
                IndexRefused,
                f"the index `{missing.name}` reads no axis plainly, so it has no extent",
                _place_of(claim, missing.name), f"declare it: index {missing.name} : ...",
            )  # fmt: skip
        settled = iter(found.equations[new:])
        rows = {n: row for n, row in found.rows if n not in dict(program.extents)}
        made = tuple(
            self._claim(claim, [next(settled) for _ in claim.sides], rows)
            for claim in self.tree.claims
        )
        self._check(made)
        return made

    def _places(self) -> list[syntax.ClaimDeclaration]:
        return [claim for claim in self.tree.claims for _ in claim.sides]

    def _refuse(
        self, kind: type[DeriveError], problem: str, span: Span, remedy: str
    ) -> DeriveError:
        return self.tree.source.refuse(kind, problem, span, remedy)

    # ---- names ----------------------------------------------------------------------------

    def _left(self, claim: syntax.ClaimDeclaration) -> tuple[IndexExpr, ...]:
        self._check_array(claim.name, claim.span)
        rank = self.names.ranks[claim.name]
        if rank != len(claim.indices):
            raise self._refuse(
                IndexRefused,
                f"`{claim.name}` has {counted(rank)} and the claim has {len(claim.indices)}",
                claim.span, f"give {counted(rank)}",
            )  # fmt: skip
        named = [i for i in claim.indices if isinstance(i, syntax.Name)]
        for position, index in enumerate(claim.indices):
            if not isinstance(index, syntax.Name) or index.name in self.names.hypers:
                raise self._refuse(
                    IndexRefused, "the left side of a claim has plain indices", index.span,
                    "write an index for each axis, and shift the reads on the right",
                )  # fmt: skip
            if index.name in [other.name for other in named[:position]]:
                raise self._refuse(
                    IndexRefused, f"the index `{index.name}` stands twice on the left side",
                    index.span, "use another index",
                )  # fmt: skip
        axes = next(a.axes for a in self._all_arrays() if a.name == claim.name)
        for index, axis in zip(named, axes, strict=True):
            if index.name not in self.roots:
                self.rows.setdefault(index.name, as_expr(Size(axis)))
        return tuple(as_expr(Index(i.name)) for i in named)

    def _all_arrays(self) -> Iterator[Array]:
        yield from (*self.program.arrays, *self.cotangents)
        for equation in self.program.equations:
            if not equation.is_start:
                yield Array(equation.name, self.program.axes(equation.name))

    def _check_array(self, name: str, span: Span) -> None:
        if name in self.names.ranks:
            return
        known = tuple(self.names.ranks)
        shown = ", ".join(known[:LISTED]) + (", ..." if len(known) > LISTED else "")
        close = nearest(name, known)
        remedy = f"{close} the program has {shown}" if close else f"the program has {shown}"
        raise self._refuse(NameRefused, f"unknown array `{name}`", span, remedy)

    def _side(self, claim: syntax.ClaimDeclaration, side: syntax.Expr) -> Expr:
        check_numbers(side, self.tree.source)
        for node in descend(side):
            if isinstance(node, syntax.Element):
                self._check_array(node.array, node.span)
        left = tuple(i for i in claim.indices if isinstance(i, syntax.Name))
        return expression(side, self.scope.binding(left))

    # ---- the whole ------------------------------------------------------------------------

    def _claim(
        self, claim: syntax.ClaimDeclaration, sides: list[Equation], rows: dict[str, IndexExpr]
    ) -> Claim:
        left = sides[0].indices
        used = _index_names(left, [side.expr for side in sides], rows)
        own = tuple((name, rows[name]) for name in sorted(used))
        lines = tuple(_first_line(side) for side in claim.sides)
        return Claim(claim.name, left, tuple(side.expr for side in sides), own, lines)

    def _check(self, claims: tuple[Claim, ...]) -> None:
        whole, places = as_program(replace(self.program, claims=claims)), self._places()
        first = len(self.program.equations)
        for finding in findings(whole):
            if finding.place is not None and finding.place >= first:
                span = places[finding.place - first].span
                raise self._refuse(finding.kind, finding.problem, span, finding.remedy)


def as_program(program: Program, claims: Sequence[Claim] | None = None) -> Program:
    """A program of the claims: the cotangents are given, and every side is an output.

    The sides of claim n are called ``claimN_0``, ``claimN_1``, ... Off its grid every array is
    zero, as in derived equations, unless the program has a pad for it.
    """
    judged = program.claims if claims is None else tuple(claims)
    given = as_arrays(program)
    sides = tuple(
        Equation(f"claim{n}_{m}", claim.indices, side)
        for n, claim in enumerate(judged)
        for m, side in enumerate(claim.sides)
    )
    extents = {name: row for claim in judged for name, row in claim.extents}
    known = dict(program.extents)
    arrays = [a.name for a in (*program.arrays, *given) if not a.integer]
    arrays += [e.name for e in program.equations if not program.holds_integers(e.name)]
    zero = {name: Pad(name) for name in dict.fromkeys(arrays)}
    return replace(
        program,
        arrays=(*program.arrays, *given),
        equations=(*program.equations, *sides),
        outputs=tuple(side.name for side in sides),
        extents=(*known.items(), *((n, r) for n, r in extents.items() if n not in known)),
        pads=tuple((zero | {pad.array: pad for pad in program.pads}).values()),
        claims=(),
    )


def _with_cotangents(names: Names, given: Sequence[Array], tree: syntax.Tree) -> Names:
    bound = {
        index.name
        for claim in tree.claims
        for side in claim.sides
        for node in descend(side)
        if isinstance(node, syntax.Reduction)
        for index in node.indices
    }
    left = {i.name for c in tree.claims for i in c.indices if isinstance(i, syntax.Name)}
    return replace(
        names,
        arrays=names.arrays | {array.name: array for array in given},
        ranks=names.ranks | {array.name: len(array.axes) for array in given},
        indices=names.indices | ((bound | left) - set(names.hypers)),
    )


def _index_names(
    left: Sequence[IndexExpr], sides: Sequence[Expr], rows: dict[str, IndexExpr]
) -> set[str]:
    """The names of rows that a claim mentions, those that other rows mention included."""
    pending = [name for e in left for name in _mentioned(e)]
    nodes: list[Node] = [node for side in sides for node in walk(side)]
    for node in nodes:
        pending += [i.name for i in node.indices] if isinstance(node, Reduce) else []
        pending += [name for e in own_index_exprs(node) for name in _mentioned(e)]
    used: set[str] = set()
    while pending:
        name = pending.pop()
        if name in rows and name not in used:
            used.add(name)
            pending += _mentioned(rows[name])
    return used


def _mentioned(expr: IndexExpr) -> list[str]:
    found = [a.name for a in expr.atoms() if isinstance(a, (Index, Size))]
    labels = (a for a in expr.atoms() if isinstance(a, Label))
    return found + [name for label in labels for e in label.indices for name in _mentioned(e)]


def _first_line(side: syntax.Expr) -> int:
    return min(node.span.line for node in descend(side))


def _place_of(claim: syntax.ClaimDeclaration, name: str) -> Span:
    for root in (*claim.indices, *claim.sides):
        for node in descend(root):
            candidates = node.indices if isinstance(node, syntax.Reduction) else (node,)
            for found in candidates:
                if isinstance(found, syntax.Name) and found.name == name:
                    return found.span
    return claim.span
