"""The meaning of a program: plain loops over its parse tree.

Independent of the nodes, the resolver, the derivation and the lowering, so that all of these
can be tested against it. Slow, and over any number type: see ``numeric.interpret.arithmetic``.
"""

from numeric.interpret.arithmetic import Arithmetic, floats, rationals, reals
from numeric.interpret.run import Run, interpret, run
from numeric.interpret.watch import Site, Watch

__all__ = [
    "Arithmetic",
    "Run",
    "Site",
    "Watch",
    "floats",
    "interpret",
    "rationals",
    "reals",
    "run",
]
