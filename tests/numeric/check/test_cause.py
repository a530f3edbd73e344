"""The likely cause that the report of a wrong kernel gives."""

from __future__ import annotations

import pytest

from numeric.check import check_source

# (kernel, what to replace, by what, the cause)
CAUSES = [
    ("dense", "dz.sum(axis=0)", "dz[:1].sum(axis=0)",
     "db equals the derived gradient without the sum over n (only n = 0)"),
    # backward fails where there is no sample, before any value is compared
    ("dense", "dz.sum(axis=0)", "dz[0]",
     "db equals the derived gradient without the sum over n (only n = 0)"),
    ("dense", "dz.sum(axis=0)", "dz",
     "db equals the derived gradient without the sum over n, which is still an axis"),
    # a kink shows at a single point
    ("dense", "(z > 0)", "(z >= 0)",
     "dW equals the derived gradient with z[n, i] >= 0 in place of z[n, i] > 0 in dz"),
    ("dense", "dz = da * (z > 0)", "dz = np.ones_like(da) * (z > 0)",
     "dx equals the derived gradient without the cotangent da[n, i], as if it were 1 in dz"),
    ("rnn", "da, h[:-1],", "da, h[1:],",
     "dU equals the derived gradient with h[t, n, k] in place of h[t - 1, n, k]"),
    ("rnn", "return dx, carry,", "return dx, 0 * carry,", "dh0 is zero everywhere"),
    ("pool", "first = free &", "first =",
     "dx equals the derived gradient with the gradient to all of the ties"),
    ("conv", ": 2] += W", ": 2] = W",
     "dx equals the derived gradient with only the last of the contributions along p, not their sum"),
    ("cross_entropy", "(p - t)", "p", "dz equals the derived gradient with p[n, k] in place of"),
    ("embedding", "np.add.at(dE, id, dy)", "dE[id] += dy",
     "dE equals the derived gradient with only the last of the contributions along n"),
]  # fmt: skip


@pytest.mark.parametrize("row", CAUSES, ids=lambda row: f"{row[0]}: {row[2]}")
def test_a_wrong_kernel_is_reported_with_its_cause(cases, row):
    name, old, new, cause = row
    case = cases[name]
    assert case.kernel.count(old) == 1
    result = check_source(case.program, case.kernel.replace(old, new), seed=1)
    assert result.verdict == "WRONG"
    assert result.counterexample.cause.startswith(cause)
    assert f"likely cause{cause}" in str(result).replace("  ", "").replace("cause ", "cause")


# What does not come from a derivation: (kernel, what to replace, by what)
NO_CAUSE = [
    ("dense", "return dx, dW, db", "return dx, None, db"),
    ("dense", "a = np.maximum(z, 0)", "a = np.maximum(z, 0)\n    x *= 2"),
    ("dense", "db = dz.sum(axis=0)", "db = dz.sum(axis=0).astype(np.float64)"),
    ("bias", "dy.copy()", "dy"),
    ("rnn", "h[0] = h0", "h[0] = 2 * h0"),
]


@pytest.mark.parametrize("row", NO_CAUSE, ids=lambda row: f"{row[0]}: {row[2]}")
def test_what_is_no_matter_of_derivatives_has_no_cause(cases, row):
    name, old, new = row
    case = cases[name]
    assert case.kernel.count(old) == 1
    result = check_source(case.program, case.kernel.replace(old, new), seed=1)
    assert result.verdict == "WRONG"
    assert result.counterexample.cause == ""
