"""Normal forms: sums of products of atoms, under sums over indices, all sums at the front.

    poly    coefficient * sum[bound](atom^exponent * atom^exponent * ...) + ...

Every binder is an index of its own, so a product never captures. Two terms are the same if they
are written alike once their bound indices are numbered in an order that does not depend on
names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count, permutations, product

from derive.index import Index, IndexExpr, parts

# A form of more terms than this is no help to anybody; the proof is given up.
LARGEST_FORM = 3_000


class GaveUp(Exception):
    """A form that has outgrown the bound, or has no value."""


@dataclass(frozen=True, slots=True)
class Atom:
    """What is not taken apart further.

    ``kind`` is one of

        read        an element of the array ``head`` at ``indices``
        index       an index, a size or another integer, ``indices[0]``
        named       a constant or a real hyperparameter ``head``
        call        the function ``head`` of ``forms``
        exp         the exponential of ``forms[0]``, one term with coefficient 1
        base        ``forms[0]``, which is raised to a power that cannot be expanded
        positive    [forms[0] > 0]
        zero        [forms[0] == 0]
        reduction   ``head`` (max, min, prod, ...) over ``bound`` of ``forms[0]`` where ``forms[1]``
        from_zero   [indices[0] >= 0], of integers
        equal       [indices[0] == 0], of integers

    Two atoms are the same if their ``key`` is.
    """

    kind: str
    head: str = ""
    indices: tuple[IndexExpr, ...] = field(default=(), compare=False)
    forms: tuple[Poly, ...] = field(default=(), compare=False)
    bound: tuple[Index, ...] = field(default=(), compare=False)
    free: frozenset[Index] = field(default=frozenset(), compare=False)
    key: str = ""

    @property
    def is_condition(self) -> bool:
        """Whether it is 0 or 1."""
        return self.kind in ("positive", "zero", "from_zero", "equal")


Factors = dict[Atom, Fraction]


@dataclass(frozen=True, slots=True)
class Term:
    """``sum[bound](product of factors)``."""

    bound: tuple[Index, ...]
    factors: Mapping[Atom, Fraction]

    def free(self) -> frozenset[Index]:
        """The indices that it uses and does not bind."""
        used = frozenset(i for atom in self.factors for i in atom.free)
        return used - frozenset(self.bound)


@dataclass(frozen=True, slots=True)
class Poly:
    """A sum of terms with coefficients, by the key of each term."""

    terms: Mapping[str, tuple[Fraction, Term]]

    def __iter__(self) -> Iterator[tuple[Fraction, Term]]:
        return iter(self.terms.values())

    def __len__(self) -> int:
        return len(self.terms)

    def free(self) -> frozenset[Index]:
        """The indices that it uses and does not bind."""
        return frozenset(i for _, term in self for i in term.free())

    @property
    def constant(self) -> Fraction | None:
        """The number this is, or None."""
        if not self.terms:
            return Fraction(0)
        ((coefficient, term),) = self if len(self) == 1 else ((Fraction(0), None),)
        alone = term is not None and not term.factors and not term.bound
        return coefficient if alone else None

    @property
    def single(self) -> tuple[Fraction, Term] | None:
        """The only term, or None."""
        return next(iter(self)) if len(self) == 1 else None


NOTHING = Poly({})
UNIT = Term((), {})


# ---- keys -------------------------------------------------------------------------------------

Names = Mapping[Index, str]


def index_key(expr: IndexExpr, names: Names) -> str:
    """``expr`` in letters, in an order of its own, with indices called as ``names`` says."""
    texts = []
    for coefficient, monomial in expr.terms:
        atoms = sorted(_index_atom(atom, names) for atom in monomial)
        texts.append("*".join([str(coefficient), *atoms]))
    return "+".join(sorted(texts)) or "0"


def _index_atom(atom: object, names: Names) -> str:
    if isinstance(atom, Index):
        return names.get(atom) or f"{atom.name}'{atom.tag}"
    inner = parts(atom)  # type: ignore[arg-type]  # an atom of an index expression
    if not inner:
        return str(atom)
    texts = [index_key(part, names) for part in inner]
    head = f"{type(atom).__name__}{getattr(atom, 'array', '')}"
    symmetric = head in ("Least", "Greatest")
    return f"{head}({';'.join(sorted(texts) if symmetric else texts)})"


def atom_key(atom: Atom, names: Names, extents: Mapping[str, str]) -> str:
    """``atom`` in letters."""
    if atom.key and names.keys().isdisjoint(atom.free):
        return atom.key
    shown = dict(names)
    for position, index in enumerate(atom.bound):
        shown[index] = f"@{len(names)}.{position}:{extents.get(index.name, index.name)}"
    inside = [index_key(e, shown) for e in atom.indices]
    inside += [poly_key(form, shown, extents) for form in atom.forms]
    marks = ",".join(shown[i] for i in atom.bound)
    return f"{atom.kind}:{atom.head}<{marks}>({' ; '.join(inside)})"


def poly_key(poly: Poly, names: Names, extents: Mapping[str, str]) -> str:
    """``poly`` in letters, its terms in order."""
    texts = [f"{c}~{term_key(t, names, extents)}" for c, t in poly]
    return " + ".join(sorted(texts))


def term_key(term: Term, names: Names, extents: Mapping[str, str]) -> str:
    """``term`` in letters, its bound indices numbered in an order that names do not decide."""
    return min(
        _written(term, {**names, **numbered}, extents)
        for numbered in _numberings(term, names, extents)
    )


def _written(term: Term, names: Names, extents: Mapping[str, str]) -> str:
    texts = (f"{atom_key(a, names, extents)}^{e}" for a, e in term.factors.items())
    head = ",".join(sorted(names[i] for i in term.bound))
    return f"S[{head}]" + "*".join(sorted(texts))


# Beyond so many orders of alike indices the first is taken: equal terms may then look different.
MOST_ORDERS = 120


def _numberings(term: Term, names: Names, extents: Mapping[str, str]) -> Iterator[dict[Index, str]]:
    if not term.bound:
        yield {}
        return
    colours = _coloured(term, names, extents)
    groups: dict[str, list[Index]] = {}
    for index in term.bound:
        groups.setdefault(colours[index], []).append(index)
    ordered = [groups[colour] for colour in sorted(groups)]
    for row, _ in zip(_orders(ordered), range(MOST_ORDERS), strict=False):
        yield {
            index: f"#{len(names)}.{n}:{extents.get(index.name, index.name)}"
            for n, index in enumerate(row)
        }


def _coloured(term: Term, names: Names, extents: Mapping[str, str]) -> dict[Index, str]:
    """What tells bound indices apart: the extent, then how they stand in the factors."""
    colours = {i: extents.get(i.name, i.name) for i in term.bound}
    for _ in range(2):
        new = {}
        for index in term.bound:
            marked = {**names, **{i: f"?{c}" for i, c in colours.items()}}
            marked[index] = f"!{colours[index]}"
            seen = (
                f"{atom_key(a, marked, extents)}^{e}"
                for a, e in term.factors.items()
                if index in a.free
            )
            new[index] = "|".join((extents.get(index.name, index.name), *sorted(seen)))
        ranks = {c: n for n, c in enumerate(sorted(set(new.values())))}
        colours = {i: f"{extents.get(i.name, i.name)}.{ranks[c]}" for i, c in new.items()}
        if len(ranks) == len(term.bound):
            break
    return colours


def _orders(groups: list[list[Index]]) -> Iterator[tuple[Index, ...]]:
    for rows in product(*(permutations(group) for group in groups)):
        yield tuple(index for row in rows for index in row)


# ---- making atoms -----------------------------------------------------------------------------


def made(  # noqa: PLR0913  the fields of an atom
    kind: str,
    extents: Mapping[str, str],
    *,
    head: str = "",
    indices: Iterable[IndexExpr] = (),
    forms: Iterable[Poly] = (),
    bound: tuple[Index, ...] = (),
) -> Atom:
    """An atom with its key and its free indices."""
    at, inside = tuple(indices), tuple(forms)
    used = {i for e in at for i in e.indices()} | {i for form in inside for i in form.free()}
    bare = Atom(kind, head, at, inside, bound, frozenset(used - set(bound)))
    return Atom(kind, head, at, inside, bound, bare.free, atom_key(bare, {}, extents))


class Supply:
    """Indices that nothing else uses."""

    def __init__(self) -> None:
        self._tags = count(1_000_000)

    def like(self, index: Index) -> Index:
        """A new index with the extent of ``index``."""
        return Index(index.name, next(self._tags))
