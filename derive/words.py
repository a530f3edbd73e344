"""The words and limits of the equation language, as tables."""

from __future__ import annotations

from typing import Final

from derive.functions import FUNCTIONS

DECLARATIONS: Final = (
    "input", "param", "const", "hyper", "output", "index", "pad", "def", "assume",
    "claim",
)  # fmt: skip
FREE_TEXT: Final = ("title", "source", "note")
REDUCTIONS: Final = ("sum", "prod", "mean", "max", "min", "logsumexp", "argmax", "argmin")
KEYWORDS: Final = ("if", "else", "and", "or", "not", "where")
CONSTANTS: Final = ("pi", "inf")
RESERVED: Final = frozenset(
    (*DECLARATIONS, *FREE_TEXT, *REDUCTIONS, *KEYWORDS, *CONSTANTS, *FUNCTIONS, "size")
)

GREEK: Final = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Α": "Alpha", "Β": "Beta", "Γ": "Gamma", "Δ": "Delta", "Ε": "Epsilon", "Ζ": "Zeta",
    "Η": "Eta", "Θ": "Theta", "Ι": "Iota", "Κ": "Kappa", "Λ": "Lambda", "Μ": "Mu", "Ν": "Nu",
    "Ξ": "Xi", "Ο": "Omicron", "Π": "Pi", "Ρ": "Rho", "Σ": "Sigma", "Τ": "Tau", "Υ": "Upsilon",
    "Φ": "Phi", "Χ": "Chi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SYMBOLS: Final = {
    "⊙": "*", "·": "*", "×": "*", "−": "-", "≤": "<=", "≥": ">=", "≠": "!=", "∑": "sum",
    "∏": "prod",
}  # fmt: skip

MAX_CHARACTERS: Final = 20_000
MAX_LINES: Final = 500
MAX_NESTING: Final = 100
MAX_INTEGER: Final = 10**6
MAX_NODES: Final = 20_000
MAX_RANK: Final = 16
MAX_NAME: Final = 32
# A cotangent is called dNAME; so many of these letters do not count, for higher derivatives.
MAX_ORDER: Final = 4


def longest(name: str) -> int:
    """How long a name that begins like ``name`` may be."""
    return MAX_NAME + min(MAX_ORDER, len(name) - len(name.lstrip("d")))
