"""Plans as NumPy text."""

from numeric.emit.statements import emit_statements

__all__ = ["emit_statements"]
