"""Equations as typography: one layout tree, and a small printer for each language."""
