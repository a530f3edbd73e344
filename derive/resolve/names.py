"""What each name of a text stands for, and the checks on declarations."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from derive.errors import DeriveError, LimitError, NameRefused, ProgramRefused, Span
from derive.program import Array, Hyperparameter
from derive.syntax import (
    ArrayDeclaration,
    EquationStatement,
    FunctionDeclaration,
    HyperDeclaration,
    Name,
    Node,
    OutputDeclaration,
    Reduction,
    Source,
    Tree,
    children,
)
from derive.words import MAX_RANK


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a text.

    Attributes:
        source: the text, for errors.
        arrays: the declared arrays.
        ranks: the number of axes of each array, declared or computed.
        hypers: the hyperparameters.
        functions: what ``def`` defines.
        indices: every index name that is declared, bound or on a left side.
    """

    source: Source
    arrays: dict[str, Array]
    ranks: dict[str, int]
    hypers: dict[str, Hyperparameter]
    functions: dict[str, FunctionDeclaration]
    indices: frozenset[str]

    def integer(self, name: str) -> bool:
        """Whether ``name`` is an integer array."""
        array = self.arrays.get(name)
        return array is not None and array.integer


Indexed = ArrayDeclaration | OutputDeclaration | EquationStatement
Declared = ArrayDeclaration | HyperDeclaration | FunctionDeclaration | EquationStatement


def counted(rank: int) -> str:
    """``rank`` as a number of indices, in words."""
    return {0: "no indices", 1: "1 index"}.get(rank, f"{rank} indices")


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that names the closest of the known names, if one is close."""
    candidates = sorted(set(known))
    same = [candidate for candidate in candidates if candidate.lower() == name.lower()]
    found = same or difflib.get_close_matches(name, candidates, n=1, cutoff=0.5)
    return f"did you mean `{found[0]}`?" if found else ""


def collect(tree: Tree) -> Names:
    """Gather the names of a tree.

    Raises:
        NameRefused: if a name is declared twice or means two things.
        LimitError: if an array has too many axes.
        ProgramRefused: if an array is defined twice, or given and defined.
    """
    arrays = {d.name: Array(d.name, _axes(d.indices), d.role, d.integer) for d in tree.arrays}
    hypers = {d.name: Hyperparameter(d.name, d.default, d.integer) for d in tree.hypers}
    functions = {d.name: d for d in tree.functions}
    _check_once(tree)
    ranks = {name: len(array.axes) for name, array in arrays.items()}
    for statement in tree.equations:
        _check_statement(tree.source, statement, arrays, hypers, ranks)
        ranks.setdefault(statement.name, len(statement.indices))
    indices = _indices(tree, arrays, hypers)
    names = Names(tree.source, arrays, ranks, hypers, functions, indices)
    _check_ranks(tree)
    _check_meanings(tree, names)
    return names


def _axes(indices: tuple[Name, ...]) -> tuple[str, ...]:
    return tuple(index.name for index in indices)


def _check_once(tree: Tree) -> None:
    seen: dict[str, Span] = {}
    named: tuple[Declared, ...] = (*tree.arrays, *tree.hypers, *tree.functions)
    for declaration in named:
        _refuse_second(tree.source, seen, declaration.name, declaration.span, "declared")
    outputs: dict[str, Span] = {}
    for output in tree.outputs:
        _refuse_second(tree.source, outputs, output.name, output.span, "declared")
    indices: dict[str, Span] = {}
    for index in tree.indices:
        _refuse_second(tree.source, indices, index.name, index.span, "declared")
    pads: dict[str, Span] = {}
    for pad in tree.pads:
        _refuse_second(tree.source, pads, pad.array, pad.span, "padded")


def _refuse_second(
    source: Source, seen: dict[str, Span], name: str, span: Span, done: str
) -> None:
    if name in seen:
        first = seen[name]
        raise source.refuse(
            NameRefused, f"`{name}` is {done} twice, first at line {first.line}", span,
            "keep one of the two, or rename one",
        )  # fmt: skip
    seen[name] = span


def _check_statement(
    source: Source,
    statement: EquationStatement,
    arrays: dict[str, Array],
    hypers: dict[str, Hyperparameter],
    ranks: dict[str, int],
) -> None:
    name = statement.name
    if name in hypers:
        raise source.refuse(
            NameRefused, f"`{name}` is a hyperparameter, and an equation cannot define it",
            statement.span, "rename one of the two",
        )  # fmt: skip
    if name in arrays:
        raise source.refuse(
            ProgramRefused, f"`{name}` is declared `{arrays[name].role}`, so the caller gives it",
            statement.span, "drop the equation, or drop the declaration",
        )  # fmt: skip
    if ranks.get(name, len(statement.indices)) != len(statement.indices):
        raise source.refuse(
            ProgramRefused,
            f"`{name}` has {counted(ranks[name])} in one equation and "
            f"{counted(len(statement.indices))} in another",
            statement.span, "give both left sides the same number of indices",
        )  # fmt: skip


def _check_ranks(tree: Tree) -> None:
    indexed: tuple[Indexed, ...] = (*tree.arrays, *tree.equations, *tree.outputs)
    for declared in indexed:
        if len(declared.indices) > MAX_RANK:
            raise tree.source.refuse(
                LimitError,
                f"`{declared.name}` has {len(declared.indices)} indices; the limit is {MAX_RANK}",
                declared.span, "use fewer indices",
            )  # fmt: skip


def _indices(
    tree: Tree, arrays: dict[str, Array], hypers: dict[str, Hyperparameter]
) -> frozenset[str]:
    found = {index.name for d in _named_axes(tree) for index in d.indices}
    found.update(declared.name for declared in tree.indices)
    for equation in tree.equations:
        found.update(
            i.name for i in equation.indices if isinstance(i, Name) and i.name not in hypers
        )
    for root in _roots(tree):
        found.update(name.name for node in descend(root) if isinstance(node, Reduction)
                     for name in node.indices)  # fmt: skip
    for fact in tree.assumptions:
        written = (n.name for side in (fact.left, fact.right) for n in _subscripts(side))
        found.update(name for name in written if name not in arrays)
    return frozenset(found - set(hypers))


def _named_axes(tree: Tree) -> tuple[ArrayDeclaration | OutputDeclaration, ...]:
    return (*tree.arrays, *tree.outputs)


def _roots(tree: Tree) -> list[Node]:
    sides = [side for fact in tree.assumptions for side in (fact.left, fact.right)]
    bodies = [function.body for function in tree.functions]
    return [*(e.expr for e in tree.equations), *sides, *bodies]


def _subscripts(root: Node) -> list[Name]:
    return [
        part
        for node in descend(root)
        for part in getattr(node, "indices", ())
        if isinstance(part, Name)
    ]


def descend(root: Node) -> list[Node]:
    """Every node inside ``root``, itself first."""
    found: list[Node] = []
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(children(node)))
    return found


def _check_meanings(tree: Tree, names: Names) -> None:
    arrays: tuple[Indexed, ...] = (*tree.arrays, *tree.equations)
    for declaration in arrays:
        if declaration.name in names.functions:
            raise _two_meanings(tree.source, declaration.name, "function", declaration.span)
        if not declaration.indices and declaration.name in names.indices:
            raise _two_meanings(tree.source, declaration.name, "index", declaration.span)
    for index in tree.indices:
        if index.name in names.hypers:
            raise _two_meanings(tree.source, index.name, "hyperparameter", index.span)
    for declared in _named_axes(tree):
        for axis in declared.indices:
            if axis.name in names.hypers:
                raise _two_meanings(tree.source, axis.name, "hyperparameter", axis.span)
    _check_cotangents(tree, names)


def _two_meanings(source: Source, name: str, other: str, span: Span) -> DeriveError:
    return source.refuse(
        NameRefused, f"`{name}` already names a {other}", span, f"rename the {other} or this"
    )


def _check_cotangents(tree: Tree, names: Names) -> None:
    """Refuse ``dW`` beside ``W`` where the gradient of ``W`` will be called ``dW``.

    A computed output ``dW`` is let through: that is what a derived program looks like.
    """
    outputs = {output.name for output in tree.outputs}
    computed = [e for e in tree.equations if e.name not in outputs]
    named: tuple[Declared, ...] = (*tree.arrays, *tree.hypers, *computed)
    for found in named:
        base = names.arrays.get(found.name[1:]) if found.name.startswith("d") else None
        if base is not None and base.differentiable:
            raise tree.source.refuse(
                NameRefused, f"`{found.name}` is the name of the gradient of `{base.name}`",
                found.span, f"rename `{found.name}`, or `{base.name}`",
            )  # fmt: skip
