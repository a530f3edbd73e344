"""How the names of a program look: Greek letters, labels, bars over cotangents, primes on indices.

name in the program     looks like
x, W                    the letter
sigma, eps              the Greek letter
loss                    upright
h0[n], x2               a number in brackets above, or below where there are no indices
W_hh[i, k], d_model     an upright label above, or below where there are no indices
xhat, xtilde            the letter with a hat, a tilde
dW                      the bar over what W looks like, where W is a name too
i2 beside i             i with a prime
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from derive.expr import Read
from derive.index import IndexExpr, Size
from derive.program import Program
from reports.mathematics.layout import (
    Accent,
    Bar,
    Digits,
    Fenced,
    Layout,
    Letter,
    Mark,
    Scripts,
    Word,
    listed,
    row,
)

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "eps": "ε", "epsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip

_PARTS = re.compile(r"(?P<nucleus>[A-Za-z]+)(?P<number>[0-9]*)(?:_(?P<label>.+))?")
# Labels that derivation gives, as they are usually written.
_LABELS = {"logsumexp": "lse"}
_ACCENTED = re.compile(r"(?P<letter>.+?)(?P<kind>hat|tilde)")
# Words that only look like a letter with a hat.
_WORDS = frozenset({"chat", "that", "what"})
_MOST_PRIMES = 3


@dataclass(frozen=True, slots=True)
class Tints:
    """What is coloured in one line of a derivation.

    Attributes:
        deltas: the colour of the deltas of each axis.
        entries: what stands in the place of an index that a delta has fixed, and its colour: an
            index, wherever it is mentioned, or a number.
        unmoved: reads that no delta has touched.
    """

    deltas: Mapping[int, int] = field(default_factory=dict)
    entries: tuple[tuple[IndexExpr, int], ...] = ()
    unmoved: frozenset[Read] = frozenset()

    def of(self, read: Read, entry: IndexExpr) -> int | None:
        """The colour of one index of a read."""
        if read in self.unmoved:
            return None
        for new, colour in self.entries:
            if entry == new or (new.index is not None and new.index in entry.indices()):
                return colour
        return None


NO_TINTS = Tints()


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one program, which decide what is a cotangent and what is a prime.

    Attributes:
        arrays: every array, given or computed.
        indices: every index.
        tints: what is coloured.
        hypers: every hyperparameter.
    """

    arrays: AbstractSet[str]
    indices: AbstractSet[str]
    tints: Tints = NO_TINTS
    hypers: AbstractSet[str] = frozenset()

    def has(self, *names: str) -> bool:
        """Whether the program itself calls something by one of ``names``."""
        return not self.arrays.isdisjoint(names) or not self.hypers.isdisjoint(names)

    def array(
        self,
        name: str,
        below: tuple[Layout, ...] = (),
        style: Callable[[Layout], Layout] | None = None,
    ) -> Layout:
        """Show an array with its indices; ``style`` is applied to its letter in matrix forms."""
        bars, core = self._without_bars(name)
        nucleus, label = _split(core)
        nucleus = nucleus if style is None else style(nucleus)
        for _ in range(bars):
            nucleus = Bar(nucleus)
        if label is None:
            return Scripts(nucleus, listed(below)) if below else nucleus
        # below the letter of a matrix stands the number of a slice
        if below or (style is not None and isinstance(label, Digits)):
            above = Fenced("(", label, ")") if isinstance(label, Digits) else label
            return Scripts(nucleus, listed(below) if below else None, above)
        return Scripts(nucleus, label)

    def index(self, name: str) -> Layout:
        """Show an index."""
        stem, primes = self.primes(name)
        if primes:
            return row(_split(stem)[0], Mark("′" * primes))
        nucleus, label = _split(name)
        return nucleus if label is None else Scripts(nucleus, label)

    def primes(self, name: str) -> tuple[str, int]:
        """Split an index such as ``i2`` beside ``i`` into its stem and the number of primes."""
        stem = name.rstrip("0123456789")
        digits = name[len(stem) :]
        if digits and stem in self.indices and 1 < int(digits) <= _MOST_PRIMES + 1:
            return stem, int(digits) - 1
        return name, 0

    def is_cotangent(self, name: str) -> bool:
        """Whether ``name`` is the cotangent of another array of the program."""
        return self._without_bars(name)[0] > 0

    def _without_bars(self, name: str) -> tuple[int, str]:
        bars = 0
        while name.startswith("d") and self._is_of_array(name[1:]):
            bars, name = bars + 1, name[1:]
        return bars, name

    def _is_of_array(self, name: str) -> bool:
        """Whether an array is called so, or so before a "_": a derivation calls the parts of the
        cotangents of h and y_1 dh_total and dy_1_total.
        """
        ends = [place for place, character in enumerate(name) if character == "_"]
        return any(name[:end] in self.arrays for end in (*ends, len(name)))


def names_of(program: Program) -> Names:
    """Collect the names that ``program`` uses."""
    arrays = {a.name for a in program.arrays} | {e.name for e in program.equations}
    indices = {axis for a in program.arrays for axis in a.axes} | {n for n, _ in program.extents}
    indices |= {i.name for e in program.equations for i in e.free}
    indices |= {
        atom.name for _, e in program.extents for atom in e.atoms() if isinstance(atom, Size)
    }
    hypers = frozenset(hyper.name for hyper in program.hypers)
    return Names(frozenset(arrays), frozenset(indices), hypers=hypers)


def spoken(name: str, names: Names) -> str:
    """Give an index as plain text."""
    stem, primes = names.primes(name)
    return GREEK.get(stem, stem) + "′" * primes


def plain(name: str) -> Layout:
    """Show a name that is neither an array nor an index, such as a hyperparameter."""
    nucleus, label = _split(name)
    return nucleus if label is None else Scripts(nucleus, label)


def _split(name: str) -> tuple[Layout, Layout | None]:
    """The nucleus and the label of a name."""
    found = _PARTS.fullmatch(name)
    if found is None:
        return Word(name), None
    nucleus, number, label = found["nucleus"], found["number"], found["label"]
    if number and label:
        return _letter(nucleus), row(Digits(number), Mark(","), Word(label.replace("_", " ")))
    if number:
        return _letter(nucleus), Digits(number)
    if label:
        return _letter(nucleus), _label(label)
    return _letter(nucleus), None


def _label(label: str) -> Layout:
    """Words, a number, or a number with words after it."""
    number, _, rest = label.partition("_")
    if number.isdigit() and rest:
        return row(Digits(number), Mark(","), _label(rest))
    text = _LABELS.get(label, label.replace("_", " "))
    return Digits(text) if text.isdigit() else Word(text)


def _letter(text: str) -> Layout:
    if text in GREEK:
        return Letter(GREEK[text])
    if len(text) == 1:
        return Letter(text)
    accented = None if text in _WORDS else _ACCENTED.fullmatch(text)
    if accented is not None:
        below = _letter(accented["letter"])
        if isinstance(below, Letter):
            return Accent(below, accented["kind"])
    return Word(text)
