"""The drawings and plots of a report.

figure                      for programs that
computation graph           have equations
function and derivative     are a function of one entry
receptive field             move a window over an input
gradient along time         are a recurrence
step of a difference        have a gradient

What applies is told by the equations, never by a name.
"""

from __future__ import annotations

from typing import Protocol

from reports.document import Figure
from reports.equations import Derived
from reports.figures import pointwise, stepsize, through_time, windows
from reports.figures.subject import data, subject_of

__all__ = ["figures", "plots"]


class _Result(Protocol):
    @property
    def seed(self) -> int: ...


class Material(Protocol):
    """What the plots of a report are made of."""

    @property
    def equations(self) -> Derived:
        """The program, with its settings as defaults, and its backward equations."""

    @property
    def source(self) -> str:
        """The emitted module."""

    @property
    def result(self) -> _Result:
        """The verdict, whose seed the data are drawn from."""


def figures(material: Material) -> tuple[Figure, ...]:
    """Plot what can be plotted of a kernel; empty where no data can be found for it."""
    return plots(material.equations, material.source, material.result.seed)


def plots(equations: Derived, source: str, seed: int = 0) -> tuple[Figure, ...]:
    """Plot what can be plotted of the kernel ``source`` of ``equations``."""
    subject = subject_of(equations.program, source, seed)
    if subject is None:
        return ()
    chosen = data(subject, subject.ordinary_extents, seed)
    found = (
        pointwise.plot(equations, subject),
        windows.plot(equations, subject, seed),
        through_time.plot(equations, subject, seed),
        None if chosen is None else stepsize.plot(equations, subject, chosen, seed),
    )
    return tuple(figure for figure in found if figure is not None)
