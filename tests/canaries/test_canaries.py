"""Twenty-five bugs that must be seen in every run, whatever else passes: is the checker alive?"""

from __future__ import annotations

import pytest

from numeric.check import check_source, protocol
from numeric.check.result import PRECISION, PROVED, WRONG
from numeric.check.tally import Tally
from trials.bugs import BUGS, KERNELS, Bug

COUNT = 25
FAMILIES = tuple(dict.fromkeys(bug.family for bug in BUGS))


def canaries() -> list[Bug]:
    """The first bug of every family, and the last of the families with most."""
    members = {family: [bug for bug in BUGS if bug.family == family] for family in FAMILIES}
    largest = sorted(FAMILIES, key=lambda family: -len(members[family]))
    first = [members[family][0] for family in FAMILIES]
    return [*first, *(members[family][-1] for family in largest[: COUNT - len(first)])]


CANARIES = canaries()


@pytest.fixture(autouse=True)
def _no_causes(monkeypatch):
    """Only the verdict matters here; to find the cause takes longer than to find the bug."""
    monkeypatch.setattr(protocol, "likely", lambda *_: "")


def verdict(bug: Bug) -> str:
    kernel = KERNELS[bug.kernel]
    source = bug.put_into(kernel.kernel)
    found = check_source(kernel.program, source, seed=3, fast=True).verdict
    if found in (WRONG, PRECISION):
        return found
    return check_source(kernel.program, source, seed=3).verdict


def test_there_are_as_many_as_there_should_be():
    assert len(CANARIES) == len(set(CANARIES)) == COUNT
    assert {bug.family for bug in CANARIES} == set(FAMILIES)


@pytest.mark.parametrize("bug", CANARIES, ids=str)
def test_a_canary_is_flagged(bug):
    assert verdict(bug) == (PRECISION if bug.family == "digits lost" else WRONG)


def test_a_checker_that_always_says_yes_lets_canaries_pass(monkeypatch):
    """So that the test above turns red when the comparison dies."""

    def yes(tally: Tally, *_: object, **__: object) -> bool:
        tally.comparisons += 1
        return True

    monkeypatch.setattr(Tally, "compare", yes)
    monkeypatch.setattr(Tally, "equal", yes)
    assert [str(bug) for bug in CANARIES[:3] if verdict(bug) == WRONG] == []


# A proof, and a bug that no other proof sees: (kernel, what to replace, by what). What forward
# returns is compared with the equations by four of them: by S1 where there is nothing, by S5 at
# ties, by S7 where axes are long.
ALONE = [
    ("S1", "bias", "dy.copy()", "dy"),
    (("S0", "S1", "S5", "S7"), "dense", "a = np.maximum(z, 0)", "a = np.maximum(z, 0) + 1"),
    ("S5", "dense", "(z > 0)", "(z >= 0)"),
    ("S6", "cross_entropy", "z = z - z.max(axis=1, keepdims=True)", "z = z + 0"),
]


@pytest.mark.parametrize(("proof", "name", "old", "new"), ALONE)
def test_a_proof_that_is_left_out_lets_its_bug_pass(monkeypatch, proof, name, old, new):
    kernel = KERNELS[name]
    source = Bug(name, "alone", old, new).put_into(kernel.kernel)
    assert check_source(kernel.program, source, seed=3).verdict != PROVED
    rest = tuple(row for row in protocol.PROOFS if not row.name.startswith(proof))
    assert len(rest) < len(protocol.PROOFS)
    monkeypatch.setattr(protocol, "PROOFS", rest)
    assert check_source(kernel.program, source, seed=3).verdict == PROVED
