"""A program as it grows: what is declared, what may be read, which names are free."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

# Index names of the roots: an axis that a declared array has.
ROOTS = ("n", "i", "j", "k", "t", "h", "c", "w", "b")
OTHERS = ("u", "v", "p", "q", "r", "s", "l", "m", "e", "f", "g", "a", "o", "y", "z")
# Some that Python, NumPy or the emitted code own, and some that are Greek.
GIVEN = (
    "x", "X", "W", "U", "b", "V", "A", "B", "lambda", "np", "gamma", "θ", "q1", "w_x", "class",
    "saved", "T", "N", "K", "S", "def_", "self", "E", "I", "beta", "v0", "x_2", "σ",
)  # fmt: skip
COMPUTED = (
    "z", "y", "a", "h", "s_", "f1", "Z", "P", "loss", "φ", "out", "np_", "M", "G", "Y2", "mu",
    "forward", "H", "y_1", "r1", "Q", "zeta", "C", "R",
)  # fmt: skip

# What has no exact value in fractions.
IRRATIONAL = re.compile(
    r"\b(exp|log|sqrt|sin|cos|tan|sinh|cosh|tanh|sigmoid|softplus|erf|gelu|silu|elu|logsumexp|pi)\b"
    r"|\^-?[0-9]*\.[0-9]"
)
Scope = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stock:
    """An array that equations may read.

    Attributes:
        name: its name.
        axes: for each axis the index whose extent it has.
        positive: whether it is read as a positive number only.
    """

    name: str
    axes: tuple[str, ...]
    positive: bool = False


class Draft:
    """What has been written so far. Choices come from ``rng`` only.

    An ``exact`` draft has only equations with exact values in fractions.
    """

    def __init__(self, rng: Random, exact: bool = False) -> None:
        self.rng = rng
        self.exact = exact
        self.roots = rng.sample(ROOTS, rng.choice((2, 2, 3, 3, 4)))
        self.stock: list[Stock] = []
        self.labels: list[Stock] = []
        self.computed: list[str] = []
        self.was_read: set[str] = set()
        self.pads: dict[str, str] = {}
        self._declared: dict[str, tuple[str, ...]] = {}
        self._lines: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._functions: list[str] = []
        self._declarations: list[str] = []
        self._equations: list[str] = []
        self._names: set[str] = set()
        self._indices: set[str] = set(ROOTS)

    def pick(self, forms: Sequence[str]) -> str:
        """One of these ways to write something."""
        allowed = [f for f in forms if not IRRATIONAL.search(f)] if self.exact else forms
        return self.rng.choice(allowed)

    # ---- names --------------------------------------------------------------------------------

    def _name(self, pool: Sequence[str]) -> str:
        free = [name for name in pool if self._is_free(name)]
        if free:
            found = self.rng.choice(free)
        else:
            stem = self.rng.choice(pool)
            found = next(f"{stem}{n}" for n in range(3, 1000) if self._is_free(f"{stem}{n}"))
        self._names.add(found)
        return found

    def _is_free(self, name: str) -> bool:
        # an index may share its name with an array that has axes; drafts keep them apart
        return name not in self._names and name not in self._indices

    def index(self, extent: str = "") -> str:
        """A new index name, with a declared extent if one is given."""
        free = [name for name in OTHERS if name not in self._indices | self._names]
        found = self.rng.choice(free) if free else f"i{len(self._indices)}"
        self._indices.add(found)
        if extent:
            self._lines[found] = extent
        return found

    def alias(self, space: str, scope: Scope) -> tuple[str, bool]:
        """Another index over ``space``, and whether a plain read must give it its extent."""
        known = [a for a, s in self._aliases.items() if s == space and a not in scope]
        if known and self.rng.random() < 0.7:
            found = self.rng.choice(known)
            return found, found not in self._lines
        declared = self.rng.random() < 0.5
        found = self.index(f"size({space})" if declared else "")
        self._aliases[found] = space
        return found, not declared

    # ---- declarations -------------------------------------------------------------------------

    def array(self, axes: Sequence[str], *, role: str = "", positive: bool = False) -> Stock:
        """Declare an array."""
        role = role or self.rng.choices(("input", "param", "const"), (5, 4, 1))[0]
        found = Stock(self._name(GIVEN), tuple(axes), positive)
        self._declared[found.name] = found.axes
        self._declarations.append(f"{role} {element(found.name, found.axes)}")
        self.stock.append(found)
        return found

    def label(self, axes: Sequence[str]) -> Stock:
        """Declare an array of integers."""
        found = Stock(self._name(("id", "lab", "pos", "ix", "mask")), tuple(axes))
        self._declared[found.name] = found.axes
        self._declarations.append(f"const {element(found.name, found.axes)} : int")
        self.labels.append(found)
        return found

    def hyper(self, default: str, *, whole: bool = False) -> str:
        """Declare a hyperparameter."""
        name = self._name(("eps", "alpha", "rate", "g1", "d1", "s1", "kk", "ν"))
        self._declarations.append(f"hyper {name} = {default}{' : int' if whole else ''}")
        return name

    def function(self, parameters: str, body: str) -> str:
        """Declare a pointwise function."""
        name = self._name(("swish", "bump", "gate", "fun", "mix"))
        self._functions.append(f"def {name}({parameters}) = {body}")
        return name

    def assume(self, fact: str) -> None:
        """Declare a fact."""
        self._declarations.append(f"assume {fact}")

    def pad(self, stock: Stock, value: str) -> None:
        """Let reads of an array off its grid give a value, unless they give one already."""
        self.pads.setdefault(stock.name, value)

    # ---- equations ----------------------------------------------------------------------------

    def new(self) -> str:
        """A name for an array to compute."""
        return self._name(COMPUTED)

    def start(self, name: str, indices: Sequence[str], expr: str) -> None:
        """Write the start of a recurrence."""
        self._equations.append(f"{element(name, indices)} = {expr}")

    def equation(self, name: str, scope: Scope, expr: str) -> Stock:
        """Write the definition of an array over the indices of ``scope``."""
        self._equations.append(f"{element(name, tuple(scope))} = {expr}")
        found = Stock(name, tuple(scope.values()))
        self.stock.append(found)
        self.computed.append(name)
        return found

    def scope(self, least: int = 0, most: int = 4) -> dict[str, str]:
        """Free indices for an equation: some of the roots, in any order."""
        sizes = range(least, most + 1)
        rank = self.rng.choices(sizes, [(2, 6, 6, 2, 0.5)[r] for r in sizes])[0]
        chosen = self.rng.sample(self.roots, min(rank, len(self.roots)))
        return {name: name for name in chosen}

    def text(self, outputs: Sequence[str]) -> str:
        """The program."""
        given = {axis for axes in self._declared.values() for axis in axes}
        lines = dict(self._lines)
        for root in ROOTS:
            if root not in given and any(_mentions(text, root) for text in self._everything()):
                lines[root] = self.rng.choice(("3", "2", "4"))
        ranks = {stock.name: stock.axes for stock in self.stock}
        head = [
            *self._declarations,
            *(f"index {name} : {extent}" for name, extent in lines.items()),
            *(f"pad {name} = {value}" for name, value in self.pads.items()),
        ]
        self.rng.shuffle(head)
        shown = (element(name, ranks[name]) for name in outputs)
        parts = [*head, *self._functions, f"output {', '.join(shown)}", *self._equations]
        return "\n".join(parts) + "\n"

    def _everything(self) -> list[str]:
        return [*self._equations, *self._lines.values()]


def element(name: str, indices: Sequence[str]) -> str:
    """``name[indices]``; a scalar without brackets."""
    return f"{name}[{', '.join(indices)}]" if indices else name


def _mentions(text: str, index: str) -> bool:
    """Whether an index name stands in a text as a word."""
    word, found = "", set()
    for character in text + " ":
        if character.isalnum() or character == "_":
            word += character
        else:
            found.add(word)
            word = ""
    return index in found
