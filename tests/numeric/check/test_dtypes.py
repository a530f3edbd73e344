"""What dtype a right kernel gives back, where it is not that of the data."""

from __future__ import annotations

import pytest

import derive
import numeric

ROWS = {
    "positions are integers": "input x[i,j]\noutput y[i], m\ny[i] = argmax[j](x[i,j])\nm = max[i,j](x[i,j])",
    "without arrays": "output y[i]\nindex i : 3\ny[i] = i/2",
    "without real arrays": "const c[i] : int\noutput y[i], n\ny[i] = c[i]/2\nn = sum[i](c[i]^2)",
    "of no array that is given": "input x[i]\noutput y[i], z\ny[i] = 1\nz = sum[i](x[i]^2)",
}


@pytest.mark.parametrize("text", ROWS.values(), ids=ROWS)
def test_a_right_dtype_is_no_alarm(text: str) -> None:
    found = numeric.check(derive.parse(text), fast=True)
    contract = next(line for line in found.lines if line.proof == "S1 contract")
    assert (contract.verdict, contract.comparisons > 0) == ("PROVED", True)
    assert found.verdict in ("PROVED", "INCONCLUSIVE"), str(found)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("y = argmax(x, axis=1)", "y = argmax(x, axis=1) * 1.0"),
        ("m = x.max()", "m = x.max().astype(float)"),
    ],
)
def test_a_wrong_dtype_is_found(right: str, wrong: str) -> None:
    text = ROWS["positions are integers"]
    source = numeric.build(derive.parse(text)).source
    assert right in source
    found = numeric.check_source(text, source.replace(right, wrong), fast=True)
    assert found.verdict == "WRONG"
    assert found.counterexample is not None
    assert "dtype" in found.counterexample.entry
