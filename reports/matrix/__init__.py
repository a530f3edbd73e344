"""Equations for whole matrices, beside those in index notation."""

from reports.matrix.beside import Form, Forms, forms
from reports.matrix.reasons import Reason

__all__ = ["Form", "Forms", "Reason", "forms"]
