"""Equations for whole matrices, beside those in index notation."""

from reports.matrix.forms import Form, Forms, forms

__all__ = ["Form", "Forms", "forms"]
