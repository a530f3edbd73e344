"""Bugs put into kernels, equations and rules, to see that the checker catches each."""

from trials.mutants.run import command

__all__ = ["command"]
