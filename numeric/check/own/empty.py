"""S1 and the values where an extent is zero; late, since most bugs show elsewhere too."""

from __future__ import annotations

from numeric.check import contract
from numeric.check.bench import Bench, Proof, everywhere
from numeric.check.point import Point
from numeric.check.tally import Tally


def _run(bench: Bench, tally: Tally) -> bool:
    def good(point: Point) -> bool:
        subject, module = bench.subject, bench.ordinary
        tally.points += 1
        return contract.holds(tally, subject, module, point) and contract.agrees(
            tally, subject, module, point
        )

    return everywhere(good(point) for point in bench.points.empty)


PROOF = Proof(contract.PROOF.name, contract.PROOF.threshold, _run)
