"""Where an expression stands: which indices are bound there, and what the parameters are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.errors import DeriveError, IndexRefused, LimitError, NameRefused, Span
from derive.expr import Expr, Node, children
from derive.functions import FUNCTIONS
from derive.resolve.names import Names, counted, nearest
from derive.syntax import Name
from derive.words import CONSTANTS, MAX_NESTING, MAX_NODES

# A difference is a sum of a product with -1, so a level that is written makes at most two.
MAX_HEIGHT = 2 * MAX_NESTING


@dataclass(slots=True)
class Budget:
    """Measures what is made: functions defined in the text multiply what is written.

    Attributes:
        depth: how many expressions are open while the text is walked.
        measures: nodes and height of each node, by identity; the node is kept alive with it.
    """

    depth: int = 0
    measures: dict[int, tuple[int, int, Node]] = field(default_factory=dict)

    def measure(self, node: Node) -> tuple[int, int]:
        """The number of nodes in ``node``, written out, and its height."""
        known = self.measures.get(id(node))
        if known is None:
            parts = [self.measure(part) for part in children(node)]
            nodes = 1 + sum(size for size, _ in parts)
            height = 1 + max((height for _, height in parts), default=-1)
            known = (nodes, height, node)
            self.measures[id(node)] = known
        return known[:2]


@dataclass(frozen=True, slots=True)
class Scope:
    """The place of an expression.

    Attributes:
        names: the names of the text.
        bound: the indices that are free on the left or bound by a reduction around.
        parameters: inside the body of a ``def``, the arguments by parameter; else None.
        inlining: whether functions of the text are put in; not while their bodies are checked.
        budget: the nodes made so far.
    """

    names: Names
    bound: tuple[str, ...] = ()
    parameters: dict[str, Expr] | None = None
    inlining: bool = True
    budget: Budget = field(default_factory=Budget)

    def binding(self, indices: tuple[Name, ...]) -> Scope:
        """The scope inside a reduction.

        Raises:
            IndexRefused: if an index is bound already.
            NameRefused: if the name of an index means something else.
        """
        bound = self.bound
        for index in indices:
            self.check_index(index)
            if index.name in bound:
                raise self.refuse(
                    IndexRefused,
                    f"the index `{index.name}` is bound already where it is bound again",
                    index.span,
                    f"rename the inner one, `{self.unused(index.name)}`",
                )
            bound = (*bound, index.name)
        return replace(self, bound=bound)

    def check_index(self, index: Name) -> None:
        """Refuse a name that cannot be an index."""
        if index.name in self.names.hypers:
            raise self.refuse(
                NameRefused, f"`{index.name}` is a hyperparameter, not an index", index.span,
                "rename the index",
            )  # fmt: skip

    def unused(self, name: str) -> str:
        """A numbered variant of ``name`` that no index has."""
        number = 2
        while f"{name}{number}" in self.names.indices:
            number += 1
        return f"{name}{number}"

    def refuse(
        self, kind: type[DeriveError], problem: str, span: Span, remedy: str = ""
    ) -> DeriveError:
        """An error at ``span``."""
        return self.names.source.refuse(kind, problem, span, remedy)

    def checked(self, node: Node, span: Span) -> None:
        """Refuse a node that is too large or too deep.

        Raises:
            LimitError: if it is.
        """
        nodes, height = self.budget.measure(node)
        if nodes > MAX_NODES:
            raise self.refuse(
                LimitError, f"an expression of more than {MAX_NODES:,} operations, with the "
                "functions put in", span, "name a part in an equation of its own",
            )  # fmt: skip
        if height > MAX_HEIGHT:
            raise self.too_deep(span)

    def too_deep(self, span: Span) -> DeriveError:
        """The refusal of nesting that only shows when functions are put in."""
        return self.refuse(
            LimitError, f"nesting deeper than {MAX_NESTING}, with the functions put in", span,
            "name a part in an equation of its own",
        )  # fmt: skip

    def unknown(self, name: str, span: Span) -> DeriveError:
        """What to say of a name that stands for nothing here."""
        if name in self.names.ranks:
            rank = self.names.ranks[name]
            return self.refuse(
                IndexRefused, f"`{name}` has {counted(rank)} and is read with none", span,
                f"write {name}[{', '.join('ijklmnopqrstuvwx'[:rank])}]",
            )  # fmt: skip
        if name in self.names.indices:
            return self.unbound(name, span)
        if name in self.names.functions:
            return self.refuse(
                NameRefused, f"the function `{name}` needs its arguments", span,
                f"write {name}(...)",
            )  # fmt: skip
        known = (*self.names.ranks, *self.names.hypers, *self.bound, *CONSTANTS)
        return self.refuse(
            NameRefused, f"unknown name `{name}`", span,
            nearest(name, known) or f"declare it: `input {name}` or `hyper {name} = ...`",
        )  # fmt: skip

    def unbound(self, name: str, span: Span) -> DeriveError:
        """What to say of an index that nothing binds."""
        if self.parameters is not None:
            return self.refuse(
                IndexRefused, f"the index `{name}` cannot be used in a `def`, which is pointwise",
                span, "make it a parameter",
            )  # fmt: skip
        return self.refuse(
            IndexRefused, f"the index `{name}` is neither on the left side nor bound", span,
            f"sum over it, sum[{name}](...), or put it on the left side",
        )  # fmt: skip

    def unknown_function(self, name: str, span: Span) -> DeriveError:
        """What to say of a call of something that is no function."""
        if name in self.names.ranks:
            remedy = f"elements are read with square brackets, {name}[...]"
            remedy += "; multiplication is written out, a*(b)"
            return self.refuse(NameRefused, f"`{name}` is an array, not a function", span, remedy)
        known = (*FUNCTIONS, *self.names.functions)
        remedy = nearest(name, known) or f"define it: def {name}(z) = ..."
        return self.refuse(NameRefused, f"unknown function `{name}`", span, remedy)
