"""The catalogue: each bug is one edit, is caught, and no right kernel is called wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from numeric.check import check_source
from trials.bugs import BUGS, KERNELS, Bug


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


@pytest.mark.parametrize("name", KERNELS)
def test_a_right_kernel_is_proved(name):
    kernel = KERNELS[name]
    result = check_source(kernel.program, kernel.kernel, seed=2)
    assert result.verdict == "PROVED", str(result)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_a_bug_is_caught(bug):
    kernel = KERNELS[bug.kernel]
    wrong = bug.put_into(kernel.kernel)
    # what the fast check finds the full one finds: it looks at the same points and at more
    result = check_source(kernel.program, wrong, seed=1, fast=True)
    if result.verdict != "WRONG":
        result = check_source(kernel.program, wrong, seed=1)
    assert result.verdict == ("PRECISION" if bug.family == "digits lost" else "WRONG"), str(result)
    assert result.counterexample is not None
