"""What other libraries said of many layers, in one line for each library."""

from __future__ import annotations

from collections.abc import Sequence

from numeric.check.oracles import OWN, PROOF
from numeric.check.result import CheckResult, Line


def oracle_lines(result: CheckResult) -> tuple[Line, ...]:
    """Give the lines of the libraries that were asked."""
    return tuple(line for line in result.lines if line.proof.startswith(f"{PROOF} "))


def own_layer(line: Line) -> bool:
    """Say whether the library has a layer of its own that was compared too."""
    return OWN in line.note


def summary(proof: str, count: int, missing: Sequence[str]) -> str:
    """Say how many layers a library has itself, and which it lacks."""
    text = f"{proof}: ran all {count} layers; has {count - len(missing)} of them itself"
    return f"{text}, not {', '.join(missing)}" if missing else text
