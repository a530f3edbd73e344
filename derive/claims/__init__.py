"""Claims: derivations that somebody wrote down beside a program, to be judged, never used."""

from derive.claims.names import Cotangent, cotangents
from derive.claims.resolve import as_program, with_claims

__all__ = ["Cotangent", "as_program", "cotangents", "with_claims"]
