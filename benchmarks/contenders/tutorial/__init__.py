"""NumPy as courses teach it: forward returns a cache, backward takes it; nothing clever.

Windows by fancy indices and ``np.add.at``, gates in one matrix and a function per time step,
fresh arrays everywhere, formulas as the textbook writes them. It is the version to beat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.contenders.packing import packed, unpacked
from benchmarks.contenders.prepared import Prepared, Results
from benchmarks.contenders.tutorial.networks import NETWORKS
from benchmarks.contenders.tutorial.pointwise import POINTWISE
from benchmarks.contenders.tutorial.recurrent import RECURRENT
from benchmarks.contenders.tutorial.rows import ROWS
from benchmarks.contenders.tutorial.windows import WINDOWS
from benchmarks.workloads import Array, Case

Arrays = Mapping[str, Array]
LAYERS: dict[str, Callable[[Arrays, Array], Results]] = {
    **WINDOWS,
    **RECURRENT,
    **ROWS,
    **POINTWISE,
}


def prepare(case: Case) -> Prepared:
    """A layer's forward and backward, or a network's with an SGD step after it."""
    name = case.workload.name
    p = packed(case)
    if name in NETWORKS:
        return _stepping(NETWORKS[name], p, case.rate)
    layer, dy = LAYERS[name], case.cotangent()
    return Prepared(lambda: layer(p, dy), lambda found: unpacked(name, found))


def _stepping(
    gradients: Callable[[Arrays], tuple[Array, Results]], p: dict[str, Array], rate: float
) -> Prepared:
    trained = [name for name in p if name not in {"x", "t"}]

    def step() -> Array:
        loss, found = gradients(p)
        for name in trained:
            p[name] -= rate * found[name]
        return loss

    return Prepared(step, lambda loss: {"loss": loss, **{name: p[name] for name in trained}})
