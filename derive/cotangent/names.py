"""How cotangents are called: ``dW`` for ``W``, and what to do where that name is taken."""

from __future__ import annotations

from itertools import chain

from derive.program import Program
from derive.scope import numbered


class CotangentNames:
    """Names for one adjoint program.

    The cotangent that the caller gives for output ``y`` is ``dy``, the gradient of a declared
    array ``W`` is ``dW``. What is only passed on inside is numbered where its name is taken: the
    sum of the caller's ``dy`` and what later equations send back is ``dy_total``.

    Args:
        program: the prepared forward program.
        outputs: the names of its outputs as its author wrote them.
    """

    def __init__(self, program: Program, outputs: tuple[str, ...]) -> None:
        self.program = program
        self.gradients = {a.name: f"d{a.name}" for a in program.arrays if a.differentiable}
        self.taken = {a.name for a in program.arrays} | {e.name for e in program.equations}
        self.taken |= {h.name for h in program.hypers} | set(self.gradients.values())
        self.given: dict[str, str] = {}
        for inside, outside in zip(program.outputs, outputs, strict=True):
            if inside not in self.given:
                self.given[inside] = self._free(f"d{outside}", f"d{outside}_out")
        self.inner: dict[str, str] = {}

    def total(self, array: str, alone: bool) -> str:
        """The cotangent that an equation of ``array`` sends on.

        Args:
            array: a computed array.
            alone: whether the cotangent that the caller gives is all there is.
        """
        if alone and array in self.given:
            return self.given[array]
        if array not in self.inner:
            stem = f"d{array}_total" if array in self.given else f"d{array}"
            self.inner[array] = self._free(stem)
        return self.inner[array]

    def beside(self, array: str, suffix: str) -> str:
        """A new name for something that belongs to ``array``."""
        return self._free(f"{array}_{suffix}")

    def _free(self, *stems: str) -> str:
        names = chain(stems, numbered(stems[-1]))
        name = next(n for n in names if n not in self.taken)
        self.taken.add(name)
        return name
