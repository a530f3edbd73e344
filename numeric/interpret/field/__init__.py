"""Exact arithmetic at a generic point: residues that decide, reals that choose the branch."""

from numeric.interpret.field.functions import NoRoot, generic, prime_field
from numeric.interpret.field.number import Number, lifted
from numeric.interpret.field.prime import P, Q

__all__ = ["NoRoot", "Number", "P", "Q", "generic", "lifted", "prime_field"]
