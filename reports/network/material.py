"""What a report on a network is made of: the network, a batch, and what was found with it."""

from __future__ import annotations

from dataclasses import dataclass

from numeric.check.result import CheckResult
from numeric.network import Network
from numeric.step import Array
from reports.network.batch import SAMPLES, drawn_batch
from reports.network.flow import Flow, flow

_UNTITLED = "Network"


@dataclass(frozen=True, slots=True)
class Material:
    """What a report on a network is made of.

    Attributes:
        title: what stands over it.
        network: with its parameters as they are.
        result: the verdict on its gradients.
        flow: how the gradient flows for the batch that was checked.
        batch: what that batch was, in words.
        command: what gives the same report again.
    """

    title: str
    network: Network
    result: CheckResult
    flow: Flow
    batch: str
    command: str


def network_material(
    network: Network,
    title: str = "",
    *,
    batch: tuple[Array, Array] | None = None,
    seed: int = 0,
    command: str = "",
) -> Material:
    """Check ``network`` and measure how its gradient flows, for a batch given or drawn.

    Raises:
        CallRefused: if the network has no parameter, or the batch does not fit it.
    """
    x, targets = drawn_batch(network, seed) if batch is None else batch
    words = (
        f"{SAMPLES} samples of standard normal numbers and drawn targets (seed {seed})"
        if batch is None
        else f"the {len(x)} samples given"
    )
    given = ", batch=(x, targets)" if batch is not None else ""
    return Material(
        title=title or _UNTITLED,
        network=network,
        result=network.check(x, targets, seed=seed),
        flow=flow(network, x, targets),
        batch=words,
        command=command or f"reports.write(network, 'network.html', seed={seed}{given})",
    )
