"""Equations for whole matrices, beside those in index notation."""

from reports.matrix.beside import Form, Forms, forms

__all__ = ["Form", "Forms", "forms"]
