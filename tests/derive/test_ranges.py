"""Bounds of index expressions, against every value that they take."""

from __future__ import annotations

import pytest

import derive
from derive.errors import IndexRefused
from numeric import check

# Places within an axis that is as long as the index that they are made from, and beyond it.
WITHIN = ["n - n % 2", "3*(n//3)", "n - 2*(n % 2) + n % 2", "n + (n - n % 2) - n", "n//2 - (n//2) % 3"]
BEYOND = ["n + n % 2", "n - (n + 1) % 2", "n - n % 2 - 1", "n - 2*(n % 2)", "2*n - n % 2"]


@pytest.mark.parametrize("place", WITHIN)
def test_remainders_that_are_taken_away_stay_on_the_grid(place):
    program = derive.parse(f"input x[n]\noutput y[n]\ny[n] = x[{place}]")
    assert check(program, fast=True).verdict == "PROVED"


@pytest.mark.parametrize("place", BEYOND)
def test_what_goes_beyond_is_refused(place):
    with pytest.raises(IndexRefused, match=r"its elements go from 0 to size\(n\) - 1"):
        derive.parse(f"input x[n]\noutput y[n]\ny[n] = x[{place}]")
