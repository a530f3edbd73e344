"""Parse tree to program: names, ranks, roles, extents; then the equations as a whole."""

from __future__ import annotations

from dataclasses import replace

from derive import syntax
from derive.canonical import integral
from derive.errors import DeriveError, IndexRefused, NameRefused, ProgramRefused, Span
from derive.index import Index, IndexExpr, Label, Size, as_expr
from derive.inference import Inferred, Pair, different, expand, infer
from derive.legality import Finding, findings
from derive.program import Assumption, Equation, Pad, Program
from derive.resolve.functions import check_functions
from derive.resolve.indices import index_expr
from derive.resolve.names import Names, collect, counted, descend, nearest
from derive.resolve.numbers import check_numbers
from derive.resolve.scope import Scope
from derive.resolve.values import expression

Statement = syntax.EquationStatement | syntax.AssumeDeclaration


def resolve(tree: syntax.Tree) -> Program:
    """The program that a parse tree means.

    Raises:
        DeriveError: of any kind but ``CallRefused``, with the place in the text.
    """
    return _Resolver(tree).program()


class _Resolver:
    def __init__(self, tree: syntax.Tree) -> None:
        self.tree = tree
        self.names: Names = collect(tree)
        self.scope = Scope(self.names)

    def program(self) -> Program:
        self._check_text()
        declared = self._extents()
        equations = tuple(self._equation(s) for s in self.tree.equations)
        facts = tuple(self._fact(a) for a in self.tree.assumptions)
        assumptions = tuple(f for f in facts if _extents_of(f) is None)
        arrays = tuple(self.names.arrays.values())
        taken = (*self.names.hypers, *self.names.functions)
        found = infer(arrays, equations, assumptions, declared, taken)
        about = [a for a, f in zip(self.tree.assumptions, facts, strict=True)
                 if _extents_of(f) is None]  # fmt: skip
        self._check_missing(found, (*self.tree.equations, *about))
        program = Program(
            arrays,
            found.equations,
            tuple(o.name for o in self.tree.outputs),
            tuple(self.names.hypers.values()),
            found.rows,
            tuple(self._pad(p) for p in self.tree.pads),
            found.assumptions,
            title=self.tree.title,
            sources=self.tree.sources,
            notes=self.tree.notes,
        )
        self._check_whole(program)
        told = tuple(pair for f in facts if (pair := _extents_of(f)) is not None)
        return replace(program, agreements=self._agreements(program, (*told, *found.agreements)))

    def _agreements(self, program: Program, found: tuple[Pair, ...]) -> tuple[Pair, ...]:
        """What must be equal: told, found by reading, and promised by the outputs' index names."""
        rows = dict(program.extents)
        known = {axis for array in program.arrays for axis in array.axes} | set(rows)
        promised = [
            (as_expr(Size(axis)), as_expr(Size(index.name)))
            for output in self.tree.outputs
            for axis, index in zip(program.axes(output.name), output.indices, strict=True)
            if index.name in known
        ]
        agreements = different((*found, *promised), rows)
        for left, right in agreements:
            if (expand(left, rows) - expand(right, rows)).constant is not None:
                raise self._disagreement(left, right, rows)
        return agreements

    def _refuse(
        self, kind: type[DeriveError], problem: str, span: Span, remedy: str
    ) -> DeriveError:
        return self.tree.source.refuse(kind, problem, span, remedy)

    # ---- declarations ---------------------------------------------------------------------

    def _check_text(self) -> None:
        tree = self.tree
        for root in (*(e.expr for e in tree.equations), *(f.body for f in tree.functions),
                     *(s for a in tree.assumptions for s in (a.left, a.right))):  # fmt: skip
            check_numbers(root, tree.source)
        for output in tree.outputs:
            self._check_output(output)
        check_functions(self.names)
        if not tree.outputs:
            raise self._no_output()

    def _check_output(self, output: syntax.OutputDeclaration) -> None:
        ranks = self.names.ranks
        if output.name not in ranks:
            raise self._refuse(
                ProgramRefused, f"the output `{output.name}` is not defined by any equation",
                output.span,
                nearest(output.name, ranks) or f"write an equation: {output.name}[...] = ...",
            )  # fmt: skip
        if len(output.indices) != ranks[output.name]:
            raise self._refuse(
                IndexRefused,
                f"the output `{output.name}` is declared with {counted(len(output.indices))} "
                f"and defined with {counted(ranks[output.name])}",
                output.span, "give both the same number of indices",
            )  # fmt: skip

    def _no_output(self) -> ProgramRefused:
        defined = [e.name for e in self.tree.equations]
        example = defined[-1] if defined else "y"
        return ProgramRefused(
            "the text declares no output" if defined else "the text has no equations",
            remedy=f"add a line: output {example}[...]" if defined
            else "write declarations and equations, see the language page",
            origin=self.tree.source.origin,
        )  # fmt: skip

    def _extents(self) -> dict[str, IndexExpr]:
        rows: dict[str, IndexExpr] = {}
        for line in self.tree.indices:
            check_numbers(line.extent, self.tree.source)
            rows[line.name] = index_expr(line.extent, self.scope)
        for line in self.tree.indices:
            self._check_cycle(line, rows)
            extent = expand(rows[line.name], rows).constant
            if extent is not None and extent < 0:
                raise self._refuse(
                    IndexRefused, f"the extent of `{line.name}` is {extent}", line.span,
                    "an extent is 0 or more",
                )  # fmt: skip
        return rows

    def _check_cycle(self, line: syntax.IndexDeclaration, rows: dict[str, IndexExpr]) -> None:
        seen, waiting = set[str](), [line.name]
        while waiting:
            expr = rows.get(waiting.pop(), IndexExpr())
            sizes = {a.name for a in expr.atoms() if isinstance(a, Size)}
            if line.name in sizes:
                raise self._refuse(
                    IndexRefused, f"the extent of `{line.name}` depends on itself", line.span,
                    "give one of the extents without the other",
                )  # fmt: skip
            waiting.extend(sorted(sizes - seen))
            seen |= sizes

    def _pad(self, pad: syntax.PadDeclaration) -> Pad:
        if pad.array not in self.names.ranks:
            raise self._refuse(
                NameRefused, f"`pad` of an unknown array `{pad.array}`", pad.span,
                nearest(pad.array, self.names.ranks) or "name an array of this text",
            )  # fmt: skip
        if self.names.integer(pad.array):
            raise self._refuse(
                NameRefused, f"`{pad.array}` is an integer array and takes no `pad`", pad.span,
                "keep its index inside with min() and max()",
            )  # fmt: skip
        return Pad(pad.array, pad.value)

    # ---- equations ------------------------------------------------------------------------

    def _equation(self, statement: syntax.EquationStatement) -> Equation:
        free = tuple(i for i in statement.indices if self._is_free(i))
        names = [i for i in free if isinstance(i, syntax.Name)]
        for position, name in enumerate(names):
            if name.name in [earlier.name for earlier in names[:position]]:
                raise self._refuse(
                    IndexRefused, f"the index `{name.name}` stands twice on the left side",
                    name.span,
                    f"use another index and a factor [{name.name} == {name.name}2]",
                )  # fmt: skip
        scope = self.scope.binding(tuple(names))
        indices = tuple(
            as_expr(Index(i.name)) if i in names else self._constant(i) for i in statement.indices
        )
        return Equation(statement.name, indices, expression(statement.expr, scope))

    def _is_free(self, node: syntax.Expr) -> bool:
        return (
            isinstance(node, syntax.Name)
            and node.name not in self.names.hypers
            and self.names.ranks.get(node.name) != 0
        )

    def _constant(self, node: syntax.Expr) -> IndexExpr:
        for part in descend(node):
            if isinstance(part, syntax.Name) and self._is_free(part):
                raise self._refuse(
                    IndexRefused, "an index on the left side stands alone, or is a constant",
                    node.span, f"write `{part.name}` on the left and shift the reads on the right",
                )  # fmt: skip
        return index_expr(node, self.scope)

    def _fact(self, fact: syntax.AssumeDeclaration) -> Assumption:
        reads = (n for side in (fact.left, fact.right) for n in descend(side)
                 if isinstance(n, syntax.Element))  # fmt: skip
        written = (p for read in reads for i in read.indices for p in descend(i))
        bound = {
            i.name for side in (fact.left, fact.right) for n in descend(side)
            if isinstance(n, syntax.Reduction) for i in n.indices
        }  # fmt: skip
        names = [n for n in written if isinstance(n, syntax.Name) and self._is_free(n)]
        free = {n.name: n for n in names if n.name not in bound}
        scope = self.scope.binding(tuple(free.values()))
        return Assumption(expression(fact.left, scope), expression(fact.right, scope))

    # ---- the whole ------------------------------------------------------------------------

    def _check_missing(self, found: Inferred, statements: tuple[Statement, ...]) -> None:
        for missing in found.missing:
            statement = statements[missing.place]
            raise self._refuse(
                IndexRefused,
                f"the index `{missing.name}` reads no axis plainly, so it has no extent",
                _place_of(statement, missing.name),
                f"declare it: index {missing.name} : ...",
            )  # fmt: skip

    def _disagreement(
        self, left: IndexExpr, right: IndexExpr, rows: dict[str, IndexExpr]
    ) -> DeriveError:
        sizes = [a.name for e in (left, right) for a in e.atoms() if isinstance(a, Size)]
        places = [s for s in self.tree.equations
                  if any(_mentions(s, name) for name in sizes)] or self.tree.equations  # fmt: skip
        return self._refuse(
            IndexRefused,
            f"one index runs over two extents: {left} = {expand(left, rows)} and "
            f"{right} = {expand(right, rows)}",
            places[-1].span, "make the extents equal, or use two indices",
        )  # fmt: skip

    def _check_whole(self, program: Program) -> None:
        for finding in findings(program):
            raise self._located(finding)

    def _located(self, finding: Finding) -> DeriveError:
        span = Span(1, 1)
        if finding.place is not None:
            span = self.tree.equations[finding.place].span
        return self._refuse(finding.kind, finding.problem, span, finding.remedy)


def _extents_of(fact: Assumption) -> Pair | None:
    """The two sides, if the fact is about extents: ``assume size(j) = size(k)``."""
    left, right = integral(fact.left), integral(fact.right)
    if left is None or right is None:
        return None
    atoms = [*left.atoms(), *right.atoms()]
    if not any(isinstance(a, Size) for a in atoms) or any(
        isinstance(a, (Index, Label)) for a in atoms
    ):
        return None
    return left, right


def _place_of(statement: Statement, name: str) -> Span:
    if isinstance(statement, syntax.EquationStatement):
        roots: tuple[syntax.Node, ...] = (*statement.indices, statement.expr)
    else:
        roots = (statement.left, statement.right)
    for root in roots:
        for node in descend(root):
            candidates = node.indices if isinstance(node, syntax.Reduction) else (node,)
            for found in candidates:
                if isinstance(found, syntax.Name) and found.name == name:
                    return found.span
    return statement.span


def _mentions(statement: syntax.EquationStatement, name: str) -> bool:
    return any(
        isinstance(part, syntax.Name) and part.name == name
        for root in (*statement.indices, statement.expr)
        for node in descend(root)
        for part in (node.indices if isinstance(node, (syntax.Element, syntax.Reduction)) else ())
    )
