"""How the gradient flows: the size of each cotangent on its way back, and of each gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.network import Network
from numeric.step import Array
from reports.document import Figure
from reports.figures.plots import figure, logarithmic, math, sheet
from reports.figures.svg import BACK
from reports.network.chain import Link, cotangent

_WIDTH, _HEIGHT = 420.0, 170.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Root mean squares at the parameters as they are, for one batch.

    Attributes:
        loss: its value.
        cotangents: of what goes into each step, and of what the loss reads; None has none.
        gradients: of each parameter, by name.
        parameters: the same of the parameters themselves.
    """

    loss: float
    cotangents: tuple[float | None, ...]
    gradients: dict[str, float]
    parameters: dict[str, float]


def flow(network: Network, x: Array, targets: Array) -> Flow:
    """Measure how the gradient flows, in double precision."""
    exact = network.in_dtype(np.float64)
    x, targets = (a.astype(np.float64) if a.dtype.kind == "f" else a for a in (x, targets))
    loss, gradients = exact.gradients(x, targets)
    return Flow(
        loss=loss,
        cotangents=tuple(map(_root_mean_square, exact.cotangents(x, targets))),
        gradients={name: _size(value) for name, value in gradients.items()},
        parameters={name: _size(value) for name, value in exact.parameters.items()},
    )


def _root_mean_square(value: Array | None) -> float | None:
    return None if value is None else _size(value)


def _size(value: Array) -> float:
    return float(np.sqrt(np.mean(np.square(value)))) if value.size else 0.0


def flow_figure(found: Flow, chain: tuple[Link, ...]) -> Figure | None:
    """Plot the sizes of the cotangents in the order of the steps; None if none can be shown."""
    shown = [
        (position, size, link)
        for position, (size, link) in enumerate(zip(found.cotangents, chain, strict=True))
        if size is not None and size > 0 and np.isfinite(size)
    ]
    if len(shown) < 2:
        return None
    sizes = ", ".join(f"{size:.1e}" for _, size, _ in shown)
    alt = f"Root mean square of the cotangent of what goes into each step: {sizes}."
    with sheet(_WIDTH, _HEIGHT) as opened:
        axes = opened.subplots()
        places, values, _ = zip(*shown, strict=True)
        axes.plot(places, values, "o-", color=BACK, markersize=4)
        logarithmic(axes, "y")
        # whole decades, so that the axis has marks
        low, high = np.floor(np.log10(min(values))), np.ceil(np.log10(max(values)))
        axes.set_ylim(10.0**low, 10.0 ** max(high, low + 1))
        axes.set_xticks(places, [math(cotangent(link.before)) for _, _, link in shown])
        axes.set_ylabel("root mean square")
        return figure(
            opened, alt, ("Sizes of the cotangents on their way back, from right to left.",)
        )
