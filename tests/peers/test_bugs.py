"""The catalogue: each bug is one edit, is caught, and no right kernel is called wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from numeric.check import check_source, protocol
from trials.bugs import BUGS, KERNELS, Bug, first


def test_the_catalogue_is_as_large_as_it_says():
    assert len(BUGS) >= 150
    assert len(KERNELS) >= 34
    assert {bug.kernel for bug in BUGS} == set(KERNELS)
    assert max(Counter(map(str, BUGS)).values()) == 1
    assert len({bug.family for bug in BUGS}) == 21


@pytest.mark.parametrize("old", ["z", "not there"])
def test_an_edit_of_no_place_or_of_two_is_no_bug(old):
    with pytest.raises(AssertionError, match="is to change one place"):
        Bug("elu", "family", old, "").put_into(KERNELS["elu"].kernel)


# The kernels of this module and most bugs in them are what tests/numeric/check tries proof by proof.
ELSEWHERE = {name for name, kernel in KERNELS.items() if kernel in vars(first).values()}


@pytest.fixture(autouse=True)
def _no_causes(monkeypatch):
    """Only the verdict matters here; to find the cause takes longer than to find the bug."""
    monkeypatch.setattr(protocol, "likely", lambda *_: "")


@pytest.mark.parametrize("name", sorted(KERNELS.keys() - ELSEWHERE))
def test_a_right_kernel_is_proved(name):
    kernel = KERNELS[name]
    result = check_source(kernel.program, kernel.kernel, seed=2)
    assert result.verdict == "PROVED", str(result)


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.kernel not in ELSEWHERE], ids=str)
def test_a_bug_is_caught(bug):
    kernel = KERNELS[bug.kernel]
    wrong = bug.put_into(kernel.kernel)
    # what the fast check finds the full one finds: it looks at the same points and at more
    result = check_source(kernel.program, wrong, seed=1, fast=True)
    if result.verdict != "WRONG":
        result = check_source(kernel.program, wrong, seed=1)
    assert result.verdict == ("PRECISION" if bug.family == "digits lost" else "WRONG"), str(result)
    assert result.counterexample is not None
