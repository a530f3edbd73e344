"""Equations of a layer in, its backward equations out. Symbolic only: nothing here sees an array."""
