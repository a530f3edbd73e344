"""Other libraries as witnesses: PyTorch and JAX run a program and differentiate it themselves.

Neither knows anything of the derivation, the lowering or the emitted text. A library is
imported only when it is asked for.
"""

from numeric.oracles.libraries import NAMES, Library, library, require
from numeric.oracles.native import Native, natives
from numeric.oracles.witness import Place, Witness, general, native

__all__ = [
    "NAMES",
    "Library",
    "Native",
    "Place",
    "Witness",
    "general",
    "library",
    "native",
    "natives",
    "require",
]
