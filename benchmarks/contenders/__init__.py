"""Who computes the workloads, by name; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from benchmarks.contenders.prepared import NotOfferedError, Prepared, Results
from benchmarks.workloads import Case
from derive.lower.passes import NAMES

BASE = "torch"


@dataclass(frozen=True, slots=True)
class Contender:
    """A library, or a style of ours.

    Attributes:
        about: what it is, for people.
        module: where its ``prepare`` is, under this package.
        function: the name of that function.
        options: what the function takes besides the case.
        needs: the distribution it cannot do without, whose version the results name.
    """

    about: str
    module: str
    function: str = "prepare"
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: str = "numpy"

    def prepare(self, case: Case) -> Prepared:
        """Make a case ready.

        Raises:
            ImportError: if the library is not installed.
            NotOfferedError: if it has no code for the workload.
            DeriveError: if it is ours and refuses.
        """
        module = import_module(f"benchmarks.contenders.{self.module}")
        made: Prepared = getattr(module, self.function)(case, **self.options)
        return made


STYLES = ("readable", "fast")
CONTENDERS = {
    "torch": Contender("PyTorch, eager", "torch_eager", needs="torch"),
    "torch_cl": Contender(
        "PyTorch, eager, channels_last",
        "torch_eager",
        options={"channels_last": True},
        needs="torch",
    ),
    "jax": Contender("JAX, jit", "jax_jit", needs="jax"),
    "autograd": Contender("HIPS autograd", "autograd_numpy", needs="autograd"),
    "tutorial": Contender("NumPy as courses teach it", "tutorial"),
    **{s: Contender(f"ours, {s}", "own", options={"style": s}) for s in STYLES},
    "network": Contender("ours, numeric.Network, fast", "own", "network", {"style": "fast"}),
}
# the fast style without one of its passes: what each is worth
LESS = {
    f"no {name}": Contender(
        f"ours, fast without {name}", "own", options={"style": "fast", "without": (name,)}
    )
    for name in NAMES
}


def contender(name: str) -> Contender:
    """The contender of that name, those without a pass included."""
    return CONTENDERS[name] if name in CONTENDERS else LESS[name]


__all__ = [
    "BASE",
    "CONTENDERS",
    "LESS",
    "STYLES",
    "Contender",
    "NotOfferedError",
    "Prepared",
    "Results",
    "contender",
]
