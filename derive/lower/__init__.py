"""Equations to plans of array operations, target-free."""
