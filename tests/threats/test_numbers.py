"""Numbers that grow: powers of powers, folded constants, hyperparameters chosen to blow up."""

from __future__ import annotations

import time
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

import derive
import numeric
from derive.errors import LimitError
from derive.magnitude import writable

SECONDS = 2.0
MEBIBYTES = 32

# (right side of y, hyperparameter k: its default and the value given, what is said)
BLOWN_UP = [
    ("x*2^k", "1 : int", 10**6, r"with k = 1e\+06 the exponent 1e\+06 is above the limit of 64"),
    ("x*k^k^k", "1 : int", 1000, "the exponent 1000 is above the limit of 64"),
    ("x^k", "1 : int", 10**6, r"the exponent 1e\+06 is above the limit"),
    ("x^-k", "1 : int", 65, "the exponent -65 is above the limit"),
    ("x*(k^64)^64*(k^64)^64", "2 : int", 10**6, "fold to one that is too large, or too long"),
    ("x*k^k^k", "1.5", 1e200, r"the exponent 1e\+200 is above the limit"),
    ("x*(1/k)^64", "1.5", 1e-300, "fold to one that is too large"),
    ("x*k*k", "1.5", 1e300, "fold to one that is too large"),
    ("x*k*k", "1.5", 1e-300, "fold to one that is too large"),
    ("x + (k + k)", "1.5", 1.7e308, "fold to one that is too large"),
    ("exp(sum[i where i < 2](x*k*i*k))", "1.5", 1e300, "fold to one that is too large"),
]


@pytest.mark.parametrize(("text", "default", "value", "message"), BLOWN_UP)
def test_a_hyperparameter_cannot_blow_a_number_up(
    text: str, default: str, value: float, message: str
) -> None:
    program = derive.parse(f"input x\nindex i : 3\nhyper k = {default}\noutput y\ny = {text}")
    for use in (derive.bind, numeric.build, numeric.check):
        tracemalloc.start()
        begun = time.process_time()
        with pytest.raises(LimitError, match=message) as caught:
            use(program, k=value)
        assert time.process_time() - begun < SECONDS
        assert tracemalloc.get_traced_memory()[1] < MEBIBYTES * 2**20
        tracemalloc.stop()
        assert caught.value.equation.startswith("y = ")
        assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "y = 1e300*sum[k](1e300*x[k])",
        "y = sum[k](exp(1e300*exp(1e300*x[k])))",
        "y = 1e-300*sum[k](1e-300*x[k])",
    ],
)
def test_a_derivative_that_no_double_holds_is_refused(text: str) -> None:
    program = derive.parse(f"input x[k]\noutput y\n{text}")
    with pytest.raises(LimitError, match="fold to one that is too large") as caught:
        derive.adjoint(program)
    assert "dx[k] = " in caught.value.equation


# Right sides whose derivative would hold numbers or exponents beyond what a text may say.
PRIMES = (101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181,
          191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277,
          281, 283, 293, 307, 311, 313, 317, 331, 337, 347, 349, 353, 359, 367, 373, 379, 383)  # fmt: skip
# and the slope at 1
GROWING = [
    ("sum[k](x[k]^64*x[k]^64)", 128.0),
    ("sum[k](((x[k]^64)^64)^64)", 262144.0),
    ("sum[k](1/(x[k]^64*x[k]^64))", -128.0),
    ("sum[k](x[k]^2*1.7231^64)", None),
    ("1.1231^64*sum[k](1.2231^64*sum[j](1.3231^64*x[j])*x[k])", None),
    (" + ".join(f"sum[k](x[k])/{prime}" for prime in PRIMES), None),
    ("sum[k](0.1234567890123^9*tanh(0.234567890123^9*tanh(1.0234567890123^9*x[k])))", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "slope"), GROWING)
def test_what_is_derived_can_be_written_and_read_again(text: str, slope: float | None) -> None:
    program = derive.parse(f"input x[k]\noutput y\ny = {text}")
    adjoint = derive.adjoint(program)
    assert derive.parse(str(adjoint)).equations == adjoint.equations
    kernel = numeric.build(program)
    (found,) = kernel.backward(kernel.forward(x=np.ones(2))[1], y=np.array(1.0)).values()
    if slope is None:
        assert numeric.check(program, fast=True).verdict == "PROVED"
    else:  # a power this high leaves the range of floats nearly everywhere but at 1
        assert found.tolist() == [slope, slope]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(0), True),
        (Fraction(-3, 7), True),
        (Fraction("1e300"), True),
        (Fraction("-1.7e308"), True),
        (Fraction("1e309"), False),
        (Fraction("1e-330"), False),
        (Fraction(1, 2**100), True),
        (Fraction(1, 2**200), False),
        (Fraction(10**90 + 1), True),
        (Fraction(10**101 + 1), False),
        (Fraction(2**3000, 3**1900), False),
        (Fraction(10**90 + 1, 7 * 10**90 + 3), True),
        (Fraction(10**98 + 1, 7), False),
    ],
)
def test_numbers_that_a_text_can_say(value: Fraction, expected: bool) -> None:
    assert writable(value) is expected
